//! What could not be sent yet: the message in the retry queue.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{DeviceNews, Frame, Listing, News, Occurrence, retry};
use crate::model::{DeviceId, Timestamp, UserId};
use crate::platform::Platform;
use crate::store::{LinkKey, Record};

/// How many devices one errand names at most, so that it fits into a message and its redelivery into a function's time.
pub const DEVICES_MAX: usize = 100;

/// Which devices of which link have to be told. It holds no state: whoever takes it up reads the newest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Errand {
    /// The platform.
    pub platform: Platform,
    /// The user.
    pub user: UserId,
    /// Which of the user's links.
    pub link_id: String,
    /// Every device of the user.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all: bool,
    /// The devices whose state has to be told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub devices: BTreeSet<DeviceId>,
    /// Devices that came, changed or went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub listings: Vec<ErrandListing>,
    /// What happened, in order; it carries its value, because it does not last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub occurrences: Vec<ErrandOccurrence>,
    /// That the link was ended from our side.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub farewell: bool,
    /// Whether an attempt had no answer: the platform may still be about to act on it, with what is old by then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_doubt: bool,
    /// Attempts made so far.
    #[serde(default)]
    pub attempt: u32,
    /// When the first of them failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_failed_at: Option<Timestamp>,
    /// Not to be tried before; set when the delay is longer than a queue can hold a message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
}

/// A device that came, changed or went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrandListing {
    /// The device.
    pub device_id: DeviceId,
    /// What became of it.
    pub change: Listing,
}

/// Something that happened at a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrandOccurrence {
    /// The device.
    pub device_id: DeviceId,
    /// What happened.
    #[serde(flatten)]
    pub occurrence: Occurrence,
}

impl ErrandOccurrence {
    /// This occurrence at this device.
    pub fn new(device_id: &DeviceId, occurrence: Occurrence) -> Self {
        ErrandOccurrence { device_id: device_id.clone(), occurrence }
    }
}

impl Errand {
    /// An errand without content.
    pub fn new(link: &LinkKey) -> Self {
        Errand {
            platform: link.platform,
            user: link.user.clone(),
            link_id: link.link_id.clone(),
            all: false,
            devices: BTreeSet::new(),
            listings: Vec::new(),
            occurrences: Vec::new(),
            farewell: false,
            in_doubt: false,
            attempt: 0,
            first_failed_at: None,
            not_before: None,
        }
    }

    /// Everything of a user for this link.
    pub fn full_report(link: &LinkKey) -> Self {
        Errand { all: true, ..Errand::new(link) }
    }

    /// All of the news.
    pub fn of(news: &News) -> Self {
        let mut errand = Errand { farewell: news.farewell, ..Errand::new(&news.link.key) };
        for device in &news.devices {
            let listing = device.listing.map(|change| ErrandListing { device_id: device.id.clone(), change });
            errand.listings.extend(listing);
            if !device.frames.is_empty() {
                errand.devices.insert(device.id.clone());
            }
            let happened = device.frames.iter().flat_map(|frame| &frame.occurrences);
            errand.occurrences.extend(happened.map(|occurrence| ErrandOccurrence::new(&device.id, *occurrence)));
        }
        errand
    }

    /// The devices it names, each once.
    pub fn ids(&self) -> BTreeSet<DeviceId> {
        let listed = self.listings.iter().map(|listing| &listing.device_id);
        let happened = self.occurrences.iter().map(|occurrence| &occurrence.device_id);
        self.devices.iter().chain(listed).chain(happened).cloned().collect()
    }

