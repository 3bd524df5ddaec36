//! States of devices, as in callbacks and answers to queries.

use serde_json::{Map, Value as Json};

use super::describe::{instances, key};
use super::vocabulary::{COLOR, COLOR_INSTANCES, EVENT, EVENTS, FLOAT, FLOATS, MODE, ON_OFF, RANGE, TOGGLE};
use crate::check::{Findings, at, kind};
use crate::view::{Change, Source};

/// Checks `capabilities` and `properties` of a device; what they change. Entries that are wrong change nothing.
pub(super) fn read(
    id: &str,
    members: &Map<String, Json>,
    path: &str,
    description: &Json,
    occasion: (Source, Option<f64>),
    findings: &mut Findings,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut seen = Vec::new();
    for list in ["capabilities", "properties"] {
        let Some(entries) = findings.array(members, list, path) else { continue };
        for (place, entry) in entries.iter().enumerate() {
            let path = at(&at(path, list), place);
            let Some(members) = findings.object(entry, &path, &["type", "state"], &[]) else { continue };
            let Some(entry_type) = findings.text(members, "type", &path, 100) else { continue };
            let state_path = at(&path, "state");
            let Some(state) = members.get("state") else { continue };
            let Some(state) = findings.object(state, &state_path, &["instance", "value"], &[]) else { continue };
            let Some(instance) = findings.text(state, "instance", &state_path, 100) else { continue };
            let Some(value) = state.get("value") else { continue };
            let key = key(entry_type, instance);
            // One color_setting has one state at a time.
            let slot = if entry_type == COLOR { COLOR.to_owned() } else { key.clone() };
            if seen.contains(&slot) {
                findings.add(&*state_path, format!("{slot} is there twice"));
                continue;
            }
            seen.push(slot);
            match entry_change(id, list, entry_type, instance, value, description, occasion) {
                Ok(more) => changes.extend(more),
                Err(what) => findings.add(state_path, what),
            }
        }
    }
    changes
}

fn entry_change(
    id: &str,
    list: &str,
    entry_type: &str,
    instance: &str,
    value: &Json,
    description: &Json,
    (source, carried_at): (Source, Option<f64>),
) -> Result<Vec<Change>, String> {
    let is_it = |entry: &&Json| {
        entry.get("type").and_then(Json::as_str) == Some(entry_type) && instances(entry).contains(&instance)
    };
    let entry = description.get(list).and_then(Json::as_array).and_then(|entries| entries.iter().find(is_it));
    let entry = entry.ok_or_else(|| format!("{entry_type} {instance} is not declared in {list}"))?;
    let flag = |name: &str, default| entry.get(name).and_then(Json::as_bool).unwrap_or(default);
    let (retrievable, reportable) = (flag("retrievable", true), flag("reportable", false));
    let is_event = entry_type == EVENT;
    if source == Source::Callback && !reportable {
        return Err(format!("{entry_type} {instance} is not declared reportable"));
    }
    check_value(entry_type, instance, value, entry.get("parameters").unwrap_or(&Json::Null))?;
    if source == Source::Query && !retrievable {
        // A press that is told again would start scenarios again; other states are simply not looked at.
        return if is_event { Err(format!("event {instance} is repeated in a query")) } else { Ok(Vec::new()) };
    }
    let device = id.to_owned();
    let mut changes = Vec::new();
    if entry_type == COLOR {
        for other in COLOR_INSTANCES.into_iter().filter(|other| *other != instance) {
            changes.push(Change::Cleared { device: device.clone(), key: key(COLOR, other) });
        }
    }
    changes.push(Change::Value {
        device,
        key: key(entry_type, instance),
        value: value.clone(),
        unit: None,
        carried_at,
        lasts: !is_event || retrievable,
        event: is_event,
    });
    Ok(changes)
}

/// Whether a value is one of its instance, in the declared range.
pub(super) fn check_value(entry_type: &str, instance: &str, value: &Json, parameters: &Json) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{instance} is {value} ({}), not {what}", kind(value)));
    let values = |list: &str, member: &str| -> Vec<&str> {
        let items = parameters.get(list).and_then(Json::as_array);
        items.into_iter().flatten().filter_map(|item| item.get(member)?.as_str()).collect()
    };
    match (entry_type, instance) {
        (ON_OFF | TOGGLE, _) if value.is_boolean() => Ok(()),
        (ON_OFF | TOGGLE, _) => wrong("a boolean"),
        (COLOR, "rgb") => match value.as_u64() {
            Some(rgb) if rgb <= 0x00ff_ffff => Ok(()),
            _ => wrong("an integer within 0 and 16777215"),
        },
        (COLOR, "hsv") => {
            let member = |name: &str, most| value.get(name).and_then(Json::as_u64).is_some_and(|value| value <= most);
            let is_whole = value.as_object().is_some_and(|members| members.len() == 3);
            if is_whole && member("h", 360) && member("s", 100) && member("v", 100) {
                Ok(())
            } else {
                wrong("integers h 0-360, s 0-100, v 0-100")
            }
        }
        (COLOR, "temperature_k") => {
            let range = parameters.get("temperature_k");
            let bound = |name, or| range.and_then(|range| range.get(name)?.as_u64()).unwrap_or(or);
            let (min, max) = (bound("min", 2000), bound("max", 9000));
            match value.as_u64() {
                Some(kelvin) if (min..=max).contains(&kelvin) => Ok(()),
                _ => wrong(&format!("an integer within {min} and {max}")),
            }
        }
        (COLOR, _) => {
            let scenes = parameters.get("color_scene").and_then(|scene| scene.get("scenes")?.as_array());
            let mut scenes = scenes.into_iter().flatten().filter_map(|scene| scene.get("id")?.as_str());
            if scenes.any(|scene| value == scene) { Ok(()) } else { wrong("a declared scene") }
        }
        (MODE, _) if values("modes", "value").iter().any(|mode| value == mode) => Ok(()),
        (MODE, _) => wrong("a declared mode"),
        (EVENT, _) => {
            let known = EVENTS.iter().any(|(name, words)| *name == instance && words.iter().any(|word| value == word));
            if known && values("events", "value").iter().any(|event| value == event) {
                Ok(())
            } else {
                wrong("a declared event")
            }
        }
        (RANGE, _) => {
            let Some(number) = value.as_f64() else { return wrong("a number") };
            let range = parameters.get("range");
            let bound = |name: &str| range.and_then(|range| range.get(name)?.as_f64());
            let (min, max) = (bound("min").unwrap_or(f64::MIN), bound("max").unwrap_or(f64::MAX));
            if !(min..=max).contains(&number) {
                return wrong(&format!("within {min} and {max}"));
            }
            Ok(())
        }
        (FLOAT, _) => {
            let Some(number) = value.as_f64() else { return wrong("a number") };
            match FLOATS.iter().find(|(name, ..)| *name == instance) {
                Some((_, _, min, max)) if !(*min..=*max).contains(&number) => wrong(&format!("within {min} and {max}")),
                _ => Ok(()),
            }
        }
        _ => Err(format!("{entry_type} has no state")),
    }
}
