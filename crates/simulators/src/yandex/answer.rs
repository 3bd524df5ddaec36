//! Answers to callbacks: <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/responses-codes-alerts>.

use http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::check::Findings;
use crate::message::Answer;

pub(crate) fn accepted() -> Answer {
    Answer::json(StatusCode::ACCEPTED, &json!({"request_id": Uuid::new_v4().to_string(), "status": "ok"}))
}

/// An error with its code, and a message if there is one.
pub(crate) fn error(status: StatusCode, code: &str, message: Option<String>) -> Answer {
    let mut body = json!({"request_id": Uuid::new_v4().to_string(), "status": "error", "error_code": code});
    if let (Some(message), Some(body)) = (message, body.as_object_mut()) {
        body.insert("error_message".to_owned(), message.into());
    }
    Answer::json(status, &body)
}

pub(super) fn unknown_user() -> Answer {
    error(StatusCode::BAD_REQUEST, "UNKNOWN_USER", Some("User not found".to_owned()))
}

/// One finding refuses the whole; the message names the first one's path, down to the state.
pub(super) fn bad_request(findings: &Findings) -> Answer {
    let path = findings.0.iter().map(|finding| finding.path.as_str()).find(|path| !path.is_empty());
    let path = path
        .unwrap_or("payload")
        .split_inclusive('.')
        .fold(String::new(), |path, name| if path.ends_with(".state.") { path } else { path + name });
    let message = format!("Invalid field value: {:?}", path.trim_end_matches('.'));
    error(StatusCode::BAD_REQUEST, "BAD_REQUEST", Some(message))
}

/// No body is documented.
pub(super) fn not_found() -> Answer {
    Answer::empty(StatusCode::NOT_FOUND)
}
