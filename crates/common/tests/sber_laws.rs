//! The laws of the model (model.md section 6) for Sber: every trait, random declared ranges, random values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;

use common::model::{
    Color, Device, DeviceError, DeviceId, Kind, Number, Planner, State, Timestamp, Trait, Value, Word,
};
use common::platform::sber::map::{self, Category, Codec, Domain, Function, Mode, TABLE};
use common::platform::sber::wire;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value as Json, json};

const NOW: Timestamp = Timestamp::from_secs(1_750_000_000);
const LATER: Timestamp = Timestamp::from_secs(1_750_000_060);

/// One function of one device, with values of the trait behind it.
#[derive(Clone, Debug)]
struct Case {
    device: Device,
    trait_: Trait,
    function: Function,
    codec: Codec,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
struct Dice {
    row: Index,
    function: Index,
    category: Index,
    /// Two ends of a range, in units of 10^-decimals.
    ends: (Index, Index),
    decimals: u32,
    declare: (bool, bool, bool),
    step: i32,
    words: Vec<Index>,
    values: Vec<Index>,
    brightness: bool,
}

fn dice() -> impl Strategy<Value = Dice> {
    (
        any::<(Index, Index, Index, (Index, Index))>(),
        0..=2_u32,
        any::<(bool, bool, bool)>(),
        1..=400_i32,
        proptest::collection::vec(any::<Index>(), 1..8),
        proptest::collection::vec(any::<Index>(), 4),
        any::<bool>(),
    )
        .prop_map(|((row, function, category, ends), decimals, declare, step, words, values, brightness)| Dice {
            row,
            function,
            category,
            ends,
            decimals,
            declare,
            step,
            words,
            values,
            brightness,
        })
}

/// A number between two others, on a grid of 10^-decimals counted from zero or an end itself.
fn between(index: Index, min: Number, max: Number, decimals: u32) -> Number {
    let width = max.minus(min).to_f64();
    let steps = 10_f64.powi(i32::try_from(decimals).unwrap()) * width;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let place = index.index(steps.min(1e9) as usize + 1);
    let raw = min.to_f64() + place as f64 / 10_f64.powi(i32::try_from(decimals).unwrap());
    let number = Number::parse(&format!("{raw:.*}", decimals as usize)).unwrap();
    number.max(min).min(max)
}

fn options(trait_: Trait, dice: &Dice) -> Json {
    let mut options = Map::new();
    match trait_.spec().kind {
        Kind::Number(kind) => {
            // Beyond these nothing real is; near Sber's own limits there is something to find.
            let limits = (Number::from(kind.limits.0), Number::from(kind.limits.1.min(60_000)));
            let ends = [dice.ends.0, dice.ends.1].map(|end| between(end, limits.0, limits.1, dice.decimals));
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let (low, high) = if low < high { (low, high) } else { limits };
            let default = |n: Option<i32>| n.map(Number::from);
            let mut min = if dice.declare.0 || kind.range_required { Some(low) } else { None };
            let max = if dice.declare.1 || kind.range_required { Some(high) } else { None };
            if min.or(default(kind.min)) >= max.or(default(kind.max)) && max.or(default(kind.max)).is_some() {
                min = max.map(|_| limits.0);
            }
            for (name, value) in [("min", min), ("max", max)] {
                value.map(|value| options.insert(name.to_owned(), value.to_json()));
            }
            let step = Number::from_parts(dice.step, dice.decimals);
            let width = max.or(default(kind.max)).zip(min.or(default(kind.min))).map(|(max, min)| max.minus(min));
            if dice.declare.2 && width.is_none_or(|width| step <= width) {
                options.insert("step".to_owned(), step.to_json());
            }
        }
        Kind::Enum { states: words, commands } if words == commands && dice.declare.0 => {
            let mut chosen: Vec<Word> = Vec::new();
            for word in dice.words.iter().map(|index| *index.get(words)) {
                if !chosen.contains(&word) {
                    chosen.push(word);
                }
            }
            options.insert("values".to_owned(), json!(chosen));
        }
        _ => {}
    }
    if trait_ == Trait::OpenState && dice.declare.1 {
        options.insert("stop".to_owned(), json!(true));
    }
    Json::Object(options)
}

fn value(device: &Device, trait_: Trait, index: Index, decimals: u32) -> Option<Value> {
    Some(match trait_.spec().kind {
        Kind::Bool => Value::Bool(index.index(2) == 0),
        Kind::Number(kind) => {
            let range = device.range(trait_)?;
            let (min, max) = (range.min.unwrap(), range.max.unwrap_or(kind.limits.1.min(60_000).into()));
            Value::Number(between(index, min, max.max(min), decimals))
        }
        Kind::Enum { .. } if trait_ == Trait::ColorMode => (*index.get(&device.color_modes())).into(),
        Kind::Enum { .. } | Kind::Event(_) => (*index.get(device.words(trait_))).into(),
        Kind::Color => {
            let color = index.index(361 * 101);
            Color::new(i64::try_from(color % 361).unwrap(), i64::try_from(color / 361).unwrap()).unwrap().into()
        }
        Kind::Stream => return None,
    })
}

/// A device of a category that has the function, with all that the category demands; `None` when the random range leaves
/// nothing that Sber could be told.
fn case(dice: &Dice) -> Option<Case> {
    let row = dice.row.get(TABLE);
    let (function, codec) = *dice.function.get(row.functions);
    let categories: Vec<_> = Category::ALL.iter().filter(|category| category.has(function)).collect();
    let category = **dice.category.get(&categories);
    let mut traits = Map::new();
    for needed in category.spec().obligatory.iter().chain(category.spec().any_of.first()) {
        let givers = TABLE.iter().filter(|row| row.functions.iter().any(|(function, _)| function == needed));
        // A cover with a position only derives its state from it.
        let cover = row.trait_ == Trait::Position && dice.declare.2;
        let giver = givers.clone().find(|giver| !cover || giver.trait_ != Trait::OpenState).unwrap().trait_;
        let range = json!({"min": 5, "max": 40});
        traits.insert(giver.to_string(), if giver == Trait::TargetTemperature { range } else { json!({}) });
    }
    if row.trait_ == Trait::ColorMode || (row.trait_ == Trait::Color && dice.declare.1) {
        traits.insert("color".to_owned(), json!({}));
        traits.insert("color_temperature".to_owned(), json!({}));
    }
    if row.trait_ == Trait::Color && dice.brightness {
        traits.insert("brightness".to_owned(), options(Trait::Brightness, dice));
    }
    if row.trait_ != Trait::ColorMode {
        traits.insert(row.trait_.to_string(), options(row.trait_, dice));
    }
    if row.trait_ == Trait::Position && !matches!(codec, Codec::Scaled(..)) {
        traits.remove("open_state");
    }
    let document = json!({"owner": "u1", "type": "other", "name": "Thing", "model": "M1", "traits": traits,
        "overrides": {"sber": {"category": category}}});
    let device = Device::parse(&DeviceId::new("thing-1").unwrap(), &document).unwrap();
    let model = map::describe(&device)?.model.unwrap();
    if !model.features.contains(&function.to_string()) {
        return None;
    }
    let values = dice.values.iter().filter_map(|index| value(&device, row.trait_, *index, dice.decimals)).collect();
    Some(Case { device, trait_: row.trait_, function, codec, values })
}

impl Case {
    fn state(&self, value: Value) -> State {
        let mut state = State::default();
        state.set(self.trait_, value, NOW);
        state
    }

