//! The laws of the mapping (model.md section 6), for SmartThings, over random devices and states.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/smartthings_definitions.rs"]
mod definitions;

use std::collections::BTreeSet;

use common::model::{
    Device, DeviceError, DeviceId, DeviceType, Kind, Number, Planner, Report, State, Timestamp, Trait, report,
};
use common::platform::smartthings::map::{self, Attribute, Code, Does, Handler, TABLE};
use common::platform::smartthings::wire;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use serde_json::{Value as Json, json};

const NOW: Timestamp = Timestamp::from_secs(1_772_359_200);

/// Where random choices come from: a cursor over random indices.
struct Choices<'a>(&'a [Index], usize);

impl Choices<'_> {
    fn below(&mut self, size: usize) -> usize {
        self.1 += 1;
        self.0[self.1 % self.0.len()].index(size)
    }

    fn one<T: Clone>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())].clone()
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 0
    }

    /// A number between two others, with up to two decimals.
    fn between(&mut self, low: i32, high: i32) -> Number {
        let digits = self.below(3);
        let scale = [1_i64, 10, 100][digits];
        let span = usize::try_from((i64::from(high) - i64::from(low)) * scale + 1).unwrap();
        let offset = i64::try_from(self.below(span)).unwrap();
        let scaled = i64::from(low) * scale + offset;
        Number::from(scaled).divided_by(Number::from(scale)).unwrap()
    }
}

fn options(choices: &mut Choices<'_>, trait_: Trait) -> Json {
    let mut options = json!({});
    match trait_.spec().kind {
        Kind::Number(kind) if kind.range_required || choices.flag() => {
            let (low, high) = (kind.limits.0, kind.limits.1.min(5000));
            let (one, other) = (choices.between(low, high), choices.between(low, high));
            let (min, max) = if one < other { (one, other) } else { (other, one) };
            if min == max {
                options["min"] = json!(low);
                options["max"] = json!(high);
            } else {
                options["min"] = json!(min);
                options["max"] = json!(max);
                let step = choices.one(&["0.05", "0.1", "0.5", "0.7", "1", "3", "10"]);
                let step = Number::parse(step).unwrap();
                if step <= max.minus(min) && choices.flag() {
                    options["step"] = json!(step);
                }
            }
        }
        Kind::Enum { states, commands } if states == commands && choices.flag() => {
            let count = 1 + choices.below(states.len());
            let start = choices.below(states.len());
            let words: Vec<_> = states.iter().cycle().skip(start).take(count).collect();
            options["values"] = json!(words);
        }
        _ => {}
    }
    if trait_ == Trait::OpenState {
        options["stop"] = json!(choices.flag());
    }
    options
}

/// A value on the device's grid.
fn value(choices: &mut Choices<'_>, device: &Device, trait_: Trait) -> Option<Json> {
    Some(match trait_.spec().kind {
        Kind::Bool => json!(choices.flag()),
        Kind::Number(_) => {
            let range = device.range(trait_).unwrap();
            let (min, max) = (range.min.unwrap(), range.max.unwrap_or(Number::from(2000)));
            let part = choices.between(0, 1);
            json!(range.snap(min.plus(max.minus(min).times(part).unwrap())))
        }
        Kind::Enum { .. } => json!(choices.one(device.words(trait_))),
        Kind::Color => json!({"hue": choices.below(360), "saturation": choices.below(101)}),
        Kind::Event(_) | Kind::Stream => return None,
    })
}

fn traits_of_rows() -> Vec<Trait> {
    TABLE.iter().map(|row| row.trait_).collect()
}

/// A random device with its random state. It is offered as a profile with every capability, with those that its traits
/// map to, or as a shade.
fn device_and_state(seeds: &[Index]) -> (Device, State) {
    let choices = &mut Choices(seeds, 0);
    let wanted = choices.one(DeviceType::ALL);
    let mut traits = serde_json::Map::new();
    for trait_ in traits_of_rows() {
        if choices.flag() {
            traits.insert(trait_.to_string(), options(choices, trait_));
        }
    }
    if traits.is_empty() {
        traits.insert("on_off".to_owned(), json!({}));
    }
    let every: Vec<_> = TABLE
        .iter()
        .flat_map(|row| row.attributes)
        .map(|attribute| attribute.capability.strip_prefix("st.").unwrap())
        .collect();
    let overrides = match choices.below(3) {
        0 => json!({"device_handler_type": "6f0c2f0e-1d7b-4c55-9a63-1f6d0c9a7e11", "capabilities": every}),
        1 => json!({"device_handler_type": "6f0c2f0e-1d7b-4c55-9a63-1f6d0c9a7e11"}),
        _ => json!({"device_handler_type": "c2c-shade"}),
    };
    let document = json!({
        "owner": "u1", "type": wanted, "name": "Thing", "traits": traits, "overrides": {"smartthings": overrides},
    });
    let device =
        Device::parse(&DeviceId::new("thing").unwrap(), &document).unwrap_or_else(|e| panic!("{document} {e:?}"));
    let mut said = Report { online: Some(true), ..Report::default() };
    for trait_ in device.traits.keys() {
        if choices.below(8) > 0 {
            said.values.extend(value(choices, &device, *trait_).map(|value| (trait_.to_string(), value)));
        }
    }
    let outcome = report::apply(&device, &State::default(), &said, NOW);
    assert_eq!(outcome.rejected, [], "{document}");
    (device, outcome.state)
}

