//! Query: what the state is, <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/post-devices-query>.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{EntryType, ErrorCode, lenient};
use crate::model::Number;

/// A device that is asked about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueryDevice {
    /// Its id; empty if the request had none.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: String,
    /// What discovery said.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub custom_data: Json,
}

/// The state of a device, or why it is not known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueriedDevice {
    /// Its id.
    pub id: String,
    /// Its state; ignored by the platform beside an error.
    #[serde(flatten)]
    pub states: States,
    /// Why there is no state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// Shown on the console's testing tab only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<Cow<'static, str>>,
}

/// States of one device, at most one per (type, instance). Also what a callback holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct States {
    /// Of capabilities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<StateEntry>,
    /// Of properties.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<StateEntry>,
}

/// One state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateEntry {
    /// Of what kind.
    #[serde(rename = "type")]
    pub entry_type: EntryType,
    /// Function and value.
    pub state: StateValue,
}

/// The value of a function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateValue {
    /// The function.
    pub instance: Cow<'static, str>,
    /// Its value.
    pub value: Value,
}

/// A value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Of `on_off` and `toggle`.
    Bool(bool),
    /// `rgb` (0xRRGGBB) or `temperature_k`: a fraction, even `.0`, would be refused.
    Integer(u32),
    /// Of `range` and `float`.
    Number(Number),
    /// Of `mode`, `scene` and `event`.
    Text(Cow<'static, str>),
    /// `hsv`
    Hsv(Hsv),
}

/// A color as hue, saturation and value, in whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hsv {
    /// Degrees, 0-360.
    pub h: u16,
    /// Percent, 0-100.
    pub s: u8,
    /// Percent, 0-100.
    pub v: u8,
}
