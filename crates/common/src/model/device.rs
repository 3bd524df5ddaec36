//! The device document: what a device is and which traits it has.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{DeviceType, Kind, Number, Trait, Value, Word};

/// The vendor's id of a device, unique in the deployment: 1-128 of `[A-Za-z0-9_.:-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeviceId(String);

impl DeviceId {
    /// An id, if the text can be one.
    pub fn new(text: &str) -> Option<Self> {
        let valid = (1..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-'));
        valid.then(|| DeviceId(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The vendor's own user id (JWT `sub`): 1-128 printable characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// An id, if the text can be one.
    pub fn new(text: &str) -> Option<Self> {
        let valid = (1..=128).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        valid.then(|| UserId(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a vendor registers: `PUT /v1/devices/{id}`. Built by [`Device::parse`], which validates it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// The device's id.
    pub id: DeviceId,
    /// The user whose device it is.
    pub owner: UserId,
    /// What it is.
    #[serde(rename = "type")]
    pub device_type: DeviceType,
    /// The user's name for it.
    pub name: String,
    /// The room it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// The home it is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// The device it is a part of or reached through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<DeviceId>,
    /// Who makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// The maker's model name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Version of the hardware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hw_version: Option<String>,
    /// Version of the firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sw_version: Option<String>,
    /// Its traits with their options; at least one.
    pub traits: BTreeMap<Trait, TraitOptions>,
    /// What is different on single platforms.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub overrides: Overrides,
}

/// Which color model Yandex is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColorModel {
    /// Hue, saturation, value.
    #[default]
    Hsv,
    /// Red, green, blue.
    Rgb,
}

/// The options of one trait of one device; absent ones have the trait's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TraitOptions {
    /// Least value, in the trait's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Number>,
    /// Greatest value, in the trait's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Number>,
    /// The grid, counted from `min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<Number>,
    /// The words it knows, in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Word>>,
    /// Whether a query can ask for it (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retrievable: Option<bool>,
    /// Whether its changes are sent (default true).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reportable: Option<bool>,
    /// Whether no state is known, as with infrared (default false).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command_only: Option<bool>,
    /// `on_off`, Yandex: separate commands for on and off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<bool>,
    /// `open_state`: it can be stopped on its way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop: Option<bool>,
    /// `color`, Yandex: which color model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub color_model: Option<ColorModel>,
}

impl TraitOptions {
    /// No state is known or kept.
    pub fn command_only(&self) -> bool {
        self.command_only.unwrap_or(false)
    }
    /// A query can ask for it.
    pub fn retrievable(&self) -> bool {
        !self.command_only() && self.retrievable.unwrap_or(true)
    }
    /// Its changes are sent.
    pub fn reportable(&self) -> bool {
        !self.command_only() && self.reportable.unwrap_or(true)
    }
}

/// What is different for single platforms.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Overrides {
    /// For Yandex.
    #[serde(skip_serializing_if = "is_default")]
    pub yandex: YandexOverrides,
    /// For Sber.
    #[serde(skip_serializing_if = "is_default")]
    pub sber: SberOverrides,
    /// For SmartThings.
    #[serde(skip_serializing_if = "is_default")]
    pub smartthings: SmartThingsOverrides,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Overrides {
    fn is_empty(&self) -> bool {
        is_default(self)
    }
}

/// Overrides for Yandex.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct YandexOverrides {
    /// `false`: not offered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The whole wire name of the type, `devices.types.…`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub device_type: Option<String>,
}

/// Overrides for Sber.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SberOverrides {
    /// `false`: not offered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The category.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The id of the model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_id: Option<String>,
}

/// Overrides for SmartThings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SmartThingsOverrides {
    /// `false`: not offered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// A built-in `c2c-…` type or the UUID of a device profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_handler_type: Option<String>,
    /// The capabilities that profile has, without `st.`; absent = all that the traits map to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<Vec<String>>,
}

/// The range and grid of a number trait on one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// Least value.
    pub min: Option<Number>,
    /// Greatest value.
    pub max: Option<Number>,
    /// Grid, counted from `min` (from zero without one).
    pub step: Option<Number>,
}

impl Range {
    /// Whether a number is inside.
    pub fn contains(self, number: Number) -> bool {
        self.min.is_none_or(|min| number >= min) && self.max.is_none_or(|max| number <= max)
    }