fn seeds() -> impl Strategy<Value = Vec<Index>> {
    proptest::collection::vec(any::<Index>(), 160)
}

fn random_device() -> impl Strategy<Value = (Device, State)> {
    seeds().prop_map(|seeds| device_and_state(&seeds))
}

fn attributes(device: &Device) -> Vec<(Trait, &'static Attribute)> {
    Handler::of(device).map(|handler| handler.attributes(device).collect()).unwrap_or_default()
}

fn shown(device: &Device, state: &State, attribute: &Attribute) -> Option<Json> {
    let states = map::values(device, state, None);
    let found = states.into_iter().find(|s| s.capability == attribute.capability && s.attribute == attribute.name);
    found.map(|state| state.value)
}

fn command(attribute: &Attribute, name: &str, arguments: Vec<Json>) -> wire::Command {
    wire::Command {
        component: Some("main".to_owned()),
        capability: attribute.capability.to_owned(),
        command: name.to_owned(),
        arguments: Some(arguments),
    }
}

/// The command that makes the attribute what it shows; `None` if there is none.
fn command_for(device: &Device, state: &State, attribute: &Attribute, shown: &Json) -> Option<wire::Command> {
    let named = |wanted: &dyn Fn(Does) -> bool| attribute.commands.iter().find(|(_, does)| wanted(*does));
    // Half a color needs the other half, which a device without state does not have.
    if matches!(attribute.code, Code::Hue | Code::Saturation) {
        let part = |name: &str| {
            map::values(device, state, None).into_iter().find(|state| state.attribute == name).map(|state| state.value)
        };
        let map = json!({"hue": part("hue")?, "saturation": part("saturation")?});
        return Some(wire::Command { command: "setColor".to_owned(), ..command(attribute, "", vec![map]) });
    }
    if let Some((name, _)) = named(&|does| matches!(does, Does::Set)) {
        return Some(command(attribute, name, vec![shown.clone()]));
    }
    let (name, _) = match attribute.code {
        Code::Flag(yes, _) => named(&|does| matches!(does, Does::Flag(flag) if flag == (shown == yes)))?,
        Code::Words(words) => named(
            &|does| matches!(does, Does::Word(word) if words.iter().any(|(w, text)| *w == word && shown == text)),
        )?,
        _ => return None,
    };
    Some(command(attribute, name, Vec::new()))
}

fn done(device: &Device, state: &State, command: &wire::Command) -> Result<State, DeviceError> {
    let mut planner = Planner::new(device, state, NOW);
    planner.add(&map::decode(device, planner.state(), command)?)?;
    Ok(planner.state().clone())
}

