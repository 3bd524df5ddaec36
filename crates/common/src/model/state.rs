//! What is known of a device.

use std::collections::BTreeMap;

use super::{Color, Device, Number, Timestamp, Trait, Value, Word};

/// A value and when it was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reported {
    /// The value.
    pub value: Value,
    /// When the vendor says it became so; the arrival time if the vendor said nothing.
    pub at: Timestamp,
}

/// What is known of a device: reachability, the last value of each trait, and its latest events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether it can be reached; true until reported otherwise.
    pub online: bool,
    /// When `online` was reported.
    pub online_at: Option<Timestamp>,
    /// The last value of each trait.
    pub values: BTreeMap<Trait, Reported>,
    /// The latest occurrences of each event trait, oldest first; not state, kept to apply each once.
    pub events: BTreeMap<Trait, Vec<Reported>>,
}

impl Default for State {
    fn default() -> Self {
        State { online: true, online_at: None, values: BTreeMap::new(), events: BTreeMap::new() }
    }
}

impl State {
    /// The last value of a trait.
    pub fn get(&self, trait_: Trait) -> Option<Value> {
        self.values.get(&trait_).map(|reported| reported.value)
    }

    /// The last value of a bool trait.
    pub fn flag(&self, trait_: Trait) -> Option<bool> {
        self.get(trait_)?.as_bool()
    }

    /// The last value of a number trait.
    pub fn number(&self, trait_: Trait) -> Option<Number> {
        self.get(trait_)?.as_number()
    }

    /// The last value of an enumerated trait.
    pub fn word(&self, trait_: Trait) -> Option<Word> {
        self.get(trait_)?.as_word()
    }

    /// The last value of the color trait.
    pub fn color(&self) -> Option<Color> {
        self.get(Trait::Color)?.as_color()
    }

    /// Sets a value.
    pub fn set(&mut self, trait_: Trait, value: impl Into<Value>, at: Timestamp) {
        self.values.insert(trait_, Reported { value: value.into(), at });
    }

    /// The value of a trait as a platform may be told it: the device declares it and the value is inside what it declares.
    ///
    /// A value may be outside after the document was replaced by one with a narrower range.
    pub fn known(&self, device: &Device, trait_: Trait) -> Option<Value> {
        let value = self.get(trait_).filter(|_| device.keeps(trait_))?;
        device.check(trait_, value).is_ok().then_some(value)
    }
}