    /// The nearest number inside.
    pub fn clamp(self, number: Number) -> Number {
        let number = self.min.map_or(number, |min| number.max(min));
        self.max.map_or(number, |max| number.min(max))
    }

    /// The nearest point of the grid, half away from zero, never above `max`.
    pub fn snap(self, number: Number) -> Number {
        let Some(step) = self.step.filter(|step| *step > Number::ZERO) else { return number };
        let origin = self.min.unwrap_or(Number::ZERO);
        let Some(steps) = number.minus(origin).divided_by(step) else { return number };
        let floor = Number::new(steps.decimal().floor()).unwrap_or(steps);
        let point = |steps: Number| steps.times(step).map_or(number, |offset| origin.plus(offset));
        let (below, above) = (point(floor), point(floor.plus(Number::ONE)));
        let up = match number.minus(below).cmp(&above.minus(number)) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => above.decimal().abs() > below.decimal().abs(),
        };
        if up && self.max.is_none_or(|max| above <= max) { above } else { below }
    }
}

/// Why a value is not one that the device may have. The text says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadValue(pub String);

impl Device {
    /// The options of a trait, if the device has it.
    pub fn options(&self, trait_: Trait) -> Option<&TraitOptions> {
        self.traits.get(&trait_)
    }

    /// Whether the device has a trait.
    pub fn has(&self, trait_: Trait) -> bool {
        self.traits.contains_key(&trait_)
    }

    /// Whether a value of this trait is kept for this device (`color_mode` follows from the color traits).
    pub fn keeps(&self, trait_: Trait) -> bool {
        match trait_ {
            Trait::ColorMode => !self.color_modes().is_empty(),
            _ => trait_.keeps_state() && self.options(trait_).is_some_and(|options| !options.command_only()),
        }
    }

    /// The words of `color_mode` that the device can be in, empty for a device without color traits.
    pub fn color_modes(&self) -> Vec<Word> {
        let declared = self.words(Trait::ColorMode);
        [(Trait::Color, Word::Color), (Trait::ColorTemperature, Word::Temperature), (Trait::ColorScene, Word::Scene)]
            .into_iter()
            .filter(|(trait_, _)| self.options(*trait_).is_some_and(|options| !options.command_only()))
            .map(|(_, word)| word)
            .filter(|word| declared.contains(word))
            .collect()
    }

    /// The range of a number trait: what is declared, else the trait's default. `None` for other kinds.
    pub fn range(&self, trait_: Trait) -> Option<Range> {
        let Kind::Number(kind) = trait_.spec().kind else { return None };
        let options = self.options(trait_);
        let declared = |pick: fn(&TraitOptions) -> Option<Number>, default: Option<i32>| {
            options.and_then(pick).or(default.map(Number::from))
        };
        Some(Range {
            min: declared(|o| o.min, kind.min),
            max: declared(|o| o.max, kind.max),
            step: declared(|o| o.step, kind.step),
        })
    }

    /// The words of an enumerated or event trait: what is declared, else all. Empty for other kinds.
    pub fn words(&self, trait_: Trait) -> &[Word] {
        let all = match trait_.spec().kind {
            Kind::Enum { states, .. } | Kind::Event(states) => states,
            Kind::Bool | Kind::Number(_) | Kind::Color | Kind::Stream => &[],
        };
        self.options(trait_).and_then(|options| options.values.as_deref()).unwrap_or(all)
    }

