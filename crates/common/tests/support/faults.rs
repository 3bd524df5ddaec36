//! A proxy in front of DynamoDB that misbehaves as told.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It is refused as too much.
    Throttle,
    /// The service fails.
    ServerError,
    /// It is carried out, but the answer is lost.
    LoseAnswer,
    /// It is never answered.
    Hang,
    /// So many keys of a `BatchGetItem` are left unprocessed.
    Unprocessed(usize),
}

/// The proxy.
#[derive(Clone)]
pub struct Faults {
    /// Its address.
    pub endpoint: String,
    inner: Arc<Inner>,
}

struct Inner {
    upstream: String,
    client: reqwest::Client,
    script: Mutex<Script>,
}

#[derive(Default)]
struct Script {
    /// Faults for the next requests, `None` lets one through.
    next: VecDeque<Option<Fault>>,
    /// What happens when `next` is used up.
    always: Option<Fault>,
    /// The operations that were asked for.
    seen: Vec<String>,
    /// How many requests come together, group after group.
    groups: Option<Vec<usize>>,
    /// How many have come since.
    arrived: watch::Sender<usize>,
}

/// Resolves when all requests of a group are there.
type Together = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Script {
    /// Counts a request in: what it waits for, or nothing if no groups are expected. `Err` if none is expected any more.
    fn arrive(&mut self) -> Result<Option<Together>, ()> {
        let Some(groups) = &self.groups else { return Ok(None) };
        let mut arrived = self.arrived.subscribe();
        let place = *arrived.borrow_and_update() + 1;
        self.arrived.send_replace(place);
        let mut end = 0;
        for group in groups {
            end += group;
            if place <= end {
                return Ok(Some(Box::pin(async move { drop(arrived.wait_for(|arrived| *arrived >= end).await) })));
            }
        }
        Err(())
    }
}

impl Faults {
    /// Starts a proxy that forwards to `upstream`.
    pub async fn start(upstream: &str) -> Self {
        // reqwest wants a TLS provider although nothing here is TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let inner =
            Arc::new(Inner { upstream: upstream.to_owned(), client: reqwest::Client::new(), script: Mutex::default() });
        let router = Router::new().fallback(handle).with_state(Arc::clone(&inner));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Faults { endpoint, inner }
    }

    /// What happens to the next requests.
    pub fn next(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.inner.script.lock().unwrap().next.extend(faults);
    }

    /// What happens to every request from now on.
    pub fn always(&self, fault: Option<Fault>) {
        self.inner.script.lock().unwrap().always = fault;
    }

    /// From now on so many requests come together, then so many together, and so on: each waits until all of its group are
    /// there, so that requests that should go out at once and do not are never answered. More than planned are refused.
    pub fn expect(&self, groups: &[usize]) {
        let mut script = self.inner.script.lock().unwrap();
        script.seen.clear();
        script.groups = Some(groups.to_vec());
        script.arrived.send_replace(0);
    }

    /// The operations of the requests so far, attempts counted singly.
    pub fn seen(&self) -> Vec<String> {
        self.inner.script.lock().unwrap().seen.clone()
    }
}

async fn handle(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (fault, together) = {
        let mut script = inner.script.lock().unwrap();
        script.seen.push(target.rsplit('.').next().unwrap_or_default().to_owned());
        (script.next.pop_front().unwrap_or(script.always), script.arrive())
    };
    match together {
        Ok(Some(together)) => together.await,
        Ok(None) => {}
        Err(()) => {
            return answer(
                StatusCode::BAD_REQUEST,
                &json!({"__type": "ValidationException", "message": "one too many"}),
            );
        }
    }
    match fault {
        None => inner.forward(&headers, body).await,
        Some(Fault::Throttle) => answer(
            StatusCode::BAD_REQUEST,
            &json!({"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
                "message": "The level of configured provisioned throughput for the table was exceeded."}),
        ),
        Some(Fault::ServerError) => internal_error(),
        Some(Fault::LoseAnswer) => {
            inner.forward(&headers, body).await;
            internal_error()
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Unprocessed(count)) => inner.leave_unprocessed(&headers, &body, count).await,
    }
}

fn internal_error() -> Response {
    answer(
        StatusCode::INTERNAL_SERVER_ERROR,
        &json!({"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "broken"}),
    )
}

fn answer(status: StatusCode, body: &Json) -> Response {
    (status, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}

impl Inner {
    async fn forward(&self, headers: &HeaderMap, body: Bytes) -> Response {
        let mut request = self.client.post(&self.upstream).body(body);
        for name in ["x-amz-target", "authorization", "x-amz-date", "content-type"] {
            if let Some(value) = headers.get(name) {
                request = request.header(name, value);
            }
        }
        let response = request.send().await.expect("the real one answers");
        let status = response.status();
        let body = response.bytes().await.expect("a body");
        (status, [("content-type", "application/x-amz-json-1.0")], body).into_response()
    }

    async fn leave_unprocessed(&self, headers: &HeaderMap, body: &Bytes, count: usize) -> Response {
        let mut request: Json = serde_json::from_slice(body).expect("JSON");
        let (table, wanted) =
            request["RequestItems"].as_object_mut().expect("tables").iter_mut().next().expect("a table");
        let table = table.clone();
        let keys = wanted["Keys"].as_array_mut().expect("keys");
        let left = keys.split_off(keys.len().saturating_sub(count));
        let mut answered = json!({"Responses": {}});
        if !keys.is_empty() {
            let response = self.forward(headers, request.to_string().into()).await;
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            answered = serde_json::from_slice(&body).expect("JSON");
        }
        answered["UnprocessedKeys"] = json!({table: {"Keys": left, "ConsistentRead": true}});
        answer(StatusCode::OK, &answered)
    }
}
