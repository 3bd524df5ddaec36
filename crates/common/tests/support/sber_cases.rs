//! Random devices of every Sber function, for the laws of the model.
//!
//! Include it with `#[path = "support/sber_cases.rs"] mod cases;`.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::model::{
    Color, Device, DeviceError, DeviceId, Kind, Number, Planner, State, Timestamp, Trait, Value, Word,
};
use common::platform::sber::map::{self, Category, Codec, Domain, Function, Mode, TABLE};
use common::platform::sber::wire;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Value as Json, json};

pub const NOW: Timestamp = Timestamp::from_secs(1_750_000_000);
pub const LATER: Timestamp = Timestamp::from_secs(1_750_000_060);

/// One function of one device, with values of the trait behind it.
#[derive(Clone, Debug)]
pub struct Case {
    pub device: Device,
    pub trait_: Trait,
    pub function: Function,
    pub codec: Codec,
    /// Each inside what the device declares.
    pub values: Vec<Value>,
}

/// What a case is made of.
#[derive(Clone, Debug)]
pub struct Dice {
    row: Index,
    function: Index,
    category: Index,
    /// Two ends of a range, in units of 10^-decimals.
    pub ends: (Index, Index),
    pub decimals: u32,
    declare: (bool, bool, bool),
    step: i32,
    words: Vec<Index>,
    values: Vec<Index>,
    brightness: bool,
}

/// Any case.
pub fn dice() -> impl Strategy<Value = Dice> {
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

/// A value that the device may have.
pub fn value(device: &Device, trait_: Trait, index: Index, decimals: u32) -> Option<Value> {
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
pub fn case(dice: &Dice) -> Option<Case> {
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
    /// Nothing is known but this.
    pub fn state(&self, value: Value) -> State {
        let mut state = State::default();
        state.set(self.trait_, value, NOW);
        state
    }

    /// What a query answers of the function.
    pub fn told(&self, state: &State) -> Option<wire::Value> {
        let states = map::render(&self.device, state);
        states.into_iter().find(|state| state.key == self.function.as_str()).map(|state| state.value)
    }

    /// The state after Sber has asked for this.
    pub fn asked(&self, state: &State, value: wire::Value) -> Result<State, DeviceError> {
        let mut planner = Planner::new(&self.device, state, LATER);
        let entry = wire::State { key: self.function.to_string(), value };
        planner.add(&map::decode(&self.device, planner.state(), &entry)?)?;
        Ok(planner.state().clone())
    }

    /// The function's mode.
    pub fn mode(&self) -> Mode {
        self.function.spec().mode
    }

    /// What discovery declares, if it declares anything.
    pub fn allowed(&self) -> Option<wire::AllowedValues> {
        let model = map::describe(&self.device).unwrap().model.unwrap();
        model.allowed_values.get(self.function.as_str()).cloned()
    }

    /// Law 4 and the second half of law 3: the type of the function, and inside what discovery declares.
    pub fn declared(&self, value: &wire::Value) -> bool {
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
