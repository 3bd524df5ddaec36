//! Exact decimal numbers.

use std::fmt;
use std::str::FromStr;

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many significant digits a number keeps: what a JSON reader that uses binary floats still tells apart.
const SIGNIFICANT_DIGITS: u32 = 15;
/// The largest magnitude a trait may have; far above any real one, far below an overflow of our arithmetic.
const LARGEST: i64 = 1_000_000_000_000_000;

/// A finite decimal number, compared by value (`25` equals `25.0`).
///
/// It holds at most 15 significant digits and a magnitude below 10¹⁵, so that `0.1 + 0.2` of a vendor's binary floats
/// arrives as `0.3`, and every number survives JSON and DynamoDB unchanged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Decimal);

impl Number {
    /// Zero.
    pub const ZERO: Number = Number(Decimal::ZERO);
    /// One.
    pub const ONE: Number = Number(Decimal::ONE);

    /// A number from a decimal; `None` if its magnitude is 10¹⁵ or more.
    pub fn new(decimal: Decimal) -> Option<Self> {
        let rounded = decimal.round_sf(SIGNIFICANT_DIGITS)?;
        (rounded.abs() < Decimal::from(LARGEST)).then(|| Number(rounded.normalize()))
    }

    /// `mantissa` divided by ten to the power of `scale` (at most 28): `from_parts(5, 1)` is 0.5.
    pub fn from_parts(mantissa: i32, scale: u32) -> Self {
        Number(Decimal::new(i64::from(mantissa), scale.min(28)).normalize())
    }

    /// The number that a JSON number says, by its shortest text; `None` when it is too large.
    pub fn from_json(number: &serde_json::Number) -> Option<Self> {
        Self::parse(&number.to_string())
    }

    /// The number that a text says, in plain or exponent notation.
    pub fn parse(text: &str) -> Option<Self> {
        let decimal = Decimal::from_str(text).or_else(|_| Decimal::from_scientific(text)).ok();
        // A magnitude below what a decimal can hold (1e-40) is zero, not an error.
        decimal
            .or_else(|| text.parse::<f64>().ok().filter(|f| f.abs() < 1e-20).map(|_| Decimal::ZERO))
            .and_then(Self::new)
    }

    /// The exact decimal.
    pub fn decimal(self) -> Decimal {
        self.0
    }

    /// Whether there is no fraction.
    pub fn is_integer(self) -> bool {
        self.0.is_integer()
    }

    /// The nearest whole number, half away from zero.
    pub fn round(self) -> i64 {
        // The magnitude is below 10^15: it always fits.
        self.0.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or_default()
    }

    /// Rounded to `digits` decimal places, half away from zero.
    pub fn round_to(self, digits: u32) -> Self {
        Number(self.0.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero).normalize())
    }

    /// The product, or `None` when it is 10¹⁵ or more.
    pub fn times(self, factor: Number) -> Option<Self> {
        self.0.checked_mul(factor.0).and_then(Self::new)
    }

    /// The quotient, or `None` when the divisor is zero.
    pub fn divided_by(self, divisor: Number) -> Option<Self> {
        self.0.checked_div(divisor.0).and_then(Self::new)
    }

    /// The sum; saturates at the largest magnitude.
    pub fn plus(self, other: Number) -> Self {
        let sum = self.0 + other.0;
        let largest = Number::from(if sum.is_sign_negative() { i64::MIN } else { i64::MAX });
        Self::new(sum).unwrap_or(largest)
    }

    /// The difference.
    pub fn minus(self, other: Number) -> Self {
        self.plus(Number(-other.0))
    }

    /// As the JSON number it is written as: an integer when it is whole.
    pub fn to_json(self) -> serde_json::Value {
        match self.0.to_i64().filter(|_| self.is_integer()) {
            Some(whole) => whole.into(),
            None => self.to_f64().into(),
        }
    }

    /// The nearest binary float; its shortest text is this number again.
    pub fn to_f64(self) -> f64 {
        // `Decimal::to_f64` divides; parsing the text is correctly rounded.
        self.0.to_string().parse().unwrap_or_default()
    }
}

impl From<i64> for Number {
    /// Saturates at the largest magnitude.
    fn from(whole: i64) -> Self {
        Number(Decimal::from(whole.clamp(1 - LARGEST, LARGEST - 1)))
    }
}

impl From<i32> for Number {
    fn from(whole: i32) -> Self {
        Number(Decimal::from(whole))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.to_i64().filter(|_| self.is_integer()) {
            Some(whole) => serializer.serialize_i64(whole),
            None => serializer.serialize_f64(self.to_f64()),
        }
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        Number::from_json(&number).ok_or_else(|| serde::de::Error::custom("number too large"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_float_noise_is_gone() {
        let noisy = Number::from_json(&serde_json::Number::from_f64(0.1 + 0.2).unwrap()).unwrap();
        assert_eq!(noisy, Number::from_parts(3, 1));
        assert_eq!(noisy.to_json(), serde_json::json!(0.3));
    }

    #[test]
    fn whole_numbers_are_written_without_fraction() {
        assert_eq!(Number::parse("25.0").unwrap().to_json().to_string(), "25");
        assert_eq!(Number::parse("-0.50").unwrap().to_json().to_string(), "-0.5");
        assert_eq!(Number::parse("-0.0").unwrap().to_json().to_string(), "0");
    }

    #[test]
    fn half_goes_away_from_zero() {
        for (text, whole) in [("2.5", 3), ("-2.5", -3), ("2.4999", 2), ("-0.5", -1), ("0.49", 0)] {
            assert_eq!(Number::parse(text).unwrap().round(), whole, "{text}");
        }
    }

    #[test]
    fn what_is_too_large_is_refused_and_what_is_tiny_is_zero() {
        assert_eq!(Number::parse("1e15"), None);
        assert_eq!(Number::parse("1e400"), None);
        assert_eq!(Number::parse("NaN"), None);
        assert_eq!(Number::parse("inf"), None);
        assert_eq!(Number::parse("1e-300"), Some(Number::ZERO));
        assert_eq!(Number::parse("1.5e3"), Some(Number::from(1500)));
    }
}
