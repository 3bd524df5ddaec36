//! One listener for every function: the vendor API, the platforms' endpoints, and what is only for development.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use common::model::{Timestamp, device_schema};
use common::notify::QueueError;
use common::platform::{self, Operation, Platform};
use common::problem::Problem;
use common::serve::{ANSWER_WITHIN, BODY_MAX_BYTES};
use common::services::{Call, Services};
use common::{serve, telemetry, vendor};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::{Value as Json, json};

use crate::callbacks::LocalQueue;
use crate::dev::IdentityProvider;

/// How much of a body that is too long is read before the connection is given up.
const READ_MAX_BYTES: usize = 64 * BODY_MAX_BYTES;

/// What the listener serves.
pub(crate) struct Server {
    /// Settings and clients, the same as in a function.
    pub(crate) services: Services,
    /// The identity provider, unless an external one is configured.
    pub(crate) identity: Option<IdentityProvider>,
    /// What could not be sent yet.
    pub(crate) queue: LocalQueue,
    /// Where it is reached.
    pub(crate) base_url: String,
    /// What `GET /` says.
    pub(crate) welcome: String,
}

/// All paths of the local program.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let server = Arc::clone(&server);
        async move { read_and_answer(server, request).await }
    })
}

async fn read_and_answer(server: Arc<Server>, request: Request<Body>) -> Response<Body> {
    let received = Instant::now();
    let now = Timestamp::now();
    let (head, body) = request.into_parts();
    let request = match tokio::time::timeout(ANSWER_WITHIN, read(body)).await {
        Ok(Some(body)) => Request::from_parts(head, body),
        Ok(None) => return serve::too_large().into_response().map(Body::from),
        Err(_) => {
            let problem = Problem::new(StatusCode::REQUEST_TIMEOUT, "The body did not arrive in time.");
            return problem.into_response().map(Body::from);
        }
    };
    let call = Call { request_id: telemetry::request_id(request.headers()), now, deadline: received + ANSWER_WITHIN };
    // In a task of its own, so that a client that hangs up does not cancel a command half way.
    let answered =
        tokio::spawn(async move { serve::answer(&call, || async { answer(&server, &call, &request).await }).await });
    let response = answered.await.unwrap_or_else(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours; see the log.").into_response()
    });
    response.map(Body::from)
}

/// The body, unless it is too long or cut off. What is too long is read, too: a client that is still sending would meet a
/// closed connection instead of the answer.
async fn read(mut body: Body) -> Option<Bytes> {
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        length += data.len();
        if length <= BODY_MAX_BYTES {
            kept.extend_from_slice(&data);
        } else if length > READ_MAX_BYTES {
            return None;
        }
    }
    (length <= BODY_MAX_BYTES).then(|| Bytes::from(kept))
}

async fn answer(server: &Server, call: &Call, request: &Request<Bytes>) -> Response<Bytes> {
    match request.uri().path().split('/').find(|segment| !segment.is_empty()) {
        None => text(server.welcome.clone()),
        Some("dev") => answer_dev(server, call, request).await,
        Some("v1" | "healthz") => vendor::answer(&server.services, call, request).await,
        Some(_) => platform::answer(&server.services, call, Operation::ALL, request).await,
    }
}

async fn answer_dev(server: &Server, call: &Call, request: &Request<Bytes>) -> Response<Bytes> {
    let path = request.uri().path().trim_end_matches('/');
    match (request.method(), path, &server.identity) {
        (&Method::GET, "/dev/device.schema.json", _) => body(&device_schema()),
        (&Method::GET, "/dev/jwks.json", Some(identity)) => body(identity.jwks()),
        (&Method::POST, "/dev/token", Some(identity)) => match identity.answer(request.body(), call.now) {
            Ok(token) => body(&token),
            Err(detail) => Problem::new(StatusCode::BAD_REQUEST, detail).into_response(),
        },
        (&Method::GET, "/dev/queue", _) => queue(queue_overview(&server.queue).await),
        (&Method::POST, "/dev/redrive", _) => {
            queue(server.queue.redrive().await.map(|errands| json!({"errands": errands})))
        }
        (_, "/dev/queue", _) => Problem::method_not_allowed(&[Method::GET]).into_response(),
        (_, "/dev/redrive", _) => Problem::method_not_allowed(&[Method::POST]).into_response(),
        (_, "/dev/token" | "/dev/jwks.json", None) => {
            let detail = "Tokens come from the identity provider in HOMEPORT_AUTH_ISSUER.";
            Problem::new(StatusCode::NOT_FOUND, detail).into_response()
        }
        (_, "/dev/token", Some(_)) => Problem::method_not_allowed(&[Method::POST]).into_response(),
        (_, "/dev/jwks.json" | "/dev/device.schema.json", _) => {
            Problem::method_not_allowed(&[Method::GET]).into_response()
        }
        _ => Problem::new(StatusCode::NOT_FOUND, "There is nothing at this path.").into_response(),
    }
}

/// How many errands wait for each platform, since when, and how many are set aside.
async fn queue_overview(queue: &LocalQueue) -> Result<Json, QueueError> {
    let mut waiting = serde_json::Map::new();
    for platform in Platform::ALL {
        let (errands, since) = queue.waiting(*platform).await?;
        waiting.insert(platform.to_string(), json!({"errands": errands, "since": since}));
    }
    Ok(json!({"waiting": waiting, "set_aside": queue.set_aside_count().await?}))
}

fn queue(answer: Result<Json, QueueError>) -> Response<Bytes> {
    match answer {
        Ok(answer) => body(&answer),
        Err(error) => {
            tracing::error!(error = %error, "the retry queue failed");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The retry queue did not answer; see the log.")
                .into_response()
        }
    }
}

fn body(body: &Json) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn text(body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
