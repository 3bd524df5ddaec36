//! The retry queue out: an errand is taken up, told from the newest state, and put back if need be.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use super::courier::{Courier, Fault};
use super::plan::listing;
use super::retry::LONGEST_DELAY;
use super::{Errand, ErrandListing, News, Told};
use crate::model::DeviceId;
use crate::store::{Link, LinkStatus, Record};

/// How long one callback may take when nothing waits for it.
const QUEUE_PATIENCE: Duration = Duration::from_secs(8);
/// How often an errand is told again at once because a device has changed meanwhile.
const ROUNDS_MAX: usize = 5;
/// When what may be overtaken by an attempt without answer is told once more: no platform works on a request longer.
const CONFIRM_AFTER: Duration = Duration::from_secs(30);

/// What came of one round.
#[derive(Default)]
struct Round {
    /// Devices that have changed while it was told.
    moved: BTreeSet<DeviceId>,
    /// How the list has changed since it was told how it had changed.
    listings: Vec<ErrandListing>,
    /// What could not be told, and what the platform asks for before it is tried again.
    left: Option<(Errand, Option<Duration>)>,
}

impl Courier {
    /// Takes an errand up: reads the newest state, tells it, reads again, and tells again what has changed meanwhile.
    ///
    /// # Errors
    /// [`Fault`]: the errand has to come again, or to be set aside.
    pub async fn redeliver(&self, errand: Errand, deadline: Instant) -> Result<(), Fault> {
        if let Some(wait) = errand.wait((self.clock)()) {
            return Ok(self.queue.put(vec![(errand, wait)]).await?);
        }
        let now = (self.clock)();
        let asked = self.breaker().asked_to_wait(&errand.link(), now);
        if let Some(wait) = asked.filter(|wait| errand.can_wait(now, *wait)) {
            // Those that were refused together do not come back together.
            let wait = wait + Duration::from_secs(2).mul_f64((self.spread)());
            return Ok(self.queue.put(vec![(errand, wait.min(LONGEST_DELAY))]).await?);
        }
        let mut errand = errand;
        if errand.all {
            let devices = self.store.devices_of(&errand.user).await?.into_iter().map(|device| device.id).collect();
            let mut parts = Errand { all: false, devices, ..errand }.split();
            match parts.pop() {
                Some(only) if parts.is_empty() => errand = only,
                last => {
                    let parts = parts.into_iter().chain(last).map(|part| (part, Duration::ZERO)).collect();
                    return Ok(self.queue.put(parts).await?);
                }
            }
        }
        let confirmation = errand.confirmation();
        for _ in 0..ROUNDS_MAX {
            let Round { moved, listings, left } = self.round(&errand, deadline).await?;
            if let Some((mut left, after)) = left {
                left.attempt = errand.attempt;
                left.first_failed_at = errand.first_failed_at;
                left.in_doubt |= errand.in_doubt;
                left.devices.extend(moved);
                left.listings.extend(listings);
                let scheduled = self.schedule(&left, after).ok_or_else(|| Fault::GivenUp(Box::new(left)))?;
                return Ok(self.queue.put(scheduled).await?);
            }
            if moved.is_empty() && listings.is_empty() {
                let confirmation: Vec<_> = confirmation.into_iter().map(|errand| (errand, CONFIRM_AFTER)).collect();
                return if confirmation.is_empty() { Ok(()) } else { Ok(self.queue.put(confirmation).await?) };
            }
            errand = Errand { devices: moved, listings, occurrences: Vec::new(), ..errand };
        }
        errand.devices.extend(confirmation.into_iter().flat_map(|errand| errand.devices));
        Ok(self.queue.put(vec![(errand, Duration::from_secs(1))]).await?)
    }

    async fn round(&self, errand: &Errand, deadline: Instant) -> Result<Round, Fault> {
        let ids: Vec<DeviceId> = errand.ids().into_iter().collect();
        let (records, link) = self.store.records(&ids, Some(&errand.link())).await?;
        let active = |link: &Link| link.status == Some(LinkStatus::Active);
        let Some(link) = link.filter(|link| if errand.farewell { link.farewell.is_some() } else { active(link) })
        else {
            tracing::info!(platform = %errand.platform, "errand dropped: the link is not active any more");
            return Ok(Round::default());
        };
        let now = (self.clock)();
        let devices = ids.iter().zip(&records).filter_map(|(id, record)| {
            // After an alarm has been told once more, so must be that it is over.
            let settled =
                !errand.tells_alarm(id) && record.as_ref().is_some_and(|record| self.settled.has(errand, record));
            errand.news_of(id, record.as_ref(), !settled, now)
        });
        let news = News { devices: devices.collect(), full_report: false, farewell: errand.farewell, link };
        if news.devices.is_empty() && !news.farewell {
            return Ok(Round::default());
        }
        let told = self.tell(&news, QUEUE_PATIENCE, deadline).await;
        if told.status.is_some() {
            return Ok(Round::default());
        }
        self.note_settled(errand, &news, &told);
        let (again, _) = self.store.records(&ids, None).await?;
        let theirs = |record: &Option<Record>| {
            record.as_ref().filter(|record| record.device.owner == errand.user).map(|record| record.device.clone())
        };
        let told_listed = news.devices.iter().filter(|device| device.listing.is_some()).map(|device| &device.id);
        let told_listed: BTreeSet<&DeviceId> = told_listed.collect();
        let listings = ids.iter().zip(records.iter().zip(&again)).filter(|(id, _)| told_listed.contains(id));
        let listings = listings.filter_map(|(id, (before, after))| {
            let change = listing(errand.platform, theirs(before).as_ref(), theirs(after).as_ref())?;
            Some(ErrandListing { device_id: id.clone(), change })
        });
        let listings = listings.collect();
        let moved = ids.into_iter().zip(records.iter().zip(&again)).filter_map(|(id, (before, after))| {
            let version = |record: &Option<Record>| record.as_ref().map(|record| record.version);
            (after.is_some() && version(before) != version(after)).then_some(id)
        });
        Ok(Round { moved: moved.collect(), listings, left: (!told.left.is_empty()).then_some((told.left, told.after)) })
    }

    fn note_settled(&self, errand: &Errand, news: &News, told: &Told) {
        let now = (self.clock)();
        let whole = news.devices.iter().filter(|device| errand.devices.contains(&device.id));
        for device in whole.filter(|device| !told.left.devices.contains(&device.id)) {
            if let Some(record) = &device.after {
                self.settled.note(&news.link.key, record, now);
            }
        }
    }
}
