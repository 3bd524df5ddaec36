//! Devices as discovery lists them: <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/get-devices>.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::vocabulary::{
    CAPABILITIES, COLOR, EVENT, EVENTS, FLOAT, FLOATS, MODE, MODE_INSTANCES, MODES, ON_OFF, PROPERTIES, RANGE, RANGES,
    SCENES, TOGGLE, TOGGLES, TYPES, UNIT_OPTIONAL, VIDEO,
};
use crate::check::{Findings, at, kind};

const CUSTOM_DATA_MAX_BYTES: usize = 1024;

/// The key of an instance in the view.
pub(super) fn key(entry_type: &str, instance: &str) -> String {
    format!("{entry_type}/{instance}")
}

/// The instances that an entry of a description declares.
pub(super) fn instances(entry: &Json) -> Vec<&str> {
    let parameters = entry.get("parameters");
    match entry.get("type").and_then(Json::as_str) {
        Some(ON_OFF) => vec!["on"],
        Some(COLOR) => {
            let has = |name: &str| parameters.is_some_and(|parameters| parameters.get(name).is_some());
            let model = parameters.and_then(|parameters| parameters.get("color_model")?.as_str());
            let rest = [("temperature_k", has("temperature_k")), ("scene", has("color_scene"))];
            model.into_iter().chain(rest.into_iter().filter(|(_, has)| *has).map(|(name, _)| name)).collect()
        }
        Some(VIDEO) => vec!["get_stream"],
        _ => parameters.and_then(|parameters| parameters.get("instance")?.as_str()).into_iter().collect(),
    }
}

/// The keys of all instances.
pub(super) fn declared(description: &Json) -> BTreeSet<String> {
    let lists = ["capabilities", "properties"].into_iter().filter_map(|list| description.get(list)?.as_array());
    let keys = |entry: &Json| -> Vec<String> {
        let entry_type = entry.get("type").and_then(Json::as_str).unwrap_or_default();
        instances(entry).into_iter().map(|instance| key(entry_type, instance)).collect()
    };
    lists.flatten().flat_map(keys).collect()
}

/// Says what is wrong with a device; its id, if there is one.
pub(super) fn check<'a>(device: &'a Json, path: &str, findings: &mut Findings) -> Option<&'a str> {
    let optional = ["status_info", "description", "room", "custom_data", "capabilities", "properties", "device_info"];
    let members = findings.object(device, path, &["id", "name", "type"], &optional)?;
    let id = findings.text(members, "id", path, 1000);
    findings.text(members, "name", path, 1000);
    if let Some(device_type) = findings.text(members, "type", path, 100)
        && !device_type.strip_prefix("devices.types.").is_some_and(|name| TYPES.contains(&name))
    {
        findings.add(at(path, "type"), format!("{device_type:?} is no device type"));
    }
    for name in ["description", "room"] {
        findings.text(members, name, path, 1000);
    }
    if let Some(info) = members.get("status_info") {
        let path = at(path, "status_info");
        if let Some(info) = findings.object(info, &path, &["reportable"], &[]) {
            findings.boolean(info, "reportable", &path);
        }
    }
    if let Some(info) = members.get("device_info") {
        let path = at(path, "device_info");
        let names = ["manufacturer", "model", "hw_version", "sw_version"];
        if let Some(info) = findings.object(info, &path, &[], &names) {
            for name in names {
                findings.text(info, name, &path, 256);
            }
        }
    }
    if let Some(custom_data) = members.get("custom_data") {
        if !custom_data.is_object() {
            findings.add(at(path, "custom_data"), "is not an object");
        }
        if custom_data.to_string().len() > CUSTOM_DATA_MAX_BYTES {
            findings.add(at(path, "custom_data"), format!("is longer than {CUSTOM_DATA_MAX_BYTES} bytes"));
        }
    }
    let mut seen = Vec::new();
    for (list, types) in [("capabilities", &CAPABILITIES[..]), ("properties", &PROPERTIES[..])] {
        let Some(entries) = findings.array(members, list, path) else { continue };
        for (place, entry) in entries.iter().enumerate() {
            let path = at(&at(path, list), place);
            check_entry(entry, &path, types, findings);
            for instance in instances(entry) {
                let key = key(entry.get("type").and_then(Json::as_str).unwrap_or_default(), instance);
                if seen.contains(&key) {
                    findings.add(&*path, format!("{key} is declared twice"));
                }
                seen.push(key);
            }
        }
    }
    if seen.is_empty() {
        findings.add(path, "has neither capabilities nor properties");
    }
    id
}

