//! When to try again. Pure.

use std::time::Duration;

use crate::model::Timestamp;

/// The delays of the first attempts, in seconds; the last one repeats.
const SCHEDULE_SECS: [u64; 6] = [2, 10, 30, 120, 600, 900];
/// How long something is tried before it is set aside.
pub(super) const GIVE_UP_AFTER: Duration = Duration::from_secs(24 * 3600);
/// How much a delay is spread, so that what failed together is not tried again together.
const JITTER: f64 = 0.2;
/// The longest delay that a queue can hold back a message (SQS `DelaySeconds`).
pub const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// When the next attempt is due, counted from `now`; `None` when it has been tried for 24 hours.
///
/// `attempt` counts the attempts made so far, from 1. `retry_after` is what the platform asked for and is obeyed, also where it
/// is longer than the schedule; where it is longer than what is left of the 24 hours, their end is the last attempt. `spread` is a random number from 0 to 1.
pub fn next_delay(
    attempt: u32,
    first_failed_at: Timestamp,
    now: Timestamp,
    retry_after: Option<Duration>,
    spread: f64,
) -> Option<Duration> {
    let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(SCHEDULE_SECS.len() - 1);
    let scheduled = Duration::from_secs(SCHEDULE_SECS.get(index).copied().unwrap_or_default());
    let spread = scheduled.mul_f64(1.0 - JITTER + 2.0 * JITTER * spread.clamp(0.0, 1.0));
    let left = GIVE_UP_AFTER.checked_sub(now.since(first_failed_at))?;
    let delay = spread.max(retry_after.unwrap_or_default().min(left));
    (delay <= left).then_some(delay)
}

/// The seconds or the date of a `Retry-After` header (RFC 9110, 10.2.3) as a duration from `now`.
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    Timestamp::parse_http_date(header).map(|at| at.since(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_secs(1_000_000);

    #[test]
    fn the_schedule_grows_to_a_quarter_of_an_hour_and_ends_after_a_day() {
        let middle = |attempt, since: u64, asked: Option<u64>| {
            let now = START.plus(Duration::from_secs(since));
            next_delay(attempt, START, now, asked.map(Duration::from_secs), 0.5).map(|delay| delay.as_secs())
        };
        for (attempt, since, asked, delay) in [
            (1, 0, None, Some(2)),
            (2, 2, None, Some(10)),
            (3, 12, None, Some(30)),
            (4, 42, None, Some(120)),
            (5, 162, None, Some(600)),
            (6, 762, None, Some(900)),
            (50, 40_000, None, Some(900)),
            // 429 and 503 with Retry-After: longer than the schedule is obeyed, shorter is not a reason to hurry.
            (1, 0, Some(60), Some(60)),
            (5, 162, Some(60), Some(600)),
            (1, 0, Some(7200), Some(7200)),
            (90, 86_400 - 900, None, Some(900)),
            (90, 86_400 - 899, None, None),
            (1, 0, Some(90_000), Some(86_400)),
            (2, 86_400, Some(5), None),
        ] {
            assert_eq!(middle(attempt, since, asked), delay, "attempt {attempt}, {since} s after the first, {asked:?}");
        }
    }

    #[test]
    fn delays_are_spread_by_a_fifth() {
        let at = |spread| next_delay(2, START, START, None, spread).unwrap().as_secs_f64();
        assert!((at(0.0) - 8.0).abs() < 1e-9 && (at(1.0) - 12.0).abs() < 1e-9);
    }

    #[test]
    fn retry_after_may_be_seconds_or_a_date() {
        let now = Timestamp::parse("2026-11-24T12:00:00Z").unwrap();
        assert_eq!(retry_after("30", now), Some(Duration::from_secs(30)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 12:01:30 GMT", now), Some(Duration::from_secs(90)));
        assert_eq!(retry_after("Tue, 24 Nov 2026 11:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
