//! The inbound messages of `testdata/vectors/yandex`: read as our types and written again, they are the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::platform::yandex::wire::{
    ActedDevice, ActionBody, ActionDevice, Answer, Devices, DiscoveryPayload, Message, QueriedDevice, QueryDevice,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use testkit::golden::vectors;
use testkit::golden::yandex::canonical;

/// Reads and writes; an error message says where it happened.
fn again<T: DeserializeOwned + Serialize>(json: &Json, title: &str) {
    let typed: T = serde_json::from_value(json.clone()).unwrap_or_else(|error| panic!("{title}: {error}"));
    let written = serde_json::to_value(typed).unwrap();
    assert_eq!(canonical_with_texts(&written), canonical_with_texts(json), "{title}");
}

/// Here the free texts must survive too.
fn canonical_with_texts(json: &Json) -> Json {
    let text = serde_json::to_string(json).unwrap().replace("\"error_message\"", "\"text\"");
    canonical(&serde_json::from_str(&text).unwrap())
}

#[test]
fn inbound_messages_survive_our_types() {
    let mut seen = 0;
    for (name, exchange) in vectors("yandex") {
        if exchange["direction"] != "inbound" {
            continue;
        }
        seen += 1;
        let (request, response) = (&exchange["request"], &exchange["response"]);
        let (body, answer) = (&request["body"], &response["body"]);
        let message: Option<Message> = serde_json::from_value(body.clone()).ok();
        let message = message.filter(|message| !message.request_type.is_empty());
        let kind = match (&message, request["path"].as_str().unwrap().rsplit_once('/').unwrap().1) {
            (Some(message), _) => message.request_type.as_str(),
            (None, "devices") => "discovery",
            (None, last) => last,
        };
        if let Some(message) = &message {
            again::<Message>(body, &name);
            match kind {
                "query" => again::<Devices<QueryDevice>>(&message.payload, &name),
                "action" => again::<Devices<ActionDevice>>(&message.payload, &name),
                _ => assert!(message.payload.is_null()),
            }
        }
        match (kind, message.is_some()) {
            ("query", false) if response["status"] == 400 => {
                let body: Devices<QueryDevice> = serde_json::from_value(body.clone()).unwrap();
                assert_eq!(body.devices, None, "{name}");
            }
            ("query", false) => again::<Devices<QueryDevice>>(body, &name),
            ("action", false) => again::<ActionBody>(body, &name),
            (_, false) => assert!(body.is_null(), "{name}"),
            (_, true) => {}
        }
        if response["status"] != 200 || answer.is_null() {
            assert!(answer.is_null(), "{name}");
            continue;
        }
        match kind {
            "discovery" => again::<Answer<DiscoveryPayload>>(answer, &name),
            "query" => again::<Answer<Devices<QueriedDevice>>>(answer, &name),
            "action" => again::<Answer<Devices<ActedDevice>>>(answer, &name),
            "unlink" => again::<Answer<()>>(answer, &name),
            other => panic!("{name}: {other}"),
        }
    }
    assert_eq!(seen, 33);
}
