//! The JSON of SmartThings Schema.
//!
//! <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>

use std::borrow::Cow;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

mod answer;
mod callback;
mod request;

pub use answer::*;
pub use callback::*;
pub use request::*;

use crate::model::vocabulary::vocabulary;

/// `headers.schema` of every message.
pub const SCHEMA: &str = "st-schema";
/// `headers.version` of every message.
pub const VERSION: &str = "1.0";
/// The only component our devices have.
pub const MAIN: &str = "main";

vocabulary! {
    /// What SmartThings sends a message for.
    InteractionType {
        DiscoveryRequest = "discoveryRequest", StateRefreshRequest = "stateRefreshRequest",
        CommandRequest = "commandRequest", GrantCallbackAccess = "grantCallbackAccess",
        IntegrationDeleted = "integrationDeleted", InteractionResult = "interactionResult",
    }
}

impl InteractionType {
    /// What the answer is.
    pub const fn answer(self) -> &'static str {
        match self {
            InteractionType::DiscoveryRequest => "discoveryResponse",
            InteractionType::StateRefreshRequest => "stateRefreshResponse",
            InteractionType::CommandRequest => "commandResponse",
            InteractionType::GrantCallbackAccess
            | InteractionType::IntegrationDeleted
            | InteractionType::InteractionResult => self.as_str(),
        }
    }
}

vocabulary! {
    /// `errorEnum` of a `deviceError`.
    DeviceErrorEnum {
        /// SmartThings deletes the device from the user's home: only for what is certainly not there.
        DeviceDeleted = "DEVICE-DELETED",
        DeviceOffline = "DEVICE-OFFLINE", DeviceUnavailable = "DEVICE-UNAVAILABLE",
        ResourceConstraintViolation = "RESOURCE-CONSTRAINT-VIOLATION",
        CapabilityNotSupported = "CAPABILITY-NOT-SUPPORTED",
    }
}

vocabulary! {
    /// `errorEnum` of the `globalError`s that we answer.
    GlobalErrorEnum {
        /// SmartThings gets a new token with its refresh token and asks again.
        TokenExpired = "TOKEN-EXPIRED",
        InvalidToken = "INVALID-TOKEN",
        /// Nothing can be reached at the moment.
        IntegrationOffline = "INTEGRATION-OFFLINE",
        /// SmartThings removes the integration with all its devices: only after an unlink.
        IntegrationDeleted = "INTEGRATION-DELETED",
        BadRequest = "BAD-REQUEST", InvalidInteractionType = "INVALID-INTERACTION-TYPE",
        InvalidClient = "INVALID-CLIENT",
    }
}

/// A token or code, hidden in logs.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// The text.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The text, still hidden.
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl From<String> for Token {
    fn from(text: String) -> Self {
        Token(SecretString::from(text))
    }
}

impl From<SecretString> for Token {
    fn from(secret: SecretString) -> Self {
        Token(secret)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

impl Serialize for Token {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

impl<'de> Deserialize<'de> for Token {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Token::from)
    }
}

/// A member that is of use only if it is a text; anything else is as good as absent.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Json::deserialize(deserializer)? {
        Json::String(text) => Some(text),
        _ => None,
    })
}

/// A list; `None` if it is something else.
fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
    Ok(Vec::deserialize(Json::deserialize(deserializer)?).ok())
}

fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Token>, D::Error> {
    Ok(text(deserializer)?.map(Token::from))
}

/// A whole message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Message<T> {
    /// What it is.
    pub headers: Headers,
    /// On whose behalf; never in an answer of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<Authentication>,
    /// The rest.
    #[serde(flatten)]
    pub content: T,
}

/// `headers` of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Headers {
    /// [`SCHEMA`].
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// [`VERSION`].
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// An [`InteractionType`], its answer, or what SmartThings sends instead.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub interaction_type: Option<String>,
    /// Opaque, given back byte for byte.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// `authentication` of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Authentication {
    /// `Bearer`.
    #[serde(default, deserialize_with = "text", skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// Inbound the user's token that our identity provider issued.
    #[serde(default, deserialize_with = "secret_text", skip_serializing_if = "Option::is_none")]
    pub token: Option<Token>,
}

/// The content of a message that has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Nothing {}

/// One element of a list in which a malformed one must not spoil the others.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Entry<T> {
    /// As it should be.
    Good(T),
    /// Something else.
    Bad(Json),
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        // serde would take an array for a struct as well.
        let good = if json.is_object() { T::deserialize(&json).ok() } else { None };
        Ok(good.map_or_else(|| Entry::Bad(json), Entry::Good))
    }
}

/// An error code of SmartThings: mostly a word, sometimes a number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Code {
    /// `BAD-RESPONSE`
    Word(String),
    /// `400`
    Number(serde_json::Number),
}

/// `globalError`, or one of `deviceError`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorItem<C> {
    /// What it is.
    pub error_enum: C,
    /// For logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<Cow<'static, str>>,
}
