//! The samples in `events/`: each is what a function gets, beside it what it answers.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::deployment::VENDOR_KEY;

/// Stands for any value in an expected answer.
const ANY: &str = "<any>";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events")
}

/// The names of all samples, as `platform/name`.
pub(crate) fn all() -> Vec<String> {
    let mut names = Vec::new();
    for platform in std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
    {
        for file in std::fs::read_dir(&platform).unwrap() {
            let file = file.unwrap().file_name().into_string().unwrap();
            if let Some(name) = file.strip_suffix(".json").filter(|name| !name.ends_with(".expected")) {
                names.push(format!("{}/{name}", platform.file_name().unwrap().to_string_lossy()));
            }
        }
    }
    names
}

fn read(name: &str) -> String {
    let path = folder().join(format!("{name}.json"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An event with a real token and key in the place of the placeholders.
pub(crate) fn event(name: &str, token: &str) -> Json {
    let text = read(name).replace("<token>", token).replace("<vendor key>", VENDOR_KEY);
    serde_json::from_str(&text).unwrap()
}

/// What the function answers.
pub(crate) fn expected(name: &str) -> Json {
    serde_json::from_str(&read(&format!("{name}.expected"))).unwrap()
}

/// An answer as the samples show it: an HTTP answer with its body as JSON and the headers that matter.
pub(crate) fn shown(answer: &Json) -> Json {
    let Some(status) = answer.get("statusCode") else { return answer.clone() };
    json!({"statusCode": status, "headers": answer["headers"], "body": crate::deployment::body(answer)})
}

/// Whether the answer is what is expected; numbers are compared by value.
pub(crate) fn agrees(expected: &Json, answer: &Json) -> bool {
    match (expected, answer) {
        (Json::String(any), _) if any == ANY => true,
        (Json::Object(expected), Json::Object(answer)) => {
            expected.len() == answer.len()
                && expected.iter().all(|(name, value)| answer.get(name).is_some_and(|found| agrees(value, found)))
        }
        (Json::Array(expected), Json::Array(answer)) => {
            expected.len() == answer.len() && expected.iter().zip(answer).all(|(value, found)| agrees(value, found))
        }
        (Json::Number(expected), Json::Number(answer)) => expected.as_f64() == answer.as_f64(),
        (expected, answer) => expected == answer,
    }
}
