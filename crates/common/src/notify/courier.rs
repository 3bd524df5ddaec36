//! The notifier: stream in, callbacks out, the rest into the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use futures_util::stream;
use futures_util::{FutureExt, StreamExt};
use uuid::Uuid;

use super::breaker::Breaker;
use super::protocol::Protocol;
use super::retry::LONGEST_DELAY;
use super::{Change, Errand, News, NotRenewed, Renewal, Settled, Teller, Told, plan};
use crate::config::Platforms;
use crate::model::{DeviceId, Timestamp, UserId};
use crate::net::{self, ClientError};
use crate::platform::smartthings::callback::SmartThings;
use crate::platform::smartthings::token::Tokens;
use crate::platform::{Platform, sber, yandex};
use crate::store::{Link, Receipt, Record, Store, StoreError};
use crate::telemetry;

/// How many links are told at once.
const LINKS_AT_ONCE: usize = 64;
/// How long the stream tells one link before the rest goes into the queue.
const LINK_WITHIN: Duration = Duration::from_secs(1);

/// A queue that keeps errands until they are due. In AWS it is SQS.
pub trait Queue: Send + Sync {
    /// Puts errands in, each with its delay of at most 15 minutes; all or an error, after which some may be in it.
    fn put(&self, errands: Vec<(Errand, Duration)>) -> BoxFuture<'_, Result<(), QueueError>>;
}

/// The queue could not take it.
#[derive(Debug, thiserror::Error)]
#[error("the retry queue cannot be reached: {0}")]
pub struct QueueError(pub String);

/// A fault of ours: the batch, or what is left of it, has to come again.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The table.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// An errand has been tried for a day: it has to be set aside.
    #[error("given up after a day: {}", .0.platform)]
    GivenUp(Box<Errand>),
}

/// A platform's protocol and the client that reaches it.
pub struct Outlet<P> {
    /// The protocol.
    pub protocol: P,
    /// The client; follows no redirects.
    pub client: reqwest::Client,
}

/// Sends callbacks.
pub struct Courier {
    /// The table.
    pub store: Store,
    /// What could not be sent.
    pub queue: Box<dyn Queue>,
    /// Yandex, if it is on.
    pub yandex: Option<Outlet<yandex::callback::Yandex>>,
    /// Sber, if it is on.
    pub sber: Option<Outlet<sber::callback::Sber>>,
    /// SmartThings, if it is on.
    pub smartthings: Option<Outlet<SmartThings>>,
    /// Renews SmartThings' access tokens.
    pub tokens: Option<Tokens>,
    /// What links have taken of late.
    pub settled: Settled,
    /// Platforms that do not answer.
    pub breaker: Mutex<Breaker>,
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// A random number from 0 to 1, for the spread of delays.
    pub spread: fn() -> f64,
}

impl Courier {
    /// For these settings, with the system's clock.
    ///
    /// # Errors
    /// When a client cannot be built.
    pub fn new(platforms: &Platforms, store: Store, queue: Box<dyn Queue>) -> Result<Self, ClientError> {
        let client = net::http_client()?;
        let Platforms { yandex, sber, smartthings } = platforms;
        let protocol = yandex.as_ref().and_then(yandex::callback::Yandex::new);
        let yandex = protocol.map(|protocol| Outlet { protocol, client: client.clone() });
        let extra_roots = sber.as_ref().and_then(|sber| sber.extra_roots.as_deref());
        let sber_client = extra_roots.map_or_else(|| Ok(client.clone()), net::http_client_with)?;
        let protocol = sber.as_ref().and_then(sber::callback::Sber::new);
        let sber = protocol.map(|protocol| Outlet { protocol, client: sber_client });
        let tokens = smartthings.as_ref();
        let tokens =
            tokens.and_then(|smartthings| Tokens::new(smartthings, store.clone(), client.clone(), Timestamp::now));
        let smartthings = tokens.is_some().then_some(Outlet { protocol: SmartThings, client });
        Ok(Courier {
            store,
            queue,
            yandex,
            sber,
            smartthings,
            tokens,
            settled: Settled::default(),
            breaker: Mutex::default(),
            clock: Timestamp::now,
            spread: random,
        })
    }

