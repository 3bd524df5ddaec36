//! SmartThings: devices of a discovery, entries of `deviceState`.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Difference, by_value};

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

/// Component, capability, attribute.
type Key = (String, String, String);

/// Compares a device of a discovery; `document` is the device document, with which additional members have to agree.
pub fn discovery(expected: &Json, actual: &Json, document: &Json) -> Difference {
    let mut actual = actual.clone();
    let members = actual.as_object_mut().ok_or("the device is not an object")?;
    if expected.get("deviceCookie").is_none() {
        members.remove("deviceCookie");
    }
    if expected.get("deviceContext").is_none()
        && let Some(context) = members.remove("deviceContext")
    {
        if let Some(groups) = context.get("groups") {
            return Err(format!("groups {groups}"));
        }
        agrees("roomName", context.get("roomName"), &document["room"])?;
    }
    let info = members.get_mut("manufacturerInfo").and_then(Json::as_object_mut).ok_or("no manufacturerInfo")?;
    for (name, member) in [("hwVersion", "hw_version"), ("swVersion", "sw_version")] {
        if expected["manufacturerInfo"].get(name).is_none() {
            agrees(name, info.remove(name).as_ref(), &document[member])?;
        }
    }
    if *expected == actual { Ok(()) } else { Err(format!("the device is {actual}, not {expected}")) }
}

fn agrees(name: &str, actual: Option<&Json>, document: &Json) -> Difference {
    match actual {
        Some(actual) if actual != document => Err(format!("{name} is {actual}, in the document {document}")),
        _ => Ok(()),
    }
}

/// Compares the answer of one device to a refresh: complete, apart from lists of possible values.
pub fn refresh(expected: &Json, actual: &Json) -> Difference {
    same_id(expected, actual)?;
    entry(expected, actual, &BTreeMap::new())
}

/// Compares the answer of one device to commands: further states must agree with the refresh after them.
pub fn command(expected: &Json, actual: &Json, refresh_after: &Json) -> Difference {
    same_id(expected, actual)?;
    entry(expected, actual, &states(refresh_after)?)
}

fn same_id(expected: &Json, actual: &Json) -> Difference {
    let id = |entry: &Json| entry["externalDeviceId"].clone();
    match expected.get("externalDeviceId") {
        Some(expected) if *expected != id(actual) => Err(format!("the entry is of {}, not of {expected}", id(actual))),
        _ => Ok(()),
    }
}

fn entry(expected: &Json, actual: &Json, allowed: &BTreeMap<Key, Json>) -> Difference {
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
    let (wanted, codes) = (codes(expected), codes(actual));
    if wanted != codes {
        return Err(format!("errors are {codes:?}, not {wanted:?}"));
    }
    let healthy = got.keys().any(|(_, _, attribute)| attribute == "healthStatus");
    if codes.iter().any(|code| code == "DEVICE-OFFLINE") && healthy {
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

fn same_state(expected: &Json, actual: &Json) -> Difference {
    let same = by_value(&expected["value"]) == by_value(&actual["value"]) && expected.get("unit") == actual.get("unit");
    if same { Ok(()) } else { Err(format!("{actual} instead of {expected}")) }
}

fn whole_where_due(state: &Json) -> Difference {
    let due = state["attribute"].as_str().is_some_and(|name| INTEGERS.contains(&name));
    if due && !state["value"].is_i64() { Err(format!("not an integer: {state}")) } else { Ok(()) }
}
