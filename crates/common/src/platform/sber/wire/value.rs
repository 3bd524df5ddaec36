//! States and their typed values.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;

use super::or_default;
use crate::model::Number;
use crate::object::object;

/// The states of one device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct States {
    /// One per function.
    #[serde(deserialize_with = "objects")]
    pub states: Vec<State>,
}

/// A function and its value: <https://developers.sber.ru/docs/ru/smarthome/c2c/state>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The function.
    pub key: String,
    /// Its value.
    pub value: Value,
}

/// A typed value: <https://developers.sber.ru/docs/ru/smarthome/c2c/value>.
///
/// In: a value without its member is 0, `false` or `""`, because the cloud leaves defaults out; a member of another type
/// is an error.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum Value {
    /// `BOOL`.
    #[serde(rename = "BOOL")]
    Bool {
        /// The value.
        bool_value: bool,
    },
    /// `INTEGER`.
    #[serde(rename = "INTEGER")]
    Integer {
        /// The value.
        integer_value: Integer,
    },
    /// `FLOAT`.
    #[serde(rename = "FLOAT")]
    Float {
        /// The value.
        float_value: Number,
    },
    /// `STRING`; no function has it.
    #[serde(rename = "STRING")]
    String {
        /// The value.
        string_value: String,
    },
    /// `ENUM`.
    #[serde(rename = "ENUM")]
    Enum {
        /// The value.
        enum_value: String,
    },
    /// `COLOUR`.
    #[serde(rename = "COLOUR")]
    Colour {
        /// The value.
        colour_value: Colour,
    },
}

impl From<bool> for Value {
    fn from(bool_value: bool) -> Self {
        Value::Bool { bool_value }
    }
}
impl From<i64> for Value {
    fn from(whole: i64) -> Self {
        Value::Integer { integer_value: Integer(whole) }
    }
}
impl From<Number> for Value {
    fn from(float_value: Number) -> Self {
        Value::Float { float_value }
    }
}
impl From<&str> for Value {
    fn from(word: &str) -> Self {
        Value::Enum { enum_value: word.to_owned() }
    }
}
impl From<Colour> for Value {
    fn from(colour_value: Colour) -> Self {
        Value::Colour { colour_value }
    }
}

/// A color as hue, saturation, value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour {
    /// Hue, 0-360 degrees.
    #[serde(default, deserialize_with = "whole")]
    pub h: i64,
    /// Saturation, 0-1000 ‰.
    #[serde(default, deserialize_with = "whole")]
    pub s: i64,
    /// Value, 100-1000 ‰.
    #[serde(default, deserialize_with = "whole")]
    pub v: i64,
}

/// A whole number that is a decimal text in JSON; read from a JSON number too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Integer(pub i64);

impl Serialize for Integer {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let whole = match Json::deserialize(deserializer)? {
            Json::String(text) => text.parse().ok(),
            Json::Number(number) => Number::from_json(&number).filter(|number| number.is_integer()).map(Number::round),
            _ => None,
        };
        whole.map(Integer).ok_or_else(|| serde::de::Error::custom("not a whole number"))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            #[serde(rename = "type")]
            kind: String,
            bool_value: Option<bool>,
            integer_value: Option<Integer>,
            float_value: Option<Number>,
            string_value: Option<String>,
            enum_value: Option<String>,
            #[serde(default, deserialize_with = "colour")]
            colour_value: Option<Colour>,
        }
        let mut members: Members = object(deserializer)?;
        let value = match members.kind.as_str() {
            "BOOL" => Value::Bool { bool_value: members.bool_value.take().unwrap_or_default() },
            "INTEGER" => Value::Integer { integer_value: members.integer_value.take().unwrap_or_default() },
            "FLOAT" => Value::Float { float_value: members.float_value.take().unwrap_or(Number::ZERO) },
            "STRING" => Value::String { string_value: members.string_value.take().unwrap_or_default() },
            "ENUM" => Value::Enum { enum_value: members.enum_value.take().unwrap_or_default() },
            "COLOUR" => Value::Colour { colour_value: members.colour_value.take().unwrap_or_default() },
            other => return Err(serde::de::Error::unknown_variant(other, TYPES)),
        };
        let foreign = members.bool_value.is_some()
            || members.integer_value.is_some()
            || members.float_value.is_some()
            || members.string_value.is_some()
            || members.enum_value.is_some()
            || members.colour_value.is_some();
        if foreign { Err(serde::de::Error::custom("a member of another type")) } else { Ok(value) }
    }
}

const TYPES: &[&str] = &["BOOL", "INTEGER", "FLOAT", "STRING", "ENUM", "COLOUR"];

fn objects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<State>, D::Error> {
    let items = Vec::<Json>::deserialize(deserializer)?;
    items.into_iter().map(object).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
}

fn colour<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Colour>, D::Error> {
    Option::<Json>::deserialize(deserializer)?.map(object).transpose().map_err(serde::de::Error::custom)
}

fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    or_default(deserializer).map(|Integer(whole)| whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::CommandRequest;
    use super::*;

    fn value(json: Json) -> Option<Value> {
        serde_json::from_value(json).ok()
    }

    #[test]
    fn a_missing_member_is_the_default() {
        assert_eq!(value(json!({"type": "INTEGER"})), Some(0.into()));
        assert_eq!(value(json!({"type": "BOOL", "bool_value": null})), Some(false.into()));
        assert_eq!(value(json!({"type": "ENUM"})), Some("".into()));
        let colour = Colour { h: 0, s: 1000, v: 0 };
        assert_eq!(value(json!({"type": "COLOUR", "colour_value": {"s": 1000, "v": null}})), Some(colour.into()));
    }

    #[test]
    fn integers_are_texts_or_numbers() {
        for json in [json!("-55"), json!(-55), json!(-55.0)] {
            assert_eq!(value(json!({"type": "INTEGER", "integer_value": json})), Some((-55).into()));
        }
        for json in [json!("many"), json!(""), json!("1.5"), json!(1.5), json!(true), json!("99999999999999999999")] {
            assert_eq!(value(json!({"type": "INTEGER", "integer_value": json})), None);
        }
        assert_eq!(serde_json::to_value(Value::from(0)).unwrap(), json!({"type": "INTEGER", "integer_value": "0"}));
    }

    #[test]
    fn a_member_of_another_type_is_an_error() {
        assert_eq!(value(json!({"type": "BOOL", "integer_value": "1"})), None);
        assert_eq!(value(json!({"type": "BOOL", "bool_value": true, "enum_value": "x"})), None);
        assert_eq!(value(json!({"type": "BOOL", "bool_value": 1})), None);
        assert_eq!(value(json!({"type": "JSON"})), None);
        assert_eq!(value(json!({"bool_value": true})), None);
        assert_eq!(value(json!({"type": "BOOL", "bool_value": true, "extra": [1]})), Some(true.into()));
        assert_eq!(value(json!(["BOOL", true])), None);
        assert_eq!(value(json!({"type": "COLOUR", "colour_value": [1, 2, 3]})), None);
    }

    #[test]
    fn one_unreadable_device_leaves_the_others() {
        let request: CommandRequest = serde_json::from_value(json!({"devices": {
            "a": {"states": [{"key": "on_off", "value": {"type": "BOOL"}}]},
            "b": {"states": [{"key": "on_off"}]},
            "c": null,
            "d": [[]],
            "e": {"states": [["on_off", {"type": "BOOL"}]]}
        }}))
        .unwrap();
        assert!(request.devices["a"].is_some());
        assert!(["b", "c", "d", "e"].iter().all(|id| request.devices[*id].is_none()));
    }
}
