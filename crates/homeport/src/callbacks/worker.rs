//! Takes errands of one platform up when they are due, so that a slow platform holds up nobody else's.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::model::Timestamp;
use common::notify::{Courier, Fault};
use common::platform::Platform;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::queue::{LocalQueue, Waiting};

/// How many errands of a platform are taken up at once.
const AT_ONCE: usize = 8;
/// How long one may take, as long as the function has on AWS.
const WITHIN: Duration = Duration::from_secs(60);
/// How long an errand waits after a fault of ours.
const AFTER_FAULT: Duration = Duration::from_secs(2);
/// How long it waits at most before it looks again.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Works until asked to stop, and finishes what it has begun.
pub(super) async fn work(
    platform: Platform,
    courier: Arc<Courier>,
    queue: LocalQueue,
    mut stop: watch::Receiver<bool>,
) {
    let mut put = queue.watch();
    let mut taken: HashSet<String> = HashSet::new();
    let mut jobs: JoinSet<String> = JoinSet::new();
    while !*stop.borrow() {
        let now = Timestamp::now();
        let limit = i32::try_from(AT_ONCE + taken.len()).unwrap_or(i32::MAX);
        let (waiting, mut next) = match queue.first(platform, limit).await {
            Ok(waiting) => (waiting, LOOK_EVERY),
            Err(error) => {
                tracing::error!(%platform, error = %error, "the retry queue cannot be read");
                (Vec::new(), AFTER_FAULT)
            }
        };
        for waiting in waiting.into_iter().filter(|waiting| !taken.contains(&waiting.place)).collect::<Vec<_>>() {
            if waiting.due > now {
                next = waiting.due.since(now);
                break;
            }
            if jobs.len() >= AT_ONCE {
                break;
            }
            taken.insert(waiting.place.clone());
            jobs.spawn(take_up(waiting, Arc::clone(&courier), queue.clone()));
        }
        tokio::select! {
            _ = stop.changed() => {}
            _ = put.changed() => {}
            Some(done) = jobs.join_next() => {
                // A panic is logged where it happens; the errand is taken up again after the next start.
                if let Ok(place) = done {
                    taken.remove(&place);
                }
            }
            () = tokio::time::sleep(next) => {}
        }
    }
    while jobs.join_next().await.is_some() {}
}

async fn take_up(waiting: Waiting, courier: Arc<Courier>, queue: LocalQueue) -> String {
    let result = courier.redeliver(waiting.errand.clone(), Instant::now() + WITHIN).await;
    if let Err(error) = settle(&waiting, result, &queue).await {
        tracing::error!(platform = %waiting.errand.platform, error = %error, "errand has to be taken up again");
        tokio::time::sleep(AFTER_FAULT).await;
    }
    waiting.place
}

async fn settle(waiting: &Waiting, result: Result<(), Fault>, queue: &LocalQueue) -> Result<(), Fault> {
    match result {
        Ok(()) => {}
        Err(Fault::GivenUp(errand)) => {
            tracing::error!(platform = %errand.platform, "errand is set aside: it has been tried for a day");
            queue.set_aside(&errand).await?;
        }
        Err(fault) => return Err(fault),
    }
    Ok(queue.remove(waiting).await?)
}
