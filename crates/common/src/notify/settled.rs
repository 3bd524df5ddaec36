//! What a platform has taken of late, so that of many errands for one device, left by an outage, only the first one is told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Errand;
use crate::model::{DeviceId, Timestamp};
use crate::store::{LinkKey, Record};

/// How many devices are remembered; forgetting costs a callback more.
const DEVICES_MAX: usize = 20_000;

/// The newest state that each link has taken as a whole, and when. It lives as long as the process.
#[derive(Debug, Default)]
pub struct Settled(Mutex<Links>);

#[derive(Debug, Default)]
struct Links {
    links: HashMap<LinkKey, Devices>,
    /// Devices of all links.
    devices: usize,
}

type Devices = HashMap<DeviceId, Taken>;

/// A version of a device, and when a link took it.
#[derive(Debug)]
struct Taken {
    version: u64,
    at: Timestamp,
}

impl Settled {
    /// The link has taken this state.
    pub(super) fn note(&self, link: &LinkKey, record: &Record, now: Timestamp) {
        let mut settled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if settled.devices >= DEVICES_MAX {
            *settled = Links::default();
        }
        let taken = Taken { version: record.version, at: now };
        let before = settled.links.entry(link.clone()).or_default().insert(record.device.id.clone(), taken);
        settled.devices += usize::from(before.is_none());
    }

    /// Whether the link has taken this very state since the errand first failed.
    pub(super) fn has(&self, errand: &Errand, record: &Record) -> bool {
        let Some(failed_at) = errand.first_failed_at.filter(|_| !errand.in_doubt) else { return false };
        let settled = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = settled.links.get(&errand.link()).and_then(|devices| devices.get(&record.device.id));
        taken.is_some_and(|taken| taken.version == record.version && taken.at > failed_at)
    }
}
