//! The form that a Cloud Function receives: everything in one body,
//! <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/resources>.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::lenient;

/// One request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// What is in the HTTP headers otherwise.
    #[serde(default, deserialize_with = "lenient::object")]
    pub headers: MessageHeaders,
    /// `discovery`, `query`, `action` or `unlink`.
    #[serde(default, deserialize_with = "lenient::text")]
    pub request_type: String,
    /// `1.0` so far; not looked at.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub api_version: Json,
    /// The devices of a query or an action; null if absent.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub payload: Json,
}

/// What is in the HTTP headers otherwise.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MessageHeaders {
    /// The id of the request.
    #[serde(default, deserialize_with = "lenient::text")]
    pub request_id: String,
    /// `Bearer …`
    #[serde(default, deserialize_with = "lenient::text")]
    pub authorization: String,
}

impl std::fmt::Debug for MessageHeaders {
    /// Without the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageHeaders").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