/// `setLevel 0` means off and says nothing of the brightness.
fn is_off_by_level(device: &Device, attribute: &Attribute, shown: &Json) -> bool {
    matches!(attribute.code, Code::Level) && *shown == 0 && device.has(Trait::OnOff)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_can_be_set_and_is_shown_again((device, state) in random_device()) {
        for (trait_, attribute) in attributes(&device) {
            let Some(before) = shown(&device, &state, attribute) else { continue };
            if is_off_by_level(&device, attribute, &before) || matches!(attribute.code, Code::Movement(_)) {
                continue;
            }
            let Some(command) = command_for(&device, &state, attribute, &before) else { continue };
            // The value itself is not known: it has to come from the command alone.
            let mut blank = state.clone();
            blank.values.remove(&trait_);
            let after = done(&device, &blank, &command);
            prop_assert!(after.is_ok(), "{trait_} {command:?}: {after:?}");
            let after = after.unwrap();
            prop_assert_eq!(shown(&device, &after, attribute), Some(before), "{} {:?}", trait_, command);
            if matches!(attribute.code, Code::Exact(..) | Code::Text | Code::Hue | Code::Flag(..) | Code::Heating) {
                prop_assert_eq!(after.get(trait_), state.get(trait_), "{} {:?}", trait_, command);
            }
        }
    }

    #[test]
    fn setting_what_is_shown_changes_nothing((device, state) in random_device()) {
        for (trait_, attribute) in attributes(&device) {
            let Some(before) = shown(&device, &state, attribute) else { continue };
            let takes_values = attribute.commands.iter().any(|(_, does)| matches!(does, Does::Set | Does::Flag(_)));
            if is_off_by_level(&device, attribute, &before) || !takes_values {
                continue;
            }
            let Some(command) = command_for(&device, &state, attribute, &before) else { continue };
            let after = done(&device, &state, &command);
            prop_assert!(after.is_ok(), "{trait_} {command:?}: {after:?}");
            prop_assert_eq!(after.unwrap().get(trait_), state.get(trait_), "{} {:?}", trait_, command);
        }
    }

    #[test]
    fn more_is_shown_as_more((device, state) in random_device(), parts in (0_u32..=1000, 0_u32..=1000)) {
        let mut state = state;
        let (less, more) = (parts.0.min(parts.1), parts.0.max(parts.1));
        for (trait_, attribute) in attributes(&device) {
            let Some(range) = device.range(trait_) else { continue };
            let (min, max) = (range.min.unwrap(), range.max.unwrap_or(Number::from(2000)));
            let mut at = |part: u32| {
                let offset = max.minus(min).times(Number::from_parts(part.cast_signed(), 3)).unwrap();
                state.set(trait_, range.clamp(min.plus(offset)), NOW);
                let json = shown(&device, &state, attribute)?;
                match json {
                    Json::Number(number) => Number::from_json(&number),
                    Json::String(text) => Number::parse(&text),
                    _ => None,
                }
            };
            if let (Some(less), Some(more)) = (at(less), at(more)) {
                prop_assert!(less <= more, "{trait_} {less} {more}");
            }
        }
    }

    #[test]
    fn every_state_is_as_smartthings_defines_it((device, state) in random_device()) {
        let mut seen = BTreeSet::new();
        for state in map::render(&device, &state) {
            let wrong = definitions::violation(&serde_json::to_value(&state).unwrap());
            prop_assert_eq!(wrong, None, "{:?}", state);
            prop_assert!(seen.insert((state.capability.clone(), state.attribute.clone())), "twice: {:?}", state);
        }
        let health = ("st.healthCheck".into(), "healthStatus".into());
        prop_assert!(seen.contains(&health));
    }

    #[test]
    fn what_is_refused_touches_nothing((device, state) in random_device(), argument in json_value(), more in json_value()) {
        for (_, attribute) in attributes(&device) {
            for (name, _) in attribute.commands {
                for arguments in [vec![], vec![argument.clone()], vec![argument.clone(), more.clone()]] {
                    let command = command(attribute, name, arguments);
                    let mut planner = Planner::new(&device, &state, NOW);
                    let result = map::decode(&device, planner.state(), &command).and_then(|c| planner.add(&c));
                    match result {
                        Err(error) => {
                            let expected = [DeviceError::NotSupported, DeviceError::InvalidValue, DeviceError::NotReady];
                            prop_assert!(expected.contains(&error), "{command:?}: {error}");
                            prop_assert_eq!(planner.state(), &state);
                            prop_assert!(planner.targets().is_empty());
                        }
                        Ok(()) => {
                            for (trait_, reported) in &planner.state().values {
                                let check = device.check(*trait_, reported.value);
                                prop_assert!(check.is_ok(), "{command:?}: {trait_} {check:?}");
                            }
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn a_change_shows_in_what_is_told_of_the_trait((device, state) in random_device(), other in seeds()) {
        let choices = &mut Choices(&other, 0);
        for trait_ in device.traits.keys() {
            let Some(value) = value(choices, &device, *trait_) else { continue };
            let mut after = state.clone();
            after.set(*trait_, trait_.read(&value).unwrap(), NOW);
            let before = map::values(&device, &state, None);
            let told = map::values(&device, &after, Some(&BTreeSet::from([*trait_])));
            for state in map::values(&device, &after, None) {
                prop_assert!(before.contains(&state) || told.contains(&state), "{trait_} {state:?}");
            }
        }
    }

    #[test]
    fn discovery_follows_from_the_document_alone((device, _) in random_device()) {
        let again: Device = serde_json::from_value(serde_json::to_value(&device).unwrap()).unwrap();
        let bytes = |device: &Device| serde_json::to_vec(&map::describe(device)).unwrap();
        prop_assert_eq!(bytes(&device), bytes(&again));
        prop_assert_eq!(map::describe(&device).is_some(), !attributes(&device).is_empty());
    }
}

fn json_value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-10_i64..200).prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        (0.0..110.0).prop_map(Json::from),
        "[a-zA-Z0-9#]{0,8}".prop_map(Json::from),
        Just(json!("off")),
        Just(json!("#00ff7f")),
    ];
    let member = prop_oneof![
        Just("hue".to_owned()),
        Just("saturation".to_owned()),
        Just("hex".to_owned()),
        Just("level".to_owned()),
        Just("switch".to_owned()),
        "[a-z]{1,4}",
    ];
    leaf.prop_recursive(3, 12, 4, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            proptest::collection::btree_map(member.clone(), inner, 0..4).prop_map(|map| json!(map)),
        ]
    })
}

#[test]
fn the_random_devices_use_every_attribute() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..2000 {
        let (device, state) = random_device().new_tree(&mut runner).unwrap().current();
        seen.extend(
            map::values(&device, &state, None).into_iter().map(|s| format!("{}.{}", s.capability, s.attribute)),
        );
    }
    let all = TABLE.iter().filter(|row| !row.trait_.is_event()).flat_map(|row| row.attributes);
    let missing: Vec<_> =
        all.map(|a| format!("{}.{}", a.capability, a.name)).filter(|name| !seen.contains(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
}
