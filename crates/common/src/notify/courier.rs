//! The notifier: stream in, callbacks out, the rest into the queue.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_lambda_events::event::dynamodb::Event;
use futures_util::future::BoxFuture;
use futures_util::stream;
use futures_util::{FutureExt, StreamExt};
use uuid::Uuid;

use super::breaker::Breaker;
use super::protocol::Protocol;
use super::{Change, Errand, News, NotRenewed, Renewal, Teller, Told, plan};
use crate::config::Platforms;
use crate::model::{DeviceId, Timestamp, UserId};
use crate::net::{self, ClientError};
use crate::platform::smartthings::callback::SmartThings;
use crate::platform::smartthings::token::Tokens;
use crate::platform::{Platform, sber, yandex};
use crate::store::{Link, LinkStatus, Receipt, Record, Store, StoreError};
use crate::telemetry;

/// How many links are told at once.
const LINKS_AT_ONCE: usize = 64;
/// How long one callback may take while the stream waits for it: a slow platform must not hold up the others.
const STREAM_PATIENCE: Duration = Duration::from_millis(1000);
/// How long one callback may take when nothing waits for it.
const QUEUE_PATIENCE: Duration = Duration::from_secs(8);
/// How often an errand is told again at once because a device has changed meanwhile.
const ROUNDS_MAX: usize = 5;

