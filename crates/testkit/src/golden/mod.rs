//! The golden messages of `testdata/vectors`, and what counts as the same: the rules of the README there.
//!
//! Everything is plain JSON, so that it does not matter whether an answer came from a function or over HTTP.
#![allow(clippy::indexing_slicing, reason = "an absent member of JSON is null")]

pub mod sber;
pub mod smartthings;
pub mod yandex;

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

/// What is different, in words.
pub type Difference = Result<(), String>;

/// The folder `testdata`.
pub fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

/// The JSON files of a folder of `testdata/vectors` in the order of their names, which come without the extension.
pub fn vectors(folder: &str) -> Vec<(String, Json)> {
    let folder = testdata().join("vectors").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    assert!(!paths.is_empty(), "no vectors in {}", folder.display());
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let json = serde_json::from_slice(&std::fs::read(&path).unwrap());
        (name, json.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    };
    paths.into_iter().map(read).collect()
}

/// One case of `testdata/vectors/model`.
#[derive(Clone, Debug)]
pub struct Case {
    /// The file and the name.
    pub title: String,
    /// The device document; null for a device that does not exist.
    pub device: Json,
    /// `{"online", "state"}`, delivered as one report; null without a device.
    pub state: Json,
    /// What a platform's user sends, in a command case.
    pub command: Option<Sent>,
    /// What comes out.
    pub expect: Json,
}

/// What a platform's user sends.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The platform.
    pub platform: String,
    /// The device it is sent to.
    pub device_id: String,
    /// The part of the platform's request for this device.
    pub request: Json,
}

impl Case {
    /// Whether it is a state case, or a command case of this platform.
    pub fn concerns(&self, platform: &str) -> bool {
        self.command.as_ref().is_none_or(|command| command.platform == platform)
    }
}

/// All cases of `testdata/vectors/model`.
pub fn cases() -> Vec<Case> {
    let text = |json: &Json| json.as_str().unwrap().to_owned();
    let sent = |json: &Json| Sent {
        platform: text(&json["platform"]),
        device_id: text(&json["device_id"]),
        request: json["request"].clone(),
    };
    let case = |file: &str, json: &Json| Case {
        title: format!("{file}: {}", text(&json["name"])),
        device: json["device"].clone(),
        state: json["state"].clone(),
        command: json.get("command").map(sent),
        expect: json["expect"].clone(),
    };
    let files = vectors("model").into_iter();
    files
        .flat_map(|(file, json)| json.as_array().unwrap().iter().map(|json| case(&file, json)).collect::<Vec<_>>())
        .collect()
}

/// Compares the whole state `{trait: value}` after a command, null without a device: a trait that is not named must have no
/// value; `color_mode` counts only if it is named.
pub fn same_state(expected: &Json, actual: &Json) -> Difference {
    let mut actual = actual.clone();
    if let Some(values) = actual.as_object_mut().filter(|_| expected.get("color_mode").is_none()) {
        values.remove("color_mode");
    }
    let same = by_value(expected) == by_value(&actual);
    if same { Ok(()) } else { Err(format!("the state is {actual}, not {expected}")) }
}

/// The same JSON with numbers that are equal when their values are: `25` is `25.0`.
fn by_value(json: &Json) -> Json {
    match json {
        Json::Number(number) => Json::from(number.as_f64()),
        Json::Array(items) => items.iter().map(by_value).collect(),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), by_value(value))).collect(),
        Json::Null | Json::Bool(_) | Json::String(_) => json.clone(),
    }
}
