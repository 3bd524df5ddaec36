//! From one capability of a command to our command.

use serde::Deserialize;
use serde_json::Value as Json;

use super::function::{Function, Machine, Switch};
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

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_pass_by_value)] // json!(…) at the call reads better than &json!(…)

    use serde_json::json;

    use super::*;
    use crate::model::{DeviceId, Word};

    const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

    fn device(traits: Json) -> Device {
        let document = json!({"owner": "u1", "type": "other", "name": "Thing", "traits": traits});
        Device::parse(&DeviceId::new("d-1").unwrap(), &document).unwrap()
    }

    fn said(kind: &str, state: Json) -> wire::Command {
        let entry = json!({"type": format!("devices.capabilities.{kind}"), "state": state});
        serde_json::from_value(entry).unwrap()
    }

    fn decoded(device: &Device, kind: &str, state: Json) -> Result<Command, DeviceError> {
        decode(device, &State::default(), &said(kind, state))
    }

    fn number(value: i64) -> Target {
        Number::from(value).into()
    }

    #[test]
    fn unknown_functions_and_wrong_values_are_told_apart() {
        let device = device(json!({"on_off": {}, "volume": {}, "fan_speed": {}, "color": {}, "color_temperature": {},
            "color_scene": {}, "video_stream": {}, "power": {}}));
        for (kind, state, error) in [
            ("on_off", json!({"instance": "on", "value": "yes"}), DeviceError::InvalidValue),
            ("on_off", json!({"instance": "on", "value": null}), DeviceError::InvalidValue),
            ("on_off", json!({"instance": "on"}), DeviceError::InvalidValue),
            ("on_off", json!({"instance": "off", "value": true}), DeviceError::NotSupported),
            ("on_off", json!({"value": true}), DeviceError::NotSupported),
            ("on_off", json!(true), DeviceError::NotSupported),
            ("magic", json!({"instance": "on", "value": true}), DeviceError::NotSupported),
            ("toggle", json!({"instance": "mute", "value": 1}), DeviceError::NotSupported),
            ("range", json!({"instance": "volume", "value": "10"}), DeviceError::InvalidValue),
            ("range", json!({"instance": "volume", "value": 1e300}), DeviceError::InvalidValue),
            ("range", json!({"instance": "volume", "value": 1, "relative": "yes"}), DeviceError::InvalidValue),
            ("mode", json!({"instance": "fan_speed", "value": 3}), DeviceError::InvalidValue),
            ("mode", json!({"instance": "fan_speed", "value": "gale"}), DeviceError::InvalidValue),
            ("color_setting", json!({"instance": "rgb", "value": 255}), DeviceError::NotSupported),
            ("color_setting", json!({"instance": "hsv", "value": 255}), DeviceError::InvalidValue),
            ("color_setting", json!({"instance": "hsv", "value": [1, 2, 3]}), DeviceError::InvalidValue),
            ("color_setting", json!({"instance": "hsv", "value": {"h": 1, "s": 2}}), DeviceError::InvalidValue),
            (
                "color_setting",
                json!({"instance": "hsv", "value": {"h": -1, "s": 2, "v": 3}}),
                DeviceError::InvalidValue,
            ),
            ("color_setting", json!({"instance": "temperature_k", "value": true}), DeviceError::InvalidValue),
            ("color_setting", json!({"instance": "scene", "value": "picnic"}), DeviceError::InvalidValue),
            (
                "video_stream",
                json!({"instance": "get_stream", "value": {"protocols": ["dash"]}}),
                DeviceError::InvalidValue,
            ),
            ("video_stream", json!({"instance": "get_stream"}), DeviceError::InvalidValue),
        ] {
            assert_eq!(decoded(&device, kind, state.clone()), Err(error), "{kind} {state}");
        }
        let property = json!({"type": "devices.properties.float", "state": {"instance": "power", "value": 1}});
        let property = serde_json::from_value(property).unwrap();
        assert_eq!(decode(&device, &State::default(), &property), Err(DeviceError::NotSupported));
    }

    #[test]
    fn a_device_that_is_not_offered_is_not_there() {
        let document = json!({"owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}},
            "overrides": {"yandex": {"enabled": false}}});
        let device = Device::parse(&DeviceId::new("d-1").unwrap(), &document).unwrap();
        let on = json!({"instance": "on", "value": true});
        assert_eq!(decoded(&device, "on_off", on), Err(DeviceError::NotFound));
    }

    #[test]
    fn relative_is_looked_at_first() {
        let device = device(json!({"volume": {"command_only": true}}));
        let up =
            |relative: Json| decoded(&device, "range", json!({"instance": "volume", "value": 3, "relative": relative}));
        assert_eq!(up(json!(true)), Ok(vec![(Trait::Volume, Target::By(Number::from(3)))]));
        assert_eq!(up(json!(false)), Ok(vec![(Trait::Volume, number(3))]));
        assert_eq!(up(Json::Null), Ok(vec![(Trait::Volume, number(3))]));
    }

    #[test]
    fn the_value_of_a_color_is_fitted_into_the_brightness() {
        let device = device(json!({"color": {}, "brightness": {"min": 10, "max": 90}}));
        let color = Color::new(120, 100).unwrap();
        for (v, brightness) in [(json!(100), Some(90)), (json!(5), Some(10)), (json!(55.0), Some(55)), (json!(0), None)]
        {
            let value = json!({"instance": "hsv", "value": {"h": 120.0, "s": 100, "v": v}});
            let mut expected = vec![(Trait::Color, color.into())];
            expected.extend(brightness.map(|brightness| (Trait::Brightness, number(brightness))));
            assert_eq!(decoded(&device, "color_setting", value), Ok(expected));
        }
    }

    #[test]
    fn machines_take_on_off_always_and_pause_where_it_changes_something() {
        let vacuum = device(json!({"vacuum": {}}));
        let cover = device(json!({"open_state": {"stop": true}}));
        let player = device(json!({"playback": {}}));
        let command = |device: &Device, trait_: Trait, word: Word, kind: &str, flag: bool| {
            let mut state = State::default();
            state.set(trait_, word, NOW);
            let instance = if kind == "on_off" { "on" } else { "pause" };
            let command = decode(device, &state, &said(kind, json!({"instance": instance, "value": flag})));
            command.map(|command| command.first().map(|(_, target)| *target))
        };
        let word = |word: Word| Ok(Some(Target::from(word)));
        assert_eq!(command(&vacuum, Trait::Vacuum, Word::Paused, "on_off", false), word(Word::Dock));
        assert_eq!(command(&vacuum, Trait::Vacuum, Word::Paused, "toggle", false), word(Word::Resume));
        assert_eq!(command(&vacuum, Trait::Vacuum, Word::Docked, "toggle", false), Ok(None));
        assert_eq!(command(&vacuum, Trait::Vacuum, Word::Paused, "toggle", true), word(Word::Pause));
        assert_eq!(command(&cover, Trait::OpenState, Word::Stopped, "on_off", true), word(Word::Open));
        assert_eq!(command(&cover, Trait::OpenState, Word::Opening, "toggle", true), word(Word::Stop));
        assert_eq!(command(&cover, Trait::OpenState, Word::Open, "toggle", false), Ok(None));
        assert_eq!(command(&cover, Trait::OpenState, Word::Stopped, "toggle", false), Err(DeviceError::InvalidValue));
        assert_eq!(command(&player, Trait::Playback, Word::Paused, "toggle", false), word(Word::Playing));
        assert_eq!(command(&player, Trait::Playback, Word::Stopped, "toggle", false), Ok(None));
    }
}
