//! The device item: what is written to the table, and what is read from it and from its stream.

use std::collections::{BTreeMap, HashMap};
use std::str::FromStr;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::StoreError;
use super::keys::{Key, PK, SK};
use crate::model::{Device, Reported, State, Timestamp, Trait, TraitOptions, Value};
use crate::platform::Platform;

/// An item as the SDK has it.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// A device as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its document.
    pub device: Device,
    /// What is known of it.
    pub state: State,
    /// Counts the changes; every write is conditional on it.
    pub version: u64,
    /// Whose command caused the last change; `None` after a report.
    pub origin: Option<Origin>,
    /// The version that the last command of any platform made; `None` when there was none.
    pub commanded_version: Option<u64>,
}

/// Whose command caused a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The platform.
    pub platform: Platform,
    /// Which of the owner's links to it.
    pub link_id: String,
}

/// A [`Reported`] as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredValue {
    value: Value,
    #[serde(with = "micros")]
    reported_at: Timestamp,
}

impl From<Reported> for StoredValue {
    fn from(reported: Reported) -> Self {
        StoredValue { value: reported.value, reported_at: reported.at }
    }
}

impl From<StoredValue> for Reported {
    fn from(stored: StoredValue) -> Self {
        Reported { value: stored.value, at: stored.reported_at }
    }
}

/// What is read. Parts in which a newer version may know more words than this one are taken as JSON first.
#[derive(Deserialize)]
struct DeviceItem {
    desc: Json,
    #[serde(default)]
    state: BTreeMap<String, Json>,
    online: bool,
    #[serde(default, with = "micros::option")]
    online_at: Option<Timestamp>,
    #[serde(default)]
    events: BTreeMap<String, Vec<Json>>,
    version: u64,
    #[serde(default)]
    origin: Option<Json>,
    #[serde(default)]
    commanded_version: Option<u64>,
}

impl Record {
    /// Reads an item of the table (`HashMap` of the SDK) or an image of its stream (`aws_lambda_events`).
    ///
    /// What a newer version wrote and this one does not know, traits and words, is left out with a warning.
    ///
    /// # Errors
    /// `Corrupt`, when it is not a device.
    pub fn from_item(item: impl Into<serde_dynamo::Item>) -> Result<Self, StoreError> {
        let (key, item) = key_of(item)?;
        let item: DeviceItem = serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&*key.pk, error))?;
        let device = read_desc(item.desc).map_err(|error| StoreError::corrupt(&*key.pk, error))?;
        let id = &device.id;
        let mut state = State { online: item.online, online_at: item.online_at, ..State::default() };
        for (name, stored) in item.state {
            if let Some((trait_, stored)) = known::<StoredValue>(id.as_str(), &name, stored) {
                state.values.insert(trait_, stored.into());
            }
        }
        for (name, stored) in item.events {
            let known = stored.into_iter().filter_map(|event| known::<StoredValue>(id.as_str(), &name, event));
            for (trait_, event) in known {
                state.events.entry(trait_).or_default().push(event.into());
            }
        }
        let origin = item.origin.and_then(|origin| serde_json::from_value(origin).ok());
        Ok(Record { device, state, version: item.version, origin, commanded_version: item.commanded_version })
    }

    /// The item of a new device.
    pub(super) fn to_item(&self) -> Result<Attributes, StoreError> {
        let key = Key::device(&self.device.id);
        let mut item = key.map();
        let mut put = |name: &str, value: AttributeValue| item.insert(name.to_owned(), value);
        put("owner", attribute(&self.device.owner)?);
        put("desc", attribute(&self.device)?);
        let values: BTreeMap<Trait, StoredValue> = self.state.values.iter().map(|(t, r)| (*t, (*r).into())).collect();
        put("state", attribute(&values)?);
        put("online", attribute(&self.state.online)?);
        if let Some(at) = self.state.online_at {
            put("online_at", micros::attribute(at));
        }
        let mut events = HashMap::new();
        for (trait_, list) in &self.state.events {
            events.insert(trait_.to_string(), stored_events(list)?);
        }
        put("events", AttributeValue::M(events));
        put("version", attribute(&self.version)?);
        if let Some(origin) = &self.origin {
            put("origin", attribute(origin)?);
        }
        Ok(item)
    }
}

