//! Access tokens for callbacks: got for the code of a grant, and renewed, once per link whoever needs it.
//!
//! Whoever renews holds a lease on the link's item. New tokens are stored before they are used, on the condition that the
//! grant is still the one they were got for, so that neither a slow instance nor a late answer can put older ones in their
//! place.

use std::time::{Duration, Instant};

use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::Url;
use secrecy::SecretString;
use serde_json::Value as Json;

use super::callback::{Access, global_error};
use super::wire::{Callback, CallbackHeaders, CallbackType, Given, Token, TokenExchange, TokenRequest};
use crate::config::{self, CallbackHosts};
use crate::model::Timestamp;
use crate::net;
use crate::notify::{NotRenewed, retry};
use crate::store::{Grant, Link, LinkKey, LinkStatus, SealError, Sealed, Sealer, Store, StoreError};

/// How long before its end a token is renewed; one that lives less than twice that, at half of its life.
const MARGIN: Duration = Duration::from_secs(300);
/// How long one request for tokens may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long somebody may take to renew tokens before another one tries: a request, and storing its answer.
const LEASE: Duration = Duration::from_secs(10);
/// How long after a failure nobody tries.
const PAUSE: Duration = Duration::from_secs(1);
/// How long one waits for somebody else to renew tokens.
const WAIT: Duration = Duration::from_secs(4);
const FIRST_LOOK: Duration = Duration::from_millis(50);
const LONGEST_LOOK: Duration = Duration::from_millis(400);
/// How often new tokens are tried to be stored: lost, they cost the user the link.
const STORE_ATTEMPTS: usize = 3;
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// Longer lives are not believed.
const LIFE_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// Gets, keeps and renews the access tokens of links.
pub struct Tokens {
    /// Where they are kept.
    pub store: Store,
    /// Encrypts them there.
    pub sealer: Sealer,
    /// Asks for them; follows no redirects.
    pub client: reqwest::Client,
    /// The id that SmartThings gave us at registration.
    pub client_id: String,
    /// The secret to it.
    pub client_secret: SecretString,
    /// Where the secret and callbacks may go.
    pub hosts: CallbackHosts,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// What SmartThings gives for a code or a refresh token.
struct Issued {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    life: Option<Duration>,
}

/// The token that is stored.
enum Stored {
    Fresh(Access),
    /// It can be used, and it is time to renew it.
    Due(Access),
    /// There is none, it has ended, or it is the one that was refused.
    Unusable,
}

impl Tokens {
    /// With these settings; `None` where they are without secret and key, because nothing is sent.
    pub fn new(
        settings: &config::SmartThings,
        store: Store,
        client: reqwest::Client,
        clock: fn() -> Timestamp,
    ) -> Option<Self> {
        Some(Tokens {
            store,
            sealer: Sealer::new(settings.token_key.as_ref()?.expose()),
            client,
            client_id: settings.client_id.clone(),
            client_secret: settings.client_secret.clone()?,
            hosts: settings.hosts.clone(),
            clock,
        })
    }

    /// What a callback needs: the token that is stored, or a new one if there is none or it ends soon.
    ///
    /// # Errors
    /// [`NotRenewed`]
    pub async fn access(&self, link: &Link) -> Result<Access, NotRenewed> {
        match self.stored(link, None)? {
            Stored::Fresh(access) => Ok(access),
            // Whoever renews it in time need not be waited for.
            Stored::Due(access) => match self.obtain(&link.key, None, Duration::ZERO).await {
                Err(NotRenewed::Later { .. }) => Ok(access),
                renewed => renewed,
            },
            Stored::Unusable => self.obtain(&link.key, None, WAIT).await,
        }
    }

    /// Another token, because this one was refused.
    ///
    /// # Errors
    /// [`NotRenewed`]
    pub async fn renew(&self, link: &Link, refused: &Access) -> Result<Access, NotRenewed> {
        self.obtain(&link.key, Some(refused), WAIT).await
    }

