//! The rules of the device model, written to be read: examples first, laws (checked with random input) after them.
//!
//! `document` what a vendor may register · `reports` what becomes of what it reports · `commands` what becomes of what a
//! platform asks · `numbers`, `values` the arithmetic and the wire forms · `schema`, `docs` the generated pages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod commands;
mod docs;
mod document;
mod numbers;
mod reports;
mod schema;
mod support_matrix;
mod values;

use std::sync::LazyLock;

use common::model::{Color, Device, DeviceId, Kind, Number, Report, State, Timestamp, Trait, Value, report};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

/// The id of every device of these tests.
const ID: &str = "d-1";

/// A device with these traits.
fn device(traits: &Json) -> Device {
    let document = json!({"owner": "u1", "type": "other", "name": "Thing", "traits": traits});
    Device::parse(&DeviceId::new(ID).unwrap(), &document).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// A device that declares every trait.
fn everything() -> &'static Device {
    static DEVICE: LazyLock<Device> = LazyLock::new(declare_everything);
    &DEVICE
}

fn declare_everything() -> Device {
    let traits = Trait::ALL.iter().map(|trait_| {
        let options = if *trait_ == Trait::TargetTemperature { json!({"min": 5, "max": 35}) } else { json!({}) };
        (trait_.as_str().to_owned(), options)
    });
    device(&Json::Object(traits.collect()))
}

/// A point in time, in seconds.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + seconds)
}

/// A report of these values.
fn report(values: &Json, time: Option<Timestamp>) -> Report {
    let values = values.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.clone()));
    Report { online: None, values: values.collect(), at: time }
}

/// The state of a device that reported these values at the time 0.
fn state(device: &Device, values: &Json) -> State {
    let outcome = report::apply(device, &State::default(), &report(values, Some(at(0))), at(0));
    assert_eq!(outcome.rejected, [], "the test's own values must be good");
    outcome.state
}

/// The present values, without their times.
fn values(state: &State) -> Json {
    state.values.iter().map(|(trait_, reported)| (trait_.to_string(), json!(reported.value))).collect()
}

fn number(text: &str) -> Number {
    Number::parse(text).unwrap()
}

/// Any value that this device may have for this trait.
fn any_value(device: &Device, trait_: Trait) -> BoxedStrategy<Value> {
    match trait_.spec().kind {
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Number(_) => {
            let range = device.range(trait_).unwrap();
            let tenths = |bound: Option<Number>, otherwise: i64| {
                bound.map_or(otherwise, |bound| bound.times(Number::from(10)).unwrap().round())
            };
            (tenths(range.min, -10_000)..=tenths(range.max, 10_000))
                .prop_map(|tenths| Value::Number(Number::from_parts(i32::try_from(tenths).unwrap(), 1)))
                .boxed()
        }
        Kind::Enum { .. } | Kind::Event(_) => {
            let words = if trait_ == Trait::ColorMode { device.color_modes() } else { device.words(trait_).to_vec() };
            proptest::sample::select(words).prop_map(Value::Word).boxed()
        }
        Kind::Color => any_color().prop_map(Value::Color).boxed(),
        Kind::Stream => unreachable!("a stream has no value"),
    }
}

fn any_color() -> impl Strategy<Value = Color> {
    (0_i64..360, 0_i64..=100).prop_map(|(hue, saturation)| Color::new(hue, saturation).unwrap())
}
