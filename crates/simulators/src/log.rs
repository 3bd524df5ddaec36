//! What went over the wire lately, without secrets, and what homeport should never have sent.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::settings::Platform;

/// Exchanges that are kept.
pub const EXCHANGES_MAX: usize = 1000;
/// Violations that are kept, the first ones: they are nearer to the cause.
pub const VIOLATIONS_MAX: usize = 1000;
/// Of a longer body only the length is kept.
const BODY_KEPT_MAX_BYTES: usize = 16 * 1024;

/// Who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A callback of homeport.
    FromHomeport,
    /// The simulator as the platform.
    ToHomeport,
}

/// A request and its answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exchange {
    /// Counts from 1, in the order in which they end.
    pub number: u64,
    /// When it began, UNIX seconds.
    pub at: f64,
    /// The platform.
    pub platform: Platform,
    /// Who asked.
    pub direction: Direction,
    /// HTTP.
    pub method: String,
    /// With the query string.
    pub path: String,
    /// `None`: no answer.
    pub status: Option<u16>,
    /// Milliseconds.
    pub duration_ms: f64,
    /// Secrets are masked; null: no body.
    pub request: Json,
    /// As `request`.
    pub response: Json,
    /// The faults that were injected.
    pub faults: Vec<String>,
    /// What was wrong with what homeport sent.
    pub violations: Vec<String>,
}

/// Something that homeport should never send.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Violation {
    /// [`Exchange::number`].
    pub exchange: u64,
    /// UNIX seconds.
    pub at: f64,
    /// The platform.
    pub platform: Platform,
    /// Such as `POST /v1/state`.
    pub message: String,
    /// What is wrong and where.
    pub text: String,
}

/// What in-process listeners are told.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Something went over the wire.
    Exchange(Arc<Exchange>),
    /// The view of a home has changed.
    View {
        /// Whose view.
        platform: Platform,
        /// Whose home.
        user: String,
    },
}

/// The newest exchanges and the first violations.
#[derive(Debug, Default)]
pub(crate) struct Log {
    last_number: u64,
    exchanges: VecDeque<Arc<Exchange>>,
    violations: Vec<Violation>,
    violations_total: u64,
}

impl Log {
    /// Numbers and keeps an exchange.
    pub(crate) fn add(&mut self, mut exchange: Exchange) -> Arc<Exchange> {
        self.last_number += 1;
        exchange.number = self.last_number;
        let exchange = Arc::new(exchange);
        for text in &exchange.violations {
            self.violations_total += 1;
            if self.violations.len() < VIOLATIONS_MAX {
                self.violations.push(Violation {
                    exchange: exchange.number,
                    at: exchange.at,
                    platform: exchange.platform,
                    message: format!("{} {}", exchange.method, exchange.path),
                    text: text.clone(),
                });
            }
        }
        self.exchanges.push_back(Arc::clone(&exchange));
        if self.exchanges.len() > EXCHANGES_MAX {
            self.exchanges.pop_front();
        }
        exchange
    }

    pub(crate) fn after(&self, number: u64) -> Vec<Arc<Exchange>> {
        self.exchanges.iter().filter(|exchange| exchange.number > number).cloned().collect()
    }

    pub(crate) fn violations(&self) -> &[Violation] {
        &self.violations
    }

    pub(crate) fn violations_total(&self) -> u64 {
        self.violations_total
    }

    pub(crate) fn forget_violations(&mut self) {
        self.violations.clear();
        self.violations_total = 0;
    }
}

/// A body as it is kept: JSON with secrets masked, other text as it is, the length of what is long.
pub(crate) fn kept(body: &[u8]) -> Json {
    if body.is_empty() {
        return Json::Null;
    }
    if body.len() > BODY_KEPT_MAX_BYTES {
        return json!({"bytes": body.len()});
    }
    match serde_json::from_slice(body) {
        Ok(mut json) => {
            mask(&mut json, false);
            json
        }
        Err(_) => String::from_utf8_lossy(body).into(),
    }
}

const SECRETS: [&str; 8] = [
    "token",
    "accessToken",
    "refreshToken",
    "clientSecret",
    "access_token",
    "refresh_token",
    "client_secret",
    "authorization",
];

/// `code` is a secret only beside the others.
fn mask(json: &mut Json, among_secrets: bool) {
    match json {
        Json::Array(items) => items.iter_mut().for_each(|item| mask(item, false)),
        Json::Object(members) => {
            for (name, value) in members {
                if value.is_string() && (SECRETS.contains(&name.as_str()) || among_secrets && name == "code") {
                    *value = "***".into();
                } else {
                    mask(value, name == "callbackAuthentication");
                }
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_kept_without_secrets() {
        let body = json!({
            "authentication": {"tokenType": "Bearer", "token": "s1"},
            "callbackAuthentication": {"code": "s2", "clientSecret": "s3", "refreshToken": "s4", "clientId": "id"},
            "errors": [{"id": "d", "code": 400}],
        });
        let kept = kept(body.to_string().as_bytes());
        assert!(!kept.to_string().contains("\"s"), "{kept}");
        assert_eq!(kept["callbackAuthentication"]["clientId"], "id");
        assert_eq!(kept["errors"][0]["code"], 400);
    }

    #[test]
    fn long_and_unreadable_bodies_are_kept_short() {
        assert_eq!(kept(&vec![b'x'; 20_000]), json!({"bytes": 20_000}));
        assert_eq!(kept(b"Unauthorized\n"), json!("Unauthorized\n"));
        assert_eq!(kept(b""), Json::Null);
    }
}
