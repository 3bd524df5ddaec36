//! What the platforms believe, held against the table.

use std::collections::BTreeMap;

use common::model::Trait;
use serde_json::{Value as Json, json};
use simulators::{Device, Home, Platform, Source};

use crate::fleet::Fleet;
use crate::world::World;

/// A home as a platform shows it: the devices of its list with their values.
type Shown = BTreeMap<String, BTreeMap<String, Json>>;

/// Differences between what callbacks have made of a home and what it is.
#[derive(Default)]
pub(crate) struct Verdict {
    pub(crate) values: usize,
    pub(crate) wrong: Vec<String>,
}

fn shown(home: &Home) -> Shown {
    let listed = home.devices.iter().filter(|(_, device)| device.listed);
    listed.map(|(id, device)| (id.clone(), values(device))).collect()
}

fn values(device: &Device) -> BTreeMap<String, Json> {
    let mut values: BTreeMap<String, Json> =
        device.values.iter().map(|(key, heard)| (key.clone(), json!([heard.value, heard.unit]))).collect();
    if let Some(online) = device.online {
        values.insert("online".to_owned(), json!(online));
    }
    values
}

/// Lets every platform read the whole state, and compares it with what it believed before.
pub(crate) async fn compare(world: &World, fleet: &Fleet) -> Verdict {
    let users = fleet.users();
    let reports = |id: &str| fleet.devices.iter().any(|entry| entry.device.id.as_str() == id && entry.reports());
    let mut verdict = Verdict::default();
    for platform in Platform::ALL {
        for user in &users {
            let believed = shown(&world.simulators.home(platform, user).unwrap());
            world.simulators.rediscover(platform, user).await.unwrap();
            world.simulators.refresh(platform, user).await.unwrap();
            let is = shown(&world.simulators.home(platform, user).unwrap());
            let devices: std::collections::BTreeSet<&String> = believed.keys().chain(is.keys()).collect();
            // Of what is never told a platform knows what it has read.
            for device in devices.into_iter().filter(|id| reports(id)) {
                let (Some(believed), Some(is)) = (believed.get(device), is.get(device)) else {
                    verdict.wrong.push(format!(
                        "{platform} {device}: {}",
                        if is.contains_key(device) { "missing" } else { "not removed" }
                    ));
                    continue;
                };
                let keys: std::collections::BTreeSet<&String> = believed.keys().chain(is.keys()).collect();
                for key in keys {
                    verdict.values += 1;
                    if believed.get(key) != is.get(key) {
                        verdict.wrong.push(format!(
                            "{platform} {device} {key}: {:?}, is {:?}",
                            believed.get(key),
                            is.get(key)
                        ));
                    }
                }
            }
        }
    }
    verdict
}

/// Presses and detections that did not arrive as often as they happened.
pub(crate) fn missing_events(world: &World, fleet: &Fleet) -> Vec<String> {
    let mut missing = Vec::new();
    for ((id, trait_, word), count) in &fleet.happened {
        let user = &fleet.devices.iter().find(|entry| entry.device.id.as_str() == id).unwrap().user;
        for platform in Platform::ALL {
            let home = world.simulators.home(platform, user).unwrap();
            if world.was_deaf(platform, user) {
                continue;
            }
            // A platform that is not offered the device hears nothing of it.
            let Some(device) = home.devices.get(id).filter(|device| device.listed) else { continue };
            let expected = as_the_platform_says(platform, *trait_, word);
            let heard = device.events.iter().filter(|event| {
                let value = match platform {
                    Platform::Yandex | Platform::SmartThings => event.value.clone(),
                    Platform::Sber => event.value["enum_value"].clone(),
                };
                event.key.contains(expected.0) && value == expected.1
            });
            let heard = heard.count();
            if heard < *count {
                missing.push(format!("{platform} {id} {trait_} {word}: {heard} of {count}"));
            }
        }
    }
    missing
}

/// By the platforms' pages: the instance, function or attribute, and its word.
fn as_the_platform_says(platform: Platform, trait_: Trait, word: &str) -> (&'static str, &'static str) {
    match (platform, trait_, word) {
        (Platform::Yandex, Trait::Button, "double_click") => ("button", "double_click"),
        (Platform::Yandex, Trait::Button, "long_press") => ("button", "long_press"),
        (Platform::Yandex, Trait::Button, _) => ("button", "click"),
        (Platform::Sber, Trait::Button, "double_click") => ("button_event", "double_click"),
        (Platform::Sber, Trait::Button, "long_press") => ("button_event", "long_press"),
        (Platform::Sber, Trait::Button, _) => ("button_event", "click"),
        (Platform::SmartThings, Trait::Button, "double_click") => ("button", "double"),
        (Platform::SmartThings, Trait::Button, "long_press") => ("button", "held"),
        (Platform::SmartThings, Trait::Button, _) => ("button", "pushed"),
        (Platform::Yandex, ..) => ("motion", "detected"),
        (Platform::Sber, ..) => ("pir", "pir"),
        (Platform::SmartThings, ..) => ("motion", "active"),
    }
}

/// How old values were when the platform took them, in seconds: median, 90th, 99th percentile, greatest.
pub(crate) fn ages(world: &World, users: &[String], platform: Platform) -> Option<[f64; 4]> {
    let mut ages = Vec::new();
    for user in users {
        let home = world.simulators.home(platform, user)?;
        let heard = home.devices.values().flat_map(|device| device.history.values().flatten());
        let told = heard.filter(|heard| heard.source == Source::Callback);
        ages.extend(told.filter_map(|heard| Some(heard.received_at - heard.carried_at?)));
    }
    ages.sort_by(f64::total_cmp);
    let at = |share: usize| ages.get((ages.len() * share / 100).min(ages.len().saturating_sub(1))).copied();
    Some([at(50)?, at(90)?, at(99)?, at(100)?])
}