    /// With another clock.
    #[must_use]
    pub fn with_clock(mut self, clock: fn() -> Timestamp) -> Self {
        self.clock = clock;
        self.tokens = self.tokens.map(|tokens| tokens.with_clock(clock));
        self
    }

    /// Tells the platforms of changes of the table, in their order.
    ///
    /// # Errors
    /// [`Fault`]: the whole batch has to come again. A platform's fault is none: what it could not take is in the queue.
    pub async fn handle(&self, changes: &[Change], deadline: Instant) -> Result<(), Fault> {
        let links = self.links_of(changes).await?;
        let news = plan(changes, &links);
        let mut errands: Vec<(Errand, Duration)> = Vec::new();
        let (first, then): (Vec<&News>, Vec<&News>) = news.iter().partition(|news| news.gives_away(changes));
        for news in [first, then] {
            // Collected, because a stream that holds such a closure cannot move between threads.
            let work: Vec<_> = news.into_iter().map(|news| self.tell_from_stream(news, deadline)).collect();
            let mut told = stream::iter(work).buffer_unordered(LINKS_AT_ONCE);
            while let Some((left, after)) = told.next().await {
                errands.extend(self.schedule(&left, after).unwrap_or_else(|| vec![(left, LONGEST_DELAY)]));
            }
        }
        errands.extend(self.overtaken(&news).await?.into_iter().map(|errand| (errand, Duration::ZERO)));
        let reports = news.iter().filter(|news| news.full_report);
        errands.extend(reports.map(|news| (Errand::full_report(&news.link.key), Duration::ZERO)));
        if !errands.is_empty() {
            self.queue.put(errands).await?;
        }
        Ok(())
    }

    /// The links of every user in the changes, all read at once.
    async fn links_of(&self, changes: &[Change]) -> Result<BTreeMap<UserId, Vec<Link>>, StoreError> {
        let users: BTreeSet<UserId> = changes.iter().flat_map(users_of).collect();
        let mut reads = stream::iter(users)
            .map(|user| async move { self.store.links(&user).await.map(|links| (user, links)) })
            .buffer_unordered(LINKS_AT_ONCE);
        let mut all = BTreeMap::new();
        while let Some(read) = reads.next().await {
            let (user, links) = read?;
            all.insert(user, links);
        }
        Ok(all)
    }

    async fn tell_from_stream(&self, news: &News, deadline: Instant) -> (Errand, Option<Duration>) {
        if news.devices.is_empty() && !news.farewell {
            return (Errand::new(&news.link.key), None);
        }
        let platform = news.link.key.platform;
        let asked = self.breaker().asked_to_wait(&news.link.key, (self.clock)());
        if asked.is_some() || self.breaker().is_open(platform, Instant::now()) {
            return (Errand::of(news), asked);
        }
        let patience = self.breaker().patience(platform);
        // All of a link's requests together: what comes behind in the stream waits for them.
        let told = self.tell(news, patience, deadline.min(Instant::now() + LINK_WITHIN)).await;
        (told.left, told.after)
    }

    /// What was told while a platform commanded the same device: the answer to the command may have reached the platform first, and
    /// the command's own change is not told to it. So it is told the newest state once more.
    async fn overtaken(&self, news: &[News]) -> Result<Vec<Errand>, StoreError> {
        let hears_itself = |news: &&News| news.link.key.platform == Platform::Yandex;
        let told = || {
            news.iter()
                .filter(|news| !hears_itself(news))
                .flat_map(|news| news.devices.iter().map(move |device| (news, device)))
        };
        let versions: BTreeMap<DeviceId, u64> =
            told().filter_map(|(_, device)| Some((device.id.clone(), device.after.as_ref()?.version))).collect();
        if versions.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<DeviceId> = versions.keys().cloned().collect();
        let (records, _) = self.store.records(&ids, None).await?;
        let commanded = |record: &&Record| record.commanded_version > versions.get(&record.device.id).copied();
        let overtaken: BTreeSet<&DeviceId> =
            records.iter().flatten().filter(commanded).map(|record| &record.device.id).collect();
        let errands = news.iter().filter(|news| !hears_itself(news)).map(|news| {
            let devices = news.devices.iter().map(|device| &device.id).filter(|id| overtaken.contains(id));
            Errand { devices: devices.cloned().collect(), ..Errand::new(&news.link.key) }
        });
        Ok(errands.filter(|errand| !errand.is_empty()).collect())
    }

