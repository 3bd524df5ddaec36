//! The laws of the model (model.md section 6) for Sber: every trait, random declared ranges, random values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/sber_cases.rs"]
mod cases;

use std::collections::BTreeMap;

use cases::{LATER, NOW, case, dice};
use common::model::{DeviceError, Number, Planner, State, Trait, Value, Word};
use common::platform::sber::map::{self, Category, Codec, Domain, Function, Mode};
use common::platform::sber::wire;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};

/// A number as Sber sees it, for comparing.
fn size(value: &wire::Value) -> Option<Number> {
    match value {
        wire::Value::Integer { integer_value } => Some(integer_value.0.into()),
        wire::Value::Float { float_value } => Some(*float_value),
        _ => None,
    }
}

fn any_value() -> impl Strategy<Value = wire::Value> {
    let word = prop_oneof![
        Just(String::new()),
        "[a-z_0-9+-]{1,8}",
        proptest::sample::select(Function::ALL.to_vec()).prop_map(|function| match function.spec().domain {
            Domain::Enum(words) => words[0].to_owned(),
            _ => function.to_string(),
        }),
    ];
    prop_oneof![
        any::<bool>().prop_map(wire::Value::from),
        any::<i64>().prop_map(wire::Value::from),
        (-1100_i64..1100).prop_map(wire::Value::from),
        any::<i32>().prop_map(|n| wire::Value::from(Number::from_parts(n, 3))),
        word.prop_map(|word| wire::Value::from(word.as_str())),
        (-10_i64..400, -10_i64..1100, -10_i64..1100).prop_map(|(h, s, v)| wire::Colour { h, s, v }.into()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 1: there and back is the value on Sber's grid, and a second time changes nothing.
    #[test]
    fn there_and_back(dice in dice()) {
        let Some(case) = case(&dice) else { return Ok(()) };
        if case.mode() != Mode::ReadWrite { return Ok(()) }
        for value in &case.values {
            let mut state = case.state(*value);
            // A colour has its brightness in it.
            if case.trait_ == Trait::Color && case.device.has(Trait::Brightness) {
                let brightness = cases::value(&case.device, Trait::Brightness, dice.ends.1, dice.decimals).unwrap();
                state.set(Trait::Brightness, brightness, NOW);
            }
            let Some(told) = case.told(&state) else { continue };
            let after = case.asked(&State::default(), told.clone()).unwrap();
            prop_assert_eq!(case.told(&after), Some(told.clone()), "{:?}", value);
            prop_assert_eq!(case.asked(&after, told.clone()).unwrap().get(case.trait_), after.get(case.trait_));
            match (*value, after.get(case.trait_).unwrap()) {
                (Value::Number(before), Value::Number(reached)) => {
                    let range = case.device.range(case.trait_).unwrap();
                    let unit = match case.codec {
                        Codec::ColourTemperature => range.max.unwrap().minus(range.min.unwrap()).to_f64() / 1000.0,
                        _ => 1.0,
                    };
                    // Below 5 % Sber has nothing; an end that is off the grid is a step away from it.
                    let floor = if case.codec == Codec::Brightness { 5.0 } else { f64::MIN };
                    let away = before.to_f64().max(floor) - reached.to_f64();
                    prop_assert!(away.abs() <= range.step.map_or(0.0, Number::to_f64) + unit, "{} and {}", before, reached);
                }
                (Value::Word(before), Value::Word(Word::Temperature)) if case.codec == Codec::LightMode => {
                    prop_assert!(before != Word::Color);
                }
                (before, reached) => prop_assert_eq!(before, reached),
            }
        }
    }

    /// Law 2: what Sber was told and sends back is no change.
    #[test]
    fn an_echo_changes_nothing(dice in dice(), brightness in 0..=100_i32) {
        let Some(case) = case(&dice) else { return Ok(()) };
        if case.mode() != Mode::ReadWrite { return Ok(()) }
        for value in &case.values {
            let mut state = case.state(*value);
            let brightness = Value::Number(brightness.into());
            if case.trait_ == Trait::Color && case.device.has(Trait::Brightness) {
                if case.device.check(Trait::Brightness, brightness).is_err() { continue }
                state.set(Trait::Brightness, brightness, NOW);
            }
            let Some(told) = case.told(&state) else { continue };
            let after = case.asked(&state, told.clone()).unwrap();
            prop_assert_eq!(after.get(case.trait_), Some(*value));
            prop_assert_eq!(after.get(Trait::Brightness), state.get(Trait::Brightness));
        }
    }

    /// Laws 3 and 4, outwards: numbers keep their order, everything is what discovery declares and what Sber takes.
    #[test]
    fn what_is_told_is_declared(dice in dice()) {
        let Some(case) = case(&dice) else { return Ok(()) };
        let mut seen: Vec<(Value, Number)> = Vec::new();
        for value in &case.values {
            let told = match case.mode() {
                Mode::Event => map::occurrence(&case.device, case.trait_, *value).map(|state| state.value),
                _ => case.told(&case.state(*value)),
            };
            let Some(told) = told else { continue };
            prop_assert!(case.mode() != Mode::Command);
            prop_assert!(case.declared(&told), "{:?} is {:?} in {:?}", value, told, case.allowed());
            seen.extend(size(&told).map(|size| (*value, size)));
        }
        seen.sort();
        prop_assert!(seen.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{:?}", seen);
    }

    /// Law 4, inwards: anything is done or refused with an error of the model, and a refusal touches nothing.
    #[test]
    fn anything_is_done_or_refused(dice in dice(), wanted in any_value()) {
        let Some(case) = case(&dice) else { return Ok(()) };
        let state = case.values.first().map_or_else(State::default, |value| {
            if case.device.keeps(case.trait_) { case.state(*value) } else { State::default() }
        });
        let entry = wire::State { key: case.function.to_string(), value: wanted };
        let mut planner = Planner::new(&case.device, &state, LATER);
        let result = map::decode(&case.device, &state, &entry).and_then(|command| planner.add(&command));
        match result {
            Ok(()) => prop_assert!(matches!(case.mode(), Mode::ReadWrite | Mode::Command)),
            Err(error) => {
                let known = [DeviceError::NotSupported, DeviceError::InvalidValue, DeviceError::NotReady];
                prop_assert!(known.contains(&error));
                prop_assert_eq!(planner.state(), &state);
                if matches!(case.mode(), Mode::ReadOnly | Mode::Event) {
                    prop_assert_eq!(error, DeviceError::NotSupported);
                }
            }
        }
    }

    /// Everything that the model allows can be commanded.
    #[test]
    fn what_is_declared_can_be_commanded(dice in dice(), place in any::<Index>()) {
        let Some(case) = case(&dice) else { return Ok(()) };
        if !matches!(case.mode(), Mode::ReadWrite | Mode::Command) { return Ok(()) }
        let wanted = match (case.function.spec().domain, case.allowed()) {
            (Domain::Integer { .. }, Some(wire::AllowedValues::Integer { integer_values: range })) => {
                let width = usize::try_from(range.max.0 - range.min.0).unwrap();
                wire::Value::from(range.min.0 + i64::try_from(place.index(width + 1)).unwrap())
            }
            (Domain::Integer { min, max, .. }, None) => {
                wire::Value::from(i64::from(min) + i64::try_from(place.index(usize::try_from(max - min).unwrap() + 1)).unwrap())
            }
            (Domain::Enum(_), Some(wire::AllowedValues::Enum { enum_values })) => {
                place.get(&enum_values.values).as_str().into()
            }
            (Domain::Enum(words), None) => (*place.get(words)).into(),
            (Domain::Bool, None) => true.into(),
            (Domain::Colour, None) => wire::Colour { h: 120, s: 500, v: 1000 }.into(),
            other => panic!("{other:?}"),
        };
        let known = case.values.first().filter(|_| case.device.keeps(case.trait_));
        let state = known.map_or_else(State::default, |value| case.state(*value));
        match case.asked(&state, wanted.clone()) {
            Ok(_) => {}
            // Keys between the first and the last digit may be missing.
            Err(DeviceError::InvalidValue) if case.codec == Codec::Digit => {}
            Err(error) => prop_assert!(false, "{:?}: {:?}", wanted, error),
        }
    }

    /// Law 6: the description depends on the document alone, keeps to its category, and its model id says what it is.
    #[test]
    fn a_description_is_a_function_of_the_document(one in dice(), other in dice()) {
        let mut by_id: BTreeMap<String, Json> = BTreeMap::new();
        for dice in [&one, &one, &other] {
            let Some(case) = case(dice) else { continue };
            let model = map::describe(&case.device).unwrap().model.unwrap();
            let category: Category = model.category.parse().unwrap();
            for feature in &model.features {
                let function: Function = feature.parse().unwrap();
                prop_assert!(function == Function::Online || category.has(function));
            }
            prop_assert!(model.allowed_values.keys().all(|key| model.features.contains(key)));
            let id = model.id.clone();
            let variant = json!(model);
            if let Some(before) = by_id.insert(id, variant.clone()) {
                prop_assert_eq!(before.to_string(), variant.to_string());
            }
        }
    }
}
