//! The JSON of Sber Smart Home, Cloud-to-Cloud: <https://developers.sber.ru/docs/ru/smarthome/c2c/overview>.
//!
//! Lenient in: unknown members are ignored, null is absent. Strict out: exactly one typed member per value, no nulls.

mod callback;
mod value;

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

pub use self::callback::{AddedDevices, CallbackAnswer, ChangedDevices, RemovedDevices, ReportedStates, UnlinkedUser};
pub use self::value::{Colour, Integer, State, States, Value};
use crate::model::Number;
use crate::object::object;

/// A device: <https://developers.sber.ru/docs/ru/smarthome/c2c/device>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// The vendor's id, unique among all users of the vendor.
    pub id: String,
    /// The device it is reached through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// The user's name for it.
    pub name: String,
    /// The maker's name for it.
    pub default_name: String,
    /// The home; a group of rooms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// The room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// Groups of devices of one kind.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// The id of a registered model; exactly one of this and `model` is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
    /// The model itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// Version of the hardware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hw_version: Option<String>,
    /// Version of the firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sw_version: Option<String>,
    /// What the vendor wants back unchanged; its JSON has at most 1024 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partner_meta: Option<serde_json::Map<String, Json>>,
}

/// A model: <https://developers.sber.ru/docs/ru/smarthome/c2c/model>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Must differ where category, features or allowed values differ, or Sber silently drops the device.
    pub id: String,
    /// Who makes it.
    pub manufacturer: String,
    /// Full name of the model.
    pub model: String,
    /// Version of the hardware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hw_version: Option<String>,
    /// Version of the firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sw_version: Option<String>,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// One of the categories.
    pub category: String,
    /// The names of its functions.
    pub features: Vec<String>,
    /// Ranges and words of functions that differ from the default; the keys are features.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub allowed_values: BTreeMap<String, AllowedValues>,
}

/// What a function may be on a model: <https://developers.sber.ru/docs/ru/smarthome/c2c/allowed_values>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum AllowedValues {
    /// Of an INTEGER function.
    #[serde(rename = "INTEGER")]
    Integer {
        /// The range.
        integer_values: IntegerValues,
    },
    /// Of a FLOAT function.
    #[serde(rename = "FLOAT")]
    Float {
        /// The range.
        float_values: FloatValues,
    },
    /// Of an ENUM function.
    #[serde(rename = "ENUM")]
    Enum {
        /// The words.
        enum_values: EnumValues,
    },
}

/// A range of whole numbers, both ends inclusive; in JSON decimal texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntegerValues {
    /// The least.
    pub min: Integer,
    /// The greatest.
    pub max: Integer,
    /// The grid, counted from `min`.
    pub step: Integer,
}

/// A range of numbers, both ends inclusive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FloatValues {
    /// The least.
    pub min: Number,
    /// The greatest.
    pub max: Number,
}

/// Words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnumValues {
    /// The words.
    pub values: Vec<String>,
}

/// Answer to get user: <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-get-user>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserAnswer {
    /// The vendor's user id; Sber's calls and ours name the user by it from then on.
    pub id: String,
}

/// Answer to get devices: <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-get-devices>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DevicesAnswer {
    /// All devices of the user; a shorter list removes devices.
    pub devices: Vec<Device>,
}

/// Body of post query: <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-post-query>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryRequest {
    /// Device ids. What is no text is left out: its answer would be found by it.
    #[serde(deserialize_with = "texts")]
    pub devices: Vec<String>,
}

/// Answer to post query.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueryAnswer {
    /// By device id.
    pub devices: BTreeMap<String, States>,
    /// Devices that are not there.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// Body of post command: <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-post-command>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommandRequest {
    /// By device id; `None` where it cannot be read, which is that device's failure alone.
    #[serde(deserialize_with = "each")]
    pub devices: BTreeMap<String, Option<States>>,
}

/// Answer to post command: states, or the failed devices alone, or nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandAnswer {
    /// States after the command, by device id.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub devices: BTreeMap<String, States>,
    /// The devices that failed.
    #[serde(default, deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Fault>,
}

/// One failed device: <https://developers.sber.ru/docs/ru/smarthome/c2c/error>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The device.
    pub id: String,
    /// 400, 401, 403, 500 or 503.
    pub code: u16,
    /// Free text.
    pub message: String,
}

/// An error that is not one device's: <https://developers.sber.ru/docs/ru/smarthome/c2c/common-error>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CommonError {
    /// 400, 401, 403, 500 or 503; the HTTP status is the same.
    pub code: u16,
    /// Free text.
    pub message: String,
    /// More free text.
    #[serde(default, deserialize_with = "or_default")]
    pub details: Vec<String>,
}

/// null is the default.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

fn each<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Option<States>>, D::Error> {
    let devices = BTreeMap::<String, Json>::deserialize(deserializer)?;
    Ok(devices.into_iter().map(|(id, json)| (id, object(json).ok())).collect())
}

fn texts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let items = Vec::<Json>::deserialize(deserializer)?;
    Ok(items.into_iter().filter_map(|item| item.as_str().map(str::to_owned)).collect())
}
