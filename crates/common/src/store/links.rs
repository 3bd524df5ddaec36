//! Links and their ends.

use aws_sdk_dynamodb::types::AttributeValue;

use super::item::{attribute, micros};
use super::keys::{self, Key, LINK_PREFIX, LinkKey, PK, SK};
use super::lease::remove_lease;
use super::update::Update;
use super::{Grant, Link, LinkStatus, Store, StoreError};
use crate::model::{Timestamp, UserId};

/// What became of a link that a platform used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It is active.
    Active,
    /// It was ended after the token was signed in: nothing was changed, the token must be refused.
    Revoked,
}

impl Store {
    /// The links of a user, ordered by platform; ended ones are left out.
    ///
    /// # Errors
    /// When the list could not be read whole.
    pub async fn links(&self, user: &UserId) -> Result<Vec<Link>, StoreError> {
        let mut links = Vec::new();
        let mut start = None;
        loop {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .key_condition_expression("#pk = :pk AND begins_with(#sk, :sk)")
                .expression_attribute_names("#pk", PK)
                .expression_attribute_names("#sk", SK)
                .expression_attribute_values(":pk", AttributeValue::S(keys::user(user)))
                .expression_attribute_values(":sk", AttributeValue::S(LINK_PREFIX.to_owned()))
                .consistent_read(true)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(StoreError::unavailable)?;
            for item in answer.items.unwrap_or_default() {
                links.push(Link::from_item(item)?);
            }
            match answer.last_evaluated_key.filter(|key| !key.is_empty()) {
                None => break,
                Some(next) => start = Some(next),
            }
        }
        links.retain(|link| link.status.is_some());
        Ok(links)
    }

    /// One link, an ended one as well.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn link(&self, key: &LinkKey) -> Result<Option<Link>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(Key::link(key).map()));
        let answer = request.consistent_read(true).send().await.map_err(StoreError::unavailable)?;
        answer.item.map(Link::from_item).transpose()
    }

    /// Notes that a platform listed the devices with a token signed in at `signed_in`: begins the link or keeps it active.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn touch_link(&self, key: &LinkKey, signed_in: Timestamp, now: Timestamp) -> Result<Touched, StoreError> {
        let mut update = Update::default();
        update.set(&["last_discovery"], micros::attribute(now));
        self.activate(key, update, signed_in, now).await
    }

    /// Stores what SmartThings granted, and begins the link or makes it active again.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn save_grant(
        &self,
        key: &LinkKey,
        grant: &Grant,
        signed_in: Timestamp,
        now: Timestamp,
    ) -> Result<Touched, StoreError> {
        let mut update = Update::default();
        update.set(&["grant"], attribute(grant)?);
        update.set(&["granted_at"], micros::attribute(now));
        // Whoever renews the tokens of an older grant has nothing to do with this one.
        remove_lease(&mut update);
        self.activate(key, update, signed_in, now).await
    }

    async fn activate(
        &self,
        key: &LinkKey,
        mut update: Update,
        signed_in: Timestamp,
        now: Timestamp,
    ) -> Result<Touched, StoreError> {
        update.set(&["status"], attribute(&LinkStatus::Active)?);
        update.set_if_absent("linked_at", micros::attribute(now));
        update.remove(&["farewell"]);
        update.require_less("revoked_at", micros::attribute(signed_in));
        let active = self.write_if(update, key).await?;
        Ok(if active { Touched::Active } else { Touched::Revoked })
    }

    /// Asks that everything be told to this link again: whoever reads the table's stream does so.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn ask_resync(&self, key: &LinkKey, now: Timestamp) -> Result<(), StoreError> {
        let mut update = Update::default();
        update.set(&["resync_at"], micros::attribute(now));
        update.require_present("status");
        self.write_if(update, key).await.map(|_| ())
    }

    /// Ends a link, existing or not. What is left of it refuses the tokens signed in until `now`.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn unlink(&self, key: &LinkKey, now: Timestamp) -> Result<(), StoreError> {
        self.end(key, None, now).await.map(|_| ())
    }

    /// Ends a link for a token signed in at `signed_in`. One that is refused itself ends nothing: the user may have linked again
    /// since, and a platform may repeat its unlink.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn unlink_by(&self, key: &LinkKey, signed_in: Timestamp, now: Timestamp) -> Result<Touched, StoreError> {
        self.end(key, Some(signed_in), now).await
    }

    async fn end(&self, key: &LinkKey, signed_in: Option<Timestamp>, now: Timestamp) -> Result<Touched, StoreError> {
        let mut update = ended(now);
        if let Some(signed_in) = signed_in {
            update.require_less("revoked_at", micros::attribute(signed_in));
        }
        for name in ["grant", "granted_at", "farewell"] {
            update.remove(&[name]);
        }
        let done = self.write_if(update, key).await?;
        Ok(if done { Touched::Active } else { Touched::Revoked })
    }

    /// Ends a link from our side. What the platform has to be told with stays until [`Store::forget`].
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn dismiss(&self, key: &LinkKey, now: Timestamp) -> Result<(), StoreError> {
        let mut update = ended(now);
        update.set(&["farewell"], micros::attribute(now));
        update.require_present("status");
        self.write_if(update, key).await.map(|_| ())
    }

    /// Notes that the platform knows of the end of this link.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn forget(&self, link: &Link) -> Result<(), StoreError> {
        let mut update = Update::default();
        for name in ["grant", "granted_at", "farewell"] {
            update.remove(&[name]);
        }
        remove_lease(&mut update);
        update.require_unchanged(&["farewell"], link.farewell.map(micros::attribute));
        self.write_if(update, &link.key).await.map(|_| ())
    }

    /// Sends an update of a link. `false` when its condition does not hold.
    pub(super) async fn write_if(&self, update: Update, key: &LinkKey) -> Result<bool, StoreError> {
        // Boxed, because the compiler follows futures inside futures only to some depth.
        match Box::pin(update.request(self, &Key::link(key)).send()).await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Ok(false)
            }
            Err(error) => Err(StoreError::unavailable(error)),
        }
    }
}

fn ended(now: Timestamp) -> Update {
    let mut update = Update::default();
    update.set(&["revoked_at"], micros::attribute(now));
    for name in ["status", "linked_at", "last_discovery", "last_delivery", "last_error", "resync_at"] {
        update.remove(&[name]);
    }
    remove_lease(&mut update);
    update
}
