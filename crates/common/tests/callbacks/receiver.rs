//! A platform on loopback that answers what the test says, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde_json::Value as Json;
use testkit::Serving;

/// One request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Arrived {
    /// Method and path.
    pub(crate) line: String,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Json,
}

/// What is answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reply {
    /// The status; 200 if it is 0.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: String,
    /// A header.
    pub(crate) header: Option<(&'static str, String)>,
    /// How long it takes.
    pub(crate) delay: Duration,
}

impl Reply {
    /// Status alone.
    pub(crate) fn status(status: u16) -> Self {
        Reply { status, ..Reply::default() }
    }

    /// Status and body.
    pub(crate) fn json(status: u16, body: &Json) -> Self {
        Reply { status, body: body.to_string(), ..Reply::default() }
    }
}

type Answer = Box<dyn FnMut(&Arrived) -> Reply + Send>;

struct Script {
    answer: Answer,
    arrived: Vec<Arrived>,
}

/// The platform.
pub(crate) struct Receiver {
    serving: Serving,
    script: Arc<Mutex<Script>>,
}

impl Receiver {
    /// Answers each request by this.
    pub(crate) async fn start(answer: impl FnMut(&Arrived) -> Reply + Send + 'static) -> Self {
        let script = Arc::new(Mutex::new(Script { answer: Box::new(answer), arrived: Vec::new() }));
        let router = Router::new().fallback(receive).with_state(Arc::clone(&script));
        Receiver { serving: Serving::start(router).await, script }
    }

    /// Where it is.
    pub(crate) fn url(&self) -> String {
        self.serving.url()
    }

    /// Everything that arrived, in order.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.script.lock().unwrap().arrived.clone()
    }

    /// Method and path of everything that arrived.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.arrived().into_iter().map(|arrived| arrived.line).collect()
    }
}

async fn receive(
    State(script): State<Arc<Mutex<Script>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<String> {
    let body = serde_json::from_slice(&body).unwrap_or_default();
    let arrived = Arrived { line: format!("{method} {}", uri.path()), headers, body };
    let reply = {
        let mut script = script.lock().unwrap();
        script.arrived.push(arrived.clone());
        (script.answer)(&arrived)
    };
    tokio::time::sleep(reply.delay).await;
    let mut response = Response::new(reply.body);
    *response.status_mut() = StatusCode::from_u16(if reply.status == 0 { 200 } else { reply.status }).unwrap();
    if let Some((name, value)) = reply.header {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
