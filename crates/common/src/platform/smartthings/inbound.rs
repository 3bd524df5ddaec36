//! Answering SmartThings.
//!
//! What is wrong with a message travels inside a 200. Some answers delete what the user has at SmartThings, so a fault of
//! ours never becomes one of them: then the whole invocation fails.

mod ask;
mod devices;
mod grant;
mod result;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::Value as Json;

use super::wire::{
    Discovery, ErrorItem, GlobalErrorEnum, Headers, InteractionType, Message, Nothing, Refused, SCHEMA, States, VERSION,
};
use crate::auth::TokenError;
use crate::operation::Failure;
use crate::platform::{Fault, Operation};
use crate::problem::Problem;
use crate::services::{Call, Services};

/// Why a message is not answered with what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// It is refused, with a text for logs of at most 100 characters.
    Refused(GlobalErrorEnum, &'static str),
    /// A fault of ours.
    Ours,
}

impl From<TokenError> for Stop {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Missing | TokenError::Malformed | TokenError::Invalid => {
                Stop::Refused(GlobalErrorEnum::InvalidToken, "Token is not accepted")
            }
            TokenError::Expired => Stop::Refused(GlobalErrorEnum::TokenExpired, "Token has expired"),
            TokenError::Unavailable => Stop::Ours,
        }
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Revoked => Stop::Refused(GlobalErrorEnum::IntegrationDeleted, "Accounts were unlinked"),
            Failure::TooMany => Stop::Refused(GlobalErrorEnum::BadRequest, "Too many devices"),
            Failure::Unavailable => Stop::Ours,
        }
    }
}

/// What an answer has besides its headers.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Content {
    Discovery(Discovery),
    States(States),
    Refused(Refused),
    Nothing(Nothing),
}

