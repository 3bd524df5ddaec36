//! A value is the same in JSON, in DynamoDB and in memory.

use aws_sdk_dynamodb::types::AttributeValue;
use common::model::{Color, Device, DeviceId, Number, Trait, Value, Word};
use proptest::prelude::*;
use serde_dynamo::{from_attribute_value, to_attribute_value};
use serde_json::{Value as Json, json};

use super::{any_color, everything, number};

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (any::<i32>(), 0_u32..=20).prop_map(|(digits, scale)| Value::Number(Number::from_parts(digits, scale))),
        (-999_999_999_999_999_i64..=999_999_999_999_999).prop_map(|whole| Value::Number(Number::from(whole))),
        proptest::sample::select(Word::ALL).prop_map(Value::Word),
        any_color().prop_map(Value::Color),
    ]
}

proptest! {
    #[test]
    fn values_survive_json(value in any_value()) {
        let text = serde_json::to_string(&value).unwrap();
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        prop_assert_eq!(serde_json::from_value::<Value>(json!(value)).unwrap(), value);
    }

    #[test]
    fn values_survive_dynamodb(value in any_value()) {
        let stored: AttributeValue = to_attribute_value(value).unwrap();
        prop_assert_eq!(from_attribute_value::<_, Value>(stored).unwrap(), value);
    }
}

#[test]
fn values_are_stored_as_what_they_are() {
    let stored = |value: Value| to_attribute_value::<_, AttributeValue>(value).unwrap();
    assert_eq!(stored(Value::Bool(true)), AttributeValue::Bool(true));
    assert_eq!(stored(Value::Number(number("21.50"))), AttributeValue::N("21.5".into()));
    assert_eq!(stored(Value::Number(number("40.0"))), AttributeValue::N("40".into()));
    assert_eq!(stored(Value::Word(Word::FanOnly)), AttributeValue::S("fan_only".into()));
    let color = stored(Color::new(210, 80).unwrap().into());
    assert_eq!(color.as_m().unwrap()["hue"], AttributeValue::N("210".into()));
}

#[test]
fn devices_survive_dynamodb() {
    for document in super::schema::vector_documents() {
        let device = Device::parse(&DeviceId::new(document["id"].as_str().unwrap()).unwrap(), &document).unwrap();
        let stored: AttributeValue = to_attribute_value(&device).unwrap();
        assert_eq!(from_attribute_value::<_, Device>(stored).unwrap(), device);
    }
}

#[test]
fn every_trait_reads_its_own_kind_and_nothing_else() {
    let samples = [
        ("bool", json!(true)),
        ("number", json!(20.5)),
        ("word", json!("auto")),
        ("color", json!({"hue": 210, "saturation": 80})),
        ("null", json!(null)),
        ("list", json!([1])),
        ("object", json!({})),
    ];
    for trait_ in Trait::ALL {
        use common::model::Kind::{Bool, Color, Enum, Event, Number, Stream};
        let own = match trait_.spec().kind {
            Bool => "bool",
            Number(_) => "number",
            Enum { .. } | Event(_) => "word",
            Color => "color",
            Stream => "none",
        };
        for (kind, sample) in &samples {
            assert_eq!(trait_.read(sample).is_ok(), *kind == own, "{trait_} {sample}");
        }
    }
}

#[test]
fn hue_and_saturation_are_whole_numbers_and_a_full_turn_is_zero() {
    let read = |json: Json| Trait::Color.read(&json).ok().and_then(Value::as_color);
    let color = |hue, saturation| Color::new(hue, saturation);
    assert_eq!(read(json!({"hue": 360, "saturation": 0})), color(0, 0));
    assert_eq!(read(json!({"hue": 210.0, "saturation": 1e2})), color(210, 100));
    for wrong in [
        json!({"hue": 361, "saturation": 0}),
        json!({"hue": -1, "saturation": 0}),
        json!({"hue": 0, "saturation": 101}),
        json!({"hue": 0.5, "saturation": 0}),
        json!({"hue": "0", "saturation": 0}),
        json!({"hue": 0}),
        json!({"hue": 0, "saturation": 0, "value": 0}),
        json!({"hue": 1e300, "saturation": 0}),
    ] {
        assert_eq!(read(wrong.clone()), None, "{wrong}");
    }
}

#[test]
fn a_value_must_be_inside_what_the_device_declares() {
    let device = everything();
    let refused = |trait_, value: Json| device.check(trait_, Trait::read(trait_, &value).unwrap()).unwrap_err().0;
    assert_eq!(refused(Trait::Brightness, json!(0.5)), "must be from 1 to 100 %, is 0.5");
    assert_eq!(refused(Trait::Power, json!(-3)), "must be at least 0 W, is -3");
    assert_eq!(
        refused(Trait::FanSpeed, json!("cleaning")),
        "must be one of auto, quiet, low, medium, high, turbo, is cleaning"
    );
    assert!(device.check(Trait::Temperature, Value::Number(number("-12.345"))).is_ok(), "decimals are fine");
}
