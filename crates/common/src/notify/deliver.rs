//! Telling one link its news: requests in order, answers sorted into done, later and never.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use futures_util::StreamExt;

use super::errand::{ErrandListing, ErrandOccurrence};
use super::protocol::{Incoming, Outgoing, Protocol, Reaction};
use super::{DeviceNews, Errand, News, retry};
use crate::model::{DeviceId, Timestamp};
use crate::store::{Link, LinkStatus};

/// Longest answer that is read; all there is in one is error texts.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// What came of telling a link its news.
#[derive(Debug)]
pub struct Told {
    /// What has to be tried again; empty when nothing.
    pub left: Errand,
    /// What the platform asks for before that.
    pub after: Option<Duration>,
    /// Whether the platform has taken anything.
    pub accepted: bool,
    /// The last thing that went wrong.
    pub error: Option<String>,
    /// The link's status, when it has to change.
    pub status: Option<LinkStatus>,
    /// For the metrics.
    pub figures: Figures,
}

/// What is counted of a delivery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Requests sent.
    pub sent: u32,
    /// Devices that a platform has taken.
    pub accepted: u32,
    /// Devices that have to be tried again.
    pub retried: u32,
    /// Devices that a platform refused for good.
    pub dropped: u32,
    /// Age of each accepted device's state, from its write to the platform's answer.
    pub ages: Vec<Duration>,
}

/// An access token that could not be renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRenewed {
    /// Not now.
    Later {
        /// What is asked for.
        after: Option<Duration>,
        /// Why.
        reason: String,
    },
    /// Never: it must be granted again.
    Broken {
        /// Why.
        reason: String,
    },
}

/// One link being told.
pub struct Teller<'a, P: Protocol, R> {
    /// The platform.
    pub protocol: &'a P,
    /// The client for that platform.
    pub client: &'a reqwest::Client,
    /// The link.
    pub link: &'a Link,
    /// Renews the access token, once.
    pub renew: R,
    /// How long one request may take.
    pub patience: Duration,
    /// When no further request is begun.
    pub deadline: Instant,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

struct Progress<A> {
    access: A,
    renewed: bool,
    told: Told,
    /// Nothing more may be sent to this link now: what is left goes into the errand.
    stopped: bool,
    /// Nothing more may ever be sent: what is left is dropped.
    dead: bool,
}

enum Sent {
    Done,
    /// These devices have to be tried again.
    Later(Vec<DeviceId>),
    /// Build the requests again without these devices, or with the new access token.
    Again(BTreeSet<DeviceId>),
}

