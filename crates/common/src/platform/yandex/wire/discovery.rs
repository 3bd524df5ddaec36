//! Discovery: what the devices are, <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/get-devices>.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::StreamProtocol;
use crate::model::{ColorModel, Number};

type Text = Cow<'static, str>;

/// The payload of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiscoveryPayload {
    /// Our id of the user, the same as in callbacks.
    pub user_id: String,
    /// The user's devices, at most 301.
    pub devices: Vec<Device>,
}

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// Unique among all devices of the maker.
    pub id: String,
    /// The name for the voice.
    pub name: String,
    /// Whether online and offline are reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_info: Option<StatusInfo>,
    /// A remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The room.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// `devices.types.…`
    #[serde(rename = "type")]
    pub device_type: Text,
    /// Anything, sent back in query and action; at most 1024 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_data: Option<Map<String, Json>>,
    /// What can be commanded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub capabilities: Vec<Capability>,
    /// What can only be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property>,
    /// Maker and versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_info: Option<DeviceInfo>,
}

/// Whether online and offline are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusInfo {
    /// Each change is sent by callback.
    pub reportable: bool,
}

/// Maker and versions, each at most 256 characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// Who makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// The maker's model name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of the hardware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hw_version: Option<String>,
    /// Version of the firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sw_version: Option<String>,
}

/// A capability. The flags are always written, because their defaults differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// Its kind and parameters.
    #[serde(flatten)]
    pub kind: CapabilityKind,
    /// Its state can be queried.
    #[serde(default = "yes")]
    pub retrievable: bool,
    /// Each change of its state is sent by callback.
    #[serde(default)]
    pub reportable: bool,
}

fn yes() -> bool {
    true
}

/// Kind and parameters of a capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum CapabilityKind {
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/on_off>
    #[serde(rename = "devices.capabilities.on_off")]
    OnOff {
        /// Optional on the wire.
        #[serde(default)]
        parameters: OnOffParameters,
    },
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/color_setting>
    #[serde(rename = "devices.capabilities.color_setting")]
    ColorSetting {
        /// At least one of its members is there.
        parameters: ColorSetting,
    },
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/mode>
    #[serde(rename = "devices.capabilities.mode")]
    Mode {
        /// Which function and words.
        parameters: ModeParameters,
    },
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/range>
    #[serde(rename = "devices.capabilities.range")]
    Range {
        /// Which function, unit and range.
        parameters: RangeParameters,
    },
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/toggle>
    #[serde(rename = "devices.capabilities.toggle")]
    Toggle {
        /// Which function.
        parameters: Instance,
    },
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/video_stream>
    #[serde(rename = "devices.capabilities.video_stream")]
    VideoStream {
        /// Which protocols.
        parameters: StreamParameters,
    },
}

/// Of `on_off`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnOffParameters {
    /// On and off are separate commands; matters only without `retrievable`.
    #[serde(default)]
    pub split: bool,
}

/// Of `color_setting`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ColorSetting {
    /// `rgb` or `hsv`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_model: Option<ColorModel>,
    /// Range of the color temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature_k: Option<KelvinBounds>,
    /// The scenes it knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color_scene: Option<ColorScene>,
}

/// A range of whole kelvins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KelvinBounds {
    /// The warmest, 2000 if absent on the wire.
    pub min: u32,
    /// The coldest, 9000 if absent on the wire.
    pub max: u32,
}

/// Scenes of a lamp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColorScene {
    /// At least one.
    pub scenes: Vec<Scene>,
}

/// A scene of a lamp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scene {
    /// Its word.
    pub id: Text,
}

/// Of `mode`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModeParameters {
    /// The function.
    pub instance: Text,
    /// Its words, at least one. The order must stay the same.
    pub modes: Vec<Mode>,
}

/// A word of a mode or of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mode {
    /// The word.
    pub value: Text,
}

/// Of `range`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RangeParameters {
    /// The function.
    pub instance: Text,
    /// Its unit, if the function has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
    /// `false`: it can only be stepped up and down.
    #[serde(default = "yes")]
    pub random_access: bool,
    /// What values it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Bounds>,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least value.
    pub min: Number,
    /// Greatest value.
    pub max: Number,
    /// The step, 1 if absent on the wire.
    #[serde(default = "one")]
    pub precision: Number,
}

fn one() -> Number {
    Number::ONE
}

/// Of `toggle`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The function.
    pub instance: Text,
}

/// Of `video_stream`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamParameters {
    /// The protocols.
    pub protocols: Vec<StreamProtocol>,
}

/// A property. The flags are always written, because their defaults differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Property {
    /// Its kind and parameters.
    #[serde(flatten)]
    pub kind: PropertyKind,
    /// Its value can be queried.
    #[serde(default = "yes")]
    pub retrievable: bool,
    /// Each change of its value is sent by callback.
    #[serde(default)]
    pub reportable: bool,
}

/// Kind and parameters of a property, <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/properties-types>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum PropertyKind {
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/float>
    #[serde(rename = "devices.properties.float")]
    Float {
        /// What is measured.
        parameters: FloatParameters,
    },
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/event>
    #[serde(rename = "devices.properties.event")]
    Event {
        /// What can happen.
        parameters: EventParameters,
    },
}

/// Of a `float` property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloatParameters {
    /// What is measured.
    pub instance: Text,
    /// The unit; only `meter` has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Text>,
}

/// Of an `event` property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventParameters {
    /// Where it happens.
    pub instance: Text,
    /// Its words, at least one.
    pub events: Vec<Mode>,
}
