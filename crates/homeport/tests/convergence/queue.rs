//! The retry queue: keeps messages as text, as SQS does, and survives the notifier.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::model::Timestamp;
use common::notify::{Errand, Queue, QueueError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::clock;

/// The messages by when they are due. Clones are the same queue.
#[derive(Clone, Default)]
pub(crate) struct MemoryQueue(Arc<Mutex<Messages>>);

#[derive(Default)]
struct Messages {
    waiting: BTreeMap<(i64, u64), String>,
    sent: u64,
}

impl MemoryQueue {
    /// The messages that are due first, at most `most` and until then; they stay until they are removed.
    pub(crate) fn first(&self, most: usize, until: Timestamp) -> Vec<(Timestamp, u64, Errand)> {
        let messages = self.0.lock().unwrap();
        let due = messages.waiting.range(..=(until.micros(), u64::MAX)).take(most);
        due.map(|((due, id), body)| (Timestamp::from_micros(*due), *id, serde_json::from_str(body).unwrap())).collect()
    }

    /// Removes a message that has been dealt with.
    pub(crate) fn remove(&self, due: Timestamp, id: u64) {
        self.0.lock().unwrap().waiting.remove(&(due.micros(), id)).unwrap();
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().waiting.len()
    }

    /// How many were ever put in.
    pub(crate) fn sent(&self) -> u64 {
        self.0.lock().unwrap().sent
    }
}

impl Queue for MemoryQueue {
    fn put(&self, errands: Vec<(Errand, Duration)>) -> BoxFuture<'_, Result<(), QueueError>> {
        let mut messages = self.0.lock().unwrap();
        for (errand, delay) in errands {
            messages.sent += 1;
            let key = (clock::now().plus(delay).micros(), messages.sent);
            messages.waiting.insert(key, serde_json::to_string(&errand).unwrap());
        }
        std::future::ready(Ok(())).boxed()
    }
}
