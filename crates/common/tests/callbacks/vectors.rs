//! The golden vectors of what we send.

use std::fs;
use std::path::{Path, PathBuf};

use common::notify::protocol::{Incoming, Outgoing};
use http::StatusCode;
use serde_json::Value as Json;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors").join(name)
}

/// The vector with this name, which may lack its ending.
pub(crate) fn vector(folder_name: &str, name: &str) -> Json {
    let path = folder(folder_name).join(format!("{name}.json"));
    serde_json::from_slice(&fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).unwrap()
}

/// The platform's answer in a vector.
pub(crate) fn answer(vector: &Json) -> Incoming {
    let response = &vector["response"];
    let body = match &response["body"] {
        Json::Null => Vec::new(),
        Json::String(text) => text.clone().into_bytes(),
        body => body.to_string().into_bytes(),
    };
    let status = StatusCode::from_u16(response["status"].as_u64().unwrap().try_into().unwrap()).unwrap();
    Incoming { status, retry_after: None, body }
}

/// Compares method, path and headers with the request of a vector; bodies are compared by the platform's own rules.
pub(crate) fn same_envelope(vector: &Json, request: &Outgoing) {
    let name = &vector["name"];
    let expected = &vector["request"];
    assert_eq!(request.method.as_str(), expected["method"], "{name}");
    assert_eq!(request.url.path(), expected["path"], "{name}");
    for (header, value) in expected["headers"].as_object().unwrap() {
        let header = header.to_lowercase();
        let value = value.as_str().unwrap();
        match header.as_str() {
            // The client sets it.
            "host" => assert_eq!(request.url.host_str(), Some(value), "{name}"),
            "x-request-id" => {
                let id = request.headers[&header].to_str().unwrap();
                assert!(uuid::Uuid::parse_str(id).is_ok(), "{name}: {id}");
            }
            _ => assert_eq!(request.headers[&header], value, "{name}: {header}"),
        }
    }
}

/// Sorts arrays, leaves empty ones out, and takes numbers by their value.
pub(crate) fn canonical(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !member.as_array().is_some_and(Vec::is_empty));
            kept.map(|(name, member)| (name.clone(), canonical(member))).collect()
        }
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(canonical).collect();
            items.sort_by_key(Json::to_string);
            Json::Array(items)
        }
        Json::Number(number) => number.as_f64().map_or(Json::Null, Json::from),
        leaf => leaf.clone(),
    }
}

/// The outbound vectors of a folder whose name satisfies this.
fn outbound(folder_name: &str, wanted: impl Fn(&str) -> bool) -> Vec<String> {
    let names = fs::read_dir(folder(folder_name)).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()));
    let outbound = names.filter(|name| vector(folder_name, name)["direction"] == "outbound" && wanted(name));
    let mut outbound: Vec<String> = outbound.collect();
    outbound.sort();
    outbound
}

#[test]
fn every_outbound_vector_is_tested() {
    // Reading what Sber has and managing its models is not a callback.
    let callback = |name: &str| !name.starts_with("out-get") && !name.contains("models");
    for (folder_name, tested) in [
        ("yandex", crate::yandex::VECTORS),
        ("sber", crate::sber::VECTORS),
        ("smartthings", crate::smartthings::VECTORS),
    ] {
        assert_eq!(outbound(folder_name, callback), tested, "{folder_name}");
    }
}
