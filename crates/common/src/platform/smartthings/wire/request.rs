//! What SmartThings sends.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::{Code, Entry, ErrorItem, Token, list, text};
use crate::object::object;

/// Content of `stateRefreshRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateRefresh {
    /// The devices whose state is asked.
    pub devices: Vec<Entry<DeviceRef>>,
}

/// A device of a `stateRefreshRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeviceRef {
    /// Our device id.
    pub external_device_id: String,
    /// What we once gave; we give none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_cookie: Option<Json>,
}

/// Content of `commandRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Commands {
    /// The devices and what they shall do.
    pub devices: Vec<Entry<CommandDevice>>,
}

/// A device of a `commandRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandDevice {
    /// Our device id.
    pub external_device_id: String,
    /// What we once gave; we give none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_cookie: Option<Json>,
    /// The commands in their order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commands: Option<Vec<Entry<Command>>>,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// [`super::MAIN`] on our devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// With `st.` before it.
    pub capability: String,
    /// The name.
    pub command: String,
    /// By position; may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Vec<Json>>,
}

impl Command {
    /// An argument; null is absent.
    pub fn argument(&self, index: usize) -> Option<&Json> {
        self.arguments.as_ref()?.get(index).filter(|argument| !argument.is_null())
    }
}

/// Content of `grantCallbackAccess`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Grant {
    /// The code to exchange.
    #[serde(deserialize_with = "object")]
    pub callback_authentication: CallbackCode,
    /// Where to.
    #[serde(deserialize_with = "object")]
    pub callback_urls: CallbackUrls,
}

/// `callbackAuthentication` of `grantCallbackAccess`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackCode {
    /// `authorization_code`.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<String>,
    /// `callback-access`.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// For one use.
    pub code: Token,
    /// The id that SmartThings gave us at registration.
    pub client_id: String,
}

/// Where a link's callbacks go; the region is in the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackUrls {
    /// For tokens.
    pub oauth_token: String,
    /// For states and devices.
    pub state_callback: String,
}

/// Content of `interactionResult`: what SmartThings could not digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InteractionResult {
    /// The message of ours that it is about.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub originating_interaction_type: Option<String>,
    /// Against the whole message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_error: Option<Entry<ErrorItem<Code>>>,
    /// Against single devices.
    #[serde(default, deserialize_with = "list", skip_serializing_if = "Option::is_none")]
    pub device_state: Option<Vec<Entry<FailedDevice>>>,
}

/// A device in an `interactionResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FailedDevice {
    /// Our device id.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub external_device_id: Option<String>,
    /// What was wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_error: Option<Vec<Entry<ErrorItem<Code>>>>,
}
