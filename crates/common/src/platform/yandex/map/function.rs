//! What a row of the table can say: kinds of functions, and how their values are written.

use crate::model::{ColorModel, Device, Trait, Word};
use crate::platform::yandex::wire::EntryType;

/// A capability or property with its instance and how its value is written.
#[derive(Clone, Copy, Debug)]
pub enum Function {
    /// `on_off`, instance `on`.
    OnOff(Switch),
    /// `toggle`
    Toggle(&'static str, Switch),
    /// `range`, with its unit.
    Range(&'static str, Option<&'static str>),
    /// `mode`
    Mode(&'static str, Words),
    /// `color_setting`, instance `hsv` or `rgb`.
    Color,
    /// `color_setting`, instance `temperature_k`.
    Temperature,
    /// `color_setting`, instance `scene`.
    Scene,
    /// `video_stream`, instance `get_stream`.
    VideoStream,
    /// `float`, with its unit.
    Float(&'static str, Option<&'static str>),
    /// `event`
    Event(&'static str, Signal),
}

/// How a boolean stands for a value.
#[derive(Clone, Copy, Debug)]
pub enum Switch {
    /// It is the value.
    Flag,
    /// It is a part of what a machine can tell.
    Machine(&'static Machine),
}

/// How a boolean stands for the states and commands of a machine.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    /// What its states are; one that is not here has none.
    pub states: &'static [(Word, bool)],
    /// The command of `true`.
    pub yes: Word,
    /// The command of `false`: the first of these that the device knows.
    pub no: &'static [Word],
}

/// How the words of a trait are written.
#[derive(Clone, Copy, Debug)]
pub enum Words {
    /// As they are.
    Same,
    /// As they are, except these; `None` has no word there.
    But(&'static [(Word, Option<&'static str>)]),
    /// By their place in the device's own list.
    Place,
}

/// How an event property is written.
#[derive(Clone, Copy, Debug)]
pub enum Signal {
    /// Of a flag: the words of `true` and `false`.
    Flag(&'static str, &'static str),
    /// Of words.
    Words(Words),
}

const PLACES: [&str; 10] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

impl Machine {
    /// The command of a boolean, if this device has one for it.
    pub(super) fn command(&self, device: &Device, trait_: Trait, flag: bool) -> Option<Word> {
        let known = device.command_words(trait_);
        let words = if flag { std::slice::from_ref(&self.yes) } else { self.no };
        words.iter().copied().find(|word| known.contains(word))
    }
}

impl Words {
    /// The word there. `list` is what the device declares.
    pub(super) fn encode(self, list: &[Word], word: Word) -> Option<&'static str> {
        match self {
            Words::Same => Some(word.as_str()),
            Words::But(others) => match others.iter().find(|(ours, _)| *ours == word) {
                Some((_, theirs)) => *theirs,
                None => Some(word.as_str()),
            },
            Words::Place => PLACES.get(list.iter().position(|listed| *listed == word)?).copied(),
        }
    }

    /// The declared word that is written like this.
    pub(super) fn decode(self, list: &[Word], text: &str) -> Option<Word> {
        list.iter().copied().find(|word| self.encode(list, *word) == Some(text))
    }
}

impl Function {
    /// The type on the wire.
    pub const fn entry_type(self) -> EntryType {
        match self {
            Function::OnOff(_) => EntryType::OnOff,
            Function::Toggle(..) => EntryType::Toggle,
            Function::Range(..) => EntryType::Range,
            Function::Mode(..) => EntryType::Mode,
            Function::Color | Function::Temperature | Function::Scene => EntryType::ColorSetting,
            Function::VideoStream => EntryType::VideoStream,
            Function::Float(..) => EntryType::Float,
            Function::Event(..) => EntryType::Event,
        }
    }

    /// The instance on the wire.
    pub const fn instance(self, model: ColorModel) -> &'static str {
        match self {
            Function::OnOff(_) => "on",
            Function::Toggle(instance, _)
            | Function::Range(instance, _)
            | Function::Mode(instance, _)
            | Function::Float(instance, _)
            | Function::Event(instance, _) => instance,
            Function::Color => match model {
                ColorModel::Hsv => "hsv",
                ColorModel::Rgb => "rgb",
            },
            Function::Temperature => "temperature_k",
            Function::Scene => "scene",
            Function::VideoStream => "get_stream",
        }
    }

    /// Whether the trait as this device declares it has anything for this function.
    pub(super) fn fits(self, device: &Device, trait_: Trait) -> bool {
        match self {
            Function::OnOff(Switch::Machine(machine)) | Function::Toggle(_, Switch::Machine(machine)) => {
                machine.command(device, trait_, true).is_some()
            }
            Function::Mode(_, words) => {
                let list = device.words(trait_);
                list.iter().any(|word| words.encode(list, *word).is_some())
            }
            Function::Temperature => super::color::kelvin_bounds(device).is_some(),
            _ => true,
        }
    }
}
