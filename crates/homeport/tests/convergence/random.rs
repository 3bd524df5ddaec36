//! What devices may report, at random but repeatable.

use common::model::{Device, Kind, Number, Trait};
use serde_json::{Value as Json, json};

/// A small generator (SplitMix64, <https://prng.di.unimi.it/splitmix64.c>): the same seed gives the same run on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Random(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    /// True in so many of a hundred cases.
    pub(crate) fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A value that the device may report, as the vendor writes it; `None` for a trait that has none.
    pub(crate) fn value(&mut self, device: &Device, trait_: Trait) -> Option<Json> {
        Some(match trait_.spec().kind {
            Kind::Bool => json!(self.percent(50)),
            Kind::Number(_) => {
                let range = device.range(trait_).unwrap();
                let min = range.min.unwrap_or(Number::ZERO);
                let width = range.max.unwrap_or(min.plus(Number::from(10_000))).minus(min);
                let part = Number::from(i64::try_from(self.below(1001)).unwrap()).divided_by(Number::from(1000));
                range.clamp(min.plus(width.times(part.unwrap()).unwrap()).round_to(1)).to_json()
            }
            Kind::Enum { .. } | Kind::Event(_) => json!(self.pick(device.words(trait_))),
            Kind::Color => json!({"hue": self.below(360), "saturation": self.below(101)}),
            Kind::Stream => return None,
        })
    }
}