/// The device document of an item or of an entry of the index.
pub(super) fn device_of(item: Attributes) -> Result<Device, StoreError> {
    #[derive(Deserialize)]
    struct Entry {
        desc: Json,
    }
    let (key, item) = key_of(item)?;
    let entry: Entry = serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&*key.pk, error))?;
    read_desc(entry.desc).map_err(|error| StoreError::corrupt(&*key.pk, error))
}

/// Whether these are the keys of a device, for records of the stream.
pub fn is_device_key(keys: &serde_dynamo::Item) -> bool {
    key_of(keys.clone()).is_ok_and(|(key, _)| key.is_device())
}

/// Whether these are the keys of a link, for records of the stream.
pub fn is_link_key(keys: &serde_dynamo::Item) -> bool {
    key_of(keys.clone()).is_ok_and(|(key, _)| key.is_link())
}

/// The key of an item, and the item.
pub(super) fn key_of(item: impl Into<serde_dynamo::Item>) -> Result<(Key, serde_dynamo::Item), StoreError> {
    let item = item.into();
    let text = |name: &str| match item.get(name) {
        Some(serde_dynamo::AttributeValue::S(text)) => Some(text.clone()),
        _ => None,
    };
    match (text(PK), text(SK)) {
        (Some(pk), Some(sk)) => Ok((Key { pk: pk.into(), sk: sk.into() }, item)),
        _ => Err(StoreError::corrupt("without a key", "has no pk and sk")),
    }
}

fn read_desc(mut desc: Json) -> Result<Device, serde_json::Error> {
    let id = desc.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
    if let Some(traits) = desc.get_mut("traits").and_then(Json::as_object_mut) {
        traits.retain(|name, options| known::<TraitOptions>(&id, name, options.clone()).is_some());
    }
    Device::deserialize(desc)
}

/// A trait and something of it, unless a newer version wrote it.
fn known<T: DeserializeOwned>(device: &str, name: &str, json: Json) -> Option<(Trait, T)> {
    let known = Trait::from_str(name).ok().zip(serde_json::from_value(json).ok());
    if known.is_none() {
        tracing::warn!(device.id = device, r#trait = name, "stored trait is not known to this version");
    }
    known
}

/// One value of a trait as it is stored.
pub(super) fn stored_value(reported: Reported) -> Result<AttributeValue, StoreError> {
    attribute(&StoredValue::from(reported))
}

/// The occurrences of an event trait as they are stored.
pub(super) fn stored_events(events: &[Reported]) -> Result<AttributeValue, StoreError> {
    events.iter().map(|event| stored_value(*event)).collect::<Result<_, _>>().map(AttributeValue::L)
}

/// Anything that can be serialized as an attribute.
pub(super) fn attribute<T: Serialize + ?Sized>(value: &T) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(value).map_err(|error| StoreError::corrupt("to be written", error))
}

/// Times as numbers of microseconds, for `#[serde(with)]`.
pub(super) mod micros {
    use aws_sdk_dynamodb::types::AttributeValue;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::model::Timestamp;

    pub(in super::super) fn attribute(at: Timestamp) -> AttributeValue {
        AttributeValue::N(at.micros().to_string())
    }
    #[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.micros())
    }
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_micros)
    }

    /// The same for a time that may be absent.
    pub(in super::super) mod option {
        use super::{Deserialize, Deserializer, Serializer, Timestamp};

        pub(in super::super::super) fn serialize<S: Serializer>(
            at: &Option<Timestamp>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => serializer.serialize_some(&at.micros()),
                None => serializer.serialize_none(),
            }
        }
        pub(in super::super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_micros))
        }
    }
}
