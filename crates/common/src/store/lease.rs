//! Who may renew the tokens of a grant: one at a time, across all instances.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::item::{attribute, micros};
use super::keys::{Key, LinkKey};
use super::update::Update;
use super::{Grant, Store, StoreError};
use crate::model::Timestamp;

const UNTIL: &str = "lease_until";
const HOLDER: &str = "lease_holder";

/// The right to renew the tokens of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Told apart from all others.
    pub holder: String,
    /// When it ends.
    pub until: Timestamp,
}

impl Store {
    /// Takes the lease on a grant. `false` when somebody has it, or when the grant is not this one any more.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn take_lease(
        &self,
        key: &LinkKey,
        grant: &Grant,
        lease: &Lease,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let holder = attribute(&lease.holder)?;
        let mut update = Update::default();
        update.set(&[UNTIL], micros::attribute(lease.until));
        update.set(&[HOLDER], holder.clone());
        update.require_less(UNTIL, micros::attribute(now));
        require_same(&mut update, grant)?;
        let request = update
            .request(self, &Key::link(key))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(_) => return Ok(true),
            Err(error) => error,
        };
        match error.as_service_error() {
            // An attempt whose answer was lost is tried again by the SDK, and then meets its own work.
            Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                Ok(failure.item.as_ref().and_then(|item| item.get(HOLDER)) == Some(&holder))
            }
            _ => Err(StoreError::unavailable(error)),
        }
    }

    /// Lets a lease end at another time. Somebody else's is left alone.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn cut_lease(&self, key: &LinkKey, lease: &Lease, until: Timestamp) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.set(&[UNTIL], micros::attribute(until));
        update.require(&[HOLDER], attribute(&lease.holder)?);
        self.write_if(update, key).await.map(|_| ())
    }

    /// Replaces a grant by the same with new tokens, and ends the lease. `false` when the grant is not this one any more.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn save_tokens(&self, key: &LinkKey, grant: &Grant, renewed: &Grant) -> Result<bool, StoreError> {
        let mut update = Update::default();
        update.set(&["grant"], attribute(renewed)?);
        remove_lease(&mut update);
        require_same(&mut update, grant)?;
        self.write_if(update, key).await
    }
}

/// Ends whoever's lease.
pub(super) fn remove_lease(update: &mut Update) {
    update.remove(&[UNTIL]);
    update.remove(&[HOLDER]);
}

/// Only if nobody has got other tokens or another grant since it was read. Sealed texts are never alike.
fn require_same(update: &mut Update, grant: &Grant) -> Result<(), StoreError> {
    for (name, sealed) in
        [("code", &grant.code), ("access_token", &grant.access_token), ("refresh_token", &grant.refresh_token)]
    {
        let sealed: Option<AttributeValue> = sealed.as_ref().map(attribute).transpose()?;
        update.require_unchanged(&["grant", name], sealed);
    }
    Ok(())
}