/// A queue that keeps errands until they are due. In AWS it is SQS.
pub trait Queue: Send + Sync {
    /// Puts errands in, each with its delay; all or an error.
    fn put(&self, errands: Vec<(Errand, Duration)>) -> BoxFuture<'_, Result<(), QueueError>>;
    /// Sets an errand aside that has been tried for too long.
    fn set_aside(&self, errand: Errand) -> BoxFuture<'_, Result<(), QueueError>>;
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
        let breaker = Mutex::default();
        Ok(Courier { store, queue, yandex, sber, smartthings, tokens, breaker, clock: Timestamp::now, spread: random })
    }

    /// Tells the platforms of a batch of the table's stream. Gives the number of records that could not be read.
    ///
    /// # Errors
    /// [`Fault`]: the whole batch has to come again. A platform's fault is none: what it could not take is in the queue.
    pub async fn handle(&self, event: Event, deadline: Instant) -> Result<usize, Fault> {
        let mut changes = Vec::with_capacity(event.records.len());
        let mut unreadable = 0;
        for record in event.records {
            match Change::decode(record) {
                Ok(change) => changes.push(change),
                // The error names the key and no value.
                Err(error) => {
                    unreadable += 1;
                    tracing::error!(error = %error, "stream record set aside: it cannot be read");
                }
            }
        }
        let links = self.links_of(&changes).await?;
        let news = plan(&changes, &links);
        let mut errands: Vec<(Errand, Duration)> = Vec::new();
        let (first, then): (Vec<&News>, Vec<&News>) = news.iter().partition(|news| news.gives_away(&changes));
        for news in [first, then] {
            // Collected, because a stream that holds such a closure cannot move between threads.
            let work: Vec<_> = news.into_iter().map(|news| self.tell_from_stream(news, deadline)).collect();
            let mut told = stream::iter(work).buffer_unordered(LINKS_AT_ONCE);
            while let Some((left, after)) = told.next().await {
                errands.extend(self.schedule(left, after).await?);
            }
        }
        let reports = news.iter().filter(|news| news.full_report);
        errands.extend(reports.map(|news| (Errand::full_report(&news.link.key), Duration::ZERO)));
        if !errands.is_empty() {
            self.queue.put(errands).await?;
        }
        Ok(unreadable)
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
        if self.breaker().is_open(news.link.key.platform, Instant::now()) {
            return (Errand::of(news), None);
        }
        let told = self.tell(news, STREAM_PATIENCE, deadline).await;
        (told.left, told.after)
    }

    /// Takes an errand up: reads the newest state, tells it, reads again, and tells again what has changed meanwhile.
    ///
    /// # Errors
    /// [`Fault`]: the errand has to come again.
    pub async fn redeliver(&self, errand: Errand, deadline: Instant) -> Result<(), Fault> {
        let now = (self.clock)();
        if let Some(wait) = errand.wait(now) {
            return Ok(self.queue.put(vec![(errand, wait)]).await?);
        }
        let mut errand = errand;
        if errand.all {
            let ids: BTreeSet<DeviceId> =
                self.store.devices_of(&errand.user).await?.into_iter().map(|device| device.id).collect();
            errand = Errand { all: false, devices: ids, ..errand };
            let parts = errand.split();
            if parts.len() > 1 {
                return Ok(self.queue.put(parts.into_iter().map(|part| (part, Duration::ZERO)).collect()).await?);
            }
            let Some(part) = parts.into_iter().next() else { return Ok(()) };
            errand = part;
        }
        for _ in 0..ROUNDS_MAX {
            let (moved, left) = self.run(&errand, deadline).await?;
            if let Some((left, after)) = left {
                let again = Errand { attempt: errand.attempt, first_failed_at: errand.first_failed_at, ..left };
                let again = merge(again, moved);
                let scheduled = self.schedule(again, after).await?;
                return Ok(self.queue.put(scheduled).await?);
            }
            if moved.is_empty() {
                return Ok(());
            }
            errand = Errand { devices: moved, listings: Vec::new(), occurrences: Vec::new(), ..errand };
        }
        Ok(self.queue.put(vec![(errand, Duration::from_secs(1))]).await?)
    }

    /// One round: the devices that have changed while it was told, and what could not be told.
    async fn run(
        &self,
        errand: &Errand,
        deadline: Instant,
    ) -> Result<(BTreeSet<DeviceId>, Option<(Errand, Option<Duration>)>), Fault> {
        let link = self.store.link(&errand.link()).await?;
        let active = |link: &Link| link.status == Some(LinkStatus::Active);
        let Some(link) = link.filter(|link| if errand.farewell { link.farewell.is_some() } else { active(link) })
        else {
            tracing::info!(platform = %errand.platform, "errand dropped: the link is not active any more");
            return Ok((BTreeSet::new(), None));
        };
        let ids: Vec<DeviceId> = errand.ids().into_iter().collect();
        let (records, _) = self.store.records(&ids, None).await?;
        let now = (self.clock)();
        let devices = ids.iter().zip(&records).filter_map(|(id, record)| errand.news_of(id, record.as_ref(), now));
        let news = News { devices: devices.collect(), full_report: false, farewell: errand.farewell, link };
        if news.devices.is_empty() && !news.farewell {
            return Ok((BTreeSet::new(), None));
        }
        let told = self.tell(&news, QUEUE_PATIENCE, deadline).await;
        let left = (!told.left.is_empty()).then_some((told.left, told.after));
        if told.status.is_some() {
            return Ok((BTreeSet::new(), None));
        }
        let (again, _) = self.store.records(&ids, None).await?;
        let moved = ids.into_iter().zip(records.iter().zip(&again)).filter_map(|(id, (before, after))| {
            let version = |record: &Option<Record>| record.as_ref().map(|record| record.version);
            (after.is_some() && version(before) != version(after)).then_some(id)
        });
        Ok((moved.collect(), left))
    }

    async fn tell(&self, news: &News, patience: Duration, deadline: Instant) -> Told {
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

    async fn schedule(&self, left: Errand, after: Option<Duration>) -> Result<Vec<(Errand, Duration)>, QueueError> {
        if left.is_empty() {
            return Ok(Vec::new());
        }
        let mut scheduled = Vec::new();
        for part in left.split() {
            match part.clone().after_failure((self.clock)(), after, (self.spread)()) {
                Some(next) => scheduled.push(next),
                None => self.queue.set_aside(part).await?,
            }
        }
        Ok(scheduled)
    }

    fn breaker(&self) -> std::sync::MutexGuard<'_, Breaker> {
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

fn merge(mut errand: Errand, moved: BTreeSet<DeviceId>) -> Errand {
    errand.devices.extend(moved);
    errand
}

/// A number from 0 to 1: the first 48 bits of a random UUID are random.
#[allow(clippy::cast_precision_loss, reason = "48 bits are exact in an f64")]
fn random() -> f64 {
    (Uuid::new_v4().as_u128() >> 80) as f64 / (1_u64 << 48) as f64
}
