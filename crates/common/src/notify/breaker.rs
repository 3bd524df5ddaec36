//! A platform that does not answer is left alone for a while by the stream, so that it does not hold up the others.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::Told;
use crate::model::Timestamp;
use crate::platform::Platform;

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
    /// Until when a platform has asked to be left alone.
    asked_until: BTreeMap<Platform, Timestamp>,
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

    /// How long a platform has asked still to be left alone (`Retry-After`), by everybody.
    pub fn asked_to_wait(&self, platform: Platform, now: Timestamp) -> Option<Duration> {
        let left = self.asked_until.get(&platform)?.since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Takes note of what a platform asks for.
    pub fn asked(&mut self, platform: Platform, after: Duration, now: Timestamp) {
        self.asked_until.insert(platform, now.plus(after.min(LONGEST_ASKED)));
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