    fn told(&self, state: &State) -> Option<wire::Value> {
        let states = map::render(&self.device, state);
        states.into_iter().find(|state| state.key == self.function.as_str()).map(|state| state.value)
    }

    fn asked(&self, state: &State, value: wire::Value) -> Result<State, DeviceError> {
        let mut planner = Planner::new(&self.device, state, LATER);
        let entry = wire::State { key: self.function.to_string(), value };
        planner.add(&map::decode(&self.device, planner.state(), &entry)?)?;
        Ok(planner.state().clone())
    }

    fn mode(&self) -> Mode {
        self.function.spec().mode
    }

    fn allowed(&self) -> Option<wire::AllowedValues> {
        let model = map::describe(&self.device).unwrap().model.unwrap();
        model.allowed_values.get(self.function.as_str()).cloned()
    }

    /// Law 4 and the second half of law 3: the type of the function, and inside what discovery declares.
    fn declared(&self, value: &wire::Value) -> bool {
        match (value, self.function.spec().domain, self.allowed()) {
            (wire::Value::Bool { .. }, Domain::Bool, None) => true,
            (wire::Value::Integer { integer_value }, Domain::Integer { min, max, .. }, None) => {
                (i64::from(min)..=i64::from(max)).contains(&integer_value.0)
            }
            (
                wire::Value::Integer { integer_value },
                Domain::Integer { .. },
                Some(wire::AllowedValues::Integer { integer_values: range }),
            ) => {
                let inside = (range.min.0..=range.max.0).contains(&integer_value.0);
                // C1 states steps from 50 also where the device counts them from below 5 %.
                let low = self.codec == Codec::Brightness
                    && self.device.range(self.trait_).unwrap().min < Some(Number::from(5));
                let step = range.step.0;
                inside && step >= 1 && (low || (integer_value.0 - range.min.0) % step == 0)
            }
            (wire::Value::Float { float_value }, Domain::Float { max_thousandths }, allowed) => match allowed {
                None => (Number::ZERO..=Number::from_parts(max_thousandths, 3)).contains(float_value),
                Some(wire::AllowedValues::Float { float_values }) => {
                    (float_values.min..=float_values.max).contains(float_value)
                }
                Some(_) => false,
            },
            (wire::Value::Enum { enum_value }, Domain::Enum(words), None) => words.contains(&enum_value.as_str()),
            (
                wire::Value::Enum { enum_value },
                Domain::Enum(words),
                Some(wire::AllowedValues::Enum { enum_values }),
            ) => enum_values.values.contains(enum_value) && words.contains(&enum_value.as_str()),
            (wire::Value::Colour { colour_value: c }, Domain::Colour, None) => {
                (0..360).contains(&c.h) && (0..=1000).contains(&c.s) && (100..=1000).contains(&c.v)
            }
            _ => false,
        }
    }
}

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
                let brightness = self::value(&case.device, Trait::Brightness, dice.ends.1, dice.decimals).unwrap();
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
