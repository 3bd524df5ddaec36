//! Sber: device objects, states by function, the answer to a command.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::{Difference, by_value};

/// What Sber assumes of a function whose model says nothing: <https://developers.sber.ru/docs/ru/smarthome/c2c/functions>.
const INTEGERS: &[(&str, i32, i32, i32)] = &[
    ("air_pressure", 200, 800, 1),
    ("battery_percentage", 0, 100, 1),
    ("channel_int", 0, 999, 1),
    ("co2", 0, 10_000, 1),
    ("current", 0, 30_000, 1),
    ("humidity", 0, 100, 1),
    ("hvac_humidity_set", 30, 90, 1),
    ("hvac_temp_set", 5, 50, 1),
    ("hvac_water_percentage", 0, 100, 1),
    ("kitchen_water_temperature", 0, 100, 1),
    ("kitchen_water_temperature_set", 0, 100, 1),
    ("light_brightness", 50, 1000, 1),
    ("light_colour_temp", 0, 1000, 1),
    ("light_transmission_percentage", 0, 100, 1),
    ("number", 0, 9, 1),
    ("open_percentage", 0, 100, 5),
    ("pm10", 0, 1000, 1),
    ("pm1_0", 0, 500, 1),
    ("pm2_5", 0, 500, 1),
    ("power", 0, 50_000, 1),
    ("temperature", -400, 2000, 1),
    ("voltage", 0, 5000, 1),
    // The head of its page says 999, the text 100.
    ("volume_int", 0, 999, 1),
];
/// The same for numbers with fractions.
const FLOATS: &[(&str, f64)] =
    &[("hcho_float", 1.999), ("hvac_water_level", 50.0), ("kitchen_water_level", 50.0), ("tvoc_float", 9.999)];
/// The same for words. Those that only command a step (`+`, `-` of source) are never declared.
const WORDS: &[(&str, &str)] = &[
    ("button_event", "click double_click long_press"),
    ("channel", "+ -"),
    ("custom_key", "confirm back home play pause previous next"),
    ("direction", "up down left right"),
    ("hvac_air_flow_direction", "auto horizontal no rotation swing vertical"),
    ("hvac_air_flow_power", "auto high low medium quiet turbo"),
    ("hvac_heating_rate", "auto low medium high 1 2 3 4 5 6 7 8 9 10"),
    ("hvac_thermostat_mode", "auto cooling eco fast_cooling fast_heating heating turbo"),
    (
        "hvac_work_mode",
        "air_purification auto comfortable_sleep cooling dehumidification eco fast_cooling fast_heating heating \
         self_cleaning turbo ventilation",
    ),
    ("light_mode", "white colour"),
    ("open_rate", "auto low medium high"),
    ("open_set", "open close stop"),
    ("open_state", "open close opening closing"),
    ("pir", "pir"),
    ("reject_call", "reject"),
    ("signal_strength", "low medium high"),
    ("source", "hdmi1 hdmi2 hdmi3 tv av content screencast"),
    ("unlock", "unlock"),
    ("vacuum_cleaner_cleaning_type", "dry wet mixed"),
    ("vacuum_cleaner_command", "start pause return_to_dock resume"),
    ("vacuum_cleaner_program", "perimeter spot smart random_route"),
    ("vacuum_cleaner_status", "cleaning docked pause returning_to_dock"),
    ("volume", "+ -"),
];

/// Compares a device object of get devices; `document` is the device document.
pub fn discovery(expected: &Json, actual: &Json, document: &Json) -> Difference {
    let optional = ["default_name", "partner_meta", "hw_version", "sw_version"];
    members(expected, actual, &optional, &["model"])?;
    let texts = |name: &str| actual[name].as_str().is_some_and(|text| !text.is_empty());
    if !texts("default_name") {
        return Err("default_name is missing".to_owned());
    }
    for name in ["hw_version", "sw_version"] {
        if actual[name] != document[name] {
            return Err(format!("{name} does not agree with the document"));
        }
    }
    let (wanted, model) = (&expected["model"], &actual["model"]);
    let optional = ["id", "description", "hw_version", "sw_version"];
    members(wanted, model, &optional, &["id", "features", "allowed_values"])?;
    if !model["id"].is_string() || wanted.get("id").is_some_and(|id| *id != model["id"]) {
        return Err(format!("model.id is {}, not {}", model["id"], wanted["id"]));
    }
    features(wanted, model)
}

