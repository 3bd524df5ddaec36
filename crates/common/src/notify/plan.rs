//! Who has to be told what. Pure: changes and links in, news out.
//!
//! The changes of a device are merged into [`Frame`]s, each one request's worth: the newest value of each trait, and no two
//! occurrences of the same event. Most batches make one frame a device. What a frame says to a platform is decided by that
//! platform's `callback` module, which renders its two states and leaves out what is equal.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Change, DeviceChange};
use crate::model::{Device, DeviceId, State, Timestamp, Trait, TraitOptions, UserId, Value, Word};
use crate::platform::Platform;
use crate::store::{Link, LinkStatus, Record};

/// Something that happened and does not last; every one of them has to arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Occurrence {
    /// The event trait, or a trait such as motion whose becoming active is an event.
    #[serde(rename = "trait")]
    pub trait_: Trait,
    /// What happened.
    pub value: Value,
    /// When.
    pub at: Timestamp,
}

/// One step of a device's state, as one request can tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// What the link knows already: the state before, with what the link's own commands have made of it.
    pub known: Option<Record>,
    /// What is true afterwards.
    pub now: Record,
    /// What happened in between; of one trait several only where the platform can tell them apart in one request.
    pub occurrences: Vec<Occurrence>,
    /// When the newest change of it was written.
    pub at: Timestamp,
}

/// How the list of a user's devices changed for one platform: a device that it is not offered is not in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Listing {
    /// The user has one more.
    Added,
    /// The description is another one.
    Changed,
    /// The user does not have it any more.
    Removed,
}

/// What a link has to be told of one device.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceNews {
    /// The device.
    pub id: DeviceId,
    /// Told before anything else: the list of devices has changed.
    pub listing: Option<Listing>,
    /// The newest record; none when the device is not this user's any more.
    pub after: Option<Record>,
    /// In this order.
    pub frames: Vec<Frame>,
}

/// What one link has to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct News {
    /// Who is told.
    pub link: Link,
    /// Of which devices; one entry each.
    pub devices: Vec<DeviceNews>,
    /// Everything is to be told: the link is new, or heals.
    pub full_report: bool,
    /// Nothing but that the link was ended from our side.
    pub farewell: bool,
}

/// Decides what each link has to be told. `links` are the links of every user in `changes`; only active ones are told anything.
pub fn plan(changes: &[Change], links: &BTreeMap<UserId, Vec<Link>>) -> Vec<News> {
    let healed = links_to_report_fully(changes);
    let mut by_device: BTreeMap<&DeviceId, Vec<&DeviceChange>> = BTreeMap::new();
    for change in changes {
        if let Change::Device(change) = change
            && let Some(record) = change.new.as_ref().or(change.old.as_ref())
        {
            by_device.entry(&record.device.id).or_default().push(change);
        }
    }
    let active = links.values().flatten().filter(|link| link.status == Some(LinkStatus::Active));
    let news = active.map(|link| {
        let devices = by_device.iter().filter_map(|(id, changes)| device_news(link, id, changes));
        let full_report = healed.contains(&link.key);
        News { devices: devices.collect(), full_report, farewell: false, link: link.clone() }
    });
    let news = news.filter(|news| news.full_report || !news.devices.is_empty());
    news.chain(changes.iter().filter_map(farewell)).collect()
}

impl News {
    /// Whether they take a device away that comes into another home with the same batch. Where a device is the same in both
    /// homes, it must leave the one before it comes into the other.
    pub fn gives_away(&self, changes: &[Change]) -> bool {
        let owner = |record: &Option<Record>| record.as_ref().map(|record| record.device.owner.clone());
        let gives = |change: &Change| match change {
            Change::Device(change) => {
                let (old, new) = (owner(&change.old), owner(&change.new));
                new.is_some() && old != new && old.as_ref() == Some(&self.link.key.user)
            }
            Change::Link(_) | Change::Other => false,
        };
        self.link.key.platform.knows_devices_by_id_alone() && changes.iter().any(gives)
    }
}

