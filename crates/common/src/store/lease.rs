//! Who may renew the tokens of a grant: one at a time, across all instances.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::item::{attribute, micros};
use super::keys::{Key, LinkKey};
use super::update::Update;
use super::{Grant, Store, StoreError};
use crate::model::Timestamp;

const LEASE: &str = "lease_until";

impl Store {
    /// Takes the lease on a grant until `until`. `false` when somebody has it, or when the grant is not this one any more.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn take_lease(
        &self,
        key: &LinkKey,
        grant: &Grant,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut update = Update::default();
        update.set(&[LEASE], micros::attribute(until));
        update.require_less(LEASE, micros::attribute(now));
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
                let held = failure.item.as_ref().and_then(|item| item.get(LEASE));
                Ok(held == Some(&micros::attribute(until)))
            }
            _ => Err(StoreError::unavailable(error)),
        }
    }

    /// Lets a lease end earlier. Somebody else's is left alone.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn cut_lease(&self, key: &LinkKey, held_until: Timestamp, until: Timestamp) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.set(&[LEASE], micros::attribute(until));
        update.require(&[LEASE], micros::attribute(held_until));
        self.write_if(update, key).await.map(|_| ())
    }

    /// Replaces a grant by the same with new tokens, and ends the lease. `false` when the grant is not this one any more.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn save_tokens(&self, key: &LinkKey, grant: &Grant, renewed: &Grant) -> Result<bool, StoreError> {
        let mut update = Update::default();
        update.set(&["grant"], attribute(renewed)?);
        update.remove(&[LEASE]);
        require_same(&mut update, grant)?;
        self.write_if(update, key).await
    }
}

/// Only if the grant still has the code or refresh token that is about to be used. Sealed texts are never alike.
fn require_same(update: &mut Update, grant: &Grant) -> Result<(), StoreError> {
    for (name, sealed) in [("code", &grant.code), ("refresh_token", &grant.refresh_token)] {
        let sealed: Option<AttributeValue> = sealed.as_ref().map(attribute).transpose()?;
        update.require_unchanged(&["grant", name], sealed);
    }
    Ok(())
}
