//! The test's time: the real one, plus what was skipped of waiting.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use common::model::Timestamp;

static SKIPPED_MICROS: AtomicI64 = AtomicI64::new(0);

/// Now.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(Timestamp::now().micros() + SKIPPED_MICROS.load(Ordering::SeqCst))
}

/// The same for the simulators.
pub(crate) fn system_now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_micros(now().micros().unsigned_abs())
}

/// Skips the time until then.
pub(crate) fn skip_to(then: Timestamp) {
    let wait = i64::try_from(then.since(now()).as_micros()).unwrap();
    SKIPPED_MICROS.fetch_add(wait, Ordering::SeqCst);
}
