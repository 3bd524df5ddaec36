//! The identity provider's keys, fetched seldom and shared by all requests.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use reqwest::{Client, Url};
use tokio::sync::Mutex;

use super::keys::KeySet;
use crate::model::Timestamp;

/// After this time keys are fetched again; a key that was withdrawn is accepted no longer than this.
const MAX_AGE: Duration = Duration::from_mins(10);
/// How soon another fetch is tried after a failed one, while there are keys to work with.
const PAUSE_WITH_KEYS: Duration = Duration::from_secs(30);
/// The same without any keys, when every request fails.
const PAUSE_WITHOUT_KEYS: Duration = Duration::from_millis(250);
/// Fetches for unknown key ids: this many at once, one more after each pause. Whoever sends made-up ids causes no more.
const UNKNOWN_BURST: u32 = 3;
const UNKNOWN_PAUSE: Duration = Duration::from_secs(5);

const FETCH_TIMEOUT: Duration = Duration::from_secs(1);
const SET_MAX_BYTES: usize = 256 * 1024;

/// The keys could not be fetched.
#[derive(Debug)]
pub(super) struct FetchFailed;

/// The identity provider's keys, as they were last seen.
pub(super) struct KeyCache {
    url: Url,
    client: Client,
    seen: RwLock<Seen>,
    /// Held while fetching, so that requests that miss together share one fetch.
    fetching: Mutex<Allowance>,
}

/// What is known, and how the last attempt went.
#[derive(Clone, Default)]
struct Seen {
    keys: Option<Arc<KeySet>>,
    fetched_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    attempts: u64,
}

impl Seen {
    fn is_stale(&self, now: Timestamp) -> bool {
        self.fetched_at.is_none_or(|at| now.since(at) >= MAX_AGE)
    }

    fn paused(&self, now: Timestamp) -> bool {
        let pause = if self.keys.is_some() { PAUSE_WITH_KEYS } else { PAUSE_WITHOUT_KEYS };
        self.failed_at.is_some_and(|at| now.since(at) < pause)
    }
}

impl KeyCache {
    pub(super) fn new(url: Url, client: Client) -> Self {
        KeyCache { url, client, seen: RwLock::default(), fetching: Mutex::new(Allowance::new()) }
    }

    fn seen(&self) -> Seen {
        self.seen.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys; fetched first if there are none or they are old. Old ones serve on when that fails.
    pub(super) async fn current(&self, now: Timestamp) -> Result<Arc<KeySet>, FetchFailed> {
        let seen = self.seen();
        if seen.is_stale(now) && !seen.paused(now) {
            // Whoever has keys does not wait for another's fetch.
            let lock =
                if seen.keys.is_some() { self.fetching.try_lock().ok() } else { Some(self.fetching.lock().await) };
            if let Some(mut allowance) = lock {
                self.fetch_after(&seen, now, &mut allowance).await;
            }
        }
        self.seen().keys.ok_or(FetchFailed)
    }

    /// The keys, fetched because `known` lacks one. They are the same if the identity provider was asked moments ago.
    pub(super) async fn beyond(&self, known: &Arc<KeySet>, now: Timestamp) -> Result<Arc<KeySet>, FetchFailed> {
        let seen = self.seen();
        let current = seen.keys.clone().ok_or(FetchFailed)?;
        if !Arc::ptr_eq(&current, known) {
            return Ok(current);
        }
        let mut allowance = self.fetching.lock().await;
        if self.seen().attempts == seen.attempts && allowance.take(now) {
            self.fetch_after(&seen, now, &mut allowance).await;
        }
        let seen = self.seen();
        match seen.failed_at {
            None => seen.keys.ok_or(FetchFailed),
            Some(_) => Err(FetchFailed),
        }
    }

    /// Fetches, unless somebody else has since `before`. The allowance shows that the lock is held.
    async fn fetch_after(&self, before: &Seen, now: Timestamp, _lock: &mut Allowance) {
        if self.seen().attempts != before.attempts {
            return;
        }
        let fetched = self.fetch().await;
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.attempts += 1;
        match fetched {
            Ok(keys) => {
                *seen = Seen { keys: Some(Arc::new(keys)), fetched_at: Some(now), failed_at: None, ..*seen };
            }
            Err(problem) => {
                seen.failed_at = Some(now);
                tracing::warn!(
                    problem,
                    has_keys = seen.keys.is_some(),
                    "identity provider's keys could not be fetched"
                );
            }
        }
    }

    async fn fetch(&self) -> Result<KeySet, &'static str> {
        let request = self.client.get(self.url.clone()).timeout(FETCH_TIMEOUT);
        let mut response = request.send().await.map_err(|_| "no answer")?;
        if response.status() != http::StatusCode::OK {
            return Err("status is not 200");
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| "answer was cut off")? {
            if body.len() + chunk.len() > SET_MAX_BYTES {
                return Err("answer is too long");
            }
            body.extend_from_slice(&chunk);
        }
        KeySet::parse(&body).ok_or("answer holds no usable key")
    }
}

/// How many fetches for unknown key ids may still be made: a token bucket.
struct Allowance {
    left: u32,
    filled_at: Option<Timestamp>,
}

impl Allowance {
    fn new() -> Self {
        Allowance { left: UNKNOWN_BURST, filled_at: None }
    }

    fn take(&mut self, now: Timestamp) -> bool {
        let filled_at = self.filled_at.unwrap_or(now);
        let pauses =
            u32::try_from(now.since(filled_at).as_micros() / UNKNOWN_PAUSE.as_micros()).unwrap_or(UNKNOWN_BURST);
        self.left = self.left.saturating_add(pauses).min(UNKNOWN_BURST);
        // A full bucket gains nothing by waiting.
        let filled = if self.left == UNKNOWN_BURST { now } else { filled_at.plus(UNKNOWN_PAUSE * pauses) };
        self.filled_at = Some(filled);
        let granted = self.left > 0;
        self.left = self.left.saturating_sub(1);
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_ids_cause_few_fetches() {
        let start = Timestamp::from_secs(1_000);
        let at = |millis: u64| start.plus(Duration::from_millis(millis));
        let mut allowance = Allowance::new();
        let mut granted = |millis| allowance.take(at(millis));
        assert!(granted(0) && granted(0) && granted(1));
        assert!(!granted(2) && !granted(4_999));
        assert!(granted(5_000));
        assert!(!granted(5_001) && !granted(9_999));
        assert!(granted(10_100));
        assert!(granted(1_000_000) && granted(1_000_000) && granted(1_000_000) && !granted(1_000_000));
    }

    #[test]
    fn a_clock_set_back_grants_nothing() {
        let mut allowance = Allowance::new();
        let now = Timestamp::from_secs(1_000);
        while allowance.take(now) {}
        assert!(!allowance.take(Timestamp::from_secs(10)));
    }
}
