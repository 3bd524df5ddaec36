//! The laws of the mapping (model.md section 6) for Yandex, over every trait and random declarations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(unreachable_pub)]
mod support {
    pub mod yandex_random;
    pub mod yandex_rules;
}

use common::model::{Color, Device, DeviceError, Kind, Planner, State, Target, Trait, Value, Word, command};
use common::platform::yandex::map::{self, Function, Switch, TABLE};
use common::platform::yandex::{error_code, wire};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};
use support::yandex_random::{NOW, any_command, any_device, one_trait, options, parse, state, value};
use support::yandex_rules::{check_discovery, check_states};

/// The states of capabilities as the commands that would set them.
fn as_commands(device: &Device, state: &State) -> Vec<wire::Command> {
    let states = serde_json::to_value(map::render(device, state).capabilities).unwrap();
    serde_json::from_value(states).unwrap()
}

/// The state after a command is done, or why it is not.
fn command(device: &Device, state: &State, entry: &wire::Command) -> Result<State, DeviceError> {
    let mut planner = Planner::new(device, state, NOW);
    planner.add(&map::decode(device, planner.state(), entry)?)?;
    let mut after = state.clone();
    command::assume(device, &mut after, planner.targets(), NOW);
    assert_eq!(&after, planner.state());
    Ok(after)
}