impl<P: Protocol, R: AsyncFn() -> Result<P::Access, NotRenewed>> Teller<'_, P, R> {
    /// Tells the news: first how the list of devices changed, then frame by frame what the devices are.
    pub async fn tell(&self, news: &News, access: P::Access) -> Told {
        let told = Told {
            left: Errand::new(&self.link.key),
            after: None,
            accepted: false,
            error: None,
            status: None,
            figures: Figures::default(),
        };
        let mut progress = Progress { access, renewed: false, told, stopped: false, dead: false };
        self.tell_listings(&mut progress, &news.devices).await;
        self.tell_frames(&mut progress, &news.devices).await;
        if progress.dead {
            progress.told.left = Errand::new(&self.link.key);
        }
        progress.told
    }

    async fn tell_listings(&self, progress: &mut Progress<P::Access>, devices: &[DeviceNews]) {
        let mut news: Vec<&DeviceNews> = devices.iter().filter(|device| device.listing.is_some()).collect();
        while !news.is_empty() {
            let requests = self.protocol.listings(self.link, &progress.access, &news, (self.clock)());
            let mut again = BTreeSet::new();
            let mut left = BTreeSet::new();
            let mut requests = VecDeque::from(requests);
            while let Some(request) = requests.pop_front() {
                match self.send(progress, &request).await {
                    Sent::Done => {}
                    Sent::Later(ids) => left.extend(ids),
                    Sent::Again(without) => {
                        again.extend(request.devices.iter().filter(|id| !without.contains(*id)).cloned());
                        again.extend(requests.drain(..).flat_map(|request| request.devices));
                    }
                }
            }
            for device in news.iter().filter(|device| left.contains(&device.id)) {
                if let Some(change) = device.listing {
                    progress.told.left.listings.push(ErrandListing { device_id: device.id.clone(), change });
                }
            }
            news.retain(|device| again.contains(&device.id));
        }
    }

    async fn tell_frames(&self, progress: &mut Progress<P::Access>, devices: &[DeviceNews]) {
        let rounds = devices.iter().map(|device| device.frames.len()).max().unwrap_or_default();
        let mut behind: BTreeSet<DeviceId> = BTreeSet::new();
        for round in 0..rounds {
            let mut fragments: Vec<(DeviceId, P::Fragment)> = Vec::new();
            let mut at = BTreeMap::new();
            for device in devices.iter().filter(|device| !behind.contains(&device.id)) {
                let Some(frame) = device.frames.get(round) else { continue };
                if let Some(fragment) = self.protocol.fragment(frame) {
                    at.insert(device.id.clone(), frame.at);
                    fragments.push((device.id.clone(), fragment));
                }
            }
            let later = self.tell_fragments(progress, fragments, &at).await;
            // What a device could not be told now it is told later from its newest state; what happened is kept.
            for device in devices.iter().filter(|device| later.contains(&device.id)) {
                progress.told.left.devices.insert(device.id.clone());
                let missed = device.frames.iter().skip(round).flat_map(|frame| &frame.occurrences);
                let missed = missed.map(|occurrence| ErrandOccurrence { device_id: device.id.clone(), occurrence: *occurrence });
                progress.told.left.occurrences.extend(missed);
            }
            behind.extend(later);
        }
    }

    /// Gives the devices that have to be tried again.
    async fn tell_fragments(
        &self,
        progress: &mut Progress<P::Access>,
        mut fragments: Vec<(DeviceId, P::Fragment)>,
        at: &BTreeMap<DeviceId, Timestamp>,
    ) -> BTreeSet<DeviceId> {
        let mut later = BTreeSet::new();
        while !fragments.is_empty() {
            let newest = fragments.iter().filter_map(|(id, _)| at.get(id)).max().copied();
            let newest = newest.unwrap_or_else(|| (self.clock)());
            let mut requests = VecDeque::from(self.protocol.states(self.link, &progress.access, &fragments, newest));
            let mut again = BTreeSet::new();
            while let Some(request) = requests.pop_front() {
                let accepted_before = progress.told.figures.accepted;
                match self.send(progress, &request).await {
                    Sent::Done => {}
                    Sent::Later(ids) => later.extend(ids),
                    Sent::Again(without) => {
                        again.extend(request.devices.iter().filter(|id| !without.contains(*id)).cloned());
                        again.extend(requests.drain(..).flat_map(|request| request.devices));
                    }
                }
                if progress.told.figures.accepted > accepted_before {
                    let now = (self.clock)();
                    let taken = request.devices.iter().filter(|id| !later.contains(*id));
                    progress.told.figures.ages.extend(taken.filter_map(|id| at.get(id)).map(|at| now.since(*at)));
                }
            }
            fragments.retain(|(id, _)| again.contains(id));
        }
        later
    }

    async fn send(&self, progress: &mut Progress<P::Access>, request: &Outgoing) -> Sent {
        if progress.dead {
            return Sent::Done;
        }
        let patience = self.patience.min(self.deadline.saturating_duration_since(Instant::now()));
        if progress.stopped || patience.is_zero() {
            progress.told.figures.retried += count(&request.devices);
            return Sent::Later(request.devices.clone());
        }
        progress.told.figures.sent += 1;
        let reaction = match tokio::time::timeout(patience, self.exchange(request)).await {
            Ok(Ok(answer)) => self.protocol.reaction(request, &answer),
            Ok(Err(error)) => Reaction::Retry { after: None, reason: describe(&error) },
            Err(_) => Reaction::Retry { after: None, reason: "no answer in time".to_owned() },
        };
        self.react(progress, request, reaction).await
    }

    async fn react(&self, progress: &mut Progress<P::Access>, request: &Outgoing, reaction: Reaction) -> Sent {
        let told = &mut progress.told;
        match reaction {
            Reaction::Accepted { refused, retry } => {
                told.accepted = true;
                told.figures.accepted += count(&request.devices).saturating_sub(count(&refused) + count(&retry));
                self.drop_devices(told, &refused);
                told.figures.retried += count(&retry);
                if retry.is_empty() { Sent::Done } else { Sent::Later(retry) }
            }
            Reaction::Retry { after, reason } => {
                self.log(&reason, "callback has to be sent again");
                told.after = told.after.max(after);
                told.error = Some(reason);
                told.figures.retried += count(&request.devices);
                progress.stopped = true;
                Sent::Later(request.devices.clone())
            }
            Reaction::WithoutDevices { places, reason } => {
                let named: Vec<_> = places.iter().filter_map(|place| request.devices.get(*place)).cloned().collect();
                if named.is_empty() {
                    let all: Vec<_> = request.devices.iter().map(|id| (id.clone(), reason.clone())).collect();
                    self.drop_devices(told, &all);
                    return Sent::Done;
                }
                let named: Vec<_> = named.into_iter().map(|id| (id, reason.clone())).collect();
                self.drop_devices(told, &named);
                Sent::Again(named.into_iter().map(|(id, _)| id).collect())
            }
            Reaction::Refused { reason } => {
                let all: Vec<_> = request.devices.iter().map(|id| (id.clone(), reason.clone())).collect();
                self.drop_devices(told, &all);
                Sent::Done
            }
            Reaction::UnknownUser => {
                self.end(progress, LinkStatus::UnknownUser, "the platform does not know the user".to_owned())
            }
            Reaction::LinkBroken { reason } => self.end(progress, LinkStatus::Broken, reason),
            Reaction::TokenExpired if progress.renewed => {
                self.end(progress, LinkStatus::Broken, "the renewed access token is refused".to_owned())
            }
            Reaction::TokenExpired => match (self.renew)().await {
                Ok(access) => {
                    progress.access = access;
                    progress.renewed = true;
                    Sent::Again(BTreeSet::new())
                }
                Err(NotRenewed::Broken { reason }) => self.end(progress, LinkStatus::Broken, reason),
                Err(NotRenewed::Later { after, reason }) => {
                    told.after = told.after.max(after);
                    told.error = Some(reason);
                    told.figures.retried += count(&request.devices);
                    progress.stopped = true;
                    Sent::Later(request.devices.clone())
                }
            },
        }
    }

    fn end(&self, progress: &mut Progress<P::Access>, status: LinkStatus, reason: String) -> Sent {
        self.log(&reason, "link gets no callbacks any more");
        progress.told.error = Some(reason);
        progress.told.status = Some(status);
        progress.dead = true;
        Sent::Done
    }

    fn drop_devices(&self, told: &mut Told, refused: &[(DeviceId, String)]) {
        for (id, reason) in refused {
            tracing::error!(platform = %self.link.key.platform, device_id = %id, reason, "platform refuses a device's state");
            told.error = Some(format!("{id}: {reason}"));
            told.figures.dropped += 1;
        }
    }

    fn log(&self, reason: &str, message: &str) {
        tracing::warn!(platform = %self.link.key.platform, reason, "{message}");
    }

    async fn exchange(&self, request: &Outgoing) -> Result<Incoming, reqwest::Error> {
        let response = self
            .client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await?;
        let status = response.status();
        let asked = response.headers().get(http::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
        let retry_after = asked.and_then(|value| retry::retry_after(value, (self.clock)()));
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            let room = ANSWER_MAX_BYTES.saturating_sub(body.len());
            body.extend_from_slice(chunk.get(..room.min(chunk.len())).unwrap_or_default());
            if room < chunk.len() {
                break;
            }
        }
        Ok(Incoming { status, retry_after, body })
    }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}

/// The kind of a failure, without the address: it may be a link's own.
fn describe(error: &reqwest::Error) -> String {
    let kind = if error.is_connect() {
        "cannot be reached"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "connection was lost"
    };
    kind.to_owned()
}
