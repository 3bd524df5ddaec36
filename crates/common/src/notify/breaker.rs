//! A platform that does not answer is left alone for a while by the stream, so that it does not hold up the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Told;
use crate::platform::Platform;

const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// Which platforms are left alone, and until when. What is not sent meanwhile goes into the queue, whose attempts close it.
#[derive(Debug, Default)]
pub struct Breaker(BTreeMap<Platform, Pause>);

#[derive(Debug)]
struct Pause {
    until: Instant,
    length: Duration,
}

impl Breaker {
    /// Whether the stream should not try this platform now.
    pub fn is_open(&self, platform: Platform, now: Instant) -> bool {
        self.0.get(&platform).is_some_and(|pause| now < pause.until)
    }

    /// Takes note of what came of a delivery.
    pub fn record(&mut self, platform: Platform, told: &Told, now: Instant) {
        if told.accepted {
            self.0.remove(&platform);
        } else if told.unanswered {
            let length = self.0.get(&platform).map_or(FIRST_PAUSE, |pause| (pause.length * 2).min(LONGEST_PAUSE));
            // Deliveries that began together count once.
            if self.0.get(&platform).is_none_or(|pause| now >= pause.until) {
                self.0.insert(platform, Pause { until: now + length, length });
            }
        }
    }
}
