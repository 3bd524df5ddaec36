//! Which trait is which capability or property, in both directions.
//!
//! [`TABLE`] is the whole mapping. The functions here read it: [`describe`] for discovery, [`render`] for queries, [`report`]
//! and [`happened`] for callbacks, [`decode`] for commands, [`review`] for registrations, [`support`] for the docs.

mod color;
mod command;
mod discovery;
mod function;
mod state;
mod table;
mod types;

pub use command::decode;
pub use discovery::{describe, is_offered, review};
pub use function::{Function, Machine, Signal, Switch, Words};
pub use state::{happened, render, report};
pub use table::{ABSENT, Row, TABLE};
pub use types::{DEVICE_TYPES, device_type};

use super::wire::EntryType;
use crate::model::{ColorModel, Device, Trait};

/// What a device has for Yandex, in the order of its traits; each (type, instance) once.
fn functions(device: &Device) -> Vec<(Trait, Function)> {
    let mut found: Vec<(Trait, Function)> = Vec::new();
    for (trait_, function) in wanted(device) {
        // Two traits for one function are refused at registration; if such a document is stored, the first counts.
        if !found.iter().any(|(_, earlier)| key(device, *earlier) == key(device, function)) {
            found.push((trait_, function));
        }
    }
    found
}

/// The functions that the traits of a device stand for, also when two stand for the same.
fn wanted(device: &Device) -> impl Iterator<Item = (Trait, Function)> {
    device
        .traits
        .keys()
        .filter_map(|trait_| TABLE.iter().find(|row| row.trait_ == *trait_))
        .flat_map(|row| row.functions.iter().map(|function| (row.trait_, *function)))
        .filter(|(trait_, function)| function.fits(device, *trait_))
}

fn key(device: &Device, function: Function) -> (EntryType, &'static str) {
    (function.entry_type(), function.instance(color_model(device)))
}

fn color_model(device: &Device) -> ColorModel {
    device.options(Trait::Color).and_then(|options| options.color_model).unwrap_or_default()
}

/// What the support matrix says of a trait: `range:brightness`; `None` if Yandex has nothing for it.
pub fn support(trait_: Trait) -> Option<String> {
    let row = TABLE.iter().find(|row| row.trait_ == trait_)?;
    if row.functions.is_empty() {
        return Some("chooses the color_setting state".to_owned());
    }
    let names = row.functions.iter().map(|function| {
        let name = |model| format!("{}:{}", function.entry_type().short(), function.instance(model));
        match function {
            Function::Color => format!("{} or {}", name(ColorModel::Hsv), name(ColorModel::Rgb)),
            _ => name(ColorModel::Hsv),
        }
    });
    Some(names.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trait_has_one_row_or_is_known_to_be_absent() {
        for trait_ in Trait::ALL {
            let rows = TABLE.iter().filter(|row| row.trait_ == *trait_).count();
            let absent = ABSENT.iter().filter(|absent| *absent == trait_).count();
            assert_eq!(rows + absent, 1, "{trait_}");
            assert_eq!(support(*trait_).is_some(), rows == 1, "{trait_}");
        }
    }

    #[test]
    fn support_names_the_wire() {
        assert_eq!(support(Trait::Brightness).as_deref(), Some("range:brightness"));
        assert_eq!(support(Trait::Color).as_deref(), Some("color_setting:hsv or color_setting:rgb"));
        assert_eq!(support(Trait::Vacuum).as_deref(), Some("on_off:on, toggle:pause"));
        assert_eq!(support(Trait::BatteryLow).as_deref(), Some("event:battery_level"));
        assert_eq!(support(Trait::Presence), None);
    }
}