    /// The words a command of an enumerated trait may be.
    pub fn command_words(&self, trait_: Trait) -> Vec<Word> {
        match trait_.spec().kind {
            Kind::Enum { states, commands } if states == commands => self.words(trait_).to_vec(),
            Kind::Enum { commands, .. } => {
                let can_stop = trait_ != Trait::OpenState || self.can_stop();
                commands.iter().copied().filter(|word| can_stop || *word != Word::Stop).collect()
            }
            Kind::Bool | Kind::Number(_) | Kind::Color | Kind::Event(_) | Kind::Stream => Vec::new(),
        }
    }

    /// Whether the cover can be stopped on its way.
    pub fn can_stop(&self) -> bool {
        self.options(Trait::OpenState).is_some_and(|options| options.stop.unwrap_or(false))
    }

    /// Whether a state or event value is one that this device may have.
    ///
    /// # Errors
    /// Says what would be right.
    pub fn check(&self, trait_: Trait, value: Value) -> Result<(), BadValue> {
        let right = match (trait_.spec().kind, value) {
            (Kind::Bool, Value::Bool(_)) | (Kind::Color, Value::Color(_)) => true,
            (Kind::Number(kind), Value::Number(number)) => {
                let range = self.range(trait_).ok_or_else(|| BadValue("has no range".to_owned()))?;
                if !range.contains(number) {
                    return Err(BadValue(format!("must be {}, is {number}", describe_range(range, kind.unit))));
                }
                true
            }
            (Kind::Enum { .. } | Kind::Event(_), Value::Word(word)) => {
                let words = if trait_ == Trait::ColorMode { self.color_modes() } else { self.words(trait_).to_vec() };
                if !words.contains(&word) {
                    return Err(BadValue(format!("must be one of {}, is {word}", list(&words))));
                }
                true
            }
            _ => false,
        };
        if right { Ok(()) } else { Err(BadValue(format!("must be {}", trait_.expected()))) }
    }
}

/// `at least 0 %`, `from 0 to 100 %`, …
pub(super) fn describe_range(range: Range, unit: &str) -> String {
    let text = match (range.min, range.max) {
        (Some(min), Some(max)) => format!("from {min} to {max} {unit}"),
        (Some(min), None) => format!("at least {min} {unit}"),
        (None, Some(max)) => format!("at most {max} {unit}"),
        (None, None) => format!("a number {unit}"),
    };
    text.trim_end().to_owned()
}

/// The words, separated by commas.
pub(super) fn list(words: &[Word]) -> String {
    words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", ")
}

impl Trait {
    /// What kind of JSON value is right for it, for messages.
    pub(super) fn expected(self) -> &'static str {
        match self.spec().kind {
            Kind::Bool => "true or false",
            Kind::Number(_) => "a number",
            Kind::Enum { .. } | Kind::Event(_) => "a word of its vocabulary",
            Kind::Color => "an object {\"hue\": 0-360, \"saturation\": 0-100} of whole numbers",
            Kind::Stream => "absent: a stream has no state",
        }
    }

    /// Reads a JSON value as a value of this trait's kind. Ranges and declared words are not looked at.
    ///
    /// # Errors
    /// Says what would be right.
    pub fn read(self, json: &serde_json::Value) -> Result<Value, BadValue> {
        let value = match (self.spec().kind, json) {
            (Kind::Bool, serde_json::Value::Bool(flag)) => Some(Value::Bool(*flag)),
            (Kind::Number(_), serde_json::Value::Number(number)) => Number::from_json(number).map(Value::Number),
            (Kind::Enum { .. } | Kind::Event(_), serde_json::Value::String(text)) => text.parse().ok().map(Value::Word),
            (Kind::Color, serde_json::Value::Object(_)) => {
                Value::deserialize(json).ok().filter(|value| value.as_color().is_some())
            }
            _ => None,
        };
        value.ok_or_else(|| match self.spec().kind {
            Kind::Enum { states, .. } | Kind::Event(states) => BadValue(format!("must be one of {}", list(states))),
            _ => BadValue(format!("must be {}", self.expected())),
        })
    }
}
