//! Compares Yandex's discovery, query and action objects with those of `testdata/vectors/model`, by the rules of its README.
//!
//! Everything is plain JSON, so that it does not matter whether an answer came from a function or over HTTP.

#![allow(dead_code, unreachable_pub, reason = "shared by test programs, each uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

/// One case of `testdata/vectors/model`.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// The device document; null for a device that does not exist.
    pub device: Json,
    /// `{"online", "state"}`, delivered as one report; null without a device.
    #[serde(default)]
    pub state: Json,
    /// What a platform's user sends, in a command case.
    pub command: Option<Sent>,
    /// What comes out.
    pub expect: Json,
    /// The file and the name, for messages.
    #[serde(skip)]
    pub title: String,
}

/// What a platform's user sends.
#[derive(Clone, Debug, Deserialize)]
pub struct Sent {
    /// The platform.
    pub platform: String,
    /// The device it is sent to.
    pub device_id: String,
    /// The fragment of the platform's request for this device.
    pub request: Json,
}

/// The folder of golden messages.
pub fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors")
}

/// The JSON files of one folder with their names.
pub fn files(folder: &str) -> Vec<(String, Json)> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(vectors().join(folder)).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let files: Vec<_> = paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap())
        })
        .collect();
    assert!(!files.is_empty(), "no vectors in {folder}");
    files
}

/// The state cases, and the command cases of Yandex.
pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (file, json) in files("model") {
        for mut case in serde_json::from_value::<Vec<Case>>(json).unwrap() {
            case.title = format!("{file}: {}", case.name);
            if case.command.as_ref().is_none_or(|command| command.platform == "yandex") {
                all.push(case);
            }
        }
    }
    all
}

/// What differs, one line each; empty if nothing does.
pub type Differences = Vec<String>;

/// Compares a discovery object; `document` is the device document it is for.
pub fn compare_discovery(document: &Json, expected: &Json, actual: &Json) -> Differences {
    let mut differences = whole_numbers(actual);
    let mut actual = actual.clone();
    let members = actual.as_object_mut().unwrap();
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
    differences
}

/// Compares a device object of a query answer.
pub fn compare_query(expected: &Json, actual: &Json) -> Differences {
    let mut differences = whole_numbers(actual);
    differences.extend(compare(&canonical(expected), &canonical(actual), "query"));
    differences
}

/// Compares a device object of an action answer. An error of the device is the same error of each capability asked.
pub fn compare_action(request: &Json, expected: &Json, actual: &Json) -> Differences {
    let mut differences = Vec::new();
    if actual.get("capabilities").is_some() == actual.get("action_result").is_some() {
        differences.push("action: exactly one of capabilities and action_result must be there".to_owned());
    }
    differences.extend(compare(&results(request, expected), &results(request, actual), "action"));
    differences
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

/// Compares the whole state: a trait that is not named must have no value; `color_mode` only if it is named.
pub fn compare_state(expected: &Json, actual: &Map<String, Json>) -> Differences {
    let mut actual = actual.clone();
    if expected.get("color_mode").is_none() {
        actual.remove("color_mode");
    }
    compare(&canonical(expected), &canonical(&Json::Object(actual)), "state")
}

/// Numbers that must be JSON integers: `rgb`, `temperature_k` and the members of `hsv`.
fn whole_numbers(json: &Json) -> Differences {
    fn check(json: &Json, path: &str, differences: &mut Differences) {
        match json {
            Json::Number(number) if !number.is_i64() && !number.is_u64() => {
                differences.push(format!("{path} is {number}, not an integer"));
            }
            Json::Object(members) => {
                members.iter().for_each(|(name, v)| check(v, &format!("{path}.{name}"), differences))
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
        Json::Number(number) => match number.as_f64() {
            // `25` is `25.0`.
            Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => json!(float as i64),
            _ => json.clone(),
        },
        Json::Array(items) => items.iter().map(canonical).collect(),
        Json::Object(members) => {
            let mut canonical_members = Map::new();
            for (name, value) in members {
                // `error_message` is free text.
                if name == "error_message" || value.as_array().is_some_and(Vec::is_empty) {
                    continue;
                }
                let mut value = canonical(value);
                if matches!(name.as_str(), "capabilities" | "properties" | "events" | "scenes") {
                    value.as_array_mut().unwrap().sort_by_key(Json::to_string);
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
