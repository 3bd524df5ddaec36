//! Compares what we tell Sber with golden vectors, by the rules of `testdata/vectors/README.md`.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use common::platform::sber::map::{Domain, Function};
use serde_json::{Map, Value as Json, json};

/// What is different, in words.
pub type Difference = Result<(), String>;

/// A file of `testdata/vectors`.
pub fn vectors(folder: &str) -> Vec<(String, Json)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap())
        })
        .collect()
}

/// A device object of get devices. `document` is what the vendor registered.
pub fn same_device(actual: &Json, expected: &Json, document: &Json) -> Difference {
    let optional = ["default_name", "partner_meta", "hw_version", "sw_version"];
    members(actual, expected, &optional, &["model"])?;
    let texts = |name: &str| actual[name].as_str().is_some_and(|text| !text.is_empty());
    if !texts("default_name") {
        return Err("default_name is missing".to_owned());
    }
    for name in ["hw_version", "sw_version"] {
        if actual[name] != document[name] {
            return Err(format!("{name} does not agree with the document"));
        }
    }
    let (model, wanted) = (&actual["model"], &expected["model"]);
    let optional = ["id", "description", "hw_version", "sw_version"];
    members(model, wanted, &optional, &["id", "features", "allowed_values"])?;
    if !model["id"].is_string() || wanted.get("id").is_some_and(|id| *id != model["id"]) {
        return Err(format!("model.id is {}", model["id"]));
    }
    if set(&model["features"]) != set(&wanted["features"]) {
        return Err(format!("features are {}, not {}", model["features"], wanted["features"]));
    }
    same_allowed_values(&model["allowed_values"], &wanted["allowed_values"], &set(&model["features"]))
}

fn same_allowed_values(actual: &Json, expected: &Json, features: &BTreeSet<String>) -> Difference {
    let empty = Map::new();
    let (actual, expected) = (actual.as_object().unwrap_or(&empty), expected.as_object().unwrap_or(&empty));
    for name in actual.keys().chain(expected.keys()) {
        if !features.contains(name) {
            return Err(format!("allowed_values of {name}, which is no feature"));
        }
        let default = default_values(name);
        let actual = actual.get(name).map_or(&default, |value| value);
        let expected = expected.get(name).map_or(&default, |value| value);
        if normal(actual) != normal(expected) {
            return Err(format!("allowed_values of {name} are {actual}, not {expected}"));
        }
    }
    Ok(())
}

/// What Sber assumes of a function whose model says nothing.
fn default_values(function: &str) -> Json {
    match function.parse::<Function>().unwrap().spec().domain {
        Domain::Integer { min, max, step } => json!({"type": "INTEGER", "integer_values":
            {"min": min.to_string(), "max": max.to_string(), "step": step.to_string()}}),
        Domain::Float { max_thousandths } => {
            json!({"type": "FLOAT", "float_values": {"min": 0, "max": f64::from(max_thousandths) / 1000.0}})
        }
        Domain::Enum(words) => json!({"type": "ENUM", "enum_values": {"values": words}}),
        Domain::Bool | Domain::Colour => Json::Null,
    }
}

/// Lists of words sorted, numbers as floats: what is left is significant.
fn normal(json: &Json) -> Json {
    match json {
        Json::Number(number) => json!(number.as_f64()),
        Json::Array(_) => json!(set(json)),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), normal(value))).collect(),
        other => other.clone(),
    }
}

fn set(list: &Json) -> BTreeSet<String> {
    let items: Vec<_> = list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect();
    let set: BTreeSet<_> = items.iter().cloned().collect();
    assert_eq!(set.len(), items.len(), "{list} has something twice");
    set
}

/// All members but `elsewhere` are equal; only `optional` ones may be there in addition.
fn members(actual: &Json, expected: &Json, optional: &[&str], elsewhere: &[&str]) -> Difference {
    let (Some(actual), Some(expected)) = (actual.as_object(), expected.as_object()) else {
        return Err(format!("{actual} instead of {expected}"));
    };
    for (name, value) in expected {
        if !elsewhere.contains(&name.as_str()) && actual.get(name) != Some(value) {
            return Err(format!("{name} is {:?}, not {value}", actual.get(name)));
        }
    }
    let extra = actual.keys().map(String::as_str).filter(|name| !expected.contains_key(*name));
    match extra.into_iter().find(|name| !optional.contains(name) && !elsewhere.contains(name)) {
        Some(name) => Err(format!("{name} is not expected")),
        None => Ok(()),
    }
}

