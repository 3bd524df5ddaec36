//! Action: commands and what became of them, <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/post-action>.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Devices, ErrorCode, lenient};
use crate::model::vocabulary::vocabulary;
use crate::object::object;

/// The body of an action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionBody {
    /// Unlike in a query, the devices are one level down.
    #[serde(deserialize_with = "object")]
    pub payload: Devices<ActionDevice>,
}

/// A device that is commanded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ActionDevice {
    /// Its id; empty if the request had none.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: String,
    /// What discovery said.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub custom_data: Json,
    /// The commands; `None` if there is no such array.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<Command>>,
}

/// A command to one capability. It may name any type and instance and hold any value: each is answered on its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The kind of the capability.
    #[serde(rename = "type", default, deserialize_with = "lenient::text")]
    pub entry_type: String,
    /// Function and value.
    #[serde(default, deserialize_with = "lenient::object")]
    pub state: CommandState,
}

/// What the function shall become.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CommandState {
    /// The function.
    #[serde(default, deserialize_with = "lenient::text")]
    pub instance: String,
    /// Its value; null if absent.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub value: Json,
    /// `range` only, a boolean: the value is a difference. Null if absent.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub relative: Json,
}

/// What became of the commands to one device: a result for each capability, or one for the device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActedDevice {
    /// Its id.
    pub id: String,
    /// The results of its capabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<ActedCapability>>,
    /// The result of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_result: Option<ActionResult>,
}

/// What became of the command to one capability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActedCapability {
    /// The kind, as in the command.
    #[serde(rename = "type")]
    pub entry_type: String,
    /// Function and result.
    pub state: ActedState,
}

/// Function and result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActedState {
    /// The function, as in the command.
    pub instance: String,
    /// The stream that `get_stream` asked for; nothing else answers with a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Stream>,
    /// The result.
    pub action_result: ActionResult,
}

/// A result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionResult {
    /// Done or not.
    pub status: Status,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_code: Option<ErrorCode>,
    /// Shown on the console's testing tab only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<Cow<'static, str>>,
}

vocabulary! {
    /// Whether a command was done. There is no "later": what comes out otherwise is corrected by a callback.
    Status { Done = "DONE", Error = "ERROR", }
}

vocabulary! {
    /// Protocols of video streams.
    StreamProtocol { Hls = "hls", }
}

/// A video stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Where it is.
    pub stream_url: String,
    /// How it is read.
    pub protocol: StreamProtocol,
}