    async fn obtain(&self, key: &LinkKey, refused: Option<&Access>, wait: Duration) -> Result<Access, NotRenewed> {
        let give_up = Instant::now() + wait;
        let mut look = FIRST_LOOK;
        loop {
            let link = self.store.link(key).await?;
            let link = link.filter(|link| link.status == Some(LinkStatus::Active));
            let link = link.ok_or_else(|| broken("the link has ended or is broken"))?;
            if let Stored::Fresh(access) = self.stored(&link, refused)? {
                return Ok(access);
            }
            let now = (self.clock)();
            let grant = link.grant.as_ref().ok_or_else(|| broken("no callback access was granted"))?;
            let until = now.plus(LEASE);
            if self.store.take_lease(key, grant, now, until).await? {
                match self.exchange(&link, grant).await {
                    Ok(Some(access)) => return Ok(access),
                    // The grant was replaced meanwhile.
                    Ok(None) => continue,
                    Err(NotRenewed::Broken { reason }) if self.is_current(key, grant).await? => {
                        return Err(broken(reason));
                    }
                    Err(NotRenewed::Broken { .. }) => continue,
                    Err(later) => {
                        let cut = self.store.cut_lease(key, until, (self.clock)().plus(PAUSE)).await;
                        cut.unwrap_or_else(|error| tracing::warn!(error = %error, "lease stays until its end"));
                        return Err(later);
                    }
                }
            }
            if Instant::now() + look > give_up {
                return Err(later(None, false, "somebody else renews the access token"));
            }
            tokio::time::sleep(look).await;
            look = (look * 2).min(LONGEST_LOOK);
        }
    }

    fn stored(&self, link: &Link, refused: Option<&Access>) -> Result<Stored, NotRenewed> {
        let Some((grant, token)) = link.grant.as_ref().and_then(|grant| Some((grant, grant.access_token.as_ref()?)))
        else {
            return Ok(Stored::Unusable);
        };
        let now = (self.clock)();
        let access = self.access_with(grant, self.sealer.open(&link.key, token)?)?;
        let ended = grant.expires_at.is_some_and(|end| end <= now);
        if ended || refused.is_some_and(|refused| access.has_token_of(refused)) {
            return Ok(Stored::Unusable);
        }
        let due = match (grant.renew_at, grant.expires_at) {
            (Some(at), _) => at <= now,
            (None, end) => end.is_some_and(|end| end.since(now) <= MARGIN),
        };
        Ok(if due { Stored::Due(access) } else { Stored::Fresh(access) })
    }

    fn access_with(&self, grant: &Grant, token: SecretString) -> Result<Access, NotRenewed> {
        let access = Access::new(&self.hosts, &grant.state_callback, token);
        access.ok_or_else(|| later(None, false, "the callback address is none of HOMEPORT_SMARTTHINGS_HOSTS"))
    }

    /// Asks for tokens and stores them. `None` when the grant is not this one any more.
    async fn exchange(&self, link: &Link, grant: &Grant) -> Result<Option<Access>, NotRenewed> {
        let issued = self.ask(link, grant).await?;
        let now = (self.clock)();
        let seal = |secret: &SecretString| self.sealer.seal(&link.key, secret);
        let renewed = Grant {
            code: None,
            access_token: Some(seal(&issued.access_token)?),
            refresh_token: match &issued.refresh_token {
                Some(token) => Some(seal(token)?),
                None => grant.refresh_token.clone(),
            },
            expires_at: issued.life.map(|life| now.plus(life)),
            renew_at: issued.life.map(|life| now.plus(life.saturating_sub(MARGIN).max(life / 2))),
            ..grant.clone()
        };
        let access = self.access_with(grant, issued.access_token)?;
        let mut stored = self.store.save_tokens(&link.key, grant, &renewed).await;
        for _ in 1..STORE_ATTEMPTS {
            if stored.is_err() {
                stored = self.store.save_tokens(&link.key, grant, &renewed).await;
            }
        }
        Ok(stored?.then_some(access))
    }

    async fn is_current(&self, key: &LinkKey, grant: &Grant) -> Result<bool, NotRenewed> {
        let stored = self.store.link(key).await?.and_then(|link| link.grant);
        let same = |stored: Grant| stored.code == grant.code && stored.refresh_token == grant.refresh_token;
        Ok(stored.is_none_or(same))
    }

    /// <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>
    async fn ask(&self, link: &Link, grant: &Grant) -> Result<Issued, NotRenewed> {
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
        let issued = &answer["callbackAuthentication"];
        let text = |name: &str| issued[name].as_str().filter(|text| !text.is_empty()).map(SecretString::from);
        if let Some(access_token) = text("accessToken") {
            let seconds = issued["expiresIn"].as_u64().or_else(|| issued["expiresIn"].as_str()?.parse().ok());
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

fn later(after: Option<Duration>, unanswered: bool, reason: impl Into<String>) -> NotRenewed {
    NotRenewed::Later { after, unanswered, reason: reason.into() }
}

fn broken(reason: impl Into<String>) -> NotRenewed {
    NotRenewed::Broken { reason: reason.into() }
}

impl From<StoreError> for NotRenewed {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "store failed");
        later(None, false, "the table cannot be reached")
    }
}

impl From<SealError> for NotRenewed {
    fn from(error: SealError) -> Self {
        broken(error.to_string())
    }
}
