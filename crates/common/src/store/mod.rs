//! The store: devices, their state and links in one DynamoDB table.
//!
//! | item | pk | sk | holds |
//! |---|---|---|---|
//! | device | `DEVICE#<id>` | `DEVICE` | `owner`, `desc`, `state`, `online`, `online_at`, `events`, `version`, `origin`, `commanded_version` |
//! | link | `USER#<user>` | `LINK#<platform>#<link>` | `status`, times, `last_error`, `revoked_at`, `grant`, `lease_until`, `lease_holder`, `resync_at`, `farewell` |
//!
//! Index `owner` (hash `owner`, range `pk`) projects `desc` alone, so that a change of state writes no index. Times are numbers
//! of microseconds, because conditions compare them.
//!
//! | access | requests, one after another |
//! |---|---|
//! | [`Store::devices_of`] | 1 query (more for what does not fit into one page of 1 MB) |
//! | [`Store::records`] with the link | 1 batch, more than 100 keys in batches at the same time |
//! | [`Store::put_state`] | 1 conditional update, none when nothing changed |
//! | [`Store::put_device`] | 1 read, 1 conditional write |
//! | [`Store::touch_link`], [`Store::save_grant`], [`Store::keep_receipt`] | 1 update |
//! | [`Store::unlink`], [`Store::dismiss`], [`Store::forget`] | 1 update |
//! | [`Store::take_lease`], [`Store::save_tokens`], [`Store::cut_lease`] | 1 conditional update |

mod batch;
mod client;
mod devices;
mod error;
mod item;
mod keys;
mod lease;
mod link;
mod links;
mod pause;
mod receipt;
mod seal;
mod table;
mod update;

pub use client::{client, local_config, sdk_config};
pub use error::StoreError;
pub use item::{Origin, Record, is_device_key, is_link_key};
pub use keys::LinkKey;
pub use lease::Lease;
pub use link::{Grant, Link, LinkStatus};
pub use links::Touched;
pub use pause::pause;
pub use receipt::Receipt;
pub use seal::{SealError, Sealed, Sealer};
pub use table::ensure_table;

use aws_sdk_dynamodb::Client;

/// The table. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    table: String,
}

impl Store {
    /// The table `table`, reached by `client`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Store { client, table: table.into() }
    }

    /// Opens the connection, so that the first request does not have to: called while a function starts.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn warm_up(&self) -> Result<(), StoreError> {
        let key = keys::WARM_UP.map();
        self.client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .send()
            .await
            .map_err(StoreError::unavailable)?;
        Ok(())
    }
}
