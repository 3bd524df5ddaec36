//! The Lambda Runtime API (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>), the side that Lambda plays.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::routing::{get, post};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::Value;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot, watch};

use crate::Serving;

/// How long an invocation may take before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lambda's own limit for an answer.
const ANSWER_MAX_BYTES: usize = 6 * 1024 * 1024;

/// What came of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Invocation {
    /// The function's answer.
    Answered(Value),
    /// The function failed.
    Failed(Value),
}

struct Shared {
    events: AsyncMutex<mpsc::UnboundedReceiver<(u64, Bytes)>>,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Invocation>>>,
    first_next: watch::Sender<Option<Instant>>,
    init_error: watch::Sender<Option<Value>>,
    function_timeout: Duration,
}

/// One Runtime API for one function process.
pub struct RuntimeApi {
    serving: Serving,
    shared: Arc<Shared>,
    send: mpsc::UnboundedSender<(u64, Bytes)>,
    next_id: Mutex<u64>,
}

impl RuntimeApi {
    /// Starts it; invocations have a deadline of `function_timeout`.
    pub async fn start(function_timeout: Duration) -> Self {
        let (send, events) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            events: AsyncMutex::new(events),
            waiting: Mutex::default(),
            first_next: watch::channel(None).0,
            init_error: watch::channel(None).0,
            function_timeout,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .layer(DefaultBodyLimit::max(ANSWER_MAX_BYTES))
            .with_state(Arc::clone(&shared));
        RuntimeApi { serving: Serving::start(router).await, shared, send, next_id: Mutex::new(1) }
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub fn address(&self) -> String {
        self.serving.address().to_string()
    }

    /// Invokes the function with an event and waits for what comes of it.
    pub async fn invoke(&self, event: &Value) -> Invocation {
        self.invoke_bytes(Bytes::from(event.to_string())).await
    }

    /// Invokes the function with any bytes.
    pub async fn invoke_bytes(&self, event: Bytes) -> Invocation {
        let (done, result) = oneshot::channel();
        let id = {
            let mut next_id = self.next_id.lock().unwrap();
            *next_id += 1;
            *next_id
        };
        self.shared.waiting.lock().unwrap().insert(id, done);
        self.send.send((id, event)).unwrap();
        tokio::time::timeout(PATIENCE, result).await.expect("the function answers").unwrap()
    }

    /// When the function first asked for work.
    pub async fn first_next(&self) -> Instant {
        let mut first = self.shared.first_next.subscribe();
        let waited = tokio::time::timeout(PATIENCE, first.wait_for(Option::is_some)).await;
        waited.expect("the function asks for work").unwrap().unwrap()
    }

    /// What the function said when it could not start.
    pub async fn init_error(&self) -> Value {
        let mut error = self.shared.init_error.subscribe();
        let waited = tokio::time::timeout(PATIENCE, error.wait_for(Option::is_some)).await;
        waited.expect("the function reports its init error").unwrap().clone().unwrap()
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> Response<axum::body::Body> {
    shared.first_next.send_if_modified(|first| first.is_none() && first.replace(Instant::now()).is_none());
    let Some((id, event)) = shared.events.lock().await.recv().await else { return status(StatusCode::GONE) };
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + shared.function_timeout;
    Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", id.to_string())
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:123456789012:function:test")
        .header("lambda-runtime-trace-id", "Root=1-00000000-000000000000000000000000")
        .body(event.into())
        .unwrap()
}

fn status(status: StatusCode) -> Response<axum::body::Body> {
    Response::builder().status(status).body(axum::body::Body::empty()).unwrap()
}

async fn response(State(shared): State<Arc<Shared>>, Path(id): Path<u64>, body: Bytes) -> StatusCode {
    finish(&shared, id, Invocation::Answered(serde_json::from_slice(&body).unwrap()))
}

async fn error(State(shared): State<Arc<Shared>>, Path(id): Path<u64>, body: Bytes) -> StatusCode {
    finish(&shared, id, Invocation::Failed(serde_json::from_slice(&body).unwrap()))
}

fn finish(shared: &Shared, id: u64, invocation: Invocation) -> StatusCode {
    if let Some(waiting) = shared.waiting.lock().unwrap().remove(&id) {
        let _ = waiting.send(invocation);
    }
    StatusCode::ACCEPTED
}

async fn init_error(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    shared.init_error.send_replace(Some(serde_json::from_slice(&body).unwrap()));
    StatusCode::ACCEPTED
}