fn farewell(change: &Change) -> Option<News> {
    let Change::Link(change) = change else { return None };
    let link = change.new.as_ref().filter(|link| link.farewell.is_some())?;
    let said = change.old.as_ref().is_some_and(|old| old.farewell == link.farewell);
    (!said).then(|| News { link: link.clone(), devices: Vec::new(), full_report: false, farewell: true })
}

fn links_to_report_fully(changes: &[Change]) -> BTreeSet<crate::store::LinkKey> {
    let active = |link: &Link| link.status == Some(LinkStatus::Active);
    let begun = changes.iter().filter_map(|change| match change {
        Change::Link(change) => {
            let new = change.new.as_ref().filter(|link| active(link))?;
            let was_active = change.old.as_ref().is_some_and(active);
            // A new grant of SmartThings replaces the address and the tokens: what was lost before is told again.
            let regranted = change.old.as_ref().is_some_and(|old| old.granted_at != new.granted_at);
            let asked = change.old.as_ref().is_none_or(|old| old.resync_at != new.resync_at) && new.resync_at.is_some();
            (!was_active || regranted || asked).then(|| new.key.clone())
        }
        Change::Device(_) | Change::Other => None,
    });
    begun.collect()
}

fn device_news(link: &Link, id: &DeviceId, changes: &[&DeviceChange]) -> Option<DeviceNews> {
    let theirs = |record: &Option<Record>| record.clone().filter(|record| record.device.owner == link.key.user);
    let before = changes.first().and_then(|change| theirs(&change.old));
    let after = changes.last().and_then(|change| theirs(&change.new));
    let [was, is] = [&before, &after].map(|record| record.as_ref().map(|record| &record.device));
    let listing = listing(link.key.platform, was, is);
    let frames = if after.is_some() { frames(link, changes, &theirs) } else { Vec::new() };
    (listing.is_some() || !frames.is_empty()).then(|| DeviceNews { id: id.clone(), listing, after, frames })
}

/// How the list of the owner's devices changes between two documents of a device.
pub(super) fn listing(platform: Platform, before: Option<&Device>, after: Option<&Device>) -> Option<Listing> {
    if before == after {
        return None;
    }
    let offered = |device: Option<&Device>| device.is_some_and(|device| platform.offers(device));
    match (offered(before), offered(after)) {
        (false, false) => None,
        (false, true) => Some(Listing::Added),
        (true, false) => Some(Listing::Removed),
        (true, true) => {
            let alike = before.zip(after).is_some_and(|(before, after)| platform.describes_alike(before, after));
            (!alike).then_some(Listing::Changed)
        }
    }
}

fn frames(link: &Link, changes: &[&DeviceChange], theirs: &impl Fn(&Option<Record>) -> Option<Record>) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for change in changes {
        let (old, Some(now)) = (theirs(&change.old), theirs(&change.new)) else { continue };
        let occurrences = occurrences(old.as_ref(), &now);
        let own = is_echo(link, &now);
        match frames.last_mut() {
            Some(frame) if frame.can_take(link.key.platform, &occurrences, &now) => {
                frame.take(old.as_ref(), now, occurrences, change.at, own);
            }
            last => {
                // What an earlier frame has told is known; its own commands too.
                let mut known = last.map(|frame| frame.now.clone()).or(old.clone());
                if own && let Some(known) = &mut known {
                    learn(&mut known.state, old.as_ref().map(|old| &old.state), &now.state);
                }
                frames.push(Frame { known, now, occurrences, at: change.at });
            }
        }
    }
    frames
}

impl Frame {
    /// The states before and after, such that what happened is in their difference: an occurrence of motion is in the second
    /// and not in the first, even where the motion has ended by now.
    pub fn before_and_after(&self) -> (Option<State>, State) {
        let (mut before, mut after) = (self.known.as_ref().map(|known| known.state.clone()), self.now.state.clone());
        for occurrence in self.occurrences.iter().filter(|occurrence| !occurrence.trait_.is_event()) {
            after.set(occurrence.trait_, occurrence.value, occurrence.at);
            if let Some(before) = &mut before {
                before.values.remove(&occurrence.trait_);
            }
        }
        (before, after)
    }

