//! What becomes of what a platform asks.

use std::slice::from_ref;

use common::model::{Command, Device, DeviceError, Number, Planner, State, Target, Targets, Trait, Value, Word};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{any_value, at, device, everything, number, state, values};

fn by(amount: impl Into<Number>) -> Target {
    Target::By(amount.into())
}

fn to(value: impl Into<Value>) -> Target {
    Target::Value(value.into())
}

fn lamp() -> Device {
    device(
        &json!({"on_off": {}, "brightness": {"min": 10, "max": 90, "step": 10}, "color": {}, "color_temperature": {}}),
    )
}

/// Adds the entries of one request; all must be taken.
fn plan(device: &Device, state: &State, entries: &[Command]) -> (Targets, State) {
    let mut planner = Planner::new(device, state, at(1));
    for entry in entries {
        planner.add(entry).unwrap();
    }
    (planner.targets().clone(), planner.state().clone())
}

/// What one entry with one trait is resolved to.
fn ask(device: &Device, state: &State, trait_: Trait, target: Target) -> Result<Target, DeviceError> {
    let mut planner = Planner::new(device, state, at(1));
    planner.add(&vec![(trait_, target)])?;
    Ok(planner.targets()[&trait_])
}

#[test]
fn numbers_go_to_the_nearest_step_and_must_be_inside() {
    let (device, unknown) = (lamp(), State::default());
    let brightness = |value: &str| ask(&device, &unknown, Trait::Brightness, to(number(value)));
    assert_eq!(brightness("44.9"), Ok(to(number("40"))));
    assert_eq!(brightness("45"), Ok(to(number("50"))), "half goes away from zero");
    assert_eq!(brightness("9"), Err(DeviceError::InvalidValue));
    assert_eq!(brightness("90.5"), Err(DeviceError::InvalidValue));
    // The value that it has already stays, also between two steps: the vendor knows best.
    let known = state(&device, &json!({"brightness": 44}));
    assert_eq!(ask(&device, &known, Trait::Brightness, to(number("44"))), Ok(to(number("44"))));
}

#[test]
fn what_is_asked_is_checked_against_what_the_device_declares() {
    use DeviceError::{InvalidValue, NotReady, NotSupported};
    let device = device(&json!({
        "on_off": {}, "brightness": {}, "fan_speed": {"values": ["low", "high"]}, "temperature": {}, "button": {},
        "intercom": {"values": ["unlock"]}, "color_temperature": {}, "volume": {}, "channel": {"command_only": true},
        "video_stream": {},
    }));
    let table = [
        (Trait::Volume, by(1), Err(NotReady)), // nothing to start from
        (Trait::Mute, to(true), Err(NotSupported)),
        (Trait::Temperature, to(number("20")), Err(NotSupported)), // can be read only
        (Trait::Button, to(Word::Click), Err(NotSupported)),
        (Trait::OnOff, to(number("1")), Err(InvalidValue)),
        (Trait::OnOff, by(1), Err(InvalidValue)),
        (Trait::OnOff, Target::Stream, Err(InvalidValue)),
        (Trait::Brightness, to(true), Err(InvalidValue)),
        (Trait::Brightness, to(number("0")), Err(InvalidValue)),
        (Trait::FanSpeed, to(Word::Turbo), Err(InvalidValue)),
        (Trait::FanSpeed, to(Word::High), Ok(())),
        (Trait::Intercom, to(Word::Reject), Err(InvalidValue)),
        (Trait::Intercom, to(Word::Unlock), Ok(())),
        (Trait::ColorMode, to(Word::Temperature), Ok(())),
        (Trait::ColorMode, to(Word::Color), Err(InvalidValue)), // it has no color trait
        (Trait::ColorMode, by(1), Err(InvalidValue)),
        (Trait::Channel, by(1), Ok(())),
        (Trait::VideoStream, Target::Stream, Ok(())),
        (Trait::VideoStream, to(true), Err(InvalidValue)),
    ];
    for (trait_, target, expected) in table {
        let answer = ask(&device, &State::default(), trait_, target).map(drop);
        assert_eq!(answer, expected, "{trait_} {target:?}");
    }
    let switch = super::device(&json!({"on_off": {}}));
    assert_eq!(ask(&switch, &State::default(), Trait::ColorMode, to(Word::Color)), Err(NotSupported));
}

#[test]
fn a_relative_command_is_clamped_and_then_put_on_the_grid() {
    let device = lamp();
    let brightness = |now: i64, step: &str| {
        let known = state(&device, &json!({"brightness": now}));
        ask(&device, &known, Trait::Brightness, by(number(step))).unwrap()
    };
    assert_eq!(brightness(40, "10"), to(number("50")));
    assert_eq!(brightness(40, "-14"), to(number("30")));
    assert_eq!(brightness(40, "100"), to(number("90")));
    assert_eq!(brightness(40, "-999999999999999"), to(number("10")));
}

