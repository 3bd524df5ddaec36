//! From one capability of a command to our command.

use serde::Deserialize;
use serde_json::Value as Json;

use super::table::{Function, Machine, Switch};
use super::{color, color_model, functions, is_offered, key, state};
use crate::model::{
    Color, ColorModel, Command, Device, DeviceError, Number, Range, State, Target, Targets, Timestamp, Trait, Value,
    command,
};
use crate::platform::yandex::wire;

/// What one capability of a command means.
///
/// Whether the device takes the value is for the [`Planner`](crate::model::Planner) to say.
///
/// # Errors
/// `NotFound` for a device that is not offered, `NotSupported` for a capability that it does not have, `InvalidValue` for a
/// value of the wrong kind.
pub fn decode(device: &Device, state: &State, entry: &wire::Command) -> Result<Command, DeviceError> {
    if !is_offered(device) {
        return Err(DeviceError::NotFound);
    }
    let (trait_, function) = functions(device)
        .into_iter()
        .filter(|(trait_, _)| trait_.can_be_commanded())
        .find(|(_, function)| {
            let (entry_type, instance) = key(device, *function);
            entry_type.as_str() == entry.entry_type && instance == entry.state.instance
        })
        .ok_or(DeviceError::NotSupported)?;
    let said = &entry.state.value;
    let current = state::encode(device, state, trait_, function);
    let one = |target: Option<Target>| Ok(vec![(trait_, target.ok_or(DeviceError::InvalidValue)?)]);
    match function {
        Function::OnOff(Switch::Flag) | Function::Toggle(_, Switch::Flag) => one(said.as_bool().map(Target::from)),
        Function::OnOff(Switch::Machine(machine)) => {
            let flag = said.as_bool().ok_or(DeviceError::InvalidValue)?;
            one(machine.command(device, trait_, flag).map(Target::from))
        }
        Function::Toggle(_, Switch::Machine(machine)) => {
            let flag = said.as_bool().ok_or(DeviceError::InvalidValue)?;
            toggle(device, state, trait_, machine, flag, current == Some(wire::Value::Bool(flag)))
        }
        Function::Range(..) => {
            let number = number(said).ok_or(DeviceError::InvalidValue)?;
            match &entry.state.relative {
                Json::Null | Json::Bool(false) => one(Some(number.into())),
                Json::Bool(true) => one(Some(Target::By(number))),
                _ => Err(DeviceError::InvalidValue),
            }
        }
        Function::Mode(_, words) => {
            one(said.as_str().and_then(|text| words.decode(device.words(trait_), text)).map(Target::from))
        }
        Function::Scene => one(said.as_str().and_then(|text| text.parse().ok()).map(Value::Word).map(Target::from)),
        Function::Temperature => {
            let number = number(said).ok_or(DeviceError::InvalidValue)?;
            let stored = state.known(device, trait_).and_then(Value::as_number);
            // What we said ourselves, rounded, is not a change.
            let same =
                stored.filter(|stored| color::kelvin(device, *stored).map(i64::from).map(Number::from) == Some(number));
            one(Some(same.unwrap_or(number).into()))
        }
        Function::Color => paint(device, state, said, current.as_ref()),
        Function::VideoStream => {
            let protocols = said.get("protocols").and_then(Json::as_array).ok_or(DeviceError::InvalidValue)?;
            one(protocols.iter().any(|protocol| protocol == "hls").then_some(Target::Stream))
        }
        Function::Float(..) | Function::Event(..) => Err(DeviceError::NotSupported),
    }
}

fn number(said: &Json) -> Option<Number> {
    match said {
        Json::Number(number) => Number::from_json(number),
        _ => None,
    }
}

/// A boolean for a part of a machine. `shown` = that is what we say of it already.
///
/// What is shown already changes nothing: "not paused" does not start a vacuum cleaner that stands at its dock. (The machine
/// as a whole, `on_off`, takes its command always: a cover that was stopped half open can be told to open.)
fn toggle(
    device: &Device,
    state: &State,
    trait_: Trait,
    machine: &Machine,
    flag: bool,
    shown: bool,
) -> Result<Command, DeviceError> {
    let Some(word) = machine.command(device, trait_, flag) else {
        return if shown { Ok(Vec::new()) } else { Err(DeviceError::InvalidValue) };
    };
    let mut after = state.clone();
    command::assume(device, &mut after, &Targets::from([(trait_, word.into())]), Timestamp::from_secs(0));
    let would_change = after.get(trait_) != state.get(trait_);
    Ok(if shown && would_change { Vec::new() } else { vec![(trait_, word.into())] })
}

/// A color, and with it a brightness where the device has one.
fn paint(device: &Device, state: &State, said: &Json, current: Option<&wire::Value>) -> Result<Command, DeviceError> {
    let (hsv, is_current) = match color_model(device) {
        ColorModel::Hsv => {
            let hsv = read_hsv(said).ok_or(DeviceError::InvalidValue)?;
            (hsv, current == Some(&wire::Value::Hsv(hsv)))
        }
        ColorModel::Rgb => {
            let value = whole(said, 0xFF_FF_FF).ok_or(DeviceError::InvalidValue)?;
            (color::from_rgb(value), current == Some(&wire::Value::Integer(value)))
        }
    };
    let brightness = state.known(device, Trait::Brightness);
    if is_current && let Some(stored) = state.known(device, Trait::Color) {
        // What we said ourselves, rounded, is not a change.
        let brightness = brightness.map(|stored| (Trait::Brightness, stored.into()));
        return Ok([Some((Trait::Color, stored.into())), brightness].into_iter().flatten().collect());
    }
    let color = Color::new(hsv.h.into(), hsv.s.into()).ok_or(DeviceError::InvalidValue)?;
    let mut command = vec![(Trait::Color, color.into())];
    if hsv.v >= 1
        && let Some(range) = device.range(Trait::Brightness).filter(|_| device.has(Trait::Brightness))
    {
        command.push((Trait::Brightness, value_component(range, brightness, hsv.v)));
    }
    Ok(command)
}

/// Brightness from the value of a color. Yandex's palette says 100 whatever the lamp can do, so it is fitted into the range.
fn value_component(range: Range, stored: Option<Value>, v: u8) -> Target {
    let said = Number::from(i64::from(v));
    let stored = stored.and_then(Value::as_number).filter(|stored| stored.round() == i64::from(v));
    stored.unwrap_or_else(|| range.clamp(said)).into()
}

fn read_hsv(said: &Json) -> Option<wire::Hsv> {
    #[derive(Deserialize)]
    struct Said {
        h: serde_json::Value,
        s: serde_json::Value,
        v: serde_json::Value,
    }
    let said = Said::deserialize(said).ok().filter(|_| said.is_object())?;
    let (h, s, v) = (whole(&said.h, 360)?, whole(&said.s, 100)?, whole(&said.v, 100)?);
    Some(wire::Hsv { h: u16::try_from(h % 360).ok()?, s: u8::try_from(s).ok()?, v: u8::try_from(v).ok()? })
}

/// A number within 0 to `max`, rounded to a whole one.
fn whole(said: &Json, max: u32) -> Option<u32> {
    let range = Range { min: Some(Number::ZERO), max: Some(i64::from(max).into()), step: None };
    u32::try_from(number(said).filter(|number| range.contains(*number))?.round()).ok()
}
