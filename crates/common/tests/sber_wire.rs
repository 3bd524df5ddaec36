//! Every message of `testdata/vectors/sber` that Sber sends us or gets from us, through the wire types and back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::platform::sber::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};

/// As we write it: integers are texts and defaults are there.
fn canonical(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let mut members: serde_json::Map<_, _> =
                members.iter().map(|(name, value)| (name.clone(), canonical(value))).collect();
            if members.get("type") == Some(&json!("INTEGER")) && !members.contains_key("integer_values") {
                let value = match members.get("integer_value") {
                    None => json!("0"),
                    Some(Json::Number(number)) => json!(number.to_string()),
                    Some(other) => other.clone(),
                };
                members.insert("integer_value".to_owned(), value);
            }
            Json::Object(members)
        }
        Json::Array(items) => items.iter().map(canonical).collect(),
        other => other.clone(),
    }
}

fn through<T: Serialize + DeserializeOwned>(json: &Json) -> Option<Json> {
    serde_json::from_value::<T>(json.clone()).ok().map(|typed| json!(typed))
}

#[test]
fn every_inbound_message_survives_the_wire_types() {
    let mut messages = 0;
    for (name, vector) in testkit::golden::vectors("sber") {
        if vector["direction"] != "inbound" {
            continue;
        }
        let path = vector["request"]["path"].as_str().unwrap();
        let (request, response) = (&vector["request"]["body"], &vector["response"]["body"]);
        let read = match path {
            "/v1/query" => through::<wire::QueryRequest>(request),
            "/v1/command" => through::<wire::CommandRequest>(request),
            _ => Some(Json::Null),
        };
        let expected = if name == "in-query-malformed" { None } else { Some(canonical(request)) };
        assert_eq!(read, expected, "{name}");
        let written = match (vector["response"]["status"].as_u64().unwrap(), path) {
            (200, "/v1/user") => through::<wire::UserAnswer>(response),
            (200, "/v1/devices") => through::<wire::DevicesAnswer>(response),
            (200, "/v1/query") => through::<wire::QueryAnswer>(response),
            (200, "/v1/command") => through::<wire::CommandAnswer>(response),
            (200, _) => Some(Json::Null),
            _ => through::<wire::CommonError>(response),
        };
        assert_eq!(written.as_ref(), Some(response), "{name}");
        messages += 1;
    }
    assert_eq!(messages, 30);
}