#[test]
fn a_brightness_switches_the_lamp_on() {
    let device = lamp();
    let off = state(&device, &json!({"on_off": false, "brightness": 40}));
    let brighter = vec![(Trait::Brightness, to(number("50")))];
    let both = |on_off: bool| Targets::from([(Trait::Brightness, to(number("50"))), (Trait::OnOff, to(on_off))]);
    assert_eq!(plan(&device, &off, from_ref(&brighter)).0, both(true));
    assert_eq!(plan(&device, &off, &[vec![(Trait::Brightness, by(10))]]).0, both(true), "a relative one too");
    // Unless the request says itself what becomes of on_off, before or after it.
    let switch_off = vec![(Trait::OnOff, to(false))];
    assert_eq!(plan(&device, &off, &[switch_off.clone(), brighter.clone()]).0, both(false));
    assert_eq!(plan(&device, &off, &[brighter.clone(), switch_off]).0, both(false));
    // A lamp that is on, or not known to be off, or has no on_off, is only given the brightness.
    let alone = Targets::from([(Trait::Brightness, to(number("50")))]);
    for known in [json!({"on_off": true}), json!({})] {
        assert_eq!(plan(&device, &state(&device, &known), from_ref(&brighter)).0, alone);
    }
    let dimmer = super::device(&json!({"brightness": {}}));
    assert_eq!(plan(&dimmer, &State::default(), &[brighter]).0, alone);
}

#[test]
fn each_entry_sees_what_the_entries_before_it_lead_to() {
    let tv = device(&json!({"volume": {"step": 5}, "on_off": {}}));
    let known = state(&tv, &json!({"volume": 20}));
    let up = vec![(Trait::Volume, by(5))];
    assert_eq!(plan(&tv, &known, &[up.clone(), up.clone()]).0, Targets::from([(Trait::Volume, to(number("30")))]));
    // Set first, then one more.
    let set = vec![(Trait::Volume, to(number("50")))];
    assert_eq!(plan(&tv, &known, &[set, up]).0, Targets::from([(Trait::Volume, to(number("55")))]));
}

#[test]
fn without_a_state_relative_commands_go_to_the_device_as_they_are() {
    let remote = device(&json!({"channel": {"command_only": true}}));
    let up = vec![(Trait::Channel, by(1))];
    let set = vec![(Trait::Channel, to(number("7")))];
    let (targets, after) = plan(&remote, &State::default(), &[up.clone(), up.clone()]);
    assert_eq!(targets, Targets::from([(Trait::Channel, by(2))]));
    assert_eq!(values(&after), json!({}), "nothing is known afterwards");
    let (targets, after) = plan(&remote, &State::default(), &[set, up]);
    assert_eq!(targets, Targets::from([(Trait::Channel, to(number("8")))]));
    assert_eq!(values(&after), json!({}));
    assert_eq!(json!(by(2)), json!({"by": 2}));
}

/// A request of one entry, and the state that it leads to when the target becomes the state at once.
fn reached(device: &Device, before: &Json, command: &[(Trait, Target)]) -> Json {
    values(&plan(device, &state(device, before), &[command.to_vec()]).1)
}

#[test]
fn color_mode_follows_the_command() {
    let device = lamp();
    let color = common::model::Color::new(120, 50).unwrap();
    let before = json!({"color_mode": "temperature"});
    let mode = |command: &[(Trait, Target)]| reached(&device, &before, command)["color_mode"].clone();
    assert_eq!(mode(&[(Trait::Color, to(color))]), "color");
    assert_eq!(mode(&[(Trait::Color, to(color)), (Trait::ColorTemperature, to(number("3000")))]), "color");
    assert_eq!(mode(&[(Trait::Color, to(color)), (Trait::ColorMode, to(Word::Temperature))]), "temperature");
    assert_eq!(mode(&[(Trait::OnOff, to(true))]), "temperature");
    let (_, after) = plan(
        &device,
        &state(&device, &before),
        &[vec![(Trait::Color, to(color))], vec![(Trait::ColorTemperature, to(number("3000")))]],
    );
    assert_eq!(after.word(Trait::ColorMode), Some(Word::Temperature), "the last entry wins");
}

#[test]
fn a_cover_goes_to_the_final_state_and_position() {
    let cover = device(&json!({"open_state": {"stop": true}, "position": {}}));
    let half = json!({"open_state": "opening", "position": 50});
    let go = |word| reached(&cover, &half, &[(Trait::OpenState, to(word))]);
    assert_eq!(go(Word::Open), json!({"open_state": "open", "position": 100}));
    assert_eq!(go(Word::Close), json!({"open_state": "closed", "position": 0}));
    assert_eq!(go(Word::Stop), json!({"open_state": "stopped", "position": 50}));
    let position = |percent: &str| reached(&cover, &half, &[(Trait::Position, to(number(percent)))]);
    assert_eq!(position("30"), json!({"open_state": "open", "position": 30}));
    assert_eq!(position("0"), json!({"open_state": "closed", "position": 0}));
    // Stop must be declared; states are no commands.
    let simple = device(&json!({"open_state": {}}));
    for word in [Word::Stop, Word::Closed, Word::Opening] {
        let answer = ask(&simple, &State::default(), Trait::OpenState, to(word));
        assert_eq!(answer, Err(DeviceError::InvalidValue), "{word}");
    }
}

