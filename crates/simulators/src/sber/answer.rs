//! Answers: <https://developers.sber.ru/docs/ru/smarthome/c2c/error>, <https://developers.sber.ru/docs/ru/smarthome/c2c/common-error>.

use http::StatusCode;
use serde_json::{Value as Json, json};

use crate::message::Answer;

/// An error of the whole request. The status beside it is not documented; it is taken to be the code.
pub(crate) fn common_error(code: u16, message: &str) -> Answer {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::json(status, &json!({"code": code, "message": message, "details": []}))
}

pub(super) fn invalid_argument() -> Answer {
    common_error(400, "Invalid argument")
}

/// Empty, or the items that were not taken.
pub(super) fn accepted(errors: Vec<(String, &str)>) -> Answer {
    if errors.is_empty() {
        return Answer::empty(StatusCode::OK);
    }
    let error = |(id, message): (String, &str)| json!({"id": id, "code": 400, "message": message});
    let errors: Vec<Json> = errors.into_iter().map(error).collect();
    Answer::json(StatusCode::OK, &json!({"errors": errors}))
}