/// Compares the features and allowed values of a model.
pub fn features(expected: &Json, actual: &Json) -> Difference {
    let (wanted, features) = (set(&expected["features"])?, set(&actual["features"])?);
    if features != wanted {
        return Err(format!("features are {features:?}, not {wanted:?}"));
    }
    let empty = Map::new();
    let values = |model: &Json| model["allowed_values"].as_object().unwrap_or(&empty).clone();
    let (wanted, allowed) = (values(expected), values(actual));
    for name in allowed.keys().chain(wanted.keys()) {
        if !features.contains(name) {
            return Err(format!("allowed_values of {name}, which is no feature"));
        }
        let default = default_values(name);
        let (wanted, allowed) = (wanted.get(name).unwrap_or(&default), allowed.get(name).unwrap_or(&default));
        if unordered(wanted) != unordered(allowed) {
            return Err(format!("allowed_values of {name} are {allowed}, not {wanted}"));
        }
    }
    Ok(())
}

/// What Sber assumes of a function whose model says nothing; null for those that have no such values.
fn default_values(function: &str) -> Json {
    if let Some((_, min, max, step)) = INTEGERS.iter().find(|(name, ..)| *name == function) {
        let [min, max, step] = [min, max, step].map(ToString::to_string);
        return json!({"type": "INTEGER", "integer_values": {"min": min, "max": max, "step": step}});
    }
    if let Some((_, max)) = FLOATS.iter().find(|(name, _)| *name == function) {
        return json!({"type": "FLOAT", "float_values": {"min": 0, "max": max}});
    }
    match WORDS.iter().find(|(name, _)| *name == function) {
        Some((_, words)) => {
            let words: Vec<&str> = words.split_whitespace().collect();
            json!({"type": "ENUM", "enum_values": {"values": words}})
        }
        None => Json::Null,
    }
}

/// The order of words is not significant, nor is how a number is written.
fn unordered(json: &Json) -> Json {
    let mut json = by_value(json);
    if let Some(words) = json.pointer_mut("/enum_values/values").and_then(Json::as_array_mut) {
        words.sort_by_key(Json::to_string);
    }
    json
}

fn set(list: &Json) -> Result<BTreeSet<String>, String> {
    let mut set = BTreeSet::new();
    for item in list.as_array().into_iter().flatten() {
        let text = item.as_str().ok_or_else(|| format!("{item} in a list of texts"))?;
        if !set.insert(text.to_owned()) {
            return Err(format!("{list} has {text} twice"));
        }
    }
    Ok(set)
}

fn shown(value: Option<&Json>) -> String {
    value.map_or_else(|| "absent".to_owned(), Json::to_string)
}

/// All members but `elsewhere` are equal; only `optional` ones may be there in addition.
fn members(expected: &Json, actual: &Json, optional: &[&str], elsewhere: &[&str]) -> Difference {
    let (Some(expected), Some(actual)) = (expected.as_object(), actual.as_object()) else {
        return Err(format!("{actual} instead of {expected}"));
    };
    for (name, value) in expected {
        if !elsewhere.contains(&name.as_str()) && actual.get(name) != Some(value) {
            return Err(format!("{name} is {}, not {value}", shown(actual.get(name))));
        }
    }
    let mut extra = actual.keys().map(String::as_str).filter(|name| !expected.contains_key(*name));
    match extra.find(|name| !optional.contains(name) && !elsewhere.contains(name)) {
        Some(name) => Err(format!("{name} is not expected")),
        None => Ok(()),
    }
}