/// By function; panics unless each is there once and every value has exactly the member of its type.
fn by_key(states: &Json) -> BTreeMap<String, Json> {
    let mut values = BTreeMap::new();
    for state in states.as_array().into_iter().flatten() {
        let members: Vec<_> = state.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(BTreeSet::from_iter(members), BTreeSet::from(["key", "value"]), "{state}");
        let value = &state["value"];
        let right = match (value["type"].as_str().unwrap(), value.as_object().unwrap().len()) {
            ("BOOL", 2) => value["bool_value"].is_boolean(),
            ("INTEGER", 2) => value["integer_value"].as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
            ("FLOAT", 2) => value["float_value"].is_number(),
            ("ENUM", 2) => value["enum_value"].is_string(),
            ("COLOUR", 2) => ["h", "s", "v"].iter().all(|name| value["colour_value"][name].is_i64()),
            _ => false,
        };
        assert!(right, "not a value of Sber: {value}");
        let before = values.insert(state["key"].as_str().unwrap().to_owned(), normal(value));
        assert!(before.is_none(), "{} twice", state["key"]);
    }
    values
}

/// The states of a query: all that is expected and nothing else.
pub fn same_states(actual: &Json, expected: &Json) -> Difference {
    let (actual, expected) = (by_key(&actual["states"]), by_key(&expected["states"]));
    if actual == expected { Ok(()) } else { Err(format!("states are {actual:?}, not {expected:?}")) }
}

/// The states of a command: all that is expected; others must agree with a query after the command.
pub fn includes_states(actual: &Json, expected: &Json, query: &Json) -> Difference {
    let (actual, expected) = (by_key(&actual["states"]), by_key(&expected["states"]));
    let query = by_key(&query["states"]);
    for (key, value) in &expected {
        if actual.get(key) != Some(value) {
            return Err(format!("{key} is {:?}, not {value}", actual.get(key)));
        }
    }
    match actual.iter().find(|(key, value)| !expected.contains_key(*key) && query.get(*key) != Some(*value)) {
        Some((key, value)) => Err(format!("{key} is {value}, a query says {:?}", query.get(key))),
        None => Ok(()),
    }
}

/// The whole body that answers a command to one device. `query` is the device's `{states}` after it.
pub fn same_command_answer(actual: &Json, device_id: &str, expected: &Json, query: &Json) -> Difference {
    if expected.get("code").is_some() {
        let errors = actual["errors"].as_array().map_or(&[][..], Vec::as_slice);
        return match errors {
            [error] if error["id"] == expected["id"] && error["code"] == expected["code"] => {
                let text = error["message"].is_string() && actual.as_object().unwrap().len() == 1;
                if text { Ok(()) } else { Err(format!("{actual} is not an error list")) }
            }
            _ => Err(format!("{actual} instead of the error {expected}")),
        };
    }
    if expected.get("states").is_none() {
        return if *actual == json!({}) { Ok(()) } else { Err(format!("{actual} instead of {{}}")) };
    }
    if actual["devices"].as_object().is_none_or(|devices| devices.len() != 1) || actual.get("errors").is_some() {
        return Err(format!("{actual} is not the answer of one device"));
    }
    includes_states(&actual["devices"][device_id], expected, query)
}

/// The whole state after a command, as `{trait: value}`.
pub fn same_state_after(actual: &Json, expected: &Json) -> Difference {
    if actual.is_null() || expected.is_null() {
        return if actual == expected { Ok(()) } else { Err(format!("state is {actual}, not {expected}")) };
    }
    let mut actual = actual.as_object().cloned().unwrap_or_default();
    if expected.get("color_mode").is_none() {
        actual.remove("color_mode");
    }
    let (actual, expected) = (normal(&Json::Object(actual)), normal(expected));
    if actual == expected { Ok(()) } else { Err(format!("state is {actual}, not {expected}")) }
}
