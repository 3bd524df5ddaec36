//! Many items at once.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures_util::future::try_join_all;

use super::item::{Attributes, key_of};
use super::keys::{Key, LinkKey};
use super::{Link, Record, Store, StoreError};
use crate::model::DeviceId;

/// What DynamoDB takes in one `BatchGetItem`.
const BATCH: usize = 100;
/// How long a batch may take with all that is asked for again; as long as one operation may take.
const PATIENCE: Duration = Duration::from_millis(1600);
const FIRST_DELAY: Duration = Duration::from_millis(20);

impl Store {
    /// Devices in the order of `ids`, repeated ones too, and the link (an ended one as well: ask [`Link::revokes`]).
    ///
    /// # Errors
    /// When not everything could be read.
    pub async fn records(
        &self,
        ids: &[DeviceId],
        link: Option<&LinkKey>,
    ) -> Result<(Vec<Option<Record>>, Option<Link>), StoreError> {
        let mut seen = HashSet::new();
        let keys: Vec<Key> =
            link.map(Key::link).into_iter().chain(ids.iter().filter(|id| seen.insert(*id)).map(Key::device)).collect();
        let mut records = HashMap::new();
        let mut found = None;
        for item in try_join_all(keys.chunks(BATCH).map(|keys| self.batch(keys))).await?.into_iter().flatten() {
            let (key, item) = key_of(item)?;
            if key.is_device() {
                let record = Record::from_item(item)?;
                records.insert(record.device.id.clone(), record);
            } else {
                found = Some(Link::from_item(item)?);
            }
        }
        Ok((ids.iter().map(|id| records.get(id).cloned()).collect(), found))
    }

    async fn batch(&self, keys: &[Key]) -> Result<Vec<Attributes>, StoreError> {
        let whole = tokio::time::timeout(PATIENCE, self.whole_batch(keys)).await;
        whole.unwrap_or_else(|_| Err(StoreError::Unavailable("keys stayed unprocessed".into())))
    }

    async fn whole_batch(&self, keys: &[Key]) -> Result<Vec<Attributes>, StoreError> {
        let mut delay = FIRST_DELAY;
        let mut items = Vec::with_capacity(keys.len());
        let mut wanted: Vec<Attributes> = keys.iter().map(Key::map).collect();
        loop {
            // A platform asks right after a command, so it must see what was just written.
            let request = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let request = request.map_err(|error| StoreError::Unavailable(error.into()))?;
            let request = self.client.batch_get_item().request_items(&self.table, request);
            let answer = request.send().await.map_err(StoreError::unavailable)?;
            items.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            wanted = answer.unprocessed_keys.into_iter().flatten().flat_map(|(_, left)| left.keys).collect();
            if wanted.is_empty() {
                return Ok(items);
            }
            tokio::time::sleep(delay).await;
            delay *= 2;
        }
    }
}
