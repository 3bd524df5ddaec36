//! The link item.

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::item::{key_of, micros};
use super::keys::LinkKey;
use super::seal::Sealed;
use crate::model::Timestamp;
use crate::model::vocabulary::vocabulary;

vocabulary! {
    /// How a link is.
    LinkStatus {
        /// It works.
        Active = "active",
        /// The platform refuses our callbacks: it must be granted or linked again.
        Broken = "broken",
        /// The platform does not know the user: it waits for a discovery.
        UnknownUser = "unknown_user",
    }
}

/// A link as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Which one.
    pub key: LinkKey,
    /// How it is; `None` once it has ended, and what is left only refuses old tokens.
    pub status: Option<LinkStatus>,
    /// When it began.
    pub linked_at: Option<Timestamp>,
    /// When the platform last listed the devices.
    pub last_discovery: Option<Timestamp>,
    /// When a callback was last delivered.
    pub last_delivery: Option<Timestamp>,
    /// Why the last callback failed.
    pub last_error: Option<String>,
    /// When it was last ended. Stays when the user links again: older tokens remain refused.
    pub revoked_at: Option<Timestamp>,
    /// What SmartThings granted for callbacks.
    pub grant: Option<Grant>,
    /// When it granted that.
    pub granted_at: Option<Timestamp>,
    /// When somebody last asked that everything be told again.
    pub resync_at: Option<Timestamp>,
    /// When it was ended from our side, until the platform has been told; what tells it is kept as long.
    pub farewell: Option<Timestamp>,
}

/// Where and with what callbacks may be sent (SmartThings `grantCallbackAccess`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Address for states and discovery.
    pub state_callback: String,
    /// Address that gives and renews tokens.
    pub oauth_token: String,
    /// The one-time code, until it is exchanged for tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Sealed>,
    /// The token that callbacks carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Sealed>,
    /// The token that renews it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<Sealed>,
    /// When the access token ends.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "micros::option")]
    pub expires_at: Option<Timestamp>,
    /// When it is renewed, before that.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "micros::option")]
    pub renew_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct LinkItem {
    #[serde(default)]
    status: Option<LinkStatus>,
    #[serde(default, with = "micros::option")]
    linked_at: Option<Timestamp>,
    #[serde(default, with = "micros::option")]
    last_discovery: Option<Timestamp>,
    #[serde(default, with = "micros::option")]
    last_delivery: Option<Timestamp>,
    #[serde(default)]
    last_error: Option<String>,
    #[serde(default, with = "micros::option")]
    revoked_at: Option<Timestamp>,
    #[serde(default)]
    grant: Option<Grant>,
    #[serde(default, with = "micros::option")]
    granted_at: Option<Timestamp>,
    #[serde(default, with = "micros::option")]
    resync_at: Option<Timestamp>,
    #[serde(default, with = "micros::option")]
    farewell: Option<Timestamp>,
}

impl Link {
    /// Reads an item of the table or an image of its stream.
    ///
    /// # Errors
    /// `Corrupt`, when it is not a link.
    pub fn from_item(item: impl Into<serde_dynamo::Item>) -> Result<Self, StoreError> {
        let (key, item) = key_of(item)?;
        let link_key =
            LinkKey::parse(&key.pk, &key.sk).ok_or_else(|| StoreError::corrupt(&*key.pk, "is not a link's key"))?;
        let item: LinkItem = serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&*key.pk, error))?;
        Ok(Link {
            key: link_key,
            status: item.status,
            linked_at: item.linked_at,
            last_discovery: item.last_discovery,
            last_delivery: item.last_delivery,
            last_error: item.last_error,
            revoked_at: item.revoked_at,
            grant: item.grant,
            granted_at: item.granted_at,
            resync_at: item.resync_at,
            farewell: item.farewell,
        })
    }

    /// Whether a token that was signed in at this time is refused, because the link was ended since.
    pub fn revokes(&self, signed_in: Timestamp) -> bool {
        self.revoked_at.is_some_and(|revoked_at| signed_in <= revoked_at)
    }
}
