//! Whatever is sent, a function says what is wrong, soon, and lives on.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Invocation};

use crate::deployment::{Deployment, Surroundings, TELLERS, VENDOR_KEY, request};

const PATHS: &[(&str, &str, &str)] = &[
    ("query", "POST", "/yandex/v1.0/user/devices/query"),
    ("action", "POST", "/yandex/v1.0/user/devices/action"),
    ("link", "POST", "/yandex/v1.0/user/unlink"),
    ("webhook", "POST", "/yandex/rpc"),
    ("query", "POST", "/sber/v1/query"),
    ("action", "POST", "/sber/v1/command"),
    ("webhook", "POST", "/smartthings"),
    ("report", "PUT", "/v1/devices/lamp"),
    ("report", "PATCH", "/v1/devices/lamp/state"),
    ("report", "POST", "/v1/reports"),
];

fn bodies() -> Vec<Json> {
    let text = |body: &str| json!({"body": body, "isBase64Encoded": false});
    let bytes = |body: &[u8]| json!({"body": STANDARD.encode(body), "isBase64Encoded": true});
    vec![
        text(""),
        text("{\"devices\":[{\"id\":"),
        text("null"),
        text("[]"),
        text("\"text\""),
        text("{\"devices\":null,\"payload\":null,\"headers\":null,\"reports\":null,\"traits\":null}"),
        text("{\"devices\":[null,5,{\"id\":null}],\"payload\":{\"devices\":[null]},\"reports\":[null]}"),
        text("{\"devices\":{\"a\":null},\"headers\":{\"interactionType\":5},\"authentication\":{\"token\":[]}}"),
        text(&format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000))),
        text(&format!("{}{{}}{}", "{\"devices\":".repeat(5_000), "}".repeat(5_000))),
        text(&format!("{{\"devices\":[{}]}}", vec!["{\"id\":\"x\"}"; 10_000].join(","))),
        text(&"x".repeat(2 * 1024 * 1024)),
        bytes(b"\xff\xfe\x00{}"),
        bytes(&[0; 100]),
        json!({"body": "not base64!", "isBase64Encoded": true}),
        json!({"body": null}),
    ]
}

#[tokio::test]
async fn bodies_that_make_no_sense() {
    let deployment = Deployment::start().await;
    let token = deployment.surroundings.token("u1");
    for (function, method, path) in PATHS {
        let key = if *function == "report" { VENDOR_KEY } else { &token };
        for body in bodies() {
            let mut event = request(method, path, Some(key), None);
            event.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            let (status, answer) = deployment.http(function, &event).await;
            let excerpt: String = body.to_string().chars().take(100).collect();
            assert!(status < 500, "{path} {excerpt}: {status} {answer}");
        }
    }
}

#[tokio::test]
async fn events_that_make_no_sense() {
    let deployment = Deployment::start().await;
    let odd = [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"requestContext": {"http": null}}),
        json!({"Records": []}),
    ];
    for function in crate::deployment::FUNCTIONS {
        for event in &odd {
            match deployment.invoke(function, event).await {
                Invocation::Failed(error) => assert!(error["errorMessage"].is_string(), "{error}"),
                Invocation::Answered(answer) => assert_eq!(function, "webhook", "{event}: {answer}"),
            }
        }
        let (status, _) = deployment.http(function, &request("GET", "/nowhere", None, None)).await;
        assert_eq!(status, if function == "report" { 401 } else { 404 }, "{function} lives on");
    }
}

#[tokio::test]
async fn batches_that_make_no_sense() {
    let surroundings = Surroundings::start().await;
    let settings = surroundings.settings();
    let deployment = Deployment::with(surroundings, &TELLERS, &settings).await;
    let odd =
        [json!(null), json!([]), json!("leaky"), json!({}), json!({"Records": null}), json!({"Records": "leaky"})];
    for function in TELLERS {
        for event in &odd {
            let Invocation::Failed(error) = deployment.invoke(function, event).await else { panic!("{event}") };
            assert!(error["errorMessage"].is_string() && !error.to_string().contains("leaky"), "{error}");
        }
    }
    // What is no message at all fails, too: taken as done it would be deleted.
    let records = json!({"Records": [5, null, {"messageId": "m-1", "body": 7}, {"messageId": "m-2"}]});
    let Invocation::Answered(answer) = deployment.invoke("redeliver", &records).await else { panic!() };
    let failed = answer["batchItemFailures"].as_array().unwrap();
    assert_eq!(failed.len(), 4, "{answer}");
    assert!(failed.contains(&json!({"itemIdentifier": "m-2"})), "{answer}");
}

#[tokio::test]
async fn a_device_cloud_that_sleeps_costs_its_devices_only() {
    let surroundings = Surroundings::start().await;
    let cloud = DeviceCloud::start().await;
    cloud.answers(|command| {
        let delay = if command["device_id"] == "slow" { Duration::from_secs(30) } else { Duration::ZERO };
        (200, json!({"status": "done"}), delay)
    });
    let mut settings = surroundings.settings();
    settings.push(("HOMEPORT_COMMAND_URL".into(), cloud.url()));
    settings.push(("HOMEPORT_COMMAND_SECRET".into(), DeviceCloud::SECRET.into()));
    let deployment = Deployment::with(surroundings, &["report", "action"], &settings).await;
    let lamp = json!({"owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}}}).to_string();
    for id in ["slow", "quick"] {
        let path = format!("/v1/devices/{id}");
        let (status, _) = deployment.http("report", &request("PUT", &path, Some(VENDOR_KEY), Some(&lamp))).await;
        assert_eq!(status, 201);
    }
    let switch = |id: &str| {
        let state = json!({"instance": "on", "value": true});
        json!({"id": id, "capabilities": [{"type": "devices.capabilities.on_off", "state": state}]})
    };
    let body = json!({"payload": {"devices": [switch("slow"), switch("quick")]}}).to_string();
    let token = deployment.surroundings.token("u1");
    let event = request("POST", "/yandex/v1.0/user/devices/action", Some(&token), Some(&body));
    let asked = Instant::now();
    let (status, answer) = deployment.http("action", &event).await;
    // Far from the limit of 2 s, because a busy machine runs the tests slowly; the device cloud sleeps far longer.
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(status, 200);
    let [slow, quick] = answer["payload"]["devices"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert!(slow.to_string().contains("DEVICE_UNREACHABLE"), "{slow}");
    assert!(quick.to_string().contains("DONE"), "{quick}");
    for command in cloud.received() {
        assert!(command.signed);
        assert!(command.body["deadline_ms"].as_u64().unwrap() < 2_000, "{}", command.body);
    }
}
