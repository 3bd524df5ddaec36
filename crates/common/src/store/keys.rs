//! The keys of the items; no other place builds or takes apart a key.

use std::borrow::Cow;
use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::model::{DeviceId, UserId};
use crate::platform::Platform;

const DEVICE: &str = "DEVICE";
const DEVICE_PREFIX: &str = "DEVICE#";
const USER_PREFIX: &str = "USER#";
/// What the sort key of every link starts with.
pub(super) const LINK_PREFIX: &str = "LINK#";

/// Partition key.
pub(super) const PK: &str = "pk";
/// Sort key.
pub(super) const SK: &str = "sk";

/// The key of an item.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) pk: Cow<'static, str>,
    pub(super) sk: Cow<'static, str>,
}

/// A key that no item has.
pub(super) const WARM_UP: Key = Key { pk: Cow::Borrowed("WARM_UP"), sk: Cow::Borrowed("WARM_UP") };

impl Key {
    pub(super) fn device(id: &DeviceId) -> Self {
        Key { pk: format!("{DEVICE_PREFIX}{id}").into(), sk: DEVICE.into() }
    }

    pub(super) fn link(key: &LinkKey) -> Self {
        let sk = format!("{LINK_PREFIX}{}#{}", key.platform, key.link_id);
        Key { pk: user(&key.user).into(), sk: sk.into() }
    }

    pub(super) fn is_device(&self) -> bool {
        self.sk == DEVICE
    }

    pub(super) fn is_link(&self) -> bool {
        LinkKey::parse(&self.pk, &self.sk).is_some()
    }

    /// The key as the SDK takes it.
    pub(super) fn map(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone().into_owned())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone().into_owned())),
        ])
    }
}

/// The partition that holds what belongs to a user.
pub(super) fn user(user: &UserId) -> String {
    format!("{USER_PREFIX}{user}")
}

/// Which link: a user's (for SmartThings an installation's) connection to a platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkKey {
    /// The platform.
    pub platform: Platform,
    /// The user.
    pub user: UserId,
    /// Which of the user's links to that platform.
    pub link_id: String,
}

impl LinkKey {
    /// From the keys of an item; `None` if they are not a link's. A link id may contain `#`.
    pub(super) fn parse(pk: &str, sk: &str) -> Option<Self> {
        let user = UserId::new(pk.strip_prefix(USER_PREFIX)?)?;
        let (platform, link_id) = sk.strip_prefix(LINK_PREFIX)?.split_once('#')?;
        Some(LinkKey { platform: platform.parse().ok()?, user, link_id: link_id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_key_survives_the_table_with_any_characters() {
        let key = LinkKey {
            platform: Platform::SmartThings,
            user: UserId::new("LINK#yandex#Ж").unwrap(),
            link_id: "a#b/c".to_owned(),
        };
        let stored = Key::link(&key);
        assert_eq!(LinkKey::parse(&stored.pk, &stored.sk), Some(key));
    }

    #[test]
    fn a_device_key_is_no_link() {
        let stored = Key::device(&DeviceId::new("lamp-1").unwrap());
        assert!(stored.is_device() && !stored.is_link());
        assert_eq!(LinkKey::parse(&stored.pk, &stored.sk), None);
    }
}
