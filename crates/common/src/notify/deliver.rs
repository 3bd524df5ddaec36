//! Telling one link its news: requests in order, answers sorted into done, later and never.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

use super::errand::{ErrandListing, ErrandOccurrence};
use super::protocol::{Incoming, Outgoing, Protocol, Reaction};
use super::{DeviceNews, Errand, News, NotRenewed, Told, retry};
use crate::model::{DeviceId, Timestamp};
use crate::net;
use crate::store::{Link, LinkStatus};

/// Longest answer that is read; all there is in one is error texts.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

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

/// What came of one request.
enum Sent {
    /// It is dealt with: what was taken, and what has to be tried again.
    Done { accepted: Vec<DeviceId>, later: Vec<DeviceId> },
    /// Build it again with the new access token.
    Again,
    /// Build it again without this device, or without a part of it.
    Without { id: DeviceId, part: Option<String>, reason: String },
    /// It is refused, and nobody knows for which of its devices.
    Refused { reason: String },
}

impl Sent {
    const NOTHING: Sent = Sent::Done { accepted: Vec::new(), later: Vec::new() };
}

/// What came of several requests.
#[derive(Default)]
struct Outcome {
    /// Devices that have to be tried again.
    later: BTreeSet<DeviceId>,
    /// Devices that were taken, and when.
    accepted: Vec<(DeviceId, Timestamp)>,
}

/// A renewal of the access token on its way. Boxed, because a future that is generic over an async closure cannot move between
/// threads.
pub type Renewal<'a, A> = BoxFuture<'a, Result<A, NotRenewed>>;

