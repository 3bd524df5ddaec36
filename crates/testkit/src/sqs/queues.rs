//! Queues in memory, as far as homeport uses SQS
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>).

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio::time::Instant;

/// Messages in one request.
const BATCH_MAX: usize = 10;
/// The longest `DelaySeconds`.
const DELAY_MAX: u64 = 900;
/// All bodies of one request together.
const BATCH_MAX_BYTES: usize = 1024 * 1024;
/// `VisibilityTimeout` of a queue whose reader names none.
const HIDDEN_SECS: u64 = 30;

/// All queues of one endpoint.
#[derive(Default)]
pub(super) struct Queues {
    by_name: Mutex<BTreeMap<String, Queue>>,
    /// Changes when a message comes in.
    filled: watch::Sender<u64>,
}

#[derive(Default)]
struct Queue {
    redrive_policy: Option<String>,
    messages: Vec<Message>,
}

struct Message {
    id: String,
    body: String,
    /// When it can be received: after its delay, or after it has been hidden.
    visible_at: Instant,
    received: u64,
    receipt: String,
}

/// Kind and message of an error.
type Refusal = (&'static str, String);
type Answer = Result<Json, Refusal>;

impl Queues {
    /// Status and body.
    pub(super) async fn answer(&self, action: &str, asked: &Json) -> (StatusCode, Json) {
        let answer = match action {
            "CreateQueue" => Ok(self.create(asked)),
            "GetQueueUrl" => self.with(text(asked, "QueueName"), |_, name| Ok(json!({"QueueUrl": url(name)}))),
            "GetQueueAttributes" => self.with(&named(asked), |queue, name| Ok(attributes(queue, name))),
            "SendMessageBatch" => self.send(asked),
            "ReceiveMessage" => self.receive(asked).await,
            "DeleteMessage" => self.with(&named(asked), |queue, _| {
                queue.messages.retain(|message| message.receipt != text(asked, "ReceiptHandle"));
                Ok(json!({}))
            }),
            other => Err(("InvalidAction", format!("{other} is not known here"))),
        };
        match answer {
            Ok(answer) => (StatusCode::OK, answer),
            Err((kind, message)) => {
                (StatusCode::BAD_REQUEST, json!({"__type": format!("com.amazonaws.sqs#{kind}"), "message": message}))
            }
        }
    }

    fn with(&self, name: &str, work: impl FnOnce(&mut Queue, &str) -> Answer) -> Answer {
        let mut queues = self.by_name.lock().unwrap();
        let queue = queues.get_mut(name).ok_or_else(|| ("QueueDoesNotExist", format!("there is no queue {name}")))?;
        work(queue, name)
    }

    fn create(&self, asked: &Json) -> Json {
        let name = text(asked, "QueueName");
        let redrive_policy = asked["Attributes"]["RedrivePolicy"].as_str().map(str::to_owned);
        self.by_name.lock().unwrap().insert(name.to_owned(), Queue { redrive_policy, messages: Vec::new() });
        json!({"QueueUrl": url(name)})
    }

    fn send(&self, asked: &Json) -> Answer {
        let entries = asked["Entries"].as_array().cloned().unwrap_or_default();
        if entries.is_empty() || entries.len() > BATCH_MAX {
            return Err(("TooManyEntriesInBatchRequest", "1 to 10 are allowed".to_owned()));
        }
        if entries.iter().map(|entry| text(entry, "MessageBody").len()).sum::<usize>() > BATCH_MAX_BYTES {
            return Err(("BatchRequestTooLong", "1 MiB is allowed".to_owned()));
        }
        let answer = self.with(&named(asked), |queue, _| {
            let (mut successful, mut failed) = (Vec::new(), Vec::new());
            for entry in &entries {
                let (place, delay) = (&entry["Id"], entry["DelaySeconds"].as_u64().unwrap_or_default());
                if delay > DELAY_MAX {
                    failed.push(json!({"Id": place, "Code": "InvalidParameterValue", "SenderFault": true}));
                    continue;
                }
                let id = uuid();
                successful.push(json!({"Id": place, "MessageId": id, "MD5OfMessageBody": ""}));
                queue.messages.push(Message {
                    id,
                    body: text(entry, "MessageBody").to_owned(),
                    visible_at: Instant::now() + Duration::from_secs(delay),
                    received: 0,
                    receipt: String::new(),
                });
            }
            Ok(json!({"Successful": successful, "Failed": failed}))
        });
        self.filled.send_modify(|filled| *filled += 1);
        answer
    }

    async fn receive(&self, asked: &Json) -> Answer {
        let number = |name: &str, default| asked[name].as_u64().unwrap_or(default);
        let until = Instant::now() + Duration::from_secs(number("WaitTimeSeconds", 0));
        let most = usize::try_from(number("MaxNumberOfMessages", 1)).unwrap();
        let hidden = Duration::from_secs(number("VisibilityTimeout", HIDDEN_SECS));
        let mut filled = self.filled.subscribe();
        loop {
            let (messages, next) = self.take(&named(asked), most, hidden)?;
            let wait = next.map_or(until, |next| next.min(until));
            if !messages.is_empty() || Instant::now() >= until {
                return Ok(json!({"Messages": messages}));
            }
            tokio::select! {
                _ = filled.changed() => {}
                () = tokio::time::sleep_until(wait) => {}
            }
        }
    }

    /// Messages that can be received, and when the next one can.
    fn take(&self, name: &str, most: usize, hidden: Duration) -> Result<(Vec<Json>, Option<Instant>), Refusal> {
        let now = Instant::now();
        let mut queues = self.by_name.lock().unwrap();
        let queue = queues.get_mut(name).ok_or_else(|| ("QueueDoesNotExist", format!("there is no queue {name}")))?;
        let policy = queue.redrive_policy.as_deref().and_then(|policy| serde_json::from_str::<Json>(policy).ok());
        let mut taken = Vec::new();
        let mut dead = Vec::new();
        let most_receives = policy.as_ref().and_then(receives).unwrap_or(u64::MAX);
        for place in (0..queue.messages.len()).rev() {
            if queue.messages[place].visible_at <= now && queue.messages[place].received >= most_receives {
                dead.push(queue.messages.remove(place));
            }
        }
        for message in queue.messages.iter_mut().filter(|message| message.visible_at <= now).take(most) {
            message.visible_at = now + hidden;
            message.received += 1;
            message.receipt = uuid();
            taken.push(json!({"MessageId": message.id, "ReceiptHandle": message.receipt, "Body": message.body}));
        }
        let next = queue.messages.iter().map(|message| message.visible_at).min();
        let dead_letters = policy.as_ref().map(|policy| text(policy, "deadLetterTargetArn"));
        let dead_letters = dead_letters.and_then(|arn| arn.rsplit(':').next()).unwrap_or_default();
        if let Some(queue) = queues.get_mut(dead_letters) {
            queue.messages.extend(dead);
        }
        Ok((taken, next))
    }
}

fn receives(policy: &Json) -> Option<u64> {
    let count = &policy["maxReceiveCount"];
    count.as_u64().or_else(|| count.as_str()?.parse().ok())
}

fn attributes(queue: &Queue, name: &str) -> Json {
    let now = Instant::now();
    let count = |is: fn(&Message, Instant) -> bool| {
        queue.messages.iter().filter(|message| is(message, now)).count().to_string()
    };
    let mut attributes = json!({
        "QueueArn": format!("arn:aws:sqs:eu-west-1:123456789012:{name}"),
        "ApproximateNumberOfMessages": count(|message, now| message.visible_at <= now),
        "ApproximateNumberOfMessagesDelayed": count(|message, now| message.visible_at > now && message.received == 0),
        "ApproximateNumberOfMessagesNotVisible": count(|message, now| message.visible_at > now && message.received > 0),
    });
    if let Some(policy) = &queue.redrive_policy {
        attributes["RedrivePolicy"] = json!(policy);
    }
    json!({"Attributes": attributes})
}

fn text<'a>(asked: &'a Json, name: &str) -> &'a str {
    asked[name].as_str().unwrap_or_default()
}

fn url(name: &str) -> String {
    format!("https://sqs.eu-west-1.amazonaws.com/123456789012/{name}")
}

/// The name of the queue that a request is about.
fn named(asked: &Json) -> String {
    text(asked, "QueueUrl").rsplit('/').next().unwrap_or_default().to_owned()
}

fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