/// Answers an HTTP request.
pub async fn answer(
    services: &Services,
    call: &Call,
    operation: Operation,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    if operation != Operation::Message {
        return Problem::new(StatusCode::NOT_FOUND, "There is nothing at this path.").into_response();
    }
    match message(services, call, request.body()).await {
        Ok(answer) => {
            let mut response = Response::new(Bytes::from(answer.to_string()));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(fault) => Problem::from(fault).into_response(),
    }
}

/// Answers a message.
///
/// # Errors
/// [`Fault`]
pub async fn message(services: &Services, call: &Call, body: &[u8]) -> Result<Json, Fault> {
    let body: Json = serde_json::from_slice(body).map_err(|_| Fault::Request)?;
    if !body.is_object() {
        return Err(Fault::Request);
    }
    let (headers, kind) = read_headers(&body);
    let result = match kind {
        Ok(kind) => ask::ask(services, call, kind, &body).await,
        Err(stop) => Err(stop),
    };
    let content = match result {
        Ok(content) => content,
        Err(Stop::Refused(error, detail)) => refused(error, detail),
        Err(Stop::Ours) => return Err(Fault::Ours),
    };
    serde_json::to_value(Message { headers, authentication: None, content }).map_err(|_| Fault::Ours)
}

fn refused(error_enum: GlobalErrorEnum, detail: &'static str) -> Content {
    Content::Refused(Refused { global_error: ErrorItem { error_enum, detail: Some(detail.into()) } })
}

/// The headers of the answer, and what the message is; or why it is nothing.
fn read_headers(body: &Json) -> (Headers, Result<InteractionType, Stop>) {
    let ours = |interaction_type: Option<String>, request_id: Option<String>| Headers {
        schema: Some(SCHEMA.to_owned()),
        version: Some(VERSION.to_owned()),
        interaction_type,
        request_id,
    };
    let bad = |detail| Err(Stop::Refused(GlobalErrorEnum::BadRequest, detail));
    let Some(headers) = body.get("headers").filter(|headers| headers.is_object()) else {
        return (ours(None, None), bad("headers missing"));
    };
    let text = |name: &str| headers.get(name).and_then(Json::as_str).map(str::to_owned);
    let (said, request_id) = (text("interactionType"), text("requestId"));
    let kind: Option<InteractionType> = said.as_deref().and_then(|said| said.parse().ok());
    let headers = ours(kind.map(|kind| kind.answer().to_owned()).or(said.clone()), request_id);
    let authenticated = body.get("authentication").is_some_and(Json::is_object);
    let result = match kind {
        Some(InteractionType::InteractionResult) => Ok(InteractionType::InteractionResult),
        _ if !authenticated => bad("authentication missing"),
        Some(kind) => Ok(kind),
        None if said.is_some() => {
            Err(Stop::Refused(GlobalErrorEnum::InvalidInteractionType, "Unknown interactionType"))
        }
        None => bad("interactionType missing"),
    };
    (headers, result)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn headers_of(body: &Json) -> (Json, Result<InteractionType, Stop>) {
        let (headers, kind) = read_headers(body);
        (serde_json::to_value(headers).unwrap(), kind)
    }

    fn code(kind: Result<InteractionType, Stop>) -> GlobalErrorEnum {
        match kind {
            Err(Stop::Refused(error, detail)) => {
                assert!(detail.len() <= 100);
                error
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_headers_there_is_nothing_to_give_back() {
        for body in
            [json!({}), json!({"headers": null}), json!({"headers": []}), json!({"headers": "discoveryRequest"})]
        {
            let (headers, kind) = headers_of(&body);
            assert_eq!(headers, json!({"schema": "st-schema", "version": "1.0"}), "{body}");
            assert_eq!(code(kind), GlobalErrorEnum::BadRequest);
        }
    }

    #[test]
    fn the_request_id_is_given_back_byte_for_byte() {
        for id in ["ACC9d50c-é", "", " x "] {
            let body = json!({"headers": {"interactionType": "commandRequest", "requestId": id}, "authentication": {}});
            let (headers, kind) = headers_of(&body);
            assert_eq!(headers["requestId"], id);
            assert_eq!(headers["interactionType"], "commandResponse");
            assert_eq!(kind, Ok(InteractionType::CommandRequest));
        }
        let body = json!({"headers": {"interactionType": "commandRequest", "requestId": 7}, "authentication": {}});
        assert_eq!(headers_of(&body).0.get("requestId"), None);
    }

    #[test]
    fn unknown_kinds_are_given_back_and_refused() {
        for kind in
            ["deviceInventoryRequest", "CommandRequest", "commandRequest ", "commandResponse", "stateCallback", ""]
        {
            let body = json!({"headers": {"interactionType": kind, "requestId": "r"}, "authentication": {}});
            let (headers, result) = headers_of(&body);
            assert_eq!(headers["interactionType"], kind);
            assert_eq!(code(result), GlobalErrorEnum::InvalidInteractionType, "{kind}");
        }
        let body = json!({"headers": {"interactionType": 5, "requestId": "r"}, "authentication": {}});
        let (headers, result) = headers_of(&body);
        assert_eq!(code(result), GlobalErrorEnum::BadRequest);
        assert_eq!(headers, json!({"schema": "st-schema", "version": "1.0", "requestId": "r"}));
    }

    #[test]
    fn only_a_result_needs_no_authentication() {
        for kind in InteractionType::ALL {
            for authentication in [json!(null), json!("Bearer x"), json!([])] {
                let body = json!({"headers": {"interactionType": kind}, "authentication": authentication});
                match headers_of(&body).1 {
                    Ok(kind) => assert_eq!(kind, InteractionType::InteractionResult),
                    refused => assert_eq!(code(refused), GlobalErrorEnum::BadRequest, "{kind}"),
                }
            }
        }
    }

    #[test]
    fn a_fault_of_ours_is_never_an_answer() {
        assert_eq!(Stop::from(TokenError::Unavailable), Stop::Ours);
        assert_eq!(Stop::from(Failure::Unavailable), Stop::Ours);
        let refused = |stop: Stop| code(Err(stop));
        for error in [TokenError::Missing, TokenError::Malformed, TokenError::Invalid] {
            assert_eq!(refused(error.into()), GlobalErrorEnum::InvalidToken);
        }
        assert_eq!(refused(TokenError::Expired.into()), GlobalErrorEnum::TokenExpired);
        assert_eq!(refused(Failure::Revoked.into()), GlobalErrorEnum::IntegrationDeleted);
        assert_eq!(refused(Failure::TooMany.into()), GlobalErrorEnum::BadRequest);
    }
}
