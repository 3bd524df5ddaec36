//! The notification service: what Yandex is told and what it answers,
//! <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference-alerts/resources-alerts>.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::States;
use crate::model::vocabulary::vocabulary;

/// A callback.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Callback<T> {
    /// When it happened, in seconds since the UNIX epoch.
    pub ts: f64,
    /// What happened.
    pub payload: T,
}

/// Devices of one user that changed,
/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference-alerts/post-skill_id-callback-state>.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedDevices<'a> {
    /// The user, as in discovery.
    pub user_id: &'a str,
    /// The devices, each once.
    pub devices: Vec<ChangedDevice<'a>>,
}

/// What is new of a device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedDevice<'a> {
    /// Its id.
    pub id: &'a str,
    /// What is new.
    #[serde(flatten)]
    pub change: &'a DeviceChange,
}

/// At least one member is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DeviceChange {
    /// Whether it can be reached, if that changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Reachability>,
    /// The states that changed, at most one per (type, instance).
    #[serde(flatten)]
    pub states: States,
}

vocabulary! {
    /// Whether a device can be reached.
    Reachability { Online = "online", Offline = "offline", }
}

/// The user's list of devices changed,
/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference-alerts/post-skill_id-callback-discovery>.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedList<'a> {
    /// The user, as in discovery.
    pub user_id: &'a str,
}

/// An answer; some are no JSON at all.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct CallbackAnswer {
    /// The platform's id of the request.
    #[serde(default)]
    pub request_id: Json,
    /// `BAD_REQUEST`, `UNKNOWN_USER`, `INTERNAL_ERROR` or absent.
    #[serde(default)]
    pub error_code: Json,
    /// May hold the path of what is wrong, and its value.
    #[serde(default)]
    pub error_message: Json,
}
