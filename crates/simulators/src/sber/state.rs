//! States: <https://developers.sber.ru/docs/ru/smarthome/c2c/state>, <https://developers.sber.ru/docs/ru/smarthome/c2c/value>.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::describe::{integer, model_of};
use super::functions::{Mode, Values, function, is_alarm};
use crate::check::{Findings, at, kind};
use crate::view::{Change, Source};

/// Checks `{"states": […]}` of a device; what it changes. A device is taken whole or not at all.
pub(super) fn read(
    id: &str,
    entry: &Json,
    path: &str,
    description: &Json,
    models: &BTreeMap<String, Json>,
    source: Source,
    findings: &mut Findings,
) -> Vec<Change> {
    let before = findings.len();
    let Some(members) = findings.object(entry, path, &["states"], &[]) else { return Vec::new() };
    let path = at(path, "states");
    let Some(states) = findings.array(members, "states", "") else { return Vec::new() };
    if states.is_empty() {
        findings.add(&*path, "is empty");
    }
    let model = model_of(description, models);
    let mut changes = Vec::new();
    let mut seen = Vec::new();
    for (place, state) in states.iter().enumerate() {
        let path = at(&path, place);
        let Some(members) = findings.object(state, &path, &["key", "value"], &[]) else { continue };
        let Some(key) = findings.text(members, "key", &path, 100) else { continue };
        let Some(value) = members.get("value") else { continue };
        if seen.contains(&key) {
            findings.add(&*path, format!("function {key} is there twice"));
        }
        seen.push(key);
        let features = model.and_then(|model| model.get("features")?.as_array());
        if key != "online" && features.is_some_and(|features| !features.iter().any(|feature| feature == key)) {
            findings.add(at(&path, "key"), format!("function {key} is not declared"));
            continue;
        }
        let Some((mode, values)) = function(key) else {
            findings.add(at(&path, "key"), format!("there is no function {key}"));
            continue;
        };
        match mode {
            Mode::Command => findings.add(at(&path, "key"), format!("function {key} keeps no state to tell")),
            Mode::Event if source != Source::Callback => {
                findings.add(at(&path, "key"), format!("event {key} is repeated in an answer"));
            }
            Mode::Event | Mode::State => {}
        }
        let allowed = model.and_then(|model| model.get("allowed_values")?.get(key));
        check_value(key, values, value, allowed, &at(&path, "value"), findings);
        if key == "online" {
            let online = value.get("bool_value").and_then(Json::as_bool).unwrap_or_default();
            changes.push(Change::Online { device: id.to_owned(), online });
        } else {
            changes.push(Change::Value {
                device: id.to_owned(),
                key: key.to_owned(),
                value: value.clone(),
                unit: None,
                carried_at: None,
                lasts: mode == Mode::State,
                event: mode == Mode::Event || is_alarm(key),
            });
        }
    }
    if findings.len() == before { changes } else { Vec::new() }
}

fn check_value(key: &str, values: Values, value: &Json, allowed: Option<&Json>, path: &str, findings: &mut Findings) {
    let (type_name, member) = (values.type_name(), values.member());
    let Some(members) = value.as_object() else {
        findings.add(path, format!("is not an object but {}", kind(value)));
        return;
    };
    if members.get("type").and_then(Json::as_str) != Some(type_name) {
        findings.add(at(path, "type"), format!("{key} is of type {type_name}"));
        return;
    }
    let Some(members) = findings.object(value, path, &["type", member], &[]) else { return };
    let Some(content) = members.get(member) else { return };
    let path = at(path, member);
    match values {
        Values::Bool if content.is_boolean() => {}
        Values::Bool => findings.add(path, format!("is not a boolean but {}", kind(content))),
        Values::Integer(min, max, step) => {
            let bound = |name, or| {
                let bound =
                    allowed.and_then(|allowed| allowed.get("integer_values")?.get(name)?.as_str()?.parse().ok());
                bound.unwrap_or(or)
            };
            let (min, max, step): (i64, i64, i64) = (bound("min", min), bound("max", max), bound("step", step));
            match content.as_str().map(integer) {
                None => findings.add(path, format!("is not a string but {}", kind(content))),
                Some(None) => findings.add(path, format!("{content} is not an integer")),
                Some(Some(number)) if !(min..=max).contains(&number) => {
                    findings.add(path, format!("{number} is not within {min} and {max}"));
                }
                Some(Some(number)) if number.wrapping_sub(min) % step.max(1) != 0 => {
                    findings.add(path, format!("{number} is not {min} and a multiple of {step}"));
                }
                Some(Some(_)) => {}
            }
        }
        Values::Float(min, max) => {
            let bound =
                |name, or| allowed.and_then(|allowed| allowed.get("float_values")?.get(name)?.as_f64()).unwrap_or(or);
            let (min, max) = (bound("min", min), bound("max", max));
            match content.as_f64() {
                None => findings.add(path, format!("is not a number but {}", kind(content))),
                Some(number) if !(min..=max).contains(&number) => {
                    findings.add(path, format!("{number} is not within {min} and {max}"));
                }
                Some(_) => {}
            }
        }
        Values::Enum(words) => {
            let narrowed = allowed.and_then(|allowed| allowed.get("enum_values")?.get("values")?.as_array());
            let is_allowed = narrowed.is_none_or(|narrowed| narrowed.contains(content));
            if !words.iter().any(|word| content == word) || !is_allowed {
                findings.add(path, format!("{content} is no value of {key}, or the model does not allow it"));
            }
        }
        Values::Colour => {
            let Some(members) = findings.object(content, &path, &["h", "s", "v"], &[]) else { return };
            for (name, min, max) in [("h", 0, 360), ("s", 0, 1000), ("v", 100, 1000)] {
                let Some(content) = members.get(name) else { continue };
                if !content.as_u64().is_some_and(|number| (min..=max).contains(&number)) {
                    findings.add(at(&path, name), format!("{content} is not an integer within {min} and {max}"));
                }
            }
        }
    }
}
