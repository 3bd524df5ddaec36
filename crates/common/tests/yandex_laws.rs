//! The laws of the mapping (model.md section 6) for Yandex, over every trait and random declarations.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(unreachable_pub)]
mod support {
    pub mod yandex_rules;
}

use common::model::{
    Access, Color, Device, DeviceError, DeviceId, DeviceType, Kind, Number, Planner, State, Target, Timestamp, Trait,
    Value, Word, command,
};
use common::platform::yandex::map::{self, Function, Switch, TABLE};
use common::platform::yandex::{error_code, wire};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::{Map, Value as Json, json};
use support::yandex_rules::{check_discovery, check_states};

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

fn parse(device_type: &str, traits: &Json) -> Device {
    let document = json!({"owner": "u1", "type": device_type, "name": "Thing", "traits": traits});
    Device::parse(&DeviceId::new("d-1").unwrap(), &document).unwrap_or_else(|errors| panic!("{traits}: {errors:?}"))
}

fn state(values: &[(Trait, Value)]) -> State {
    let mut state = State::default();
    values.iter().for_each(|(trait_, value)| state.set(*trait_, *value, NOW));
    state
}

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

/// A decimal within limits, with up to three places.
fn decimal(min: i64, max: i64) -> impl Strategy<Value = Number> {
    (min * 1000..=max * 1000, 0_u32..=3).prop_map(|(thousandths, places)| {
        Number::from(thousandths).divided_by(Number::from(1000)).unwrap().round_to(places)
    })
}

/// Options of a trait, as they stand in a document.
fn options(trait_: Trait) -> BoxedStrategy<Json> {
    let spec = trait_.spec();
    match spec.kind {
        Kind::Number(kind) => {
            // Far from the largest magnitude, where a step of a thousandth is lost among 15 digits.
            let (least, most) = (i64::from(kind.limits.0), i64::from(kind.limits.1).min(100_000));
            (decimal(least, most), decimal(least, most), 1_i64..=50, 0_u32..=1)
                .prop_filter_map("a range", |(one, other, step, tenths)| {
                    let (min, max) = (one.min(other), one.max(other));
                    let step = Number::from_parts(i32::try_from(step).unwrap(), tenths);
                    (min < max && step <= max.minus(min)).then(|| json!({"min": min, "max": max, "step": step}))
                })
                .boxed()
        }
        Kind::Enum { states, commands } if states == commands && spec.access != Access::Derived => words(states),
        Kind::Event(states) => words(states),
        Kind::Color => prop_oneof![Just(json!({"color_model": "rgb"})), Just(json!({}))].boxed(),
        _ if trait_ == Trait::OpenState => any::<bool>().prop_map(|stop| json!({"stop": stop})).boxed(),
        _ if trait_ == Trait::OnOff => any::<bool>().prop_map(|split| json!({"split": split})).boxed(),
        _ => Just(json!({})).boxed(),
    }
}

fn words(states: &'static [Word]) -> BoxedStrategy<Json> {
    subsequence(states, 1..=states.len()).prop_shuffle().prop_map(|words| json!({"values": words})).boxed()
}

/// A value that the device may have.
fn value(device: &Device, trait_: Trait, number: u32, index: Index) -> Option<Value> {
    Some(match trait_.spec().kind {
        Kind::Bool => Value::Bool(number % 2 == 0),
        Kind::Number(_) => {
            let range = device.range(trait_).unwrap();
            let min = range.min.unwrap();
            let width = range.max.unwrap_or(min.plus(Number::from(100_000))).minus(min);
            let part = Number::from(i64::from(number)).divided_by(Number::from(i64::from(u32::MAX))).unwrap();
            range.clamp(min.plus(width.times(part).unwrap()).round_to(3)).into()
        }
        Kind::Enum { .. } | Kind::Event(_) => (*index.get(device.words(trait_))).into(),
        Kind::Color => Color::new(i64::from(number % 360), index.index(101) as i64).unwrap().into(),
        Kind::Stream => return None,
    })
}

fn mapped() -> Vec<Trait> {
    TABLE.iter().filter(|row| !row.functions.is_empty()).map(|row| row.trait_).collect()
}