    /// When the newest of what it tells became so.
    pub fn happened_at(&self) -> Timestamp {
        let before = self.known.as_ref().map(|known| &known.state);
        let changed = |trait_: &Trait| before.and_then(|before| before.values.get(trait_));
        let values = self.now.state.values.iter().filter(|(trait_, now)| changed(trait_) != Some(now));
        let values = values.map(|(_, reported)| reported.at);
        let turned = before.is_none_or(|before| before.online != self.now.state.online);
        let online = self.now.state.online_at.filter(|_| turned);
        let happened = self.occurrences.iter().map(|occurrence| occurrence.at);
        values.chain(online).chain(happened).max().unwrap_or(self.at)
    }

    fn can_take(&self, platform: Platform, occurrences: &[Occurrence], next: &Record) -> bool {
        // Every state of SmartThings has a time of its own, so that two presses in one request are two.
        let apart = |next: &Occurrence| platform == Platform::SmartThings && next.trait_.is_event();
        let had = |next: &Occurrence| self.occurrences.iter().any(|had| had.trait_ == next.trait_);
        let again = occurrences.iter().any(|next| had(next) && !apart(next));
        let hides = |had: &Occurrence| !had.trait_.is_event() && next.state.get(had.trait_) != Some(had.value);
        !again && !self.occurrences.iter().any(hides)
    }

    fn take(&mut self, old: Option<&Record>, now: Record, occurrences: Vec<Occurrence>, at: Timestamp, own: bool) {
        if own && let Some(known) = &mut self.known {
            learn(&mut known.state, old.map(|old| &old.state), &now.state);
        }
        self.now = now;
        self.occurrences.extend(occurrences);
        self.at = self.at.max(at);
    }
}

/// Whether this version came from a command of this link whose answer told the link already. Yandex wants every change.
fn is_echo(link: &Link, now: &Record) -> bool {
    let own =
        |origin: &crate::store::Origin| origin.platform == link.key.platform && origin.link_id == link.key.link_id;
    link.key.platform != Platform::Yandex && now.origin.as_ref().is_some_and(own)
}

/// The link knows what changed in this step.
fn learn(known: &mut State, old: Option<&State>, now: &State) {
    for (trait_, reported) in &now.values {
        if old.and_then(|old| old.values.get(trait_)) != Some(reported) {
            known.values.insert(*trait_, *reported);
        }
    }
}

/// What happened between two versions: new events, and traits such as motion that became active.
fn occurrences(old: Option<&Record>, now: &Record) -> Vec<Occurrence> {
    let is_told = |trait_| now.device.options(trait_).is_some_and(TraitOptions::reportable);
    let mut all = Vec::new();
    for (trait_, events) in &now.state.events {
        let had = old.and_then(|old| old.state.events.get(trait_));
        for event in events.iter().filter(|event| had.is_none_or(|had| !had.contains(event))) {
            // One write adds one event at most.
            if is_told(*trait_) {
                all.push(Occurrence { trait_: *trait_, value: event.value, at: event.at });
            }
        }
    }
    for (trait_, reported) in &now.state.values {
        let before = old.and_then(|old| old.state.get(*trait_));
        let begins = old.is_some() && is_alarm(*trait_, reported.value) && before != Some(reported.value);
        if begins && is_told(*trait_) {
            all.push(Occurrence { trait_: *trait_, value: reported.value, at: reported.at });
        }
    }
    all
}

/// Whether becoming this is something that happens: a scenario may hang on it, however short it is.
fn is_alarm(trait_: Trait, value: Value) -> bool {
    match (trait_, value) {
        (Trait::Motion | Trait::WaterLeak | Trait::Tamper | Trait::IncomingCall, Value::Bool(active)) => active,
        (Trait::Contact, Value::Word(word)) => word == Word::Open,
        (Trait::Smoke | Trait::Gas | Trait::CarbonMonoxide, Value::Word(word)) => word != Word::Clear,
        _ => false,
    }
}
