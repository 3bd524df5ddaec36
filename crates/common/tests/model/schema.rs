//! The published JSON Schema says the same as the code.

use std::path::PathBuf;

use common::model::{Device, DeviceId, device_schema, report_schema};
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};

use super::{ID, docs};

/// Where the repository begins.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn cases() -> Vec<Json> {
    let folder = root().join("testdata/vectors/model");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let cases = files.flat_map(|file| serde_json::from_slice::<Vec<Json>>(&std::fs::read(file).unwrap()).unwrap());
    cases.filter(|case| case["device"].is_object()).collect()
}

/// The device documents of the golden vectors.
pub(crate) fn vector_documents() -> Vec<Json> {
    let documents: Vec<Json> = cases().iter().map(|case| case["device"].clone()).collect();
    assert!(documents.len() > 300, "found {} only", documents.len());
    documents
}

fn validator(schema: &Json) -> Validator {
    jsonschema::draft202012::new(schema).unwrap()
}

#[test]
fn both_are_schemas() {
    for schema in [device_schema(), report_schema()] {
        jsonschema::draft202012::meta::validate(&schema).unwrap();
    }
}

#[test]
fn the_published_file_is_up_to_date() {
    let text = format!("{:#}\n", device_schema());
    docs::assert_same("docs/device.schema.json", &text);
}

#[test]
fn the_golden_devices_and_reports_follow_it() {
    let (device, report) = (validator(&device_schema()), validator(&report_schema()));
    for case in cases() {
        device.validate(&case["device"]).unwrap_or_else(|error| panic!("{}: {error}", case["name"]));
        report.validate(&case["state"]).unwrap_or_else(|error| panic!("{}: {error}", case["name"]));
    }
}

/// What a schema cannot say: one member compared with another or with the address, and numbers that are too large or too
/// small for a decimal.
fn beyond_a_schema(path: &str, detail: &str) -> bool {
    let compares =
        ["must be above min", "must be below max", "must not be larger than the range", "must be another device"];
    compares.iter().any(|start| detail.starts_with(start))
        || path == "$.id" && detail.starts_with("must be the id of the address")
        || path.ends_with(".step") && detail == "must be a number above 0"
}

/// Values that are wrong in most places.
fn junk() -> impl Strategy<Value = Json> {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(2.5),
        json!(1e300),
        json!(1e-300),
        json!(100),
        json!(""),
        json!("light"),
        json!("low"),
        json!("rgb"),
        json!(ID),
        json!("two\nlines"),
        json!("st.switch"),
        json!("devices.types."),
        json!("ü".repeat(101)),
        json!("x".repeat(257)),
        json!([]),
        json!(["low", "low"]),
        json!(["auto"]),
        json!(["open", "closed"]),
        json!([1]),
        json!({}),
        json!({"min": 1}),
        json!({"min": 20, "max": 10}),
        json!({"values": ["off"]}),
        json!({"enabled": false}),
    ];
    proptest::sample::select(values.to_vec())
}

const NAMES: &[&str] = &[
    "id",
    "parent",
    "room",
    "nickname",
    "traits",
    "overrides",
    "yandex",
    "smartthings",
    "type",
    "capabilities",
    "min",
    "max",
    "step",
    "values",
    "retrievable",
    "command_only",
    "split",
    "stop",
    "color_model",
    "brightness",
    "fan_speed",
    "vacuum",
    "color_mode",
    "color",
    "target_temperature",
    "button",
    "on_off",
    "open_state",
];

/// Every place in a document, as JSON pointers.
fn places(json: &Json, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match json {
        Json::Object(members) => members.iter().for_each(|(name, value)| places(value, &format!("{at}/{name}"), found)),
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| places(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

/// Puts junk somewhere: in the place of a value, or as a member of an object.
fn spoil(document: &mut Json, place: Index, name: &Index, add: bool, junk: Json) {
    let mut found = Vec::new();
    places(document, "", &mut found);
    let target = document.pointer_mut(place.get(found.as_slice()).as_str()).unwrap();
    match target.as_object_mut() {
        Some(members) if add => drop(members.insert((*name.get(NAMES)).to_owned(), junk)),
        _ => *target = junk,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// A document that the code takes is good by the schema; one that the code refuses is bad by the schema too, unless
    /// all that is wrong with it is beyond a schema.
    #[test]
    fn schema_and_code_agree(
        document in proptest::sample::select(vector_documents()),
        spoilers in proptest::collection::vec((any::<Index>(), any::<Index>(), any::<bool>(), junk()), 0..4),
    ) {
        let mut document = document;
        document["id"] = ID.into();
        for (place, name, add, junk) in spoilers {
            spoil(&mut document, place, &name, add, junk);
        }
        thread_local!(static SCHEMA: Validator = validator(&device_schema()));
        let by_schema = SCHEMA.with(|schema| schema.validate(&document).map_err(|error| error.to_string()));
        match Device::parse(&DeviceId::new(ID).unwrap(), &document) {
            Ok(_) => prop_assert_eq!(by_schema, Ok(()), "{}", document),
            Err(errors) if errors.iter().all(|error| beyond_a_schema(&error.path, &error.detail)) => {}
            Err(errors) => prop_assert!(by_schema.is_err(), "{}: {:?}", document, errors),
        }
    }
}
