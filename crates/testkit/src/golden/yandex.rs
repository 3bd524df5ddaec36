//! Yandex: device objects of discovery, query and action answers.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::{Difference, by_value};

type Differences = Vec<String>;

fn told(differences: &[String]) -> Difference {
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n")) }
}

/// Compares a discovery object; `document` is the device document it is for.
pub fn discovery(expected: &Json, actual: &Json, document: &Json) -> Difference {
    let mut differences = whole_numbers(actual);
    let mut actual = actual.clone();
    let members = actual.as_object_mut().ok_or("the device is not an object")?;
    // These may be there; what is there must agree with the document.
    for name in ["description", "device_info", "status_info", "custom_data"] {
        if expected.get(name).is_some() {
            continue;
        }
        match (name, members.remove(name)) {
            ("device_info", Some(Json::Object(info))) => {
                for (name, value) in info {
                    if document.get(&name) != Some(&value) {
                        differences.push(format!("device_info.{name} is not what the document says"));
                    }
                }
            }
            ("status_info", Some(info)) if !info["reportable"].is_boolean() => {
                differences.push("status_info without reportable".to_owned());
            }
            ("custom_data", Some(data)) if data.to_string().len() > 1024 => {
                differences.push("custom_data is larger than 1024 bytes".to_owned());
            }
            _ => {}
        }
    }
    differences.extend(compare(&canonical(expected), &canonical(&actual), "discovery"));
    told(&differences)
}

/// Compares a device object of a query answer.
pub fn query(expected: &Json, actual: &Json) -> Difference {
    let mut differences = whole_numbers(actual);
    differences.extend(compare(&canonical(expected), &canonical(actual), "query"));
    told(&differences)
}

/// Compares a device object of an action answer; `request` is what was asked of the device. An error of the device is the
/// same error of each capability asked.
pub fn action(expected: &Json, actual: &Json, request: &Json) -> Difference {
    let mut differences = Vec::new();
    if actual.get("capabilities").is_some() == actual.get("action_result").is_some() {
        differences.push("action: exactly one of capabilities and action_result must be there".to_owned());
    }
    differences.extend(compare(&results(request, expected), &results(request, actual), "action"));
    told(&differences)
}

fn results(request: &Json, answer: &Json) -> Json {
    let answer = canonical(answer);
    let list = |json: &Json| json["capabilities"].as_array().cloned().unwrap_or_default();
    let results: Vec<Json> = match answer.get("action_result") {
        Some(result) => list(request)
            .into_iter()
            .map(|asked| {
                let state = json!({"instance": asked["state"]["instance"], "action_result": result});
                json!({"type": asked["type"], "state": state})
            })
            .collect(),
        None => list(&answer),
    };
    canonical(&json!({"id": answer["id"], "capabilities": results}))
}

/// Numbers that must be JSON integers: `rgb`, `temperature_k` and the members of `hsv`.
fn whole_numbers(json: &Json) -> Differences {
    fn check(json: &Json, path: &str, differences: &mut Differences) {
        match json {
            Json::Number(number) if !number.is_i64() && !number.is_u64() => {
                differences.push(format!("{path} is {number}, not an integer"));
            }
            Json::Object(members) => {
                members.iter().for_each(|(name, v)| check(v, &format!("{path}.{name}"), differences));
            }
            _ => {}
        }
    }
    let mut differences = Vec::new();
    for capability in json["capabilities"].as_array().into_iter().flatten() {
        if let Some(instance @ ("rgb" | "hsv" | "temperature_k")) = capability["state"]["instance"].as_str() {
            check(&capability["state"]["value"], instance, &mut differences);
        }
        check(&capability["parameters"]["temperature_k"], "temperature_k", &mut differences);
    }
    differences
}

/// The same JSON for everything that counts as the same.
pub fn canonical(json: &Json) -> Json {
    match json {
        // `25` is `25.0`.
        Json::Number(_) => by_value(json),
        Json::Array(items) => items.iter().map(canonical).collect(),
        Json::Object(members) => {
            let mut canonical_members = Map::new();
            for (name, value) in members {
                // `error_message` is free text.
                if name == "error_message" || value.as_array().is_some_and(Vec::is_empty) {
                    continue;
                }
                let mut value = canonical(value);
                if matches!(name.as_str(), "capabilities" | "properties" | "events" | "scenes")
                    && let Some(entries) = value.as_array_mut()
                {
                    entries.sort_by_key(Json::to_string);
                }
                canonical_members.insert(name.clone(), value);
            }
            let is_on_off = canonical_members.get("type").is_some_and(|name| name == "devices.capabilities.on_off");
            if is_on_off && canonical_members.get("parameters") == Some(&json!({"split": false})) {
                canonical_members.remove("parameters");
            }
            Json::Object(canonical_members)
        }
        _ => json.clone(),
    }
}

fn compare(expected: &Json, actual: &Json, path: &str) -> Differences {
    match (expected, actual) {
        (Json::Object(expected), Json::Object(actual)) => {
            let names: BTreeMap<&String, ()> = expected.keys().chain(actual.keys()).map(|name| (name, ())).collect();
            let member = |members: &Map<String, Json>, name: &String| members.get(name).cloned().unwrap_or(Json::Null);
            names
                .keys()
                .flat_map(|n| compare(&member(expected, n), &member(actual, n), &format!("{path}.{n}")))
                .collect()
        }
        (Json::Array(expected), Json::Array(actual)) if expected.len() == actual.len() => expected
            .iter()
            .zip(actual)
            .enumerate()
            .flat_map(|(index, (expected, actual))| compare(expected, actual, &format!("{path}[{index}]")))
            .collect(),
        _ if expected == actual => Vec::new(),
        _ => vec![format!("{path}: expected {expected}, is {actual}")],
    }
}
