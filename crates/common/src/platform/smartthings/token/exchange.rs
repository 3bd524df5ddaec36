//! Asking SmartThings for tokens: <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>.

use std::time::Duration;

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value as Json;

use super::{Tokens, broken, later};
use crate::net;
use crate::notify::{NotRenewed, retry};
use crate::platform::smartthings::callback::global_error;
use crate::platform::smartthings::wire::{
    Callback, CallbackHeaders, CallbackType, Given, Token, TokenExchange, TokenRequest,
};
use crate::store::{Grant, Link, Sealed};

/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(3);
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// Longer lives are not believed.
const LIFE_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// What SmartThings gives for a code or a refresh token.
pub(super) struct Issued {
    pub(super) access_token: SecretString,
    pub(super) refresh_token: Option<SecretString>,
    pub(super) life: Option<Duration>,
}

impl Tokens {
    /// Gives the code of a grant, or its refresh token, for new tokens.
    pub(super) async fn ask(&self, link: &Link, grant: &Grant) -> Result<Issued, NotRenewed> {
        let url = Url::parse(&grant.oauth_token).ok().filter(|url| self.hosts.allows(url));
        let url = url.ok_or_else(|| later(None, false, "the token address is none of HOMEPORT_SMARTTHINGS_HOSTS"))?;
        let open = |sealed: &Sealed| self.sealer.open(&link.key, sealed).map(Token::from);
        let (code, refresh_token) =
            (grant.code.as_ref().map(open).transpose()?, grant.refresh_token.as_ref().map(open).transpose()?);
        let (kind, given) = match (&code, &refresh_token) {
            (Some(code), _) => (CallbackType::AccessTokenRequest, Given::Code { code }),
            (None, Some(refresh_token)) => (CallbackType::RefreshAccessTokens, Given::RefreshToken { refresh_token }),
            (None, None) => return Err(broken("neither code nor refresh token is stored")),
        };
        let client_secret = &Token::from(self.client_secret.clone());
        let exchange = TokenExchange { given, client_id: &self.client_id, client_secret };
        let message = Callback {
            headers: CallbackHeaders::new(kind),
            authentication: None,
            content: TokenRequest { callback_authentication: exchange },
        };
        let body = serde_json::to_vec(&message).map_err(|_| later(None, false, "the request cannot be written"))?;
        let request = self.client.post(url).timeout(PATIENCE).body(body);
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let answered = async {
            let response = request.send().await?;
            let status = response.status();
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let after = asked.and_then(|value| retry::retry_after(value, (self.clock)()));
            Ok((status, after, net::read_body(response, ANSWER_MAX_BYTES).await?))
        };
        let (status, after, body) =
            answered.await.map_err(|error: reqwest::Error| later(None, true, net::describe(&error)))?;
        read(status, after, &body)
    }
}

/// What an answer to a request for tokens means.
fn read(status: StatusCode, after: Option<Duration>, body: &[u8]) -> Result<Issued, NotRenewed> {
    let error = global_error(body);
    let reason =
        format!("{}{}", status.as_u16(), error.as_deref().map(|error| format!(" {error}")).unwrap_or_default());
    match error.as_deref() {
        Some("INVALID-CLIENT" | "INVALID-CLIENT-SECRET") => {
            tracing::error!(reason, "SmartThings refuses our client id or secret: look at the settings");
            return Err(broken(reason));
        }
        Some("INVALID-CODE" | "INVALID-TOKEN" | "TOKEN-EXPIRED" | "UNSUPPORTED-GRANT-TYPE" | "INTEGRATION-DELETED") => {
            return Err(broken(reason));
        }
        _ => {}
    }
    if status.is_success() && error.is_none() {
        let answer: Json = serde_json::from_slice(body).unwrap_or_default();
        let member = |name: &str| answer.get("callbackAuthentication")?.get(name);
        let text = |name: &str| member(name)?.as_str().filter(|text| !text.is_empty()).map(SecretString::from);
        if let Some(access_token) = text("accessToken") {
            let seconds = member("expiresIn").and_then(|life| life.as_u64().or_else(|| life.as_str()?.parse().ok()));
            let life = seconds.map(|seconds| Duration::from_secs(seconds).min(LIFE_MAX));
            return Ok(Issued { access_token, refresh_token: text("refreshToken"), life });
        }
        return Err(later(after, false, "the answer holds no access token"));
    }
    match status {
        // What exactly a refusal looks like is not documented.
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => Err(broken(reason)),
        _ => {
            let trouble = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
            Err(later(after, trouble, reason))
        }
    }
}
