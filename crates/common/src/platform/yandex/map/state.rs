//! What the state of a device is.

use super::function::{Function, Signal, Switch};
use super::{TABLE, color, color_model, functions};
use crate::model::{ColorModel, Device, State, Trait, TraitOptions, Value, Word};
use crate::platform::yandex::wire::{self, StateEntry, StateValue, States};

/// What a query answers: every retrievable value that is known and inside what the device declares.
pub fn render(device: &Device, state: &State) -> States {
    states(device, state, TraitOptions::retrievable)
}

/// What a state callback can tell: every reportable value that is known and inside what the device declares.
pub fn report(device: &Device, state: &State) -> States {
    states(device, state, TraitOptions::reportable)
}

fn states(device: &Device, state: &State, asked: fn(&TraitOptions) -> bool) -> States {
    let mode = color_mode(device, state);
    let mut states = States::default();
    for (trait_, function) in functions(device) {
        let is_color = matches!(function, Function::Color | Function::Temperature | Function::Scene);
        if !device.options(trait_).is_some_and(asked) || is_color && mode != Some(trait_) {
            continue;
        }
        if device.keeps(trait_) && state.get(trait_).is_some() && state.known(device, trait_).is_none() {
            tracing::warn!(device_id = %device.id, %trait_, "value outside what the device declares is left out");
        }
        let Some(value) = encode(device, state, trait_, function) else { continue };
        let entry = entry(device, function, value);
        if function.entry_type().is_property() {
            states.properties.push(entry);
        } else {
            states.capabilities.push(entry);
        }
    }
    states
}

/// An event as a callback tells it; `None` for what is no event there.
pub fn happened(device: &Device, trait_: Trait, word: Word) -> Option<StateEntry> {
    let row = TABLE.iter().find(|row| row.trait_ == trait_ && trait_.is_event() && device.has(trait_))?;
    row.functions.iter().find_map(|function| match function {
        Function::Event(_, Signal::Words(words)) => {
            let value = words.encode(device.words(trait_), word)?;
            Some(entry(device, *function, wire::Value::Text(value.into())))
        }
        _ => None,
    })
}

fn entry(device: &Device, function: Function, value: wire::Value) -> StateEntry {
    let instance = function.instance(color_model(device)).into();
    StateEntry { entry_type: function.entry_type(), state: StateValue { instance, value } }
}

/// The color trait that is active: a lamp has one `color_setting` state.
fn color_mode(device: &Device, state: &State) -> Option<Trait> {
    match state.known(device, Trait::ColorMode).and_then(Value::as_word) {
        Some(Word::Color) => Some(Trait::Color),
        Some(Word::Temperature) => Some(Trait::ColorTemperature),
        Some(Word::Scene) => Some(Trait::ColorScene),
        // The document was replaced by one without the trait that was active.
        _ => [Trait::Color, Trait::ColorTemperature, Trait::ColorScene]
            .into_iter()
            .find(|trait_| state.known(device, *trait_).is_some()),
    }
}

/// The value of a function, if it is known.
pub(super) fn encode(device: &Device, state: &State, trait_: Trait, function: Function) -> Option<wire::Value> {
    let known = state.known(device, trait_)?;
    Some(match function {
        Function::OnOff(Switch::Flag) | Function::Toggle(_, Switch::Flag) => wire::Value::Bool(known.as_bool()?),
        Function::OnOff(Switch::Machine(machine)) | Function::Toggle(_, Switch::Machine(machine)) => {
            let word = known.as_word()?;
            wire::Value::Bool(machine.states.iter().find(|(state, _)| *state == word)?.1)
        }
        Function::Range(..) | Function::Float(..) => wire::Value::Number(known.as_number()?),
        Function::Mode(_, words) | Function::Event(_, Signal::Words(words)) => {
            wire::Value::Text(words.encode(device.words(trait_), known.as_word()?)?.into())
        }
        Function::Event(_, Signal::Flag(yes, no)) => wire::Value::Text(if known.as_bool()? { yes } else { no }.into()),
        Function::Color => {
            let hsv = color::hsv(device, state, known.as_color()?);
            match color_model(device) {
                ColorModel::Hsv => wire::Value::Hsv(hsv),
                ColorModel::Rgb => wire::Value::Integer(color::rgb(hsv)),
            }
        }
        Function::Temperature => wire::Value::Integer(color::kelvin(device, known.as_number()?)?),
        Function::Scene => wire::Value::Text(known.as_word()?.as_str().into()),
        Function::VideoStream => return None,
    })
}
