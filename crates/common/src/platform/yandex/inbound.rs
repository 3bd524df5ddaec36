//! Answering Yandex: over HTTP here, the form that a Cloud Function passes on in [`message()`].
//!
//! Whatever is wrong with one device travels inside a 200. 401 only when the token is really bad, because the user then sees
//! all devices as unlinked; a fault of ours is a 500.

mod ask;
mod device;
mod message;

pub use device::{Results, acted, queried};
pub use message::message;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Serialize;

use super::wire::{ActionBody, Answer, Devices, QueryDevice};
use crate::auth::{self, TokenError};
use crate::object;
use crate::operation::Failure;
use crate::platform::{Fault, Operation};
use crate::services::{Call, Services};

/// Why a request as a whole has no good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// The token is bad or was revoked.
    Token,
    /// The request cannot be understood.
    Request,
    /// A fault of ours.
    Ours,
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Missing | TokenError::Malformed | TokenError::Invalid | TokenError::Expired => Refusal::Token,
            TokenError::Unavailable => Refusal::Ours,
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Revoked => Refusal::Token,
            Failure::TooMany => Refusal::Request,
            Failure::Unavailable => Refusal::Ours,
        }
    }
}

/// Answers an HTTP request.
pub async fn answer(
    services: &Services,
    call: &Call,
    operation: Operation,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    let token = auth::bearer(request.headers());
    let id = call.request_id.as_str();
    match operation {
        // https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/check
        Operation::Liveness => Response::new(Bytes::new()),
        Operation::Discovery => rest(id, ask::discovery(services, call, token).await),
        Operation::Query => {
            let body = object::read::<Devices<QueryDevice>>(request.body());
            rest(id, ask::query(services, call, token, body.as_ref()).await)
        }
        Operation::Action => {
            let body = object::read::<ActionBody>(request.body());
            rest(id, ask::action(services, call, token, body.as_ref().map(|body| &body.payload)).await)
        }
        Operation::Unlink => rest(id, ask::unlink(services, call, token).await),
        Operation::Message => match message(services, call, request.body()).await {
            Ok(answer) => json(StatusCode::OK, &answer),
            Err(Fault::Request) => rest::<()>(id, Err(Refusal::Request)),
            Err(Fault::Ours) => rest::<()>(id, Err(Refusal::Ours)),
        },
        // Yandex does not ask who somebody is.
        Operation::Identity => respond(StatusCode::NOT_FOUND, id, None::<()>),
    }
}

fn rest<T: Serialize>(request_id: &str, result: Result<Option<T>, Refusal>) -> Response<Bytes> {
    match result {
        Ok(payload) => respond(StatusCode::OK, request_id, payload),
        Err(Refusal::Request) => respond(StatusCode::BAD_REQUEST, request_id, None::<()>),
        Err(Refusal::Ours) => respond(StatusCode::INTERNAL_SERVER_ERROR, request_id, None::<()>),
        Err(Refusal::Token) => {
            let mut response = respond(StatusCode::UNAUTHORIZED, request_id, None::<()>);
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            response
        }
    }
}

fn respond<T: Serialize>(status: StatusCode, request_id: &str, payload: Option<T>) -> Response<Bytes> {
    json(status, &Answer { request_id: request_id.to_owned(), payload })
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    match serde_json::to_vec(body) {
        Ok(body) => {
            let mut response = Response::new(Bytes::from(body));
            *response.status_mut() = status;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => {
            tracing::error!(error = %error, "answer could not be written");
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(response: &Response<Bytes>) -> serde_json::Value {
        serde_json::from_slice(response.body()).unwrap()
    }

    #[test]
    fn each_refusal_has_its_status_and_echoes_the_request_id() {
        for (refusal, status) in [
            (Refusal::Token, StatusCode::UNAUTHORIZED),
            (Refusal::Request, StatusCode::BAD_REQUEST),
            (Refusal::Ours, StatusCode::INTERNAL_SERVER_ERROR),
        ] {
            let response = rest::<()>("r-1", Err(refusal));
            assert_eq!(response.status(), status);
            assert_eq!(body(&response), json!({"request_id": "r-1"}));
        }
        assert_eq!(body(&rest::<()>("", Ok(None))), json!({"request_id": ""}));
    }

    #[test]
    fn only_bad_tokens_are_called_bad() {
        for error in [TokenError::Missing, TokenError::Malformed, TokenError::Invalid, TokenError::Expired] {
            assert_eq!(Refusal::from(error), Refusal::Token);
        }
        assert_eq!(Refusal::from(TokenError::Unavailable), Refusal::Ours);
        assert_eq!(Refusal::from(Failure::Revoked), Refusal::Token);
        assert_eq!(Refusal::from(Failure::TooMany), Refusal::Request);
        assert_eq!(Refusal::from(Failure::Unavailable), Refusal::Ours);
    }
}