    /// What it says of one device, told from the newest record: what happened, one frame each, then, if it is wanted, what the
    /// device is.
    pub fn news_of(
        &self,
        id: &DeviceId,
        record: Option<&Record>,
        with_state: bool,
        now: Timestamp,
    ) -> Option<DeviceNews> {
        let theirs = record.filter(|record| record.device.owner == self.user).cloned();
        let given_away = record.is_some() && theirs.is_none();
        let offered = theirs.as_ref().is_some_and(|record| self.platform.offers(&record.device));
        let asked = self.listings.iter().rev().find(|listing| listing.device_id == *id).map(|listing| listing.change);
        let listing = asked.filter(|asked| match asked {
            // What has been undone since is told by the change that undid it. Where a device is the same in every home, a
            // late removal from the old one would take it out of the new one.
            Listing::Removed => !offered && (!given_away || !self.platform.knows_devices_by_id_alone()),
            Listing::Added | Listing::Changed => offered,
        });
        let mut frames = Vec::new();
        if let Some(record) = &theirs {
            let happened = self.occurrences.iter().filter(|item| item.device_id == *id);
            frames.extend(happened.map(|item| Frame {
                known: Some(record.clone()),
                now: record.clone(),
                occurrences: vec![item.occurrence],
                at: item.occurrence.at,
            }));
            if with_state && self.devices.contains(id) {
                let newest = record.state.values.values().map(|reported| reported.at).max().unwrap_or(now);
                frames.push(Frame { known: None, now: record.clone(), occurrences: Vec::new(), at: newest.min(now) });
            }
        }
        let nothing = listing.is_none() && frames.is_empty();
        (!nothing).then(|| DeviceNews { id: id.clone(), listing, after: theirs, frames })
    }

    /// Whether it tells that something such as motion began at this device, which its state may not show any more.
    pub fn tells_alarm(&self, id: &DeviceId) -> bool {
        self.occurrences.iter().any(|item| item.device_id == *id && !item.occurrence.trait_.is_event())
    }

    /// The link.
    pub fn link(&self) -> LinkKey {
        LinkKey { platform: self.platform, user: self.user.clone(), link_id: self.link_id.clone() }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        let nothing = !self.all && !self.farewell;
        nothing && self.devices.is_empty() && self.listings.is_empty() && self.occurrences.is_empty()
    }

    /// The next attempt after a failed one: what is left to do and the delay; `None` when it has been tried for a day.
    pub fn after_failure(
        mut self,
        now: Timestamp,
        retry_after: Option<Duration>,
        spread: f64,
    ) -> Option<(Errand, Duration)> {
        self.attempt = self.attempt.saturating_add(1);
        let first = *self.first_failed_at.get_or_insert(now);
        let delay = retry::next_delay(self.attempt, first, now, retry_after, spread)?;
        self.not_before = (delay > retry::LONGEST_DELAY).then(|| now.plus(delay));
        Some((self, delay.min(retry::LONGEST_DELAY)))
    }

    /// What has to be told once more because an attempt without answer may have reached the platform after a later one.
    pub fn confirmation(&self) -> Option<Errand> {
        let doubtful = self.in_doubt && (!self.devices.is_empty() || !self.listings.is_empty());
        let (devices, listings) = (self.devices.clone(), self.listings.clone());
        doubtful.then(|| Errand { devices, listings, ..Errand::new(&self.link()) })
    }

    /// The same from the beginning, for what was set aside.
    #[must_use]
    pub fn renewed(self) -> Errand {
        Errand { attempt: 0, first_failed_at: None, not_before: None, ..self }
    }

    /// Whether it may be put back without an attempt: one has failed, and its day is not over.
    pub fn can_wait(&self, now: Timestamp, wait: Duration) -> bool {
        self.attempt > 0 && self.first_failed_at.is_none_or(|first| now.since(first) + wait <= retry::GIVE_UP_AFTER)
    }

    /// How long it has to wait still, as far as a queue can hold it back.
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let left = self.not_before?.since(now);
        (!left.is_zero()).then(|| left.min(retry::LONGEST_DELAY))
    }

    /// In parts of at most [`DEVICES_MAX`] devices. The occurrences of a device stay with it.
    pub fn split(self) -> Vec<Errand> {
        let ids = self.ids();
        if ids.len() <= DEVICES_MAX {
            return vec![self];
        }
        let ids: Vec<DeviceId> = ids.into_iter().collect();
        ids.chunks(DEVICES_MAX)
            .map(|chunk| {
                let has = |id: &DeviceId| chunk.binary_search(id).is_ok();
                Errand {
                    all: false,
                    devices: self.devices.iter().filter(|id| has(id)).cloned().collect(),
                    listings: self.listings.iter().filter(|listing| has(&listing.device_id)).cloned().collect(),
                    occurrences: self.occurrences.iter().filter(|item| has(&item.device_id)).cloned().collect(),
                    ..self.clone()
                }
            })
            .collect()
    }
}
