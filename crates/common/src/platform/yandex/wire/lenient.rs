//! Reading what may be of the wrong type.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use crate::object;

/// A text; empty if it is something else.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Json::deserialize(deserializer)? {
        Json::String(text) => text,
        _ => String::new(),
    })
}

/// A list, or `None` if it is something else. Items that are null or not objects are left out.
pub(super) fn list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    Ok(match Json::deserialize(deserializer)? {
        Json::Array(items) => Some(items.into_iter().filter_map(|item| object::object(item).ok()).collect()),
        _ => None,
    })
}

/// An object; its default if it is something else.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    Ok(object::object(Json::deserialize(deserializer)?).unwrap_or_default())
}
