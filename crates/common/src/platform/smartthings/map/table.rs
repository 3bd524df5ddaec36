//! What a row of the trait table is made of.

use crate::model::{Device, DeviceType, Trait, Word};

use super::handler::Handler;

/// How one trait looks in SmartThings.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The trait.
    pub trait_: Trait,
    /// Its attributes: several where it has several parts, or another one for another type of device.
    pub attributes: &'static [Attribute],
}

/// One attribute with the commands that set it.
#[derive(Clone, Copy, Debug)]
pub struct Attribute {
    /// With `st.` before it.
    pub capability: &'static str,
    /// The name.
    pub name: &'static str,
    /// The unit, where the capability's definition has one.
    pub unit: Option<&'static str>,
    /// Which devices use it.
    pub used: Used,
    /// How its value is written.
    pub code: Code,
    /// Name and effect of its commands.
    pub commands: &'static [(&'static str, Does)],
    /// What a refresh says of its possible values.
    pub list: Option<List>,
}

/// Which devices that have the trait use the attribute.
#[derive(Clone, Copy, Debug)]
pub enum Used {
    /// All.
    Always,
    /// Those of these types.
    On(&'static [DeviceType]),
    /// Those of other types.
    NotOn(&'static [DeviceType]),
    /// Covers without these other traits, whose handler names the capability: it would stay without a value otherwise.
    CoverWithout(&'static [Trait]),
}

/// How a trait's value is written.
#[derive(Clone, Copy, Debug)]
pub enum Code {
    /// A word for true and one for false.
    Flag(&'static str, &'static str),
    /// A word each; other words are not told.
    Words(&'static [(Word, &'static str)]),
    /// A number rounded to an integer, within what the capability allows.
    Whole(i32, i32),
    /// As [`Code::Whole`], where 0 means off (model.md C2).
    Level,
    /// The number as it is, within what the capability allows.
    Exact(i32, i32),
    /// A thousandth of the number, within what the capability allows (C7).
    Thousandth(i32, i32),
    /// The number as a text.
    Text,
    /// The hue of a color in hundredths of the circle (C2).
    Hue,
    /// The saturation of a color.
    Saturation,
    /// The target temperature while the device heats.
    Heating,
    /// The target temperature while the device cools.
    Cooling,
    /// As [`Code::Words`], with `off` while on_off is false (C5).
    WordsOrOff(&'static [(Word, &'static str)]),
    /// The place among the device's speeds, 0 while on_off is false (C6).
    Speed,
    /// What a cover does, from its open_state and position (C8).
    Shade,
    /// Whether a cover is or becomes open (C8).
    ShadeSwitch,
    /// As [`Code::Words`], set by the movement that leads there (C9).
    Movement(&'static [(Word, &'static str)]),
}

/// What a command does.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// Sets the attribute to the first argument.
    Set,
    /// Sets a bool trait.
    Flag(bool),
    /// Sets an enumerated trait.
    Word(Word),
    /// Sets on_off to false, whatever the trait.
    Off,
    /// Moves by this many steps.
    Step(i32),
    /// Sets what the color map in the first argument has.
    ColorMap,
}

/// What a refresh says of an attribute's possible values.
#[derive(Clone, Copy, Debug)]
pub enum List {
    /// The words that the device can have, in this attribute.
    Words(&'static str),
    /// The names of the commands whose word the device knows, in this attribute.
    Commands(&'static str),
    /// `numberOfButtons`, always 1, and `supportedButtonValues`.
    Buttons,
}

impl Attribute {
    pub(super) const fn new(capability: &'static str, name: &'static str, code: Code) -> Self {
        Attribute { capability, name, unit: None, used: Used::Always, code, commands: &[], list: None }
    }
    pub(super) const fn unit(self, unit: &'static str) -> Self {
        Attribute { unit: Some(unit), ..self }
    }
    pub(super) const fn used(self, used: Used) -> Self {
        Attribute { used, ..self }
    }
    pub(super) const fn commands(self, commands: &'static [(&'static str, Does)]) -> Self {
        Attribute { commands, ..self }
    }
    pub(super) const fn list(self, list: List) -> Self {
        Attribute { list: Some(list), ..self }
    }

    /// Whether a device that has the trait and is offered as `handler` uses it.
    pub(super) fn is_used(&self, device: &Device, handler: Handler<'_>) -> bool {
        let wanted = match self.used {
            Used::Always => true,
            Used::On(types) => types.contains(&device.device_type),
            Used::NotOn(types) => !types.contains(&device.device_type),
            Used::CoverWithout(others) => {
                matches!(device.device_type, DeviceType::Curtain | DeviceType::Blind)
                    && !others.iter().any(|other| device.has(*other))
                    && handler.is_named()
            }
        };
        wanted && handler.has(self.capability)
    }

    /// The traits besides its own that its value depends on.
    pub(super) fn depends_on(&self) -> &'static [Trait] {
        match self.code {
            Code::WordsOrOff(_) | Code::Speed => &[Trait::OnOff],
            Code::Heating | Code::Cooling => &[Trait::ThermostatMode],
            Code::Shade | Code::ShadeSwitch => &[Trait::OpenState, Trait::Position],
            Code::Flag(..)
            | Code::Words(_)
            | Code::Whole(..)
            | Code::Level
            | Code::Exact(..)
            | Code::Thousandth(..)
            | Code::Text
            | Code::Hue
            | Code::Saturation
            | Code::Movement(_) => &[],
        }
    }
}