impl<'a, P: Protocol, R: Fn() -> Renewal<'a, P::Access> + Sync> Teller<'a, P, R> {
    /// Tells the news: first how the list of devices changed, then frame by frame what the devices are.
    pub async fn tell(&self, news: &News, access: P::Access) -> Told {
        let told = Told::nothing(&self.link.key);
        let mut progress = Progress { access, renewed: false, told, stopped: false, dead: false };
        if news.farewell {
            self.tell_farewell(&mut progress).await;
        } else {
            self.tell_listings(&mut progress, &news.devices).await;
            self.tell_frames(&mut progress, &news.devices).await;
        }
        if progress.dead {
            progress.told.left = Errand::new(&self.link.key);
        }
        progress.told.unanswered &= !progress.told.accepted;
        progress.told
    }

    async fn tell_farewell(&self, progress: &mut Progress<P::Access>) {
        while let Some(request) = self.protocol.farewell(self.link, &progress.access) {
            // A refusal is as good as any other answer: the link has ended.
            if !matches!(self.send(progress, &request).await, Sent::Again) {
                break;
            }
        }
        progress.told.left.farewell = progress.stopped;
    }

    async fn tell_listings(&self, progress: &mut Progress<P::Access>, devices: &[DeviceNews]) {
        let news = devices.iter().filter(|device| device.listing.is_some());
        let news: Vec<(DeviceId, &DeviceNews)> = news.map(|device| (device.id.clone(), device)).collect();
        let requests = |access: &P::Access, news: &[(DeviceId, &DeviceNews)]| {
            let news: Vec<&DeviceNews> = news.iter().map(|(_, device)| *device).collect();
            self.protocol.listings(self.link, access, &news, (self.clock)())
        };
        let outcome = self.tell_all(progress, news, requests, |_, _| None).await;
        for device in devices.iter().filter(|device| outcome.later.contains(&device.id)) {
            if let Some(change) = device.listing {
                progress.told.left.listings.push(ErrandListing { device_id: device.id.clone(), change });
            }
        }
    }

    async fn tell_frames(&self, progress: &mut Progress<P::Access>, devices: &[DeviceNews]) {
        let rounds = devices.iter().map(|device| device.frames.len()).max().unwrap_or_default();
        let mut behind: BTreeSet<DeviceId> = BTreeSet::new();
        for round in 0..rounds {
            let mut fragments: Vec<(DeviceId, P::Fragment)> = Vec::new();
            let mut times = BTreeMap::new();
            for device in devices.iter().filter(|device| !behind.contains(&device.id)) {
                let Some(frame) = device.frames.get(round) else { continue };
                if let Some(fragment) = self.protocol.fragment(frame) {
                    times.insert(device.id.clone(), (frame.at, frame.happened_at()));
                    fragments.push((device.id.clone(), fragment));
                }
            }
            let requests = |access: &P::Access, fragments: &[(DeviceId, P::Fragment)]| {
                let now = (self.clock)();
                let happened = fragments.iter().filter_map(|(id, _)| times.get(id)).map(|(_, happened)| *happened);
                // A clock of the vendor's may be fast.
                let at = happened.max().unwrap_or(now).min(now);
                self.protocol.states(self.link, access, fragments, at)
            };
            let leave_out = |fragment: &P::Fragment, part: &str| self.protocol.leave_out(fragment, part);
            let outcome = self.tell_all(progress, fragments, requests, leave_out).await;
            let ages = outcome.accepted.iter().filter_map(|(id, when)| Some(when.since(times.get(id)?.0)));
            progress.told.figures.ages.extend(ages);
            // What a device could not be told now it is told later from its newest state; what happened is kept.
            for device in devices.iter().filter(|device| outcome.later.contains(&device.id)) {
                progress.told.left.devices.insert(device.id.clone());
                let missed = device.frames.iter().skip(round).flat_map(|frame| &frame.occurrences);
                let missed = missed.map(|occurrence| ErrandOccurrence::new(&device.id, *occurrence));
                progress.told.left.occurrences.extend(missed);
            }
            behind.extend(outcome.later);
        }
    }

    /// Sends what the items make; where an answer asks for that, again without some of them or in smaller groups.
    async fn tell_all<T>(
        &self,
        progress: &mut Progress<P::Access>,
        items: Vec<(DeviceId, T)>,
        build: impl Fn(&P::Access, &[(DeviceId, T)]) -> Vec<Outgoing>,
        leave_out: impl Fn(&T, &str) -> Option<T>,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut groups = VecDeque::from([items]);
        while let Some(mut group) = groups.pop_front() {
            let mut requests = VecDeque::from(build(&progress.access, &group));
            while let Some(request) = requests.pop_front() {
                let unsent = || request.devices.iter().chain(requests.iter().flat_map(|request| &request.devices));
                match self.send(progress, &request).await {
                    Sent::Done { accepted, later } => {
                        let now = (self.clock)();
                        outcome.accepted.extend(accepted.into_iter().map(|id| (id, now)));
                        outcome.later.extend(later);
                    }
                    Sent::Again => {
                        let open: BTreeSet<&DeviceId> = unsent().collect();
                        group.retain(|(id, _)| open.contains(id));
                        groups.push_front(group);
                        break;
                    }
                    Sent::Without { id, part, reason } => {
                        self.drop_devices(&mut progress.told, &[(id.clone(), reason)]);
                        let open: BTreeSet<&DeviceId> = unsent().collect();
                        group.retain(|(id, _)| open.contains(id));
                        if let Some(place) = group.iter().position(|(named, _)| *named == id) {
                            let (_, item) = group.remove(place);
                            let rest = part.and_then(|part| leave_out(&item, &part));
                            group.extend(rest.map(|rest| (id, rest)));
                        }
                        groups.push_front(group);
                        break;
                    }
                    Sent::Refused { reason } => {
                        let refused: BTreeSet<&DeviceId> = request.devices.iter().collect();
                        let (mut left, kept): (Vec<_>, Vec<_>) =
                            group.into_iter().partition(|(id, _)| refused.contains(id));
                        group = kept;
                        if left.len() > 1 {
                            self.log(&reason, "callback is refused and sent in parts");
                            let right = left.split_off(left.len() / 2);
                            groups.extend([left, right]);
                        } else {
                            let refused: Vec<_> = left.into_iter().map(|(id, _)| (id, reason.clone())).collect();
                            self.drop_devices(&mut progress.told, &refused);
                        }
                    }
                }
            }
        }
        outcome
    }

    async fn send(&self, progress: &mut Progress<P::Access>, request: &Outgoing) -> Sent {
        if progress.dead {
            return Sent::NOTHING;
        }
        let patience = self.patience.min(self.deadline.saturating_duration_since(Instant::now()));
        if progress.stopped || patience.is_zero() {
            progress.stopped = true;
            return later(&mut progress.told, request.devices.clone());
        }
        progress.told.figures.sent += 1;
        let begun = Instant::now();
        let reaction = match tokio::time::timeout(patience, self.exchange(request)).await {
            Ok(Ok(answer)) => {
                progress.told.slowest = progress.told.slowest.max(begun.elapsed());
                self.protocol.reaction(request, &answer)
            }
            Ok(Err(error)) => {
                progress.told.left.in_doubt |= !error.is_connect();
                Reaction::Retry { after: None, reason: net::describe(&error).to_owned() }
            }
            Err(_) => {
                progress.told.left.in_doubt = true;
                Reaction::Retry { after: None, reason: "no answer in time".to_owned() }
            }
        };
        self.react(progress, request, reaction).await
    }

    async fn react(&self, progress: &mut Progress<P::Access>, request: &Outgoing, reaction: Reaction) -> Sent {
        match reaction {
            Reaction::Accepted { refused, retry } => {
                let told = &mut progress.told;
                told.accepted = true;
                let taken = |id: &&DeviceId| !retry.contains(id) && !refused.iter().any(|(refused, _)| refused == *id);
                let accepted: Vec<DeviceId> = request.devices.iter().filter(taken).cloned().collect();
                told.figures.accepted += count(&accepted);
                told.figures.retried += count(&retry);
                self.drop_devices(told, &refused);
                Sent::Done { accepted, later: retry }
            }
            Reaction::Retry { after, reason } => {
                self.log(&reason, "callback has to be sent again");
                progress.told.unanswered = true;
                self.stop(progress, request, after, reason)
            }
            Reaction::Denied { after, reason } => {
                let platform = self.link.key.platform;
                tracing::error!(%platform, reason, "platform refuses our key or address: look at the settings");
                self.stop(progress, request, after, reason)
            }
            Reaction::Without { place, part, reason } => match request.devices.get(place) {
                Some(id) => Sent::Without { id: id.clone(), part, reason },
                None => Sent::Refused { reason },
            },
            Reaction::Refused { reason } => Sent::Refused { reason },
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
                    Sent::Again
                }
                Err(NotRenewed::Broken { reason }) => self.end(progress, LinkStatus::Broken, reason),
                Err(NotRenewed::Later { after, unanswered, reason }) => {
                    self.log(&reason, "access token cannot be renewed now");
                    progress.told.unanswered |= unanswered;
                    self.stop(progress, request, after, reason)
                }
            },
        }
    }

    fn stop(
        &self,
        progress: &mut Progress<P::Access>,
        request: &Outgoing,
        after: Option<Duration>,
        reason: String,
    ) -> Sent {
        progress.stopped = true;
        progress.told.after = progress.told.after.max(after);
        progress.told.error = Some(reason);
        later(&mut progress.told, request.devices.clone())
    }

    fn end(&self, progress: &mut Progress<P::Access>, status: LinkStatus, reason: String) -> Sent {
        self.log(&reason, "link gets no callbacks any more");
        progress.told.error = Some(reason);
        progress.told.status = Some(status);
        progress.dead = true;
        Sent::NOTHING
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
        Ok(Incoming { status, retry_after, body: net::read_body(response, ANSWER_MAX_BYTES).await? })
    }
}

fn later(told: &mut Told, devices: Vec<DeviceId>) -> Sent {
    told.figures.retried += count(&devices);
    Sent::Done { accepted: Vec::new(), later: devices }
}

fn count<T>(items: &[T]) -> u32 {
    u32::try_from(items.len()).unwrap_or(u32::MAX)
}
