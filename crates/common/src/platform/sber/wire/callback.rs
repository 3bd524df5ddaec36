//! What Sber is told and what it answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Device, States};

/// Body of post state: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-post-state>.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportedStates<'a> {
    /// By device id.
    pub devices: BTreeMap<&'a str, &'a States>,
}

/// Body of post devices: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-post-devices>.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AddedDevices<'a> {
    /// Whose they are.
    pub user_id: &'a str,
    /// The devices.
    pub devices: Vec<&'a Device>,
}

/// Body of put devices: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-put-devices>.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedDevices<'a> {
    /// The devices, whole.
    pub devices: Vec<&'a Device>,
}

/// Body of delete devices: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-delete-devices>. Its table names the member
/// `device_id`, its JSON `device_ids`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RemovedDevices<'a> {
    /// The devices.
    pub device_ids: Vec<&'a str>,
}

/// Body of post unlink: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-post-unlink>.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnlinkedUser<'a> {
    /// Whose link has ended.
    pub user_id: &'a str,
}

/// An answer: nothing, a list of the devices that failed, or an error of the whole. Its HTTP status is not documented.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct CallbackAnswer {
    /// The devices that failed, each with `id` and a `code` of
    /// <https://developers.sber.ru/docs/ru/smarthome/c2c/error>; the others were taken.
    #[serde(default)]
    pub errors: Json,
    /// The error of the whole.
    #[serde(default)]
    pub code: Json,
}
