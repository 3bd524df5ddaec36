//! What we answer.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{DeviceErrorEnum, ErrorItem, GlobalErrorEnum};

/// Content of `discoveryResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Discovery {
    /// Asks for a new `grantCallbackAccess`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_grant_callback_access: Option<bool>,
    /// Every device of the user.
    pub devices: Vec<Device>,
}

/// A device in a `discoveryResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Our device id.
    pub external_device_id: String,
    /// Opaque to SmartThings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_cookie: Option<Json>,
    /// The name; SmartThings looks at it only when it creates the device.
    pub friendly_name: String,
    /// Who makes it.
    pub manufacturer_info: ManufacturerInfo,
    /// Where it is and what kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_context: Option<DeviceContext>,
    /// A built-in `c2c-…` type or the UUID of a device profile.
    pub device_handler_type: String,
    /// Tells SmartThings that devices of several integrations are the same one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_unique_id: Option<String>,
}

/// `manufacturerInfo` of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManufacturerInfo {
    /// Demanded by SmartThings.
    pub manufacturer_name: String,
    /// Demanded by SmartThings.
    pub model_name: String,
    /// Version of the hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hw_version: Option<String>,
    /// Version of the firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sw_version: Option<String>,
}

/// `deviceContext` of a device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceContext {
    /// The room to suggest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_name: Option<String>,
    /// Groups; ours have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// What kind of device it is, in lower case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<Vec<String>>,
}

/// Content of `stateRefreshResponse` and `commandResponse` (and of `stateCallback`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct States {
    /// One entry for each device that was asked for.
    pub device_state: Vec<DeviceState>,
}

/// What is known of one device, or why nothing is; both in a partial success.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceState {
    /// Our device id.
    pub external_device_id: String,
    /// The attributes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<State>>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_error: Option<Vec<ErrorItem<DeviceErrorEnum>>>,
}

/// The value of one attribute.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// [`super::MAIN`] on our devices.
    pub component: Cow<'static, str>,
    /// With `st.` before it.
    pub capability: Cow<'static, str>,
    /// Without `st.`.
    pub attribute: Cow<'static, str>,
    /// A number, a word or a list.
    pub value: Json,
    /// Exactly the unit of the capability's definition, if that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Cow<'static, str>>,
    /// Particulars, different for each capability.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Json>,
    /// When it became so, in milliseconds since the UNIX epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<i64>,
}

/// Content of an answer that refuses the whole message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Refused {
    /// Why.
    pub global_error: ErrorItem<GlobalErrorEnum>,
}