    pub(super) async fn tell(&self, news: &News, patience: Duration, deadline: Instant) -> Told {
        let none = || {
            let reason = "the platform has no access tokens to renew".to_owned();
            std::future::ready(Err(NotRenewed::Broken { reason })).boxed()
        };
        let key = &news.link.key;
        // Boxed, because the compiler follows futures inside futures only to some depth.
        let told = match (key.platform, &self.yandex, &self.sber, &self.smartthings, &self.tokens) {
            (Platform::Yandex, Some(outlet), ..) => {
                self.through(outlet, news, none, patience, deadline).tell(news, ()).boxed().await
            }
            (Platform::Sber, _, Some(outlet), ..) => {
                self.through(outlet, news, none, patience, deadline).tell(news, ()).boxed().await
            }
            (Platform::SmartThings, _, _, Some(outlet), Some(tokens)) => {
                match tokens.access(&news.link).boxed().await {
                    Ok(access) => {
                        let renew = || tokens.renew(&news.link, &access).boxed();
                        self.through(outlet, news, renew, patience, deadline).tell(news, access.clone()).boxed().await
                    }
                    Err(error) => Told::without_access(news, error),
                }
            }
            // A platform that has been switched off is told nothing.
            _ => Told::nothing(key),
        };
        let now = (self.clock)();
        if let Some(after) = told.after.filter(|_| !told.accepted) {
            self.breaker().asked(key, after, now);
        }
        self.breaker().record(key.platform, &told, Instant::now());
        telemetry::delivered(key.platform, &told.figures, (self.clock)());
        self.keep_receipt(news, &told).await;
        told
    }

    fn through<'a, P: Protocol, R: Fn() -> Renewal<'a, P::Access> + Sync>(
        &'a self,
        outlet: &'a Outlet<P>,
        news: &'a News,
        renew: R,
        patience: Duration,
        deadline: Instant,
    ) -> Teller<'a, P, R> {
        let Outlet { protocol, client } = outlet;
        Teller { protocol, client, link: &news.link, renew, patience, deadline, clock: self.clock }
    }

    /// What became of it is written on the link. Losing this note loses no callback.
    async fn keep_receipt(&self, News { link, farewell, .. }: &News, told: &Told) {
        let receipt = Receipt { accepted: told.accepted, error: told.error.clone(), status: told.status };
        let kept = match farewell {
            false => self.store.keep_receipt(link, &receipt, (self.clock)()).await,
            true if told.left.is_empty() => self.store.forget(link).await,
            true => Ok(()),
        };
        kept.unwrap_or_else(|error| tracing::warn!(error = %error, "receipt could not be kept"));
    }

    /// When what is left is tried again; `None` when it has been tried for a day.
    pub(super) fn schedule(&self, left: &Errand, after: Option<Duration>) -> Option<Vec<(Errand, Duration)>> {
        if left.is_empty() {
            return Some(Vec::new());
        }
        let next = |part: Errand| part.after_failure((self.clock)(), after, (self.spread)());
        left.clone().split().into_iter().map(next).collect()
    }

    pub(super) fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn users_of(change: &Change) -> Vec<UserId> {
    match change {
        Change::Device(change) => {
            let owner = |record: &Option<Record>| record.as_ref().map(|record| record.device.owner.clone());
            [owner(&change.old), owner(&change.new)].into_iter().flatten().collect()
        }
        Change::Link(change) => change.new.iter().map(|link| link.key.user.clone()).collect(),
        Change::Other => Vec::new(),
    }
}

/// A number from 0 to 1: the first 48 bits of a random UUID are random.
#[allow(clippy::cast_precision_loss, reason = "48 bits are exact in an f64")]
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 80) as f64 / (1_u64 << 48) as f64
}
