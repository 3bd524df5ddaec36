//! What of Sber one device has: its category, its functions, and what each of them can be.

use super::category::{Category, category};
use super::function::{Domain, Function, Mode};
use super::table::{Codec, TABLE};
use crate::model::{Device, Number, Range, Trait, Word};

/// One function of one device and the trait behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    pub(super) device: &'a Device,
    pub(super) trait_: Trait,
    pub(super) function: Function,
    pub(super) codec: Codec,
}

/// The numbers that a function can be on a device, in the function's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) min: Number,
    pub(super) max: Number,
    pub(super) step: Number,
    /// The model says so; otherwise these are Sber's defaults.
    pub(super) stated: bool,
    own_min: bool,
    own_max: bool,
}

impl Span {
    pub(super) fn contains(self, number: Number) -> bool {
        (self.min..=self.max).contains(&number)
    }

    /// What rounding moved past the device's own end goes back to it; what Sber cannot hold has no value there.
    pub(super) fn fit(self, number: Number) -> Option<Number> {
        if number < self.min {
            self.own_min.then_some(self.min)
        } else if number > self.max {
            self.own_max.then_some(self.max)
        } else {
            Some(number)
        }
    }
}

/// Category and functions of a device that is offered to Sber.
pub(super) fn offered(device: &Device) -> Option<(Category, Vec<Link<'_>>)> {
    if device.overrides.sber.enabled == Some(false) {
        return None;
    }
    let category = category(device)?;
    let links = links(device, category);
    let complete = missing(category, &links).is_empty() && (category == Category::Hub || !links.is_empty());
    complete.then_some((category, links))
}

/// The functions that the device's traits give it in this category.
pub(super) fn links(device: &Device, category: Category) -> Vec<Link<'_>> {
    TABLE
        .iter()
        .filter(|row| row.trait_ == Trait::ColorMode || device.has(row.trait_))
        .flat_map(|row| row.functions.iter().map(|(function, codec)| (row.trait_, *function, *codec)))
        .filter(|(_, function, _)| category.has(*function))
        .map(|(trait_, function, codec)| Link { device, trait_, function, codec })
        .filter(Link::exists)
        .collect()
}

/// The functions that the category demands and the device lacks; of each list one is needed.
pub(super) fn missing(category: Category, links: &[Link<'_>]) -> Vec<Vec<Function>> {
    let spec = category.spec();
    let has = |function: &Function| links.iter().any(|link| link.function == *function);
    let mut missing: Vec<_> = spec.obligatory.iter().filter(|f| !has(f)).map(|f| vec![*f]).collect();
    if !spec.any_of.is_empty() && !spec.any_of.iter().any(has) {
        missing.push(spec.any_of.to_vec());
    }
    missing
}

impl Link<'_> {
    /// Whether the device can be anything at all by this function.
    fn exists(&self) -> bool {
        match self.codec {
            Codec::Scaled(..) | Codec::Brightness | Codec::Digit => {
                self.span().is_some_and(|span| span.min <= span.max)
            }
            Codec::Words(_) | Codec::Selection(_) => !self.words().is_empty(),
            Codec::LightMode => {
                let modes = self.device.color_modes();
                modes.contains(&Word::Color) && modes.contains(&Word::Temperature)
            }
            Codec::PositionAsState | Codec::PositionAsSet => !self.device.has(Trait::OpenState),
            Codec::Flag
            | Codec::FlagUnless(_)
            | Codec::Colour
            | Codec::ColourTemperature
            | Codec::Step
            | Codec::OpenState
            | Codec::WhenTrue(_) => true,
        }
    }

    /// A number of the trait in the function's unit, not rounded.
    pub(super) fn scale(&self, number: Number) -> Option<Number> {
        match self.codec {
            Codec::Scaled(times, per) => number.times(times.into())?.divided_by(per.into()),
            Codec::Brightness => number.times(10.into()),
            _ => Some(number),
        }
    }

    /// The numbers it can be; `None` unless INTEGER or FLOAT.
    pub(super) fn span(&self) -> Option<Span> {
        let (min, max, step) = self.function.bounds()?;
        let default = Span { min, max, step, stated: false, own_min: false, own_max: false };
        if self.codec == Codec::Digit {
            let digits = || self.device.command_words(self.trait_).into_iter().filter_map(digit);
            let (min, max) = (digits().min()?, digits().max()?);
            return Some(Span { min: min.into(), max: max.into(), stated: true, ..default });
        }
        let options = self.device.options(self.trait_)?;
        let declared = options.min.is_some() || options.max.is_some() || options.step.is_some();
        let stated = declared || self.trait_.can_be_commanded();
        if !stated || self.codec == Codec::ColourTemperature {
            return Some(default);
        }
        let mut range = self.device.range(self.trait_)?;
        if self.codec == Codec::Brightness {
            range.min = range.min.map(|min| min.max(Number::from(5)));
        }
        Some(self.narrowed(range, default))
    }

    /// The span that the device's range gives; where the range is open, Sber's default closes it.
    fn narrowed(&self, range: Range, default: Span) -> Span {
        let scaled = |number: Option<Number>| number.and_then(|number| self.scale(number));
        let (min, max) = (scaled(range.min), scaled(range.max));
        let (own_min, own_max) = (min.is_some(), max.is_some());
        let (min, max) = (min.unwrap_or(default.min), max.unwrap_or(default.max));
        if !matches!(self.function.spec().domain, Domain::Integer { .. }) {
            return Span { min, max, step: default.step, stated: true, own_min, own_max };
        }
        // Only a grid of whole numbers can be stated; a finer one is every whole number.
        let step = match scaled(range.step) {
            None => default.step,
            Some(step) if step.is_integer() && min.is_integer() => step,
            Some(_) => Number::ONE,
        };
        let whole = |decimal| Number::new(decimal).unwrap_or(Number::ZERO);
        let (min, max) = (whole(min.decimal().ceil()), whole(max.decimal().floor()));
        Span { min, max, step, stated: true, own_min, own_max }
    }

    /// The words it can be; empty unless ENUM.
    pub(super) fn words(&self) -> Vec<&'static str> {
        match self.codec {
            Codec::Words(pairs) | Codec::Selection(pairs) => {
                let known = match self.function.spec().mode {
                    Mode::ReadWrite | Mode::Command => self.device.command_words(self.trait_),
                    Mode::ReadOnly | Mode::Event => self.device.words(self.trait_).to_vec(),
                };
                let mut words: Vec<_> = known.into_iter().filter_map(|word| text(pairs, word)).collect();
                words.dedup();
                words
            }
            Codec::PositionAsSet => vec!["open", "close"],
            _ => match self.function.spec().domain {
                Domain::Enum(words) => words.to_vec(),
                _ => Vec::new(),
            },
        }
    }
}

/// Sber's word for ours.
pub(super) fn text(pairs: &[(Word, &'static str)], word: Word) -> Option<&'static str> {
    pairs.iter().find(|(ours, _)| *ours == word).map(|(_, theirs)| *theirs)
}

/// The digit on a key.
pub(super) fn digit(key: Word) -> Option<i64> {
    match key {
        Word::Key0 => Some(0),
        Word::Key1 => Some(1),
        Word::Key2 => Some(2),
        Word::Key3 => Some(3),
        Word::Key4 => Some(4),
        Word::Key5 => Some(5),
        Word::Key6 => Some(6),
        Word::Key7 => Some(7),
        Word::Key8 => Some(8),
        Word::Key9 => Some(9),
        _ => None,
    }
}
