//! Numbers are exact decimals: nothing drifts, and what goes through JSON comes back.

use common::model::{Number, Range};
use proptest::prelude::*;
use serde_json::Value as Json;

use super::number;

#[test]
fn ten_tenths_are_one() {
    let tenth = number("0.1");
    let mut sum = Number::ZERO;
    for count in 1..=10_000 {
        sum = sum.plus(tenth);
        assert_eq!(sum, Number::from_parts(count, 1));
    }
    assert_eq!(sum.to_json().to_string(), "1000");
}

#[test]
fn numbers_are_equal_by_value() {
    assert_eq!(number("25"), number("25.0"));
    assert_eq!(number("2.5e1"), number("25"));
    assert_eq!(number("-0"), Number::ZERO);
}

#[test]
fn the_largest_number_has_fifteen_digits() {
    assert_eq!(Number::parse("999999999999999").unwrap().to_string(), "999999999999999");
    assert_eq!(Number::parse("999999999999999.9"), None, "it would be rounded to 10^15");
    let largest = number("999999999999999");
    assert_eq!(number("5").plus(largest), largest, "a sum stops there");
    assert_eq!(number("-5").minus(largest), number("-999999999999999"));
}

#[test]
fn the_grid_is_counted_from_min_and_never_leaves_the_range() {
    let range = |min: &str, max: &str, step: &str| Range {
        min: Some(number(min)),
        max: Some(number(max)),
        step: Some(number(step)),
    };
    let table = [
        (range("0", "100", "10"), "44.9", "40"),
        (range("0", "100", "10"), "45", "50"),   // half goes away from zero
        (range("-10", "10", "5"), "-2.5", "-5"), // also below zero
        (range("1", "100", "10"), "40", "41"),
        (range("1", "100", "10"), "100", "91"), // 101 is not in the range
        (range("16", "30", "0.5"), "21.26", "21.5"),
        (range("0", "1", "0.3"), "0.95", "0.9"),
    ];
    for (range, from, to) in table {
        assert_eq!(range.snap(number(from)), number(to), "{range:?} {from}");
    }
}

/// Any decimal that a vendor might send: up to 15 digits.
fn any_number() -> impl Strategy<Value = (String, Number)> {
    (any::<bool>(), 0_u64..1_000_000_000_000_000, 0_usize..=15, 0_u32..15).prop_map(
        |(negative, digits, scale, fewer)| {
            let digits = digits / 10_u64.pow(fewer);
            let padded = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = padded.split_at(padded.len() - scale);
            let text =
                format!("{}{whole}{}{fraction}", if negative { "-" } else { "" }, if scale > 0 { "." } else { "" });
            let number = number(&text);
            (text, number)
        },
    )
}

fn through_json(number: Number) -> Number {
    let text = serde_json::to_string(&number).unwrap();
    assert_eq!(text, number.to_json().to_string(), "one way to write a number");
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(serde_json::from_str::<Number>(&text).unwrap(), serde_json::from_value(json.clone()).unwrap());
    Number::from_json(json.as_number().unwrap()).unwrap()
}

proptest! {
    #[test]
    fn decimals_survive_json((text, number) in any_number()) {
        prop_assert_eq!(Number::parse(&number.to_string()), Some(number), "its own text");
        prop_assert_eq!(through_json(number), number);
        prop_assert_eq!(serde_json::from_str::<Number>(&text).unwrap(), number, "as the vendor wrote it");
    }

    /// JSON readers and the vendor's arithmetic may miss by the last bit of a binary float.
    #[test]
    fn the_last_bit_of_a_float_does_not_matter((_, number) in any_number()) {
        for float in [number.to_f64().next_up(), number.to_f64().next_down()] {
            let json = serde_json::Number::from_f64(float).unwrap();
            prop_assert_eq!(Number::from_json(&json), Some(number));
        }
    }

    #[test]
    fn numbers_are_ordered_as_floats_are((_, left) in any_number(), (_, right) in any_number()) {
        prop_assert_eq!(Some(left.cmp(&right)), left.to_f64().partial_cmp(&right.to_f64()));
    }

    #[test]
    fn a_sum_can_be_taken_back(left in -1_000_000..1_000_000, right in -1_000_000..1_000_000, scale in 0_u32..6) {
        let (left, right) = (Number::from_parts(left, scale), Number::from_parts(right, 2));
        prop_assert_eq!(left.plus(right).minus(right), left);
    }

    #[test]
    fn the_grid_point_is_the_nearest_inside(min in -500..500, width in 1..1000, step in 1..100, value in 0..10_000) {
        let tenths = |tenths: i32| Number::from_parts(tenths, 1);
        let range = Range { min: Some(tenths(min)), max: Some(tenths(min + width)), step: Some(tenths(step)) };
        let value = range.clamp(Number::from_parts(min * 10 + value, 2));
        let point = range.snap(value);
        prop_assert!(range.contains(point), "{point}");
        prop_assert!(point.minus(tenths(min)).divided_by(tenths(step)).unwrap().is_integer(), "{point} is on the grid");
        prop_assert_eq!(range.snap(point), point, "a point of the grid stays");
        // No point of the grid that is inside is nearer.
        let distance = |point: Number| point.minus(value).max(value.minus(point));
        for other in [point.plus(tenths(step)), point.minus(tenths(step))] {
            prop_assert!(!range.contains(other) || distance(point) <= distance(other), "{point} or {other}");
        }
    }
}
