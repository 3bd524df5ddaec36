//! What Sber asks of a device, in ours.

use super::function::{Function, Mode};
use super::link::{Link, digit, offered};
use super::state::{colour_value, render_traits};
use super::table::{Codec, TABLE};
use crate::model::{Color, Command, Device, DeviceError, Number, Range, State, Target, Timestamp, Trait, Value, Word};
use crate::platform::sber::wire;

/// Reads one state of a command. `state` is what the states before it lead to.
///
/// # Errors
/// `NotSupported` for a function that the device's model does not have or that takes no commands, `InvalidValue` for a
/// value of another type or that the model does not allow, `NotReady` for a relative change of an unknown value.
pub fn decode(device: &Device, state: &State, entry: &wire::State) -> Result<Command, DeviceError> {
    let (_, links) = offered(device).ok_or(DeviceError::NotSupported)?;
    let mut refusal = DeviceError::NotSupported;
    // The keys of a remote control and play and pause share a function: whoever knows the word takes it.
    for link in links.iter().filter(|link| link.function.as_str() == entry.key && takes_commands(link.function)) {
        match link.decode(state, &entry.value) {
            Ok(command) => return Ok(command),
            Err(error) => refusal = error,
        }
    }
    Err(refusal)
}

/// C4: the states of one command without a light_mode that its one colour or colour temperature contradicts.
pub fn entries(states: Vec<wire::State>) -> Vec<wire::State> {
    let has = |function: Function| states.iter().any(|state| state.key == function.as_str());
    let contradiction = match (has(Function::LightColour), has(Function::LightColourTemp)) {
        (true, false) => "white",
        (false, true) => "colour",
        _ => return states,
    };
    let contradiction =
        wire::State { key: Function::LightMode.as_str().to_owned(), value: wire::Value::from(contradiction) };
    states.into_iter().filter(|state| *state != contradiction).collect()
}

/// What a command is answered: the functions that it named and all that changed with it at `at`, in the state after it.
/// Empty when none of them keeps a state.
///
/// Everything that changed has to be in it, because a change that Sber's own command caused is not told again.
pub fn reply(device: &Device, state: &State, commanded: &[wire::State], at: Timestamp) -> Vec<wire::State> {
    let named = |trait_: Trait| {
        let row = TABLE.iter().find(|row| row.trait_ == trait_);
        let functions = row.into_iter().flat_map(|row| row.functions);
        functions.into_iter().any(|(function, _)| commanded.iter().any(|state| state.key == function.as_str()))
    };
    let changed = |trait_: Trait| state.values.get(&trait_).is_some_and(|reported| reported.at == at);
    render_traits(device, state, |trait_| {
        // A colour sets brightness too, also when that changes nothing.
        let by_colour = trait_ == Trait::Brightness && named(Trait::Color);
        named(trait_) || changed(trait_) || by_colour
    })
}

fn takes_commands(function: Function) -> bool {
    matches!(function.spec().mode, Mode::ReadWrite | Mode::Command)
}

