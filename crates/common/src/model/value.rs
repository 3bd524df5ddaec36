//! Values of traits.

use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Number, Word};

/// Hue in whole degrees 0-359 and saturation in whole percent 0-100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Color {
    hue: u16,
    saturation: u8,
}

impl Color {
    /// A color; `None` when hue is above 360 or saturation above 100. Hue 360 is 0.
    pub fn new(hue: i64, saturation: i64) -> Option<Self> {
        if !(0..=360).contains(&hue) || !(0..=100).contains(&saturation) {
            return None;
        }
        Some(Color { hue: u16::try_from(hue % 360).ok()?, saturation: u8::try_from(saturation).ok()? })
    }

    /// Degrees, 0-359.
    pub fn hue(self) -> u16 {
        self.hue
    }

    /// Percent, 0-100.
    pub fn saturation(self) -> u8 {
        self.saturation
    }
}

/// A value of a trait. In JSON a boolean, a number, a word or `{"hue","saturation"}`; the trait says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Of a bool trait.
    Bool(bool),
    /// Of a number trait, in its fixed unit.
    Number(Number),
    /// Of an enumerated trait.
    Word(Word),
    /// Of the color trait.
    Color(Color),
}

impl Value {
    /// The boolean, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Value::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The number, if it is one.
    pub fn as_number(self) -> Option<Number> {
        match self {
            Value::Number(value) => Some(value),
            _ => None,
        }
    }

    /// The word, if it is one.
    pub fn as_word(self) -> Option<Word> {
        match self {
            Value::Word(value) => Some(value),
            _ => None,
        }
    }

    /// The color, if it is one.
    pub fn as_color(self) -> Option<Color> {
        match self {
            Value::Color(value) => Some(value),
            _ => None,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Value::Number(value)
    }
}
impl From<Word> for Value {
    fn from(value: Word) -> Self {
        Value::Word(value)
    }
}
impl From<Color> for Value {
    fn from(value: Color) -> Self {
        Value::Color(value)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(value) => value.serialize(serializer),
            Value::Word(value) => value.serialize(serializer),
            Value::Color(value) => value.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;

        impl<'de> Visitor<'de> for AnyValue {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean, a number, a word or {\"hue\", \"saturation\"}")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
                let number = serde_json::Number::from(value);
                Number::from_json(&number).map(Value::Number).ok_or_else(|| E::custom("number too large"))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
                let number = serde_json::Number::from(value);
                Number::from_json(&number).map(Value::Number).ok_or_else(|| E::custom("number too large"))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
                let number = serde_json::Number::from_f64(value).as_ref().and_then(Number::from_json);
                number.map(Value::Number).ok_or_else(|| E::custom("number too large"))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
                value.parse().map(Value::Word).map_err(|_| E::custom("unknown word"))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                let (mut hue, mut saturation) = (None, None);
                while let Some((key, value)) = map.next_entry::<String, Number>()? {
                    let value = if value.is_integer() { Some(value.round()) } else { None };
                    let value = value.ok_or_else(|| de::Error::custom("hue and saturation are whole numbers"))?;
                    match key.as_str() {
                        "hue" => hue = Some(value),
                        "saturation" => saturation = Some(value),
                        _ => return Err(de::Error::unknown_field(&key, &["hue", "saturation"])),
                    }
                }
                let hue = hue.ok_or_else(|| de::Error::missing_field("hue"))?;
                let saturation = saturation.ok_or_else(|| de::Error::missing_field("saturation"))?;
                Color::new(hue, saturation).map(Value::Color).ok_or_else(|| de::Error::custom("color out of range"))
            }
        }

        deserializer.deserialize_any(AnyValue)
    }
}
