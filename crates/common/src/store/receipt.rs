//! What became of callbacks, noted on the link.

use std::time::Duration;

use super::item::{attribute, micros};
use super::update::Update;
use super::{Link, LinkStatus, Store, StoreError};
use crate::model::Timestamp;

/// What became of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// The platform has taken something.
    pub accepted: bool,
    /// What went wrong last.
    pub error: Option<String>,
    /// The link's status, when it has to change.
    pub status: Option<LinkStatus>,
}

/// How often the time of the last delivery is written at most: it shows a person that the link works.
const NOTED_EVERY: Duration = Duration::from_secs(30);
const ERROR_MAX_CHARS: usize = 300;

impl Store {
    /// Notes on the link what became of a delivery. `link` is what was read before it: what it says already is not written
    /// again, and neither an ended link nor one that has begun anew meanwhile is changed.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn keep_receipt(&self, link: &Link, receipt: &Receipt, now: Timestamp) -> Result<(), StoreError> {
        let error: Option<String> = receipt.error.as_ref().map(|error| error.chars().take(ERROR_MAX_CHARS).collect());
        let fails_anew = error.is_some() && error != link.last_error;
        let healed = receipt.accepted && error.is_none() && link.last_error.is_some();
        let due = receipt.accepted && link.last_delivery.is_none_or(|last| now.since(last) >= NOTED_EVERY);
        if receipt.status.is_none() && !fails_anew && !healed && !due {
            return Ok(());
        }
        let mut update = Update::default();
        if receipt.accepted {
            update.set(&["last_delivery"], micros::attribute(now));
        }
        match &error {
            Some(error) => update.set(&["last_error"], attribute(error)?),
            None if healed => update.remove(&["last_error"]),
            None => {}
        }
        update.require_present("status");
        if let Some(status) = receipt.status {
            update.set(&["status"], attribute(&status)?);
            // A discovery or a grant since then has healed the link.
            update.require_unchanged(&["last_discovery"], link.last_discovery.map(micros::attribute));
            update.require_unchanged(&["granted_at"], link.granted_at.map(micros::attribute));
        }
        self.write_if(update, &link.key).await.map(|_| ())
    }
}
