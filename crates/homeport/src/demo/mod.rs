//! A home to try things with: at least one device of every type, and every trait.

mod load;

use common::model::{Device, DeviceId, Report};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

pub(crate) use load::load_into_empty;

/// Whose home it is.
pub(crate) const USER: &str = "demo";

const HOME: &str = include_str!("home.json");

#[derive(Deserialize)]
struct Entry {
    device: Json,
    report: FirstReport,
}

#[derive(Deserialize)]
struct FirstReport {
    online: bool,
    state: Map<String, Json>,
}

/// The devices, each with what it reports at first.
pub(crate) fn devices() -> Result<Vec<(Device, Report)>, String> {
    let entries: Vec<Entry> = serde_json::from_str(HOME).map_err(|error| format!("the demo home: {error}"))?;
    entries.into_iter().map(read).collect()
}

fn read(entry: Entry) -> Result<(Device, Report), String> {
    let id = entry.device.get("id").and_then(Json::as_str).unwrap_or_default();
    let device = DeviceId::new(id).ok_or_else(|| format!("the demo home: {id:?} cannot be an id"))?;
    let device = Device::parse(&device, &entry.device).map_err(|errors| format!("the demo home: {id}: {errors:?}"))?;
    let values = entry.report.state.into_iter().collect();
    Ok((device, Report { online: Some(entry.report.online), values, at: None }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use common::model::{DeviceType, State, Timestamp, Trait, report};
    use common::platform::{self, Platform};

    use super::*;

    #[test]
    fn the_home_has_a_device_of_every_type_and_every_trait() {
        let home = devices().unwrap();
        let types: BTreeSet<DeviceType> = home.iter().map(|(device, _)| device.device_type).collect();
        assert_eq!(types, DeviceType::ALL.iter().copied().collect());
        let traits: BTreeSet<Trait> = home.iter().flat_map(|(device, _)| device.traits.keys().copied()).collect();
        assert_eq!(traits, Trait::ALL.iter().copied().collect());
    }

    #[test]
    fn the_devices_are_those_of_the_user_and_have_their_own_ids_and_names() {
        let home = devices().unwrap();
        assert!(home.iter().all(|(device, _)| device.owner.as_str() == USER));
        let ids: BTreeSet<_> = home.iter().map(|(device, _)| &device.id).collect();
        assert_eq!(ids.len(), home.len());
        let names: BTreeSet<_> = home.iter().map(|(device, _)| &device.name).collect();
        assert_eq!(names.len(), home.len());
        let parents = home.iter().filter_map(|(device, _)| device.parent.as_ref());
        assert!(parents.into_iter().all(|parent| ids.contains(parent)));
    }

    /// What is reported at first is good, and nothing that has a state is left unknown.
    #[test]
    fn every_trait_with_a_state_has_a_value() {
        for (device, report) in devices().unwrap() {
            let outcome = report::apply(&device, &State::default(), &report, Timestamp::from_secs(0));
            assert_eq!(outcome.rejected, [], "{}", device.id);
            for trait_ in device.traits.keys().filter(|trait_| device.keeps(**trait_)) {
                assert!(outcome.state.known(&device, *trait_).is_some(), "{} {trait_}", device.id);
            }
        }
    }

    #[test]
    fn the_special_cases_are_there() {
        let home = devices().unwrap();
        let some = |case: &dyn Fn(&Device, &Report) -> bool| home.iter().any(|(device, report)| case(device, report));
        assert!(some(&|_, report| report.online == Some(false)), "an offline device");
        assert!(some(&|device, _| device.traits.values().all(|options| options.command_only())), "infrared");
        let gangs =
            home.iter().filter(|(device, _)| device.device_type == DeviceType::Switch && device.parent.is_some());
        assert!(gangs.count() >= 2, "a switch with two gangs");
    }

    #[test]
    fn every_device_can_be_registered_and_is_offered_to_a_platform() {
        for (device, _) in devices().unwrap() {
            assert_eq!(platform::review(&device).errors, [], "{}", device.id);
            assert!(Platform::ALL.iter().any(|platform| platform.offers(&device)), "{}", device.id);
        }
    }
}