/// A device with one trait and a value of it.
fn one_trait() -> impl Strategy<Value = (Trait, Device, Option<Value>)> {
    (proptest::sample::select(mapped()), any::<u32>(), any::<Index>()).prop_flat_map(|(trait_, number, index)| {
        options(trait_).prop_map(move |options| {
            let device = parse("other", &json!({trait_.as_str(): options}));
            let value = value(&device, trait_, number, index);
            (trait_, device, value)
        })
    })
}

/// A device with any traits that may stand together, and a value of some of them.
fn any_device() -> impl Strategy<Value = (Device, State)> {
    let all: Vec<Trait> = Trait::ALL.to_vec();
    let traits = subsequence(all, 1..12).prop_flat_map(|traits| {
        traits.into_iter().map(|trait_| options(trait_).prop_map(move |options| (trait_, options))).collect::<Vec<_>>()
    });
    let flags = prop::collection::vec((any::<u32>(), any::<Index>(), 0_u8..6), 12);
    (traits, proptest::sample::select(DeviceType::ALL), flags)
        .prop_map(|(traits, device_type, flags)| {
            let mut members = Map::new();
            for ((trait_, mut options), (_, _, flag)) in traits.iter().cloned().zip(&flags) {
                let access = trait_.spec().access;
                match (flag, access) {
                    (0, Access::ReadWrite) => options["command_only"] = json!(true),
                    (1, Access::ReadWrite | Access::ReadOnly) => options["retrievable"] = json!(false),
                    (2, Access::ReadWrite | Access::ReadOnly) => options["reportable"] = json!(false),
                    _ => {}
                }
                members.insert(trait_.to_string(), if access == Access::Derived { json!({}) } else { options });
            }
            let device = parse(device_type.as_str(), &Json::Object(members));
            let mut state = State::default();
            for ((trait_, _), (number, index, _)) in traits.iter().zip(&flags) {
                if device.keeps(*trait_) && number % 5 != 0 && *trait_ != Trait::ColorMode {
                    state.set(*trait_, value(&device, *trait_, *number, *index).unwrap(), NOW);
                }
            }
            let modes = device.color_modes();
            if !modes.is_empty() {
                state.set(Trait::ColorMode, *flags[0].1.get(&modes), NOW);
            }
            (device, state)
        })
        .prop_filter("stands together", |(device, _)| map::review(device).errors.is_empty())
}

/// Any JSON value.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-500_i64..20_000_000).prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "[a-z_]{0,12}".prop_map(Json::from),
        proptest::sample::select(vec!["auto", "one", "party", "stationary", "low"]).prop_map(Json::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[hsv]|protocols|value|instance", inner, 0..4)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// Any command, of a known or an unknown function.
fn any_command() -> impl Strategy<Value = Json> {
    let types: Vec<String> = wire::EntryType::ALL.iter().map(ToString::to_string).chain(["x".to_owned()]).collect();
    let instances = [
        "on",
        "brightness",
        "open",
        "volume",
        "channel",
        "temperature",
        "humidity",
        "hsv",
        "rgb",
        "temperature_k",
        "scene",
        "get_stream",
        "pause",
        "mute",
        "thermostat",
        "fan_speed",
        "swing",
        "input_source",
        "program",
        "work_speed",
        "",
    ];
    (
        prop_oneof![proptest::sample::select(types).prop_map(Json::from), any_json()],
        prop_oneof![proptest::sample::select(instances.to_vec()).prop_map(Json::from), any_json()],
        any_json(),
        any_json(),
    )
        .prop_map(|(entry_type, instance, value, relative)| {
            json!({"type": entry_type, "state": {"instance": instance, "value": value, "relative": relative}})
        })
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
        let shown = |number| {
            let value = value(&device, Trait::ColorTemperature, number, index).unwrap();
            let state = state(&[(Trait::ColorTemperature, value), (Trait::ColorMode, Word::Temperature.into())]);
            as_commands(&device, &state).first().map(|entry| entry.state.value.as_u64().unwrap())
        };
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
