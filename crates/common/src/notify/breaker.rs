//! A platform that does not answer is left alone for a while by the stream, so that it does not hold up the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Told;
use crate::model::Timestamp;
use crate::platform::Platform;
use crate::store::LinkKey;

/// Longer requests to wait are obeyed for what was refused, and tried by the rest now and then.
const LONGEST_ASKED: Duration = Duration::from_secs(300);
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);
/// What is taken for a platform's usual time to answer before it has answered.
const UNKNOWN_LATENCY: Duration = Duration::from_millis(100);
/// The stream waits this many times as long as the platform usually takes.
const PATIENCE_FACTOR: u32 = 4;
const SHORTEST_PATIENCE: Duration = Duration::from_millis(300);
const LONGEST_PATIENCE: Duration = Duration::from_secs(1);

/// Which platforms are left alone, and until when. What is not sent meanwhile goes into the queue, whose attempts close it.
#[derive(Debug, Default)]
pub struct Breaker {
    pauses: BTreeMap<Platform, Pause>,
    /// Until when a platform has asked to be left alone, or one link of a platform whose links have addresses of their own.
    asked_until: BTreeMap<(Platform, Option<LinkKey>), Timestamp>,
    /// How long each platform takes to answer, by the slowest of late.
    latencies: BTreeMap<Platform, Duration>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    length: Duration,
}

impl Breaker {
    /// Whether the stream should not try this platform now.
    pub fn is_open(&self, platform: Platform, now: Instant) -> bool {
        self.pauses.get(&platform).is_some_and(|pause| now < pause.until)
    }

    /// How long this link still has to be left alone (`Retry-After`): it or another one that the same platform answers.
    pub fn asked_to_wait(&self, link: &LinkKey, now: Timestamp) -> Option<Duration> {
        let left = self.asked_until.get(&who_asks(link))?.since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Takes note of what was asked for when this link was told.
    pub fn asked(&mut self, link: &LinkKey, after: Duration, now: Timestamp) {
        self.asked_until.retain(|_, until| *until > now);
        self.asked_until.insert(who_asks(link), now.plus(after.min(LONGEST_ASKED)));
    }

    /// How long the stream waits for this platform's answer: 300 ms to 1 s, four times what it usually takes. The changes that
    /// come behind wait as long.
    pub fn patience(&self, platform: Platform) -> Duration {
        (self.latency(platform) * PATIENCE_FACTOR).clamp(SHORTEST_PATIENCE, LONGEST_PATIENCE)
    }

    fn latency(&self, platform: Platform) -> Duration {
        self.latencies.get(&platform).copied().unwrap_or(UNKNOWN_LATENCY)
    }

    /// Takes note of what came of a delivery.
    pub fn record(&mut self, platform: Platform, told: &Told, now: Instant) {
        let latency = self.latency(platform);
        if told.accepted {
            self.pauses.remove(&platform);
            self.latencies.insert(platform, told.slowest.max(latency / 8 * 7));
        } else if told.unanswered {
            let length = self.pauses.get(&platform).map_or(FIRST_PAUSE, |pause| (pause.length * 2).min(LONGEST_PAUSE));
            // Deliveries that began together count once.
            if self.pauses.get(&platform).is_none_or(|pause| now >= pause.until) {
                self.pauses.insert(platform, Pause { until: now + length, length });
                // It may have become slow for good.
                self.latencies.insert(platform, (latency / 4 * 5).min(LONGEST_PATIENCE));
            }
        }
    }
}

/// SmartThings names an address for each link: what one of them asks for says nothing of the others.
fn who_asks(link: &LinkKey) -> (Platform, Option<LinkKey>) {
    (link.platform, (link.platform == Platform::SmartThings).then(|| link.clone()))
}