#[test]
fn a_vacuum_cleaner_does_what_the_command_says() {
    let vacuum = device(&json!({"vacuum": {}}));
    let go = |word| reached(&vacuum, &json!({"vacuum": "charging"}), &[(Trait::Vacuum, to(word))])["vacuum"].clone();
    for (command, state) in [
        (Word::Start, "cleaning"),
        (Word::Resume, "cleaning"),
        (Word::Pause, "paused"),
        (Word::Dock, "docked"),
        (Word::Stop, "idle"),
    ] {
        assert_eq!(go(command), state, "{command}");
    }
    let answer = ask(&vacuum, &State::default(), Trait::Vacuum, to(Word::Cleaning));
    assert_eq!(answer, Err(DeviceError::InvalidValue), "a state is no command");
}

/// A target for a trait, good or bad.
fn any_target() -> impl Strategy<Value = (Trait, Target)> {
    let valued = Trait::ALL.iter().copied().filter(|trait_| *trait_ != Trait::VideoStream).collect::<Vec<_>>();
    let good = proptest::sample::select(valued)
        .prop_flat_map(|trait_| any_value(everything(), trait_).prop_map(move |value| (trait_, Target::Value(value))));
    let other = prop_oneof![
        (-200_i32..200).prop_map(by),
        Just(Target::Stream),
        Just(to(true)),
        Just(to(Word::Open)),
        Just(to(number("-1"))),
    ];
    prop_oneof![3 => good, 1 => (proptest::sample::select(Trait::ALL), other)]
}

proptest! {
    #[test]
    fn a_refused_entry_changes_nothing(entries in proptest::collection::vec(proptest::collection::vec(any_target(), 1..4), 1..6)) {
        let device = everything();
        let start = state(device, &json!({"on_off": false, "brightness": 40, "volume": 20}));
        let mut all = Planner::new(device, &start, at(1));
        let mut good_only = Planner::new(device, &start, at(1));
        for entry in entries {
            let (targets, before) = (all.targets().clone(), all.state().clone());
            if all.add(&entry).is_ok() {
                good_only.add(&entry).unwrap();
            } else {
                prop_assert_eq!(all.targets(), &targets);
                prop_assert_eq!(all.state(), &before);
            }
        }
        prop_assert_eq!(all.targets(), good_only.targets());
        prop_assert_eq!(all.state(), good_only.state());
    }

    /// What the device is asked is what it declares, and what follows is a state that may be told.
    #[test]
    fn targets_and_the_state_they_lead_to_are_valid(entries in proptest::collection::vec(any_target(), 1..6)) {
        let device = everything();
        let start = state(device, &json!({"brightness": 40, "volume": 20, "channel": 5, "position": 50}));
        let mut planner = Planner::new(device, &start, at(1));
        for entry in entries {
            let _refused_or_not = planner.add(&vec![entry]);
        }
        for (trait_, target) in planner.targets() {
            match target {
                Target::Value(Value::Word(word)) if *trait_ != Trait::ColorMode => {
                    prop_assert!(device.command_words(*trait_).contains(word), "{trait_} {word}");
                }
                Target::Value(value) => prop_assert!(device.check(*trait_, *value).is_ok(), "{trait_} {value:?}"),
                Target::By(_) => prop_assert!(false, "{trait_} has a state to start from"),
                Target::Stream => prop_assert_eq!(*trait_, Trait::VideoStream),
            }
        }
        for (trait_, reported) in &planner.state().values {
            prop_assert_eq!(planner.state().known(device, *trait_), Some(reported.value), "{}", trait_);
        }
    }

    #[test]
    fn relative_steps_stay_in_the_range_on_the_grid(now in 0_i32..=84, amount in -200_i32..=200) {
        let device = device(&json!({"volume": {"min": 3, "max": 87, "step": 4}}));
        let now = now / 4 * 4 + 3;
        let known = state(&device, &json!({"volume": now}));
        let Target::Value(Value::Number(then)) = ask(&device, &known, Trait::Volume, by(amount)).unwrap() else {
            return Err(TestCaseError::fail("resolved to a value"));
        };
        let range = device.range(Trait::Volume).unwrap();
        prop_assert!(range.contains(then));
        prop_assert_eq!(range.snap(then), then);
        let wanted = range.clamp(Number::from(now + amount));
        prop_assert!(wanted.minus(then).max(then.minus(wanted)) <= Number::from(2), "as near as the grid allows");
    }

    /// Where no end of the range is between them.
    #[test]
    fn two_relative_steps_add(now in 20_i32..=80, first in -10_i32..=10, second in -10_i32..=10) {
        let device = device(&json!({"volume": {}}));
        let known = state(&device, &json!({"volume": now}));
        let one = |amount: i32| vec![(Trait::Volume, by(amount))];
        let two = plan(&device, &known, &[one(first), one(second)]).0;
        prop_assert_eq!(two, plan(&device, &known, &[one(first + second)]).0);
    }
}
