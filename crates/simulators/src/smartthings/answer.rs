//! Answers: an envelope with `globalError` where something is refused.

use http::StatusCode;
use serde_json::{Map, Value as Json, json};

use crate::message::Answer;

/// The headers of an answer to `message`; null where there is none.
pub(super) fn headers(message: &Json, interaction_type: Option<&str>) -> Json {
    let mut headers = Map::from_iter([("schema".into(), json!("st-schema")), ("version".into(), json!("1.0"))]);
    let own = |name: &str| message.pointer(&format!("/headers/{name}")).and_then(Json::as_str);
    if let Some(interaction_type) = interaction_type.or(own("interactionType")) {
        headers.insert("interactionType".into(), interaction_type.into());
    }
    if let Some(request_id) = own("requestId") {
        headers.insert("requestId".into(), request_id.into());
    }
    headers.into()
}

/// Refuses `message` with a `globalError`.
pub(crate) fn refusal(status: StatusCode, message: &Json, error: &str) -> Answer {
    let answers_token = message.get("callbackAuthentication").is_some();
    let headers = headers(message, answers_token.then_some("accessTokenResponse"));
    Answer::json(status, &json!({"headers": headers, "globalError": {"errorEnum": error, "detail": detail(error)}}))
}

fn detail(error: &str) -> &'static str {
    match error {
        "TOKEN-EXPIRED" => "Token expired",
        "INVALID-TOKEN" => "Invalid token",
        "INVALID-CODE" => "Invalid code",
        "INVALID-CLIENT" => "Invalid client",
        "INVALID-CLIENT-SECRET" => "Invalid client secret",
        "UNSUPPORTED-GRANT-TYPE" => "Unsupported grant type",
        "INVALID-INTERACTION-TYPE" => "Invalid interaction type",
        _ => "Bad request",
    }
}
