//! Compares SmartThings answers with the golden vectors, by the rules of `testdata/vectors/README.md`.

use std::collections::BTreeMap;

use common::model::Number;
use serde_json::Value as Json;

/// Attributes whose type is integer.
const INTEGERS: &[&str] = &[
    "level",
    "colorTemperature",
    "battery",
    "volume",
    "fanSpeed",
    "shadeLevel",
    "shadeTiltLevel",
    "carbonDioxide",
    "dustLevel",
    "fineDustLevel",
    "veryFineDustLevel",
];

type Key = (String, String, String);

/// Compares a device of a discovery; `document` is what additional members have to agree with.
pub(crate) fn discovery(expected: &Json, actual: &Json, document: &Json) -> Result<(), String> {
    let mut actual = actual.clone();
    let members = actual.as_object_mut().ok_or("the device is not an object")?;
    members.remove("deviceCookie");
    if let Some(context) = members.remove("deviceContext") {
        if let Some(groups) = context.get("groups") {
            return Err(format!("groups {groups}"));
        }
        agrees("roomName", context.get("roomName"), &document["room"])?;
    }
    let info = members.get_mut("manufacturerInfo").and_then(Json::as_object_mut).ok_or("no manufacturerInfo")?;
    for (name, member) in [("hwVersion", "hw_version"), ("swVersion", "sw_version")] {
        agrees(name, info.remove(name).as_ref(), &document[member])?;
    }
    if *expected == actual { Ok(()) } else { Err(format!("expected device {expected}, got {actual}")) }
}

fn agrees(name: &str, actual: Option<&Json>, document: &Json) -> Result<(), String> {
    match actual {
        Some(actual) if actual != document => Err(format!("{name} is {actual}, in the document {document}")),
        _ => Ok(()),
    }
}

/// Compares an answer to a refresh: complete, apart from lists of possible values.
pub(crate) fn refresh(expected: &Json, actual: &Json) -> Result<(), String> {
    entry(expected, actual, &BTreeMap::new())
}

/// Compares an answer to a command: further states must agree with the refresh after the command.
pub(crate) fn response(expected: &Json, actual: &Json, refresh_after: Option<&Json>) -> Result<(), String> {
    if expected["externalDeviceId"] != actual["externalDeviceId"] {
        return Err(format!("expected device {}, got {}", expected["externalDeviceId"], actual["externalDeviceId"]));
    }
    let after = refresh_after.map(states).transpose()?.unwrap_or_default();
    entry(expected, actual, &after)
}

fn entry(expected: &Json, actual: &Json, allowed: &BTreeMap<Key, Json>) -> Result<(), String> {
    let (wanted, got) = (states(expected)?, states(actual)?);
    for (key, state) in &wanted {
        let found = got.get(key).ok_or_else(|| format!("missing {state}"))?;
        same_state(state, found)?;
    }
    for (key, state) in &got {
        whole_where_due(state)?;
        let (_, _, attribute) = key;
        let is_list =
            attribute.starts_with("supported") || attribute.ends_with("Range") || attribute == "numberOfButtons";
        if wanted.contains_key(key) || is_list {
            continue;
        }
        match allowed.get(key) {
            Some(known) => same_state(known, state)?,
            None => return Err(format!("not expected: {state}")),
        }
    }
    let (wanted, got) = (codes(expected), codes(actual));
    if wanted != got {
        return Err(format!("expected errors {wanted:?}, got {got:?}"));
    }
    let healthy = states(actual)?.keys().any(|(_, _, attribute)| attribute == "healthStatus");
    if got.iter().any(|code| code == "DEVICE-OFFLINE") && healthy {
        return Err("healthStatus of an offline device".to_owned());
    }
    Ok(())
}

fn states(entry: &Json) -> Result<BTreeMap<Key, Json>, String> {
    let mut states = BTreeMap::new();
    for state in entry["states"].as_array().into_iter().flatten() {
        let text = |name: &str| state[name].as_str().unwrap_or_default().to_owned();
        let key = (text("component"), text("capability"), text("attribute"));
        if states.insert(key, state.clone()).is_some() {
            return Err(format!("twice: {state}"));
        }
    }
    Ok(states)
}

fn codes(entry: &Json) -> Vec<String> {
    let errors = entry["deviceError"].as_array().into_iter().flatten();
    let mut codes: Vec<String> =
        errors.map(|error| error["errorEnum"].as_str().unwrap_or("not a text").to_owned()).collect();
    codes.sort();
    codes
}

fn same_state(expected: &Json, actual: &Json) -> Result<(), String> {
    let same = same_value(&expected["value"], &actual["value"]) && expected["unit"] == actual["unit"];
    if same { Ok(()) } else { Err(format!("expected {expected}, got {actual}")) }
}

fn same_value(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => Number::from_json(left) == Number::from_json(right),
        _ => left == right,
    }
}

fn whole_where_due(state: &Json) -> Result<(), String> {
    let due = state["attribute"].as_str().is_some_and(|name| INTEGERS.contains(&name));
    if due && !state["value"].is_i64() { Err(format!("not an integer: {state}")) } else { Ok(()) }
}
