//! A platform that answers what the test says, and remembers what it was asked.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use futures_util::stream;
use http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::Value as Json;
use tokio::sync::{Notify, watch};

use crate::Serving;

/// How long something that is waited for may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request that arrived.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Method and path.
    pub line: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null if it is not JSON.
    pub body: Json,
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The status; 200 if it is 0.
    pub status: u16,
    /// The body.
    pub body: String,
    /// A header.
    pub header: Option<(&'static str, String)>,
    /// How long it takes.
    pub delay: Duration,
    /// What it waits for.
    pub after: Option<Arc<Notify>>,
    /// Instead of the body there is one that never ends.
    pub endless: bool,
    /// Instead of all that the connection is closed.
    pub reset: bool,
}

impl Reply {
    /// Status alone.
    pub fn status(status: u16) -> Self {
        Reply { status, ..Reply::default() }
    }

    /// Status and body.
    pub fn json(status: u16, body: &Json) -> Self {
        Reply { status, body: body.to_string(), ..Reply::default() }
    }

    /// Status 200, and a body that never ends.
    pub fn endless() -> Self {
        Reply { endless: true, ..Reply::default() }
    }

    /// The connection is closed without an answer.
    pub fn reset() -> Self {
        Reply { reset: true, ..Reply::default() }
    }
}

type Answer = Box<dyn FnMut(&Arrived) -> Reply + Send>;

struct Shared {
    answer: Mutex<Answer>,
    arrived: watch::Sender<Vec<Arrived>>,
}

/// A platform on loopback.
pub struct Receiver {
    serving: Serving,
    shared: Arc<Shared>,
}

impl Receiver {
    /// Answers each request by this.
    pub async fn start(answer: impl FnMut(&Arrived) -> Reply + Send + 'static) -> Self {
        let shared = Arc::new(Shared { answer: Mutex::new(Box::new(answer)), arrived: watch::Sender::default() });
        let router = Router::new().fallback(receive).layer(DefaultBodyLimit::disable()).with_state(Arc::clone(&shared));
        Receiver { serving: Serving::start(router).await, shared }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        self.serving.url()
    }

    /// From now on it answers by this.
    pub fn answers(&self, answer: impl FnMut(&Arrived) -> Reply + Send + 'static) {
        *self.shared.answer.lock().unwrap() = Box::new(answer);
    }

    /// Everything that arrived, in order.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.shared.arrived.borrow().clone()
    }

    /// Method and path of everything that arrived.
    pub fn lines(&self) -> Vec<String> {
        self.shared.arrived.borrow().iter().map(|arrived| arrived.line.clone()).collect()
    }

    /// Everything that arrived, once that is what is waited for.
    pub async fn arrived_when(&self, complete: impl Fn(&[Arrived]) -> bool) -> Vec<Arrived> {
        let mut arrived = self.shared.arrived.subscribe();
        let waited = tokio::time::timeout(PATIENCE, arrived.wait_for(|arrived| complete(arrived))).await;
        let complete = waited.map(|arrived| arrived.unwrap().clone());
        complete.unwrap_or_else(|_| panic!("what is waited for does not arrive, but {:#?}", self.arrived()))
    }
}

async fn receive(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let arrived = Arrived { line: format!("{method} {}", uri.path()), headers, body };
    let reply = {
        let mut answer = shared.answer.lock().unwrap();
        shared.arrived.send_modify(|all| all.push(arrived.clone()));
        answer(&arrived)
    };
    tokio::time::sleep(reply.delay).await;
    if let Some(after) = reply.after {
        after.notified().await;
    }
    if reply.reset {
        // Ends the connection's task, and prints nothing.
        std::panic::resume_unwind(Box::new("the connection is closed"));
    }
    let body = if reply.endless {
        Body::from_stream(stream::repeat(Ok::<_, Infallible>(Bytes::from_static(&[b' '; 4096]))))
    } else {
        Body::from(reply.body)
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(if reply.status == 0 { 200 } else { reply.status }).unwrap();
    if let Some((name, value)) = reply.header {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