/// The values that a command can change by itself: not what follows from them.
fn values(state: &State) -> Vec<(Trait, Value)> {
    let follows = |trait_: &Trait| {
        matches!(trait_, Trait::OnOff | Trait::ColorMode)
            || *trait_ == Trait::OpenState && state.get(Trait::Position).is_some()
    };
    let values = state.values.iter().map(|(trait_, known)| (*trait_, known.value));
    values.filter(|(trait_, _)| !follows(trait_)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 1 and 3: there and back is the value on the grid, and from then on nothing changes any more.
    #[test]
    fn there_and_back_is_the_value_on_the_grid((trait_, device, value) in one_trait()) {
        let Some(value) = value.filter(|_| trait_.can_be_commanded() && device.keeps(trait_)) else { return Ok(()) };
        let before = state(&[(trait_, value)]);
        for entry in as_commands(&device, &before) {
            let fresh = command(&device, &State::default(), &entry);
            if trait_ == Trait::OpenState && entry.state.value == json!(false) && entry.state.instance == "pause" {
                prop_assert_eq!(fresh, Err(DeviceError::InvalidValue));
                continue;
            }
            let after = fresh.unwrap();
            let expected = match (value, device.range(trait_)) {
                (Value::Number(number), Some(range)) if trait_ != Trait::ColorTemperature => range.snap(number).into(),
                (Value::Number(_), _) => after.get(trait_).unwrap(),
                (Value::Color(_), _) if entry.state.instance == "rgb" => after.get(trait_).unwrap(),
                (Value::Word(_), _) if !matches!(trait_.spec().kind, Kind::Enum { states, commands } if states == commands) => {
                    after.get(trait_).unwrap()
                }
                (Value::Word(_), _) if trait_ == Trait::Playback => after.get(trait_).unwrap(),
                _ => value,
            };
            prop_assert_eq!(after.get(trait_), Some(expected));
            if trait_ == Trait::Color {
                prop_assert_eq!(as_commands(&device, &after), vec![entry.clone()]);
            }
            for again in as_commands(&device, &after) {
                if matches!(again.state.value, Json::Bool(_)) && again.state.instance != entry.state.instance {
                    continue;
                }
                let settled = command(&device, &after, &again).unwrap();
                prop_assert_eq!(values(&settled), values(&after));
                prop_assert_eq!(as_commands(&device, &settled), as_commands(&device, &after));
            }
        }
    }

    /// Law 2: what we have said ourselves changes nothing when it is sent back. A cover, lock or vacuum cleaner takes
    /// `on_off` always, and shows the same afterwards.
    #[test]
    fn what_we_said_changes_nothing((device, mut before) in any_device()) {
        before.set(Trait::OnOff, true, NOW);
        for entry in as_commands(&device, &before) {
            let after = command(&device, &before, &entry).unwrap();
            let machine = entry.entry_type == "devices.capabilities.on_off" && !device.has(Trait::OnOff);
            if machine {
                prop_assert!(as_commands(&device, &after).contains(&entry));
            } else {
                prop_assert_eq!(values(&after), values(&before));
            }
        }
    }

    /// Law 3: colder is not warmer there.
    #[test]
    fn numbers_keep_their_order(
        options in options(Trait::ColorTemperature), one in any::<u32>(), other in any::<u32>(), index in any::<Index>(),
    ) {
        let device = parse("light", &json!({"color_temperature": options}));
        let value = |number| value(&device, Trait::ColorTemperature, number, index).unwrap();
        let shown = |value: Value| {
            let state = state(&[(Trait::ColorTemperature, value), (Trait::ColorMode, Word::Temperature.into())]);
            as_commands(&device, &state).first().map(|entry| entry.state.value.as_u64().unwrap())
        };
        let (one, other) = (value(one), value(other));
        prop_assert!(shown(one.min(other)) <= shown(one.max(other)));
    }

    /// Law 4: everything we send is acceptable there.
    #[test]
    fn what_we_send_is_acceptable((device, state) in any_device()) {
        let Some(described) = map::describe(&device) else {
            prop_assert!(!map::is_offered(&device));
            return Ok(());
        };
        let described = serde_json::to_value(described).unwrap();
        check_discovery(&described);
        check_states(&described, &serde_json::to_value(map::render(&device, &state)).unwrap());
        check_states(&described, &serde_json::to_value(map::report(&device, &state)).unwrap());
    }

    /// Law 4: what is refused has a code and touches nothing; what is taken leads to a state that may be.
    #[test]
    fn any_command_is_taken_or_refused((device, before) in any_device(), entries in prop::collection::vec(any_command(), 1..6)) {
        let mut planner = Planner::new(&device, &before, NOW);
        for entry in entries {
            let entry: wire::Command = serde_json::from_value(entry).unwrap();
            let (state, targets) = (planner.state().clone(), planner.targets().clone());
            let result = map::decode(&device, &state, &entry).and_then(|command| planner.add(&command));
            if let Err(error) = result {
                let _ = error_code(error);
                prop_assert_eq!(planner.state(), &state);
                prop_assert_eq!(planner.targets(), &targets);
            }
            for (trait_, known) in &planner.state().values {
                prop_assert!(device.check(*trait_, known.value).is_ok(), "{} {:?}", trait_, known.value);
            }
        }
    }

    /// Law 6: the document alone decides.
    #[test]
    fn the_document_alone_decides((device, _) in any_device()) {
        let bytes = |device: &Device| serde_json::to_vec(&map::describe(device)).unwrap();
        let stored = serde_json::to_value(&device).unwrap();
        let read = Device::parse(&device.id, &stored).unwrap();
        prop_assert_eq!(bytes(&read), bytes(&device));
    }
}

/// Every trait: each of its values is shown as the table says, and the command of what is shown leads back to it.
#[test]
fn walk_of_all_traits() {
    for row in TABLE.iter().filter(|row| !row.functions.is_empty()) {
        let trait_ = row.trait_;
        let options = match trait_ {
            Trait::OpenState => json!({"stop": true}),
            Trait::TargetTemperature => json!({"min": 5, "max": 35}),
            _ => json!({}),
        };
        let device = parse("other", &json!({trait_.as_str(): options}));
        check_discovery(&serde_json::to_value(map::describe(&device).unwrap()).unwrap());
        let values: Vec<Value> = match trait_.spec().kind {
            Kind::Bool => vec![true.into(), false.into()],
            Kind::Number(_) => [device.range(trait_).unwrap().min, device.range(trait_).unwrap().max]
                .into_iter()
                .flatten()
                .map(Value::from)
                .collect(),
            Kind::Enum { states, .. } => states.iter().map(|word| Value::from(*word)).collect(),
            Kind::Color => [(0, 0), (210, 80), (359, 100)].map(|(h, s)| Color::new(h, s).unwrap().into()).to_vec(),
            Kind::Event(words) => {
                for word in words {
                    let told = map::happened(&device, trait_, *word).unwrap();
                    assert!(told.entry_type.is_property());
                    assert_eq!(map::render(&device, &state(&[(trait_, (*word).into())])), wire::States::default());
                }
                continue;
            }
            Kind::Stream => {
                let entry = json!({"type": "devices.capabilities.video_stream",
                    "state": {"instance": "get_stream", "value": {"protocols": ["hls"]}}});
                let entry = serde_json::from_value(entry).unwrap();
                let planned = map::decode(&device, &State::default(), &entry).unwrap();
                assert_eq!(planned, [(trait_, Target::Stream)]);
                continue;
            }
        };
        for value in values {
            let mut known = state(&[(trait_, value)]);
            let mode = [
                (Trait::Color, Word::Color),
                (Trait::ColorTemperature, Word::Temperature),
                (Trait::ColorScene, Word::Scene),
            ];
            if let Some((_, mode)) = mode.into_iter().find(|(color, _)| *color == trait_) {
                known.set(Trait::ColorMode, mode, NOW);
            }
            let shown = map::render(&device, &known);
            let count = shown.capabilities.len() + shown.properties.len();
            let silent = value == Word::Jammed.into() || trait_ == Trait::Swing && value == Word::Both.into();
            assert_eq!(count, if silent { 0 } else { row.functions.len() }, "{trait_} {value:?}");
            let mut commands = as_commands(&device, &known);
            assert_eq!(commands.len(), if trait_.can_be_commanded() { count } else { 0 }, "{trait_}");
            // The machine's own command first.
            commands.truncate(1);
            for entry in commands {
                let after = command(&device, &known, &entry).unwrap();
                let is_machine = matches!(row.functions[0], Function::OnOff(Switch::Machine(_)));
                if is_machine {
                    assert!(as_commands(&device, &after).contains(&entry), "{trait_} {value:?}");
                } else {
                    assert_eq!(after, known, "{trait_} {value:?}");
                }
            }
        }
    }
}
