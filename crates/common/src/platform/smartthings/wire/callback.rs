//! What we send to SmartThings: callbacks and requests for tokens.

use serde::Serialize;

use super::{Device, ErrorItem, GlobalErrorEnum, SCHEMA, Token, VERSION};
use crate::model::vocabulary::vocabulary;

vocabulary! {
    /// What we send SmartThings a message for.
    CallbackType {
        StateCallback = "stateCallback", DiscoveryCallback = "discoveryCallback",
        AccessTokenRequest = "accessTokenRequest", RefreshAccessTokens = "refreshAccessTokens",
    }
}

/// A message of ours.
#[derive(Clone, Debug, Serialize)]
pub struct Callback<'a, T> {
    /// What it is.
    pub headers: CallbackHeaders,
    /// The token for callbacks; absent where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authentication: Option<CallbackToken<'a>>,
    /// The rest.
    #[serde(flatten)]
    pub content: T,
}

/// `headers` of a message of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackHeaders {
    /// [`SCHEMA`]
    pub schema: &'static str,
    /// [`VERSION`]
    pub version: &'static str,
    /// What it is.
    pub interaction_type: CallbackType,
    /// Another one for each message.
    pub request_id: String,
}

impl CallbackHeaders {
    /// Of a new message.
    pub fn new(interaction_type: CallbackType) -> Self {
        let request_id = uuid::Uuid::new_v4().to_string();
        CallbackHeaders { schema: SCHEMA, version: VERSION, interaction_type, request_id }
    }
}

/// `authentication` of a callback.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CallbackToken<'a> {
    /// `Bearer`
    pub token_type: &'static str,
    /// What SmartThings issued.
    pub token: &'a Token,
}

/// Content of `discoveryCallback`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListedDevices<'a> {
    /// Devices that are new or have changed.
    pub devices: Vec<&'a Device>,
}

/// Content of `accessTokenRequest` and `refreshAccessTokens`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenRequest<'a> {
    /// What is given for the tokens.
    pub callback_authentication: TokenExchange<'a>,
}

/// `callbackAuthentication` of a request for tokens.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenExchange<'a> {
    /// What is given.
    #[serde(flatten)]
    pub given: Given<'a>,
    /// The id that SmartThings gave us at registration.
    pub client_id: &'a str,
    /// The secret to it.
    pub client_secret: &'a Token,
}

/// What is given for tokens.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "grantType", rename_all_fields = "camelCase")]
pub enum Given<'a> {
    /// The code of a grant.
    #[serde(rename = "authorization_code")]
    Code {
        /// For one use.
        code: &'a Token,
    },
    /// The refresh token.
    #[serde(rename = "refresh_token")]
    RefreshToken {
        /// It may be replaced by its use.
        refresh_token: &'a Token,
    },
}

/// Content of a `stateCallback` that ends the integration from our side.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Farewell {
    /// Always empty.
    pub device_state: [(); 0],
    /// `INTEGRATION-DELETED`
    pub global_error: ErrorItem<GlobalErrorEnum>,
}