impl Link<'_> {
    fn decode(&self, state: &State, value: &wire::Value) -> Result<Command, DeviceError> {
        if let Some(known) = self.unchanged(state, value) {
            return Ok(vec![(self.trait_, known.into())]);
        }
        let target: Target = match (self.codec, value) {
            (Codec::Colour, wire::Value::Colour { colour_value }) => return self.decode_colour(state, *colour_value),
            (Codec::Flag, wire::Value::Bool { bool_value }) => (*bool_value).into(),
            (
                Codec::Scaled(..) | Codec::Brightness | Codec::ColourTemperature,
                wire::Value::Integer { integer_value },
            ) => self.decode_number(integer_value.0.into()).ok_or(DeviceError::InvalidValue)?.into(),
            (Codec::Digit, wire::Value::Integer { integer_value }) => {
                self.command_word(|word| digit(word) == Some(integer_value.0))?.into()
            }
            (Codec::Selection(_), wire::Value::Enum { enum_value }) if enum_value == "+" => {
                self.neighbour(state, 1)?.into()
            }
            (Codec::Selection(_), wire::Value::Enum { enum_value }) if enum_value == "-" => {
                self.neighbour(state, -1)?.into()
            }
            (Codec::Words(pairs) | Codec::Selection(pairs), wire::Value::Enum { enum_value }) => {
                self.command_word(|word| pairs.contains(&(word, enum_value.as_str())))?.into()
            }
            (Codec::LightMode, wire::Value::Enum { enum_value }) => match enum_value.as_str() {
                "colour" => Word::Color.into(),
                "white" => Word::Temperature.into(),
                _ => return Err(DeviceError::InvalidValue),
            },
            (Codec::Step, wire::Value::Enum { enum_value }) => Target::By(self.step(enum_value)?),
            (Codec::PositionAsSet, wire::Value::Enum { enum_value }) => {
                let range = self.device.range(self.trait_).ok_or(DeviceError::Internal)?;
                let end = match enum_value.as_str() {
                    "open" => range.max,
                    "close" => range.min,
                    _ => None,
                };
                end.ok_or(DeviceError::InvalidValue)?.into()
            }
            _ => return Err(DeviceError::InvalidValue),
        };
        Ok(vec![(self.trait_, target)])
    }

    /// The value as it is known, when Sber only sends back what it was told (law 2 of model.md).
    fn unchanged(&self, state: &State, value: &wire::Value) -> Option<Value> {
        let told = self.function.spec().mode == Mode::ReadWrite
            && self.codec != Codec::Colour
            && self.encode(state).as_ref() == Some(value);
        if told { state.known(self.device, self.trait_) } else { None }
    }

    fn decode_number(&self, number: Number) -> Option<Number> {
        if !self.span()?.contains(number) {
            return None;
        }
        let range = self.device.range(self.trait_)?;
        let meant = match self.codec {
            Codec::Scaled(times, per) => number.times(per.into())?.divided_by(times.into())?,
            Codec::Brightness => number.divided_by(10.into())?,
            _ => {
                let (min, max) = (range.min?, range.max?);
                let above = number.times(max.minus(min))?.divided_by(1000.into())?;
                range.clamp(Number::from(min.plus(above).round()))
            }
        };
        let told = number.round();
        Some(exact(range, meant, |value| self.encode_number(value) == Some(told.into())))
    }

    fn decode_colour(&self, state: &State, wanted: wire::Colour) -> Result<Command, DeviceError> {
        let inside = (0..=1000).contains(&wanted.s) && (0..=1000).contains(&wanted.v);
        let color = Color::new(wanted.h, permille(wanted.s).round()).filter(|_| inside);
        let color = color.ok_or(DeviceError::InvalidValue)?;
        let mut command: Command = vec![(Trait::Color, color.into())];
        let known = state.known(self.device, Trait::Brightness);
        if self.encode(state) == Some(wanted.into()) {
            command.extend(known.map(|known| (Trait::Brightness, known.into())));
        } else if let Some(range) = self.device.range(Trait::Brightness).filter(|_| self.device.has(Trait::Brightness))
        {
            // The pages of 2023 have values from 0, those since 2025 from 100. No page lets a model say which ones a lamp
            // can do, so that the palette's are fitted into the range.
            let value = wanted.v.max(100);
            let told = |brightness| colour_value(range, brightness) == value;
            let known = known.and_then(Value::as_number).filter(|known| told(*known));
            let brightness = known.unwrap_or_else(|| exact(range, range.clamp(permille(value)), told));
            command.push((Trait::Brightness, brightness.into()));
        }
        Ok(command)
    }

    /// The word of the device's commands that Sber means.
    fn command_word(&self, meant: impl Fn(Word) -> bool) -> Result<Word, DeviceError> {
        let words = self.device.command_words(self.trait_);
        words.into_iter().find(|word| meant(*word)).ok_or(DeviceError::InvalidValue)
    }

    /// The word before or after the present one; the first and the last stay.
    fn neighbour(&self, state: &State, by: isize) -> Result<Word, DeviceError> {
        let words = self.device.words(self.trait_);
        let now = state.known(self.device, self.trait_).and_then(Value::as_word).ok_or(DeviceError::NotReady)?;
        let place = words.iter().position(|word| *word == now).ok_or(DeviceError::NotReady)?;
        let next = place.checked_add_signed(by).and_then(|place| words.get(place));
        Ok(next.copied().unwrap_or(now))
    }

    fn step(&self, sign: &str) -> Result<Number, DeviceError> {
        let range = self.device.range(self.trait_).ok_or(DeviceError::Internal)?;
        let step = range.step.unwrap_or(Number::ONE);
        match sign {
            "+" => Ok(step),
            "-" => Ok(Number::ZERO.minus(step)),
            _ => Err(DeviceError::InvalidValue),
        }
    }
}

/// Of the device's values around one, that which Sber is told by the number it sent: 17 is 16.5 on a grid of halves.
fn exact(range: Range, meant: Number, told: impl Fn(Number) -> bool) -> Number {
    let step = range.step.unwrap_or(Number::ZERO);
    let near = range.snap(meant);
    let around = [near, near.minus(step), near.plus(step)];
    around.into_iter().find(|value| range.contains(*value) && told(*value)).unwrap_or(meant)
}

/// Per cent of per mille.
fn permille(value: i64) -> Number {
    Number::from(value).divided_by(10.into()).unwrap_or(Number::ZERO)
}
