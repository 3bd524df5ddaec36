//! Objects of JSON, and nothing else in their place.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

/// Reads an object. serde would take an array for a struct as well, member by member: a message of no protocol, but obeyed.
pub(crate) fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let json = Json::deserialize(deserializer)?;
    if json.is_object() {
        T::deserialize(json).map_err(D::Error::custom)
    } else {
        Err(D::Error::custom("not an object"))
    }
}

/// Reads a body that is an object; `None` if it is not JSON, another value, or lacks what `T` needs.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let json: Json = serde_json::from_slice(body).ok()?;
    object(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Lamp {
        id: String,
        #[serde(default)]
        on: bool,
    }

    #[test]
    fn an_array_is_no_object() {
        let lamp = |body: &[u8]| read::<Lamp>(body);
        assert_eq!(lamp(br#"{"id": "a", "on": true, "more": [1]}"#), Some(Lamp { id: "a".to_owned(), on: true }));
        assert_eq!(lamp(br#"{"id": "a", "id": "b"}"#), Some(Lamp { id: "b".to_owned(), on: false }), "the last counts");
        for body in [&br#"["a", true]"#[..], b"null", b"{}", b"{} {}", b"", b"{\"id\": \"\xff\"}"] {
            assert_eq!(lamp(body), None);
        }
    }
}
