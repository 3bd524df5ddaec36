//! A vendor's device cloud: checks signatures, remembers what it was asked, answers what the test says.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use standardwebhooks::Webhook;

use crate::Serving;

/// One command that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// The body.
    pub body: Value,
    /// The headers.
    pub headers: HeaderMap,
    /// Whether the Standard Webhooks signature is right.
    pub signed: bool,
}

/// What becomes of a command.
type Answer = dyn Fn(Value) -> Pin<Box<dyn Future<Output = Response<Bytes>> + Send>> + Send;

struct Script {
    answer: Box<Answer>,
    received: Vec<Received>,
}

/// A device cloud on loopback.
pub struct DeviceCloud {
    serving: Serving,
    script: Arc<Mutex<Script>>,
}

impl DeviceCloud {
    /// The secret it shares with the sender.
    pub const SECRET: &'static str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    /// Answers `{"status": "done"}` to everything, until told otherwise.
    pub async fn start() -> Self {
        let answer: Box<Answer> =
            Box::new(|_| Box::pin(async { response(200, &serde_json::json!({"status": "done"})) }));
        let script = Arc::new(Mutex::new(Script { answer, received: Vec::new() }));
        let router = Router::new().route("/commands", post(receive)).with_state(Arc::clone(&script));
        DeviceCloud { serving: Serving::start(router).await, script }
    }

    /// Where it takes commands.
    pub fn url(&self) -> String {
        format!("{}/commands", self.serving.url())
    }

    /// From now on: status, body and delay by command.
    pub fn answers(&self, answer: impl Fn(&Value) -> (u16, Value, Duration) + Send + 'static) {
        self.responds(move |command| {
            let (status, body, delay) = answer(&command);
            async move {
                tokio::time::sleep(delay).await;
                response(status, &body)
            }
        });
    }

    /// From now on: any response, also one that never comes.
    pub fn responds<F>(&self, respond: impl Fn(Value) -> F + Send + 'static)
    where
        F: Future<Output = Response<Bytes>> + Send + 'static,
    {
        self.script.lock().unwrap().answer = Box::new(move |command| Box::pin(respond(command)));
    }

    /// Everything that arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.script.lock().unwrap().received.clone()
    }
}

async fn receive(
    State(script): State<Arc<Mutex<Script>>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<axum::body::Body> {
    let signed = Webhook::new(DeviceCloud::SECRET).unwrap().verify(&body, &headers).is_ok();
    let body: Value = serde_json::from_slice(&body).unwrap();
    let answer = {
        let mut script = script.lock().unwrap();
        script.received.push(Received { body: body.clone(), headers, signed });
        (script.answer)(body)
    };
    answer.await.map(axum::body::Body::from)
}

fn response(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}
