//! Bodies that make no sense, to every entry point: the protocol's error or a 4xx, in time, and nothing is broken after it.
//!
//! Requests run with the production's deadline, after which they would be answered 503.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::endpoints::{Endpoint, excerpt};
use crate::nodes::{pointers, replaced, spliced};
use crate::world::World;

const DEVICE: &str = "lamp-1";

async fn assert_good_answers(world: &World, requests: Vec<(Endpoint, Vec<u8>)>) {
    let token = &world.token("u1");
    let mut wrong = String::new();
    for (endpoint, body) in requests {
        let reply = endpoint.send(world, token, DEVICE, body.clone()).await;
        if let Err(what) = endpoint.check(&reply) {
            let _ = writeln!(wrong, "{endpoint:?} {}\n    {what}", excerpt(&body));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    let record = world.record(DEVICE).await;
    for (trait_, reported) in &record.state.values {
        assert_eq!(record.device.check(*trait_, reported.value), Ok(()), "{trait_}");
    }
}

fn nested(open: &str, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(10_000), close.repeat(10_000))
}

/// Bodies that are wrong for everybody.
fn senseless() -> Vec<Vec<u8>> {
    let texts =
        ["", " ", "null", "true", "5", "\"text\"", "[]", "[[]]", "{}", "{", "}", "nul", "NaN", "{\"a\":}", "{} {}"];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.extend([
        nested("[", "1", "]").into_bytes(),
        nested("{\"devices\":", "{}", "}").into_bytes(),
        nested("[", "", "").into_bytes(),
        vec![0; 1000],
        b"\xff\xfe{\0}\0".to_vec(),
        b"\xef\xbb\xbf{}".to_vec(),
        b"{\"devices\":[\"\xc3\x28\"]}".to_vec(),
        b"{\"devices\":[\"\\ud800\"]}".to_vec(),
        b"{\"devices\":null,\"payload\":null,\"headers\":null,\"authentication\":null,\"reports\":null,\"state\":null}"
            .to_vec(),
    ]);
    bodies
}

#[tokio::test]
async fn senseless_and_truncated_bodies() {
    let world = World::new().await;
    world.lamp(DEVICE).await;
    let token = world.token("u1");
    let mut requests = Vec::new();
    for endpoint in Endpoint::ALL {
        requests.extend(senseless().into_iter().map(|body| (endpoint, body)));
        for sample in endpoint.samples(&token, DEVICE) {
            let text = sample.to_string();
            requests.extend((1..8).map(|part| (endpoint, text.as_bytes()[..text.len() * part / 8].to_vec())));
            requests.push((endpoint, text.replace('"', "'").into_bytes()));
            requests.push((endpoint, format!("[{text}]").into_bytes()));
            requests.push((endpoint, format!("{text},").into_bytes()));
            requests.push((endpoint, text.encode_utf16().flat_map(u16::to_be_bytes).collect()));
        }
    }
    assert_good_answers(&world, requests).await;
}

/// What is put in the place of every node of a good body.
fn strange_values() -> Vec<Json> {
    let many: serde_json::Map<_, _> = (0..300).map(|n| (format!("member-{n}"), Json::Null)).collect();
    vec![
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(0.123_456_789_012_345_68),
        json!(""),
        json!("\0\n\u{202e}"),
        json!("x".repeat(20_000)),
        json!([]),
        json!([[{"id": ["a"]}]]),
        json!({}),
        json!({"by": {"a": [null]}}),
        Json::Object(many),
    ]
}

#[tokio::test]
async fn every_node_of_a_good_body_replaced() {
    let world = World::new().await;
    world.lamp(DEVICE).await;
    let token = world.token("u1");
    let deep = nested("[", "", "]");
    let texts = ["1e400", "NaN", "-Infinity", "1,\"a\":1", "\"\\ud800\"", "00", &deep];
    let mut requests = Vec::new();
    for endpoint in Endpoint::ALL {
        for sample in endpoint.samples(&token, DEVICE) {
            for place in pointers(&sample) {
                let replaced = strange_values().into_iter().map(|value| replaced(&sample, &place, value).to_string());
                requests.extend(replaced.map(|body| (endpoint, body.into_bytes())));
            }
            // What breaks the whole is as bad in one place as in another: the last one is the deepest.
            let place = pointers(&sample).pop().unwrap();
            requests.extend(texts.iter().map(|text| (endpoint, spliced(&sample, &place, text).into_bytes())));
        }
    }
    assert_good_answers(&world, requests).await;
}

#[tokio::test]
async fn repeated_members_and_too_many_of_everything() {
    let world = World::new().await;
    world.lamp(DEVICE).await;
    let token = world.token("u1");
    let ids = |count: usize, id: fn(usize) -> String| (0..count).map(id).collect::<Vec<String>>();
    let different: fn(usize) -> String = |n| format!("device-{n}");
    let same: fn(usize) -> String = |_| DEVICE.to_owned();
    let mut requests = Vec::new();
    for (count, id) in [(5_000, different), (5_000, same), (1_000, different), (1_000, same)] {
        let ids = ids(count, id);
        for (endpoint, body) in many_devices(&token, &ids) {
            requests.push((endpoint, body.into_bytes()));
        }
    }
    let long = "x".repeat(900_000);
    for endpoint in Endpoint::ALL {
        for sample in endpoint.samples(&token, DEVICE) {
            let text = sample.to_string();
            let members = &text[1..text.len() - 1];
            for body in [
                format!("{{{members},{members}}}"),
                format!("{{{members},\"{long}\":1}}"),
                format!("{{\"devices\":\"{long}\",{members}}}"),
                text.replace(DEVICE, &long),
                text.replace("on", &long[..10_000]),
            ] {
                requests.push((endpoint, body.into_bytes()));
            }
        }
    }
    // One member that is wrong many times.
    let words =
        json!({"owner": "u1", "type": "light", "name": "a", "traits": {"program": {"values": vec!["x"; 200_000]}}});
    requests.push((Endpoint::PutDevice, words.to_string().into_bytes()));
    let traits: serde_json::Map<_, _> = (0..50_000).map(|n| (format!("trait-{n}"), json!({}))).collect();
    let unknown = json!({"owner": "u1", "type": "light", "name": "a", "traits": traits, "state": traits});
    for endpoint in [Endpoint::PutDevice, Endpoint::PatchState, Endpoint::ReportEvent] {
        requests.push((endpoint, unknown.to_string().into_bytes()));
    }
    assert_good_answers(&world, requests).await;
}

fn many_devices(token: &str, ids: &[String]) -> Vec<(Endpoint, String)> {
    let on = json!([{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}}]);
    let states = json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]});
    let switch = json!([{"component": "main", "capability": "st.switch", "command": "on"}]);
    let list = |device: &dyn Fn(&String) -> Json| json!({"devices": ids.iter().map(device).collect::<Vec<_>>()});
    let reports: Vec<Json> = ids.iter().map(|id| json!({"device_id": id, "state": {"on_off": true}})).collect();
    let message = |kind, content| crate::world::smartthings(token, kind, content).to_string();
    let rpc = |kind, payload| crate::world::yandex_rpc(token, kind, payload).to_string();
    let asked = list(&|id| json!({ "id": id }));
    let refreshed = list(&|id| json!({ "externalDeviceId": id }));
    let acted = list(&|id| json!({"id": id, "capabilities": on}));
    let commanded = list(&|id| json!({"externalDeviceId": id, "commands": switch}));
    let by_id: serde_json::Map<_, _> = ids.iter().map(|id| (id.clone(), states.clone())).collect();
    vec![
        (Endpoint::YandexQuery, asked.to_string()),
        (Endpoint::YandexRpc, rpc("query", asked)),
        (Endpoint::YandexAction, json!({ "payload": acted }).to_string()),
        (Endpoint::MessageEvent, rpc("action", acted)),
        (Endpoint::SberQuery, json!({ "devices": ids }).to_string()),
        (Endpoint::SberCommand, json!({ "devices": by_id }).to_string()),
        (Endpoint::SmartThings, message("stateRefreshRequest", refreshed)),
        (Endpoint::MessageEvent, message("commandRequest", commanded)),
        (Endpoint::PostReports, json!({ "reports": reports }).to_string()),
        (Endpoint::ReportEvent, json!({ "reports": reports }).to_string()),
    ]
}

