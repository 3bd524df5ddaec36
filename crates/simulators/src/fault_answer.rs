//! What a fault makes of an answer.

use std::time::SystemTime;

use http::StatusCode;
use http::header::{LOCATION, RETRY_AFTER};
use serde_json::{Value as Json, json};

use crate::faults::{Body, Call, Drawn, Kind, retry_after};
use crate::message::{After, Answer, Outcome};
use crate::settings::Platform;
use crate::view::Change;
use crate::{sber, smartthings, yandex};

const OVERSIZED_BYTES: usize = 2 * 1024 * 1024;
const PROXY_PAGE: &str = "<html><head><title>500 Internal Server Error</title></head><body>nginx</body></html>";

/// Changes what would be answered and done without the fault.
pub(crate) fn change(
    platform: Platform,
    kind: &Kind,
    call: Call,
    drawn: &Drawn,
    outcome: &mut Outcome,
    now: SystemTime,
) {
    let later = |status, seconds: Option<u64>, as_date| {
        let answer = Answer::empty(status);
        match seconds {
            Some(seconds) => answer.with(RETRY_AFTER, &retry_after(seconds, as_date, now)),
            None => answer,
        }
    };
    match kind {
        Kind::TooManyRequests { retry_after, as_date } => {
            outcome.answer = later(StatusCode::TOO_MANY_REQUESTS, *retry_after, *as_date);
        }
        Kind::Unavailable { retry_after } => {
            outcome.answer = later(StatusCode::SERVICE_UNAVAILABLE, Some(*retry_after), false);
        }
        Kind::ServerError { body: Body::Json, .. } => outcome.answer = internal_error(platform),
        Kind::ServerError { body: Body::Html, .. } => {
            outcome.answer = Answer::html(StatusCode::INTERNAL_SERVER_ERROR, PROXY_PAGE);
        }
        Kind::ServerError { body: Body::Empty, .. } => {
            outcome.answer = Answer::empty(StatusCode::INTERNAL_SERVER_ERROR);
        }
        Kind::Unauthorized => {
            outcome.answer = unauthorized(platform);
            if let (Call::Token, Some(issued)) = (call, &outcome.issued) {
                // To homeport the link is broken now, until it is granted again.
                outcome.after = vec![After::Heal { user: issued.user.clone() }];
            }
        }
        Kind::DeviceErrors { code, share } if platform == Platform::Sber => {
            device_errors(*code, *share, drawn, outcome);
        }
        Kind::Corrupted => corrupt(outcome),
        Kind::Garbage => {
            outcome.answer = Answer::text(StatusCode::OK, "\u{0}not {json");
        }
        Kind::Oversized => {
            outcome.answer = Answer::text(StatusCode::INTERNAL_SERVER_ERROR, &"x".repeat(OVERSIZED_BYTES));
        }
        Kind::Redirect { to } => {
            outcome.answer = Answer::empty(StatusCode::TEMPORARY_REDIRECT).with(LOCATION, to);
        }
        // They have happened already, or they leave the answer as it is.
        Kind::Reset { .. }
        | Kind::Slow { .. }
        | Kind::DeviceErrors { .. }
        | Kind::Dropped
        | Kind::ForgetUser
        | Kind::ExpireTokens => {}
    }
}

fn internal_error(platform: Platform) -> Answer {
    match platform {
        Platform::Yandex => yandex::error(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR", None),
        Platform::Sber => sber::common_error(500, "System error"),
        Platform::SmartThings => {
            Answer::json(StatusCode::INTERNAL_SERVER_ERROR, &json!({"message": "Internal Server Error"}))
        }
    }
}

fn unauthorized(platform: Platform) -> Answer {
    match platform {
        Platform::Yandex => Answer::text(StatusCode::UNAUTHORIZED, "Unauthorized\n"),
        Platform::Sber => sber::common_error(401, "Unauthorized"),
        Platform::SmartThings => smartthings::refusal(StatusCode::UNAUTHORIZED, &Json::Null, "TOKEN-EXPIRED"),
    }
}

/// Sber takes the other devices.
fn device_errors(code: i64, share: f64, drawn: &Drawn, outcome: &mut Outcome) {
    if !outcome.answer.status.is_success() || outcome.devices.is_empty() {
        return;
    }
    let mut random = fastrand::Rng::with_seed(drawn.seed);
    let mut failed: Vec<String> = outcome.devices.iter().filter(|_| random.f64() < share).cloned().collect();
    if failed.is_empty() {
        failed.extend(outcome.devices.first().cloned());
    }
    let listed = |(_, change): &(String, Change)| matches!(change, Change::Listed { .. });
    let (lost, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut outcome.changes)
        .into_iter()
        .partition(|(_, change)| change.device().is_some_and(|device| failed.iter().any(|id| id == device)));
    outcome.missed.extend(
        lost.iter().filter(|change| listed(change)).filter_map(|(_, change)| change.device().map(str::to_owned)),
    );
    outcome.changes = kept;
    let mut errors: Vec<Json> = serde_json::from_slice::<Json>(&outcome.answer.body)
        .ok()
        .and_then(|body| body.get("errors")?.as_array().cloned())
        .unwrap_or_default();
    errors.retain(|error| !failed.iter().any(|id| error.get("id") == Some(&json!(id))));
    errors.extend(failed.iter().map(|id| json!({"id": id, "code": code, "message": "System error"})));
    outcome.answer = Answer::json(StatusCode::OK, &json!({"errors": errors}));
}

/// The first value that can be wrong is.
fn corrupt(outcome: &mut Outcome) {
    for (_, change) in &mut outcome.changes {
        if let Change::Value { value, .. } = change
            && turn(value)
        {
            return;
        }
    }
}

fn turn(value: &mut Json) -> bool {
    match value {
        Json::Bool(value) => *value = !*value,
        Json::Number(number) => {
            let Some(near) = number.as_f64() else { return false };
            *value = match number.as_i64() {
                Some(whole) => json!(if whole > 0 { whole - 1 } else { whole + 1 }),
                None => json!(near + 1.0),
            };
        }
        Json::Object(members) => return members.iter_mut().any(|(name, value)| name != "type" && turn(value)),
        // Sber's integers are strings.
        Json::String(text) => match text.parse::<i64>() {
            Ok(whole) => *text = (if whole > 0 { whole - 1 } else { whole + 1 }).to_string(),
            Err(_) => return false,
        },
        Json::Null | Json::Array(_) => return false,
    }
    true
}
