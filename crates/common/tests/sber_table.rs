//! The trait table of Sber is whole and agrees with its categories and functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use common::model::{Kind, Trait, Word};
use common::platform::sber::map::{self, Category, Codec, Domain, Function, Mode, TABLE};

/// The traits for which Sber has no function.
const ABSENT: &[Trait] = &[
    Trait::ColorScene,
    Trait::Backlight,
    Trait::Energy,
    Trait::Oscillation,
    Trait::VentilationMode,
    Trait::Illuminance,
    Trait::CarbonMonoxide,
    Trait::Presence,
    Trait::Vibration,
    Trait::Siren,
    Trait::Meter,
    Trait::GasMeter,
    Trait::WaterMeter,
    Trait::HeatMeter,
    Trait::FoodLevel,
    Trait::Lock,
    Trait::Pause,
    Trait::KeepWarm,
    Trait::Program,
    Trait::Dishwashing,
    Trait::CoffeeMode,
    Trait::TeaMode,
    Trait::VideoStream,
];

#[test]
fn every_trait_has_one_row_or_is_absent() {
    for trait_ in Trait::ALL {
        let rows = TABLE.iter().filter(|row| row.trait_ == *trait_).count();
        let absent = usize::from(ABSENT.contains(trait_));
        assert_eq!(rows + absent, 1, "{trait_}");
        assert_eq!(map::support(*trait_).is_some(), rows == 1, "{trait_}");
    }
}

#[test]
fn the_support_matrix_names_functions() {
    assert_eq!(map::support(Trait::Brightness).as_deref(), Some("light_brightness"));
    assert_eq!(map::support(Trait::Volume).as_deref(), Some("volume_int, volume"));
}

#[test]
fn categories_name_each_function_once_and_every_function_has_a_category() {
    let mut all = BTreeSet::from([Function::Online]);
    for category in Category::ALL {
        let spec = category.spec();
        let functions: Vec<_> = [spec.obligatory, spec.any_of, spec.optional].concat();
        let distinct: BTreeSet<_> = functions.iter().copied().collect();
        assert_eq!(distinct.len(), functions.len(), "{category}");
        assert!(functions.iter().all(|function| category.has(*function)));
        all.extend(distinct);
    }
    assert_eq!(Category::ALL.len(), 29);
    assert_eq!(all, Function::ALL.iter().copied().collect());
}

/// The words of the trait that a codec's pairs may speak of.
fn words_of(trait_: Trait, function: Function) -> &'static [Word] {
    match (trait_.spec().kind, function.spec().mode) {
        (Kind::Enum { states, commands }, Mode::ReadWrite) if states == commands => states,
        (Kind::Enum { states, .. }, Mode::ReadOnly) | (Kind::Event(states), Mode::Event) => states,
        (Kind::Enum { commands, .. }, Mode::Command) => commands,
        _ => panic!("{trait_} and {function} do not fit"),
    }
}

#[test]
fn codecs_fit_trait_and_function() {
    for row in TABLE {
        let (trait_, kind) = (row.trait_, row.trait_.spec().kind);
        assert!(!row.functions.is_empty());
        for (function, codec) in row.functions {
            let domain = function.spec().domain;
            let fits = match (codec, kind, domain) {
                (Codec::Flag, Kind::Bool, Domain::Bool)
                | (Codec::FlagUnless(_), Kind::Enum { .. }, Domain::Bool)
                | (Codec::Scaled(..), Kind::Number(_), Domain::Integer { .. } | Domain::Float { .. })
                | (Codec::Brightness | Codec::ColourTemperature, Kind::Number(_), Domain::Integer { .. })
                | (Codec::Colour, Kind::Color, Domain::Colour)
                | (Codec::LightMode | Codec::OpenState, Kind::Enum { .. }, Domain::Enum(_))
                | (Codec::Digit, Kind::Enum { .. }, Domain::Integer { min: 0, max: 9, .. })
                | (Codec::Step, Kind::Number(_), Domain::Enum(&["+", "-"]))
                | (Codec::PositionAsState | Codec::PositionAsSet, Kind::Number(_), Domain::Enum(_))
                | (Codec::WhenTrue(_), Kind::Bool, Domain::Enum(_)) => true,
                (Codec::Words(pairs) | Codec::Selection(pairs), _, Domain::Enum(theirs)) => {
                    let ours = words_of(trait_, *function);
                    let distinct: BTreeSet<_> = pairs.iter().map(|(_, theirs)| theirs).collect();
                    assert!(function.spec().mode == Mode::ReadOnly || distinct.len() == pairs.len(), "{function}");
                    pairs.iter().all(|(word, text)| ours.contains(word) && theirs.contains(text))
                }
                _ => false,
            };
            assert!(fits, "{trait_} as {function} by {codec:?}");
            let commanded = matches!(function.spec().mode, Mode::ReadWrite | Mode::Command);
            assert!(!commanded || trait_.can_be_commanded() || trait_ == Trait::ColorMode, "{trait_} as {function}");
        }
    }
}
