//! Access tokens for callbacks: got for the code of a grant, and renewed, once per link whoever needs it.
//!
//! Whoever renews holds a lease on the link's item. New tokens are stored before they are used, on the condition that the
//! grant is still the one they were got for, so that neither a slow instance nor a late answer can put older ones in their
//! place.

mod exchange;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use secrecy::SecretString;
use uuid::Uuid;

use super::callback::Access;
use crate::config::{self, CallbackHosts};
use crate::model::Timestamp;
use crate::notify::NotRenewed;
use crate::store::{Grant, Lease, Link, LinkKey, LinkStatus, SealError, Sealer, Store, StoreError};

/// How long before its end a token is renewed; one that lives less than twice that, at half of its life.
const MARGIN: Duration = Duration::from_secs(300);
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

/// Gets, keeps and renews the access tokens of links.
pub struct Tokens {
    store: Store,
    sealer: Sealer,
    client: reqwest::Client,
    client_id: String,
    client_secret: SecretString,
    /// Where the secret and callbacks may go.
    hosts: CallbackHosts,
    clock: fn() -> Timestamp,
    waiting: Mutex<HashMap<LinkKey, Weak<Shared>>>,
}

/// What those in this process who want another token at the same time share: one of them gets it.
type Shared = tokio::sync::Mutex<Option<Access>>;

/// The token that is stored.
enum Stored {
    Fresh(Access),
    /// It can be used, and it is time to renew it.
    Due(Access),
    /// There is none, it has ended, or it is the one that was refused.
    Unusable,
}

impl Tokens {
    /// With these settings; `None` where they are without secret and key, because nothing is sent. The client follows no
    /// redirects.
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
            waiting: Mutex::default(),
        })
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> Timestamp) -> Self {
        Tokens { clock, ..self }
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
        let shared = self.shared(key);
        let Ok(mut shared) = tokio::time::timeout(wait, shared.lock()).await else {
            return Err(later(None, false, "somebody else renews the access token"));
        };
        if let Some(access) =
            shared.as_ref().filter(|access| refused.is_none_or(|refused| !access.has_token_of(refused)))
        {
            return Ok(access.clone());
        }
        let access = self.obtain_alone(key, refused, give_up).await?;
        *shared = Some(access.clone());
        Ok(access)
    }

    fn shared(&self, key: &LinkKey) -> Arc<Shared> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, shared| shared.strong_count() > 0);
        if let Some(shared) = waiting.get(key).and_then(Weak::upgrade) {
            return shared;
        }
        let shared = Arc::new(Shared::default());
        waiting.insert(key.clone(), Arc::downgrade(&shared));
        shared
    }

    async fn obtain_alone(
        &self,
        key: &LinkKey,
        refused: Option<&Access>,
        give_up: Instant,
    ) -> Result<Access, NotRenewed> {
        let mut look = FIRST_LOOK;
        loop {
            let link = self.store.link(key).await?;
            let lives = |link: &Link| link.status == Some(LinkStatus::Active) || link.farewell.is_some();
            let link = link.filter(lives);
            let link = link.ok_or_else(|| broken("the link has ended or is broken"))?;
            match self.stored(&link, refused)? {
                Stored::Fresh(access) => return Ok(access),
                Stored::Due(access) if refused.is_some() => return Ok(access),
                Stored::Due(_) | Stored::Unusable => {}
            }
            let now = (self.clock)();
            let grant = link.grant.as_ref().ok_or_else(|| broken("no callback access was granted"))?;
            let lease = Lease { holder: Uuid::new_v4().to_string(), until: now.plus(LEASE) };
            if self.store.take_lease(key, grant, &lease, now).await? {
                match self.exchange(&link, grant).await {
                    Ok(Some(access)) => return Ok(access),
                    // The grant was replaced meanwhile.
                    Ok(None) => continue,
                    Err(NotRenewed::Broken { reason }) if self.is_current(key, grant).await? => {
                        return Err(broken(reason));
                    }
                    Err(NotRenewed::Broken { .. }) => continue,
                    Err(later) => {
                        let cut = self.store.cut_lease(key, &lease, (self.clock)().plus(PAUSE)).await;
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
        // Tokens for an address that must not be used would be lost.
        self.access_with(grant, SecretString::default())?;
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
        Ok(stored.is_none_or(|stored| stored == *grant))
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
