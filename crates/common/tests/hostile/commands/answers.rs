//! What the device cloud answers becomes what each platform is told.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use common::model::DeviceError;
use common::platform::Platform;
use http::Response;
use serde_json::json;
use testkit::Serving;

use super::{Home, Told, attribute};

#[tokio::test]
async fn done_is_told_and_kept() {
    let home = Home::new(&["lamp-1"]).await;
    for platform in Platform::ALL {
        // As it was asked.
        home.answers(json!({"status": "done", "state": null, "online": null, "stream_url": null, "more": [1]}));
        let told = home.switch_on(*platform, &["lamp-1"]).await.remove(0);
        match (platform, told) {
            (Platform::Yandex, Told::Done(state)) => assert_eq!(state["instance"], "on"),
            (Platform::Sber, Told::Done(states)) => {
                assert_eq!(states, json!([{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]));
            }
            (Platform::SmartThings, Told::Done(states)) => assert_eq!(attribute(&states, "switch"), "on"),
            (_, other) => panic!("{platform}: {other:?}"),
        }
        assert_eq!(home.world.state("lamp-1").await, json!({"on_off": true, "brightness": 40}));
        assert_eq!(home.world.record("lamp-1").await.origin.map(|origin| origin.platform), Some(*platform));
        home.reset("lamp-1").await;

        // Not quite as it was asked; what the device cannot have is left out.
        let state = json!({"on_off": false, "brightness": 55, "volume": 5, "color": "red", "nothing": {}});
        home.answers(json!({"status": "done", "state": state}));
        let told = home.switch_on(*platform, &["lamp-1"]).await.remove(0);
        match (platform, told) {
            (Platform::Yandex, Told::Done(_)) => {}
            (Platform::Sber, Told::Done(states)) => {
                let brightness =
                    json!({"key": "light_brightness", "value": {"type": "INTEGER", "integer_value": "550"}});
                let off = json!({"key": "on_off", "value": {"type": "BOOL", "bool_value": false}});
                let told = states.as_array().unwrap();
                assert!(told.len() == 2 && told.contains(&brightness) && told.contains(&off), "{states}");
            }
            (Platform::SmartThings, Told::Done(states)) => {
                assert_eq!((attribute(&states, "switch"), attribute(&states, "level")), (json!("off"), json!(55)));
            }
            (_, other) => panic!("{platform}: {other:?}"),
        }
        assert_eq!(home.world.state("lamp-1").await, json!({"on_off": false, "brightness": 55}));
        home.reset("lamp-1").await;
    }
    home.answers(json!({"status": "done", "online": false}));
    home.switch_on(Platform::Yandex, &["lamp-1"]).await;
    let record = home.world.record("lamp-1").await;
    assert!(!record.state.online);
}

#[tokio::test]
async fn accepted_changes_nothing_yet() {
    let home = Home::new(&["lamp-1"]).await;
    home.answers(json!({"status": "accepted"}));
    for platform in Platform::ALL {
        let told = home.switch_on(*platform, &["lamp-1"]).await.remove(0);
        match (platform, told) {
            (Platform::Yandex, Told::Done(_)) => {}
            (Platform::Sber, told) => assert_eq!(told, Told::Nothing, "the answer is {{}}"),
            (Platform::SmartThings, Told::Done(states)) => assert_eq!(attribute(&states, "switch"), "off"),
            (_, other) => panic!("{platform}: {other:?}"),
        }
        let record = home.world.record("lamp-1").await;
        assert_eq!(home.world.state("lamp-1").await["on_off"], false);
        assert_eq!(record.origin, None, "the callback will go to everybody");
    }
}

/// What the device cloud answers, and the codes of Yandex, Sber and SmartThings (model.md section 5).
pub(super) const CODES: &[(&str, &str, u16, &str)] = &[
    // SmartThings deletes what is DEVICE-DELETED: never a device that is registered, whatever the device cloud says.
    ("not_found", "DEVICE_NOT_FOUND", 400, "DEVICE-UNAVAILABLE"),
    ("offline", "DEVICE_UNREACHABLE", 503, "DEVICE-OFFLINE"),
    ("busy", "DEVICE_BUSY", 503, "DEVICE-UNAVAILABLE"),
    ("not_supported", "INVALID_ACTION", 400, "CAPABILITY-NOT-SUPPORTED"),
    ("invalid_value", "INVALID_VALUE", 400, "RESOURCE-CONSTRAINT-VIOLATION"),
    ("wrong_mode", "NOT_SUPPORTED_IN_CURRENT_MODE", 400, "RESOURCE-CONSTRAINT-VIOLATION"),
    ("not_ready", "DEVICE_OFF", 400, "RESOURCE-CONSTRAINT-VIOLATION"),
    ("remote_control_disabled", "REMOTE_CONTROL_DISABLED", 403, "RESOURCE-CONSTRAINT-VIOLATION"),
    ("door_open", "DOOR_OPEN", 503, "DEVICE-UNAVAILABLE"),
    ("lid_open", "LID_OPEN", 503, "DEVICE-UNAVAILABLE"),
    ("not_enough_water", "NOT_ENOUGH_WATER", 503, "DEVICE-UNAVAILABLE"),
    ("low_charge", "LOW_CHARGE_LEVEL", 503, "DEVICE-UNAVAILABLE"),
    ("container_full", "CONTAINER_FULL", 503, "DEVICE-UNAVAILABLE"),
    ("container_empty", "CONTAINER_EMPTY", 503, "DEVICE-UNAVAILABLE"),
    ("drip_tray_full", "DRIP_TRAY_FULL", 503, "DEVICE-UNAVAILABLE"),
    ("stuck", "DEVICE_STUCK", 503, "DEVICE-UNAVAILABLE"),
    ("firmware_out_of_date", "FIRMWARE_OUT_OF_DATE", 503, "DEVICE-UNAVAILABLE"),
    ("not_enough_detergent", "NOT_ENOUGH_DETERGENT", 503, "DEVICE-UNAVAILABLE"),
    ("needs_human", "HUMAN_INVOLVEMENT_NEEDED", 503, "DEVICE-UNAVAILABLE"),
    ("internal", "INTERNAL_ERROR", 500, "DEVICE-UNAVAILABLE"),
    ("link_broken", "ACCOUNT_LINKING_ERROR", 401, "DEVICE-UNAVAILABLE"),
    // No code of ours.
    ("on_fire", "INTERNAL_ERROR", 500, "DEVICE-UNAVAILABLE"),
];

pub(super) fn codes_of(row: &(&str, &str, u16, &str)) -> [Told; 3] {
    let (_, yandex, sber, smartthings) = row;
    [json!(yandex), json!(sber), json!(smartthings)].map(Told::Failed)
}

#[tokio::test]
async fn every_error_has_its_code_on_every_platform() {
    let known: BTreeSet<_> = DeviceError::ALL.iter().map(|error| error.as_str()).collect();
    assert!(known.iter().all(|error| CODES.iter().any(|(code, ..)| code == error)));
    let home = Home::new(&["lamp-1"]).await;
    for row in CODES {
        home.answers(json!({"status": "error", "code": row.0, "message": "for a person"}));
        for (platform, expected) in Platform::ALL.iter().zip(codes_of(row)) {
            assert_eq!(home.switch_on(*platform, &["lamp-1"]).await, [expected], "{} on {platform}", row.0);
        }
    }
    assert_eq!(home.world.state("lamp-1").await["on_off"], false);
    assert_eq!(home.world.record("lamp-1").await.origin, None);
}

#[tokio::test]
async fn answers_that_make_no_sense_are_faults() {
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let visits = Arc::clone(&elsewhere);
    let other = Serving::start(Router::new().fallback(any(move || {
        visits.fetch_add(1, Ordering::Relaxed);
        async { "{\"status\":\"done\"}" }
    })))
    .await;
    let mut answers: Vec<Response<Bytes>> = Vec::new();
    let done = "{\"status\":\"done\"}";
    for body in [
        "",
        "null",
        "[]",
        "[\"done\"]",
        "\"done\"",
        "{}",
        "{\"status\":null}",
        "{\"status\":5}",
        "{\"status\":\"DONE!\"}",
        "{\"status\":\"error\"}",
        "{\"status\":\"error\",\"code\":5}",
        "{\"status\":\"done\",\"state\":[true]}",
        "{\"status\":\"done\",\"state\":{\"brightness\":1e400}}",
        "{\"status\":\"done\"",
        "<html>done</html>",
        "\0",
    ] {
        answers.push(Response::new(Bytes::from(body)));
    }
    answers.push(Response::new(Bytes::from_static(b"{\"status\":\"\xff\"}")));
    answers.push(Response::new(Bytes::from("[".repeat(20_000))));
    answers.push(Response::new(Bytes::from(format!("{}{done}", " ".repeat(64 * 1024)))));
    for status in [301, 302, 303, 307, 308] {
        let redirect = Response::builder().status(status).header("location", other.url());
        answers.push(redirect.body(Bytes::from(done)).unwrap());
    }
    for status in [400, 401, 404, 410, 418, 429, 500, 503] {
        answers.push(Response::builder().status(status).body(Bytes::from(done)).unwrap());
    }
    let home = Home::new(&["lamp-1"]).await;
    let faults = codes_of(CODES.iter().find(|(code, ..)| *code == "internal").unwrap());
    for answer in answers {
        let shown = format!("{answer:?}").chars().take(200).collect::<String>();
        home.cloud.responds(move |_| std::future::ready(answer.clone()));
        for (platform, expected) in Platform::ALL.iter().zip(faults.clone()) {
            assert_eq!(home.switch_on(*platform, &["lamp-1"]).await, [expected], "{platform}: {shown}");
        }
    }
    assert_eq!(elsewhere.load(Ordering::Relaxed), 0, "nobody else gets a command");
    assert_eq!(home.world.state("lamp-1").await["on_off"], false);
    // Just as long as it may be.
    let padded = format!("{}{done}", " ".repeat(64 * 1024 - done.len()));
    home.cloud.responds(move |_| std::future::ready(Response::new(Bytes::from(padded.clone()))));
    assert!(matches!(home.switch_on(Platform::Yandex, &["lamp-1"]).await[0], Told::Done(_)));
}
