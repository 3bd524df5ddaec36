//! An SQS endpoint: a small one of our own, or the one in `HOMEPORT_TEST_SQS_URL`, and in front of it a record of what was sent.

mod queues;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Response, StatusCode};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use crate::Serving;
use queues::Queues;

const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// How long a message that is waited for may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A message that somebody sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Where to.
    pub queue: String,
    /// Its body; null if it is not JSON.
    pub body: Json,
    /// `DelaySeconds`.
    pub delay: u64,
}

struct Shared {
    /// Our own queues, or the endpoint that has them.
    queues: Result<Queues, (String, reqwest::Client)>,
    down: AtomicBool,
    sent: watch::Sender<Vec<Sent>>,
}

/// An SQS endpoint for one test.
pub struct Sqs {
    serving: Serving,
    shared: Arc<Shared>,
    client: reqwest::Client,
}

impl Sqs {
    /// Starts one of our own, unless the environment names another.
    pub async fn start() -> Self {
        // reqwest wants a TLS provider although nothing here is TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let queues = match std::env::var("HOMEPORT_TEST_SQS_URL") {
            Ok(url) if !url.is_empty() => Err((url, client.clone())),
            _ => Ok(Queues::default()),
        };
        let shared = Arc::new(Shared { queues, down: AtomicBool::new(false), sent: watch::Sender::default() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        Sqs { serving: Serving::start(router).await, shared, client }
    }

    /// What a process needs in its environment to use it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let url = self.serving.url();
        let pairs = [
            ("AWS_ENDPOINT_URL_SQS", url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "eu-west-1"),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    /// Whether it answers nothing but errors.
    pub fn set_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::SeqCst);
    }

    /// A new queue, and the one for its dead letters; their addresses.
    pub async fn queue_with_dead_letters(&self, name: &str) -> (String, String) {
        let dead_letters = self.create(&format!("{name}-dead-letters"), json!({})).await;
        let asked = json!({"QueueUrl": dead_letters, "AttributeNames": ["QueueArn"]});
        let arn = self.ask("GetQueueAttributes", &asked).await["Attributes"]["QueueArn"].clone();
        let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": "3"}).to_string();
        (self.create(name, json!({"RedrivePolicy": policy})).await, dead_letters)
    }

    async fn create(&self, name: &str, attributes: Json) -> String {
        let made = self.ask("CreateQueue", &json!({"QueueName": name, "Attributes": attributes})).await;
        made["QueueUrl"].as_str().unwrap().to_owned()
    }

    /// Sends a message.
    pub async fn send(&self, queue: &str, body: &str) {
        let entry = json!({"Id": "0", "MessageBody": body, "DelaySeconds": 0});
        let answer = self.ask("SendMessageBatch", &json!({"QueueUrl": queue, "Entries": [entry]})).await;
        assert_eq!(answer["Successful"].as_array().map(Vec::len), Some(1), "{answer}");
    }

    /// Takes a message out: its body. Waits until there is one.
    pub async fn receive(&self, queue: &str) -> Json {
        let waited = tokio::time::timeout(PATIENCE, async {
            loop {
                let asked = json!({"QueueUrl": queue, "MaxNumberOfMessages": 1, "WaitTimeSeconds": 5});
                let answer = self.ask("ReceiveMessage", &asked).await;
                let Some(message) = answer["Messages"].get(0) else { continue };
                let taken = json!({"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]});
                self.ask("DeleteMessage", &taken).await;
                return serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
            }
        });
        waited.await.expect("a message arrives")
    }

    /// How many messages it has: those that can be received, and those that are delayed or hidden.
    pub async fn count(&self, queue: &str) -> u64 {
        let asked = json!({"QueueUrl": queue, "AttributeNames": ["All"]});
        let attributes = self.ask("GetQueueAttributes", &asked).await["Attributes"].clone();
        let number = |kind: &str| {
            attributes[format!("ApproximateNumberOfMessages{kind}")].as_str().unwrap().parse::<u64>().unwrap()
        };
        number("") + number("Delayed") + number("NotVisible")
    }

    /// Waits until there is no message in it.
    pub async fn empty(&self, queue: &str) {
        let emptied = async {
            while self.count(queue).await > 0 {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, emptied).await.expect("the queue becomes empty");
    }

    /// Everything that was sent to it, in order.
    pub fn sent(&self) -> Vec<Sent> {
        self.shared.sent.borrow().clone()
    }

    /// Everything that was sent to it, once that is what is waited for.
    pub async fn sent_when(&self, complete: impl Fn(&[Sent]) -> bool) -> Vec<Sent> {
        let mut sent = self.shared.sent.subscribe();
        let waited = tokio::time::timeout(PATIENCE, sent.wait_for(|sent| complete(sent))).await;
        waited.expect("what is waited for is sent").unwrap().clone()
    }

    /// Everything that was sent to it since this was last asked.
    pub fn take_sent(&self) -> Vec<Sent> {
        self.shared.sent.send_replace(Vec::new())
    }

    async fn ask(&self, action: &str, body: &Json) -> Json {
        let request = self.client.post(self.serving.url()).header("x-amz-target", format!("AmazonSQS.{action}"));
        // Names the service; nobody checks the signature.
        let scope =
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature=0";
        let request = request.header("authorization", scope).header("content-type", CONTENT_TYPE);
        let answer = request.body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.bytes().await.unwrap());
        assert!(status.is_success(), "{action}: {status} {}", String::from_utf8_lossy(&text));
        serde_json::from_slice(&text).unwrap_or_default()
    }
}

async fn answer(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response<axum::body::Body> {
    if shared.down.load(Ordering::SeqCst) {
        return response(StatusCode::SERVICE_UNAVAILABLE, Bytes::new());
    }
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let action = target.strip_prefix("AmazonSQS.").unwrap_or_default();
    let asked: Json = serde_json::from_slice(&body).unwrap_or_default();
    let (status, answer) = match &shared.queues {
        Ok(queues) => {
            let (status, answer) = queues.answer(action, &asked).await;
            (status, Bytes::from(answer.to_string()))
        }
        Err((url, client)) => {
            let passed = ["authorization", "content-type", "x-amz-date", "x-amz-target"];
            let passed =
                passed.into_iter().filter_map(|name| Some((HeaderName::from_static(name), headers.get(name)?.clone())));
            let request = client.post(url).headers(passed.collect()).body(body);
            let answer = request.send().await.unwrap();
            (answer.status(), answer.bytes().await.unwrap())
        }
    };
    if action == "SendMessageBatch" && status.is_success() {
        let entries = asked["Entries"].as_array().into_iter().flatten();
        let entries = entries.map(|entry| Sent {
            queue: asked["QueueUrl"].as_str().unwrap_or_default().to_owned(),
            body: serde_json::from_str(entry["MessageBody"].as_str().unwrap_or_default()).unwrap_or_default(),
            delay: entry["DelaySeconds"].as_u64().unwrap_or_default(),
        });
        shared.sent.send_modify(|sent| sent.extend(entries));
    }
    response(status, answer)
}

fn response(status: StatusCode, body: Bytes) -> Response<axum::body::Body> {
    Response::builder().status(status).header("content-type", CONTENT_TYPE).body(body.into()).unwrap()
}