/// States by function: each once, every value with exactly the member of its type.
fn by_key(states: &Json) -> Result<BTreeMap<String, Json>, String> {
    let mut values = BTreeMap::new();
    for state in states.as_array().into_iter().flatten() {
        let value = &state["value"];
        let members = |json: &Json| json.as_object().map_or(0, Map::len);
        let right = match value["type"].as_str() {
            Some("BOOL") => value["bool_value"].is_boolean(),
            Some("INTEGER") => value["integer_value"].as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
            Some("FLOAT") => value["float_value"].is_number(),
            Some("ENUM") => value["enum_value"].is_string(),
            Some("COLOUR") => {
                members(&value["colour_value"]) == 3
                    && ["h", "s", "v"].iter().all(|name| value["colour_value"][name].is_i64())
            }
            _ => false,
        };
        let Some(key) = state["key"].as_str().filter(|_| right && members(state) == 2 && members(value) == 2) else {
            return Err(format!("not a state of Sber: {state}"));
        };
        if values.insert(key.to_owned(), by_value(value)).is_some() {
            return Err(format!("{key} twice"));
        }
    }
    Ok(values)
}

/// Compares the `{states}` of a query: all that is expected and nothing else.
pub fn query(expected: &Json, actual: &Json) -> Difference {
    let (expected, actual) = (by_key(&expected["states"])?, by_key(&actual["states"])?);
    for (key, value) in &actual {
        if expected.get(key) != Some(value) {
            return Err(format!("{key} is {value}, not {}", shown(expected.get(key))));
        }
    }
    match expected.keys().find(|key| !actual.contains_key(*key)) {
        Some(key) => Err(format!("{key} is missing")),
        None => Ok(()),
    }
}

/// Compares the `{states}` of a command: all that is expected; others must agree with a query after the command.
pub fn states(expected: &Json, actual: &Json, query: &Json) -> Difference {
    let (expected, actual) = (by_key(&expected["states"])?, by_key(&actual["states"])?);
    let query = by_key(&query["states"])?;
    for (key, value) in &expected {
        if actual.get(key) != Some(value) {
            return Err(format!("{key} is {}, not {value}", shown(actual.get(key))));
        }
    }
    match actual.iter().find(|(key, value)| !expected.contains_key(*key) && query.get(*key) != Some(*value)) {
        Some((key, value)) => Err(format!("{key} is {value}, a query says {}", shown(query.get(key)))),
        None => Ok(()),
    }
}

/// Compares lists of errors by id and code.
pub fn errors(expected: &Json, actual: &Json) -> Difference {
    let codes = |errors: &Json| -> Result<Json, String> {
        let mut codes = Map::new();
        for error in errors.as_array().into_iter().flatten() {
            let (Some(id), Some(_), 3) =
                (error["id"].as_str(), error["message"].as_str(), error.as_object().map_or(0, Map::len))
            else {
                return Err(format!("not an error of Sber: {error}"));
            };
            if codes.insert(id.to_owned(), error["code"].clone()).is_some() {
                return Err(format!("two errors of {id}"));
            }
        }
        Ok(codes.into())
    };
    let (expected, actual) = (codes(expected)?, codes(actual)?);
    if expected == actual { Ok(()) } else { Err(format!("errors are {actual}, not {expected}")) }
}

/// Compares the whole body that answers a command to one device with `{states}`, `{}` or an error; `query` is the device's
/// `{states}` after it.
pub fn command(expected: &Json, actual: &Json, device_id: &str, query: &Json) -> Difference {
    if expected.get("code").is_some() {
        if actual.as_object().is_none_or(|members| members.len() != 1) {
            return Err(format!("{actual} is not a list of errors"));
        }
        let mut expected = expected.clone();
        expected["message"] = json!("");
        return errors(&json!([expected]), &actual["errors"]);
    }
    if expected.get("states").is_none() {
        return if *actual == json!({}) { Ok(()) } else { Err(format!("{actual} instead of {{}}")) };
    }
    if actual["devices"].as_object().is_none_or(|devices| devices.len() != 1) || actual.get("errors").is_some() {
        return Err(format!("{actual} is not the answer of one device"));
    }
    states(expected, &actual["devices"][device_id], query)
}