fn check_entry(entry: &Json, path: &str, types: &[&str], findings: &mut Findings) {
    let Some(members) = findings.object(entry, path, &["type"], &["retrievable", "reportable", "parameters"]) else {
        return;
    };
    let Some(entry_type) = findings.word(members, "type", path, types) else { return };
    let retrievable = findings.boolean(members, "retrievable", path);
    let reportable = findings.boolean(members, "reportable", path);
    if entry_type == VIDEO && (retrievable, reportable) != (Some(false), Some(false)) {
        findings.add(path, "a video_stream must say retrievable false and reportable false");
    }
    let parameters = match members.get("parameters") {
        Some(Json::Object(parameters)) => parameters,
        None if entry_type == ON_OFF => return,
        other => {
            findings.add(at(path, "parameters"), format!("is not an object but {}", other.map_or("missing", kind)));
            return;
        }
    };
    let path = &at(path, "parameters");
    match entry_type {
        ON_OFF => {
            members_only(parameters, path, &["split"], findings);
            findings.boolean(parameters, "split", path);
        }
        COLOR => check_color(parameters, path, findings),
        MODE => {
            members_only(parameters, path, &["instance", "modes"], findings);
            findings.word(parameters, "instance", path, MODE_INSTANCES);
            check_values(parameters, "modes", "value", path, MODES, findings);
        }
        RANGE => check_range(parameters, path, findings),
        TOGGLE => {
            members_only(parameters, path, &["instance"], findings);
            if findings.word(parameters, "instance", path, TOGGLES).is_none() {
                findings.add(path, "has no instance of a toggle");
            }
        }
        VIDEO => {
            members_only(parameters, path, &["protocols"], findings);
            if parameters.get("protocols") != Some(&serde_json::json!(["hls"])) {
                findings.add(at(path, "protocols"), "is not [\"hls\"]");
            }
        }
        FLOAT => {
            members_only(parameters, path, &["instance", "unit"], findings);
            let row = parameters
                .get("instance")
                .and_then(Json::as_str)
                .and_then(|name| FLOATS.iter().find(|(instance, ..)| *instance == name));
            match row {
                None => findings.add(at(path, "instance"), "is no instance of a float"),
                Some((instance, units, ..)) => check_unit(parameters, instance, units, path, findings),
            }
        }
        EVENT => {
            members_only(parameters, path, &["instance", "events"], findings);
            let row = parameters
                .get("instance")
                .and_then(Json::as_str)
                .and_then(|name| EVENTS.iter().find(|(instance, _)| *instance == name));
            match row {
                None => findings.add(at(path, "instance"), "is no instance of an event"),
                Some((_, values)) => check_values(parameters, "events", "value", path, values, findings),
            }
        }
        _ => {}
    }
}

fn members_only(members: &Map<String, Json>, path: &str, names: &[&str], findings: &mut Findings) {
    for (name, value) in members {
        if !names.contains(&name.as_str()) {
            findings.add(at(path, name), "is not a member of this object");
        } else if value.is_null() {
            findings.add(at(path, name), "is null");
        }
    }
}

/// `[{"value": …}, …]` of these words, each once.
fn check_values(
    parameters: &Map<String, Json>,
    list: &str,
    member: &str,
    path: &str,
    words: &[&str],
    findings: &mut Findings,
) {
    let Some(items) = findings.array(parameters, list, path) else {
        findings.add(at(path, list), "is missing");
        return;
    };
    let path = at(path, list);
    if items.is_empty() {
        findings.add(&*path, "is empty");
    }
    let mut seen = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let path = at(&path, place);
        let Some(members) = findings.object(item, &path, &[member], &[]) else { continue };
        if let Some(word) = findings.word(members, member, &path, words) {
            if seen.contains(&word) {
                findings.add(&*path, format!("{word:?} is there twice"));
            }
            seen.push(word);
        }
    }
}

fn check_unit(parameters: &Map<String, Json>, instance: &str, units: &[&str], path: &str, findings: &mut Findings) {
    match parameters.get("unit") {
        None if units.is_empty() || UNIT_OPTIONAL.contains(&instance) => {}
        None => findings.add(at(path, "unit"), "is missing"),
        Some(unit) if unit.as_str().is_some_and(|unit| units.contains(&unit)) => {}
        Some(unit) => findings.add(at(path, "unit"), format!("{unit} is no unit of {instance}")),
    }
}

fn check_color(parameters: &Map<String, Json>, path: &str, findings: &mut Findings) {
    members_only(parameters, path, &["color_model", "temperature_k", "color_scene"], findings);
    if parameters.is_empty() {
        findings.add(path, "needs color_model, temperature_k or color_scene");
    }
    findings.word(parameters, "color_model", path, &["rgb", "hsv"]);
    if let Some(range) = parameters.get("temperature_k") {
        let path = at(path, "temperature_k");
        if let Some(range) = findings.object(range, &path, &[], &["min", "max"]) {
            let bound = |name, or| range.get(name).map_or(Some(or), Json::as_u64);
            match (bound("min", 2000), bound("max", 9000)) {
                (Some(min), Some(max)) if min <= max => {}
                _ => findings.add(path, "min and max are not integers in this order"),
            }
        }
    }
    if let Some(scene) = parameters.get("color_scene") {
        let path = at(path, "color_scene");
        if let Some(scene) = findings.object(scene, &path, &["scenes"], &[]) {
            check_values(scene, "scenes", "id", &path, SCENES, findings);
        }
    }
}

fn check_range(parameters: &Map<String, Json>, path: &str, findings: &mut Findings) {
    members_only(parameters, path, &["instance", "unit", "random_access", "range"], findings);
    findings.boolean(parameters, "random_access", path);
    let name = parameters.get("instance").and_then(Json::as_str).unwrap_or_default();
    let Some((instance, units, bounds)) = RANGES.iter().find(|(instance, ..)| *instance == name) else {
        findings.add(at(path, "instance"), "is no instance of a range");
        return;
    };
    check_unit(parameters, instance, units, path, findings);
    let Some(range) = parameters.get("range") else { return };
    let path = at(path, "range");
    let Some(range) = findings.object(range, &path, &[], &["min", "max", "precision"]) else { return };
    let bound = |name| range.get(name).map_or(Some(None), |value| value.as_f64().map(Some));
    let (Some(min), Some(max), Some(precision)) = (bound("min"), bound("max"), bound("precision")) else {
        findings.add(path, "min, max or precision is not a number");
        return;
    };
    if min.zip(max).is_some_and(|(min, max)| min > max) || precision.is_some_and(|precision| precision <= 0.0) {
        findings.add(&*path, "min is above max, or precision is not above 0");
    }
    if let Some((low, high)) = bounds
        && (min.is_some_and(|min| min < *low) || max.is_some_and(|max| max > *high))
    {
        findings.add(path, format!("{instance} lies within {low} and {high}"));
    }
}
