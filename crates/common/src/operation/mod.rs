//! What platforms ask of us, without their words: identity, discovery, query, action, unlink.
//!
//! Each operation reads the caller's link in the same round trip as the data, so that a token from before an unlink is
//! refused without a further one.

mod action;

pub use action::{Answer, Done, Policy, Request, action};

use crate::model::{Device, DeviceId, Timestamp, UserId};
use crate::platform::Platform;
use crate::services::{Call, Services};
use crate::store::{Link, LinkKey, Record, StoreError, Touched};
use crate::telemetry;

/// Most devices in one request. No platform lets a user have as many; a body of the allowed size could name a hundred times
/// more, each of which would be read and answered.
pub const DEVICES_MAX: usize = 1000;

/// Who asks: a user through one link of one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The platform.
    pub platform: Platform,
    /// The vendor's user.
    pub user: UserId,
    /// The link: the user again for Yandex and Sber, the session for SmartThings.
    pub link_id: String,
    /// When the user signed in to get this token.
    pub signed_in: Timestamp,
}

impl Caller {
    /// The key of the caller's link.
    pub fn link_key(&self) -> LinkKey {
        LinkKey { platform: self.platform, user: self.user.clone(), link_id: self.link_id.clone() }
    }

    fn refuse_if_revoked(&self, link: Option<&Link>) -> Result<(), Failure> {
        match link {
            Some(link) if link.revokes(self.signed_in) => Err(Failure::Revoked),
            _ => Ok(()),
        }
    }
}

/// Why a whole request cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The accounts were unlinked after this token was issued.
    #[error("accounts were unlinked")]
    Revoked,
    /// More than [`DEVICES_MAX`] are asked for.
    #[error("too many devices")]
    TooMany,
    /// A fault of ours. Never answered with a shorter list, a deletion or a 401.
    #[error("store unavailable")]
    Unavailable,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "store failed");
        Failure::Unavailable
    }
}

/// Checks that the caller's link was not ended after the token was issued.
///
/// # Errors
/// [`Failure`]
pub async fn identify(services: &Services, caller: &Caller) -> Result<(), Failure> {
    let link = services.store.link(&caller.link_key()).await?;
    caller.refuse_if_revoked(link.as_ref())
}

/// Every device of the caller's user. Makes the link, if this is its first discovery.
///
/// # Errors
/// [`Failure`]; a list that could not be read whole is one.
pub async fn discovery(services: &Services, call: &Call, caller: &Caller) -> Result<Vec<Device>, Failure> {
    let key = caller.link_key();
    let (touched, devices) = tokio::join!(
        services.store.touch_link(&key, caller.signed_in, call.now),
        services.store.devices_of(&caller.user)
    );
    match touched? {
        Touched::Revoked => Err(Failure::Revoked),
        Touched::Active => {
            let devices = devices?;
            telemetry::devices(devices.len());
            Ok(devices)
        }
    }
}

/// The devices and the link of a caller whose link is made by a grant, not by discovery.
///
/// # Errors
/// [`Failure`]; a list that could not be read whole is one.
pub async fn discovery_of_granted(
    services: &Services,
    caller: &Caller,
) -> Result<(Vec<Device>, Option<Link>), Failure> {
    let key = caller.link_key();
    let (link, devices) = tokio::join!(services.store.link(&key), services.store.devices_of(&caller.user));
    let link = link?;
    caller.refuse_if_revoked(link.as_ref())?;
    Ok((devices?, link))
}

/// The caller's devices with these ids, in this order; `None` for what does not exist or belongs to somebody else.
///
/// # Errors
/// [`Failure`]
pub async fn query(services: &Services, caller: &Caller, ids: &[String]) -> Result<Vec<Option<Record>>, Failure> {
    telemetry::devices(ids.len());
    if ids.len() > DEVICES_MAX {
        return Err(Failure::TooMany);
    }
    let known: Vec<DeviceId> = ids.iter().filter_map(|id| DeviceId::new(id)).collect();
    let (records, link) = services.store.records(&known, Some(&caller.link_key())).await?;
    caller.refuse_if_revoked(link.as_ref())?;
    let mut records = records.into_iter();
    Ok(ids
        .iter()
        .map(|id| DeviceId::new(id).and_then(|_| records.next().flatten()))
        .map(|record| record.filter(|record| record.device.owner == caller.user))
        .collect())
}

/// Ends the caller's link. Doing it again changes nothing.
///
/// # Errors
/// [`Failure::Unavailable`]
pub async fn unlink(services: &Services, call: &Call, caller: &Caller) -> Result<(), Failure> {
    Ok(services.store.unlink(&caller.link_key(), call.now).await?)
}