#[tokio::test]
async fn paths_and_headers_that_make_no_sense() {
    let world = World::new().await;
    world.lamp(DEVICE).await;
    let token = world.token("u1");
    let long = "x".repeat(20_000);
    for id in ["a%20b", "%00", "%FF", "%2e%2e%2f", &long, "%D0%B6", "lamp-1%2Fstate", ".."] {
        for (method, path) in [
            ("PUT", format!("/v1/devices/{id}")),
            ("GET", format!("/v1/devices/{id}")),
            ("DELETE", format!("/v1/devices/{id}")),
            ("PATCH", format!("/v1/devices/{id}/state")),
            ("GET", format!("/v1/users/{id}/devices")),
            ("GET", format!("/v1/users/u1/devices?cursor={id}&cursor={id}")),
            ("GET", format!("/v1/users/{id}/links")),
            ("DELETE", format!("/v1/users/{id}/links/yandex")),
            ("DELETE", format!("/v1/users/u1/links/{id}")),
            ("POST", format!("/yandex/v1.0/user/devices/{id}")),
            ("BREW", format!("/sber/v1/{id}")),
        ] {
            let reply = world.vendor(method, &path, json!({})).await;
            assert!(reply.status < 500, "{method} {path}: {reply:?}");
        }
    }
    for key in ["", "x", &long, &format!("{token}x"), &token[..token.len() - 4], "a.b.c", "e30.e30.e30", "....", "💡"]
    {
        for endpoint in Endpoint::ALL {
            let sample = endpoint.samples(key, DEVICE).remove(0).to_string();
            let reply = endpoint.send(&world, key, DEVICE, sample).await;
            endpoint.check(&reply).unwrap();
        }
    }
    assert_eq!(world.state(DEVICE).await["on_off"], false, "no bad token has switched it");
}
