//! Random devices, states and commands for Yandex.

#![allow(dead_code, unreachable_pub, reason = "shared by test programs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::model::{Access, Color, Device, DeviceId, DeviceType, Kind, Number, State, Timestamp, Trait, Value, Word};
use common::platform::yandex::map::{self, TABLE};
use common::platform::yandex::wire;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::{Map, Value as Json, json};

/// When everything was reported.
pub const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

pub fn parse(device_type: &str, traits: &Json) -> Device {
    let document = json!({"owner": "u1", "type": device_type, "name": "Thing", "traits": traits});
    Device::parse(&DeviceId::new("d-1").unwrap(), &document).unwrap_or_else(|errors| panic!("{traits}: {errors:?}"))
}

pub fn state(values: &[(Trait, Value)]) -> State {
    let mut state = State::default();
    values.iter().for_each(|(trait_, value)| state.set(*trait_, *value, NOW));
    state
}

/// A decimal within limits, with up to three places.
fn decimal(min: i64, max: i64) -> impl Strategy<Value = Number> {
    (min * 1000..=max * 1000, 0_u32..=3).prop_map(|(thousandths, places)| {
        Number::from(thousandths).divided_by(Number::from(1000)).unwrap().round_to(places)
    })
}

/// Options of a trait, as they stand in a document.
pub fn options(trait_: Trait) -> BoxedStrategy<Json> {
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
pub fn value(device: &Device, trait_: Trait, number: u32, index: Index) -> Option<Value> {
    Some(match trait_.spec().kind {
        Kind::Bool => Value::Bool(number.is_multiple_of(2)),
        Kind::Number(_) => {
            let range = device.range(trait_).unwrap();
            let min = range.min.unwrap();
            let width = range.max.unwrap_or(min.plus(Number::from(100_000))).minus(min);
            let part = Number::from(i64::from(number)).divided_by(Number::from(i64::from(u32::MAX))).unwrap();
            match number % 8 {
                // The ends are where roundings go wrong.
                0 => min.into(),
                1 => min.plus(width).into(),
                _ => range.clamp(min.plus(width.times(part).unwrap()).round_to(3)).into(),
            }
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
pub fn one_trait() -> impl Strategy<Value = (Trait, Device, Option<Value>)> {
    (proptest::sample::select(mapped()), any::<u32>(), any::<Index>()).prop_flat_map(|(trait_, number, index)| {
        options(trait_).prop_map(move |options| {
            let device = parse("other", &json!({trait_.as_str(): options}));
            let value = value(&device, trait_, number, index);
            (trait_, device, value)
        })
    })
}

/// A device with any traits that may stand together, and a value of some of them.
pub fn any_device() -> impl Strategy<Value = (Device, State)> {
    let all: Vec<Trait> = Trait::ALL.to_vec();
    let traits = subsequence(all, 1..12).prop_flat_map(|traits| {
        traits.into_iter().map(|trait_| options(trait_).prop_map(move |options| (trait_, options))).collect::<Vec<_>>()
    });
    let flags = prop::collection::vec((any::<u32>(), any::<Index>(), 0_u8..6), 12);
    (traits, proptest::sample::select(DeviceType::ALL), flags)
        .prop_map(|(traits, device_type, flags)| {
            let mut traits = traits;
            let colors = [Trait::Color, Trait::ColorTemperature, Trait::ColorScene];
            if !traits.iter().any(|(trait_, _)| colors.contains(trait_)) {
                traits.retain(|(trait_, _)| *trait_ != Trait::ColorMode);
            }
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
            if members.is_empty() {
                members.insert("on_off".to_owned(), json!({}));
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
pub fn any_command() -> impl Strategy<Value = Json> {
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
