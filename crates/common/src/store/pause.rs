//! Waiting a little before a write is tried again.

use std::time::Duration;

/// The longest first pause; each further one may be twice as long.
const FIRST: Duration = Duration::from_millis(8);
const LONGEST: Duration = Duration::from_millis(120);

/// Waits after a conflict, each waiter for another time, so that those who collided do not collide again.
pub async fn pause(attempt: u32) {
    let longest = (FIRST * 2_u32.saturating_pow(attempt.min(8))).min(LONGEST);
    let random = u32::from(uuid::Uuid::new_v4().as_bytes().first().copied().unwrap_or_default());
    tokio::time::sleep(longest * random / 255).await;
}
