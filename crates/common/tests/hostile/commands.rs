//! Commands on their way to the vendor's device cloud, and what its answers become on each platform.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::any;
use bytes::Bytes;
use common::model::DeviceError;
use common::platform::{self, Operation, Platform};
use common::services::Call;
use http::Response;
use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Serving};
use tokio::sync::Barrier;

use crate::world::{Reply, World, smartthings};

struct Home {
    world: World,
    cloud: DeviceCloud,
}

/// What a platform was told of one device.
#[derive(Clone, Debug, PartialEq)]
enum Told {
    /// It is done, with the states that the answer holds.
    Done(Json),
    /// It is not done, with the platform's code.
    Failed(Json),
    /// It is not mentioned.
    Nothing,
}

impl Home {
    async fn new(lamps: &[&str]) -> Self {
        let cloud = DeviceCloud::start().await;
        let world = World::commanding(&cloud).await;
        for id in lamps {
            world.lamp(id).await;
        }
        Home { world, cloud }
    }

    fn answers(&self, answer: Json) {
        self.cloud.answers(move |_| (200, answer.clone(), Duration::ZERO));
    }

    /// Sends the entries of a device, in the platform's own words.
    async fn send(&self, platform: Platform, devices: &[(&str, Json)]) -> Reply {
        let token = self.world.token("u1");
        let list = |id_name: &str, entries_name: &str| -> Json {
            devices.iter().map(|(id, entries)| json!({id_name: id, entries_name: entries})).collect()
        };
        match platform {
            Platform::Yandex => {
                let body = json!({"payload": {"devices": list("id", "capabilities")}});
                self.world.http("POST", "/yandex/v1.0/user/devices/action", &token, body.to_string()).await
            }
            Platform::Sber => {
                let states: serde_json::Map<_, _> =
                    devices.iter().map(|(id, states)| ((*id).to_owned(), json!({ "states": states }))).collect();
                let body = json!({ "devices": states });
                self.world.http("POST", "/sber/v1/command", &token, body.to_string()).await
            }
            Platform::SmartThings => {
                let content = json!({"devices": list("externalDeviceId", "commands")});
                self.world.message(smartthings(&token, "commandRequest", content).to_string().as_bytes()).await
            }
        }
    }

    /// Switches lamps on; what the platform is told of each.
    async fn switch_on(&self, platform: Platform, ids: &[&str]) -> Vec<Told> {
        let entries = match platform {
            Platform::Yandex => {
                json!([{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}}])
            }
            Platform::Sber => json!([{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]),
            Platform::SmartThings => json!([{"component": "main", "capability": "st.switch", "command": "on"}]),
        };
        let devices: Vec<_> = ids.iter().map(|id| (*id, entries.clone())).collect();
        let reply = self.send(platform, &devices).await;
        assert_eq!(reply.status, 200, "{platform}: {reply:?}");
        let answer = reply.json();
        ids.iter().map(|id| told(platform, &answer, id)).collect()
    }

    async fn reset(&self, id: &str) {
        let state = json!({"online": true, "state": {"on_off": false, "brightness": 40}});
        self.world.vendor("PATCH", &format!("/v1/devices/{id}/state"), state).await;
    }
}

fn told(platform: Platform, answer: &Json, id: &str) -> Told {
    let find = |list: &Json, id_name: &str| {
        list.as_array().into_iter().flatten().find(|device| device[id_name] == id).cloned().unwrap_or(Json::Null)
    };
    match platform {
        Platform::Yandex => {
            let device = find(&answer["payload"]["devices"], "id");
            match device.get("action_result") {
                Some(result) => Told::Failed(result["error_code"].clone()),
                None => {
                    let state = &device["capabilities"][0]["state"];
                    assert_eq!(state["action_result"], json!({"status": "DONE"}), "{device}");
                    Told::Done(state.clone())
                }
            }
        }
        Platform::Sber => {
            let fault = find(&answer["errors"], "id");
            match (fault.is_null(), answer["devices"].get(id)) {
                (false, _) => Told::Failed(fault["code"].clone()),
                (true, Some(device)) => Told::Done(device["states"].clone()),
                (true, None) => Told::Nothing,
            }
        }
        Platform::SmartThings => {
            let device = find(&answer["deviceState"], "externalDeviceId");
            match device.get("deviceError") {
                Some(errors) => Told::Failed(errors[0]["errorEnum"].clone()),
                None => Told::Done(device["states"].clone()),
            }
        }
    }
}

/// The value of an attribute in an answer of SmartThings.
fn attribute(states: &Json, name: &str) -> Json {
    states.as_array().unwrap().iter().find(|state| state["attribute"] == name).unwrap()["value"].clone()
}

#[tokio::test]
async fn a_command_is_signed_and_says_all() {
    let home = Home::new(&["lamp-1", "lamp-2"]).await;
    for platform in Platform::ALL {
        home.switch_on(*platform, &["lamp-1", "lamp-2"]).await;
        home.reset("lamp-1").await;
        home.reset("lamp-2").await;
    }
    let received = home.cloud.received();
    assert_eq!(received.len(), 6);
    let mut seen = BTreeSet::new();
    for command in &received {
        assert!(command.signed);
        assert_eq!(command.headers["content-type"], "application/json");
        let body = command.body.as_object().unwrap();
        let names: Vec<_> = body.keys().map(String::as_str).collect();
        assert_eq!(names, ["commands", "deadline_ms", "device_id", "id", "owner", "platform"]);
        assert_eq!(body["id"], command.headers["webhook-id"].to_str().unwrap());
        assert_eq!((&body["owner"], &body["commands"]), (&json!("u1"), &json!({"on_off": true})));
        assert!((1..2000).contains(&body["deadline_ms"].as_u64().unwrap()), "{}", body["deadline_ms"]);
        seen.insert((body["platform"].as_str().unwrap(), body["device_id"].as_str().unwrap()));
    }
    let ids: BTreeSet<_> = received.iter().map(|command| command.body["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 6, "each has an id of its own");
    let lamps = ["lamp-1", "lamp-2"];
    assert_eq!(seen, Platform::ALL.iter().flat_map(|p| lamps.map(|id| (p.as_str(), id))).collect());
}

#[tokio::test]
async fn all_devices_of_a_request_are_asked_at_once() {
    const LAMPS: usize = 20;
    let ids: Vec<String> = (0..LAMPS).map(|n| format!("lamp-{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut home = Home::new(&ids).await;
    home.world.patience = Duration::from_secs(20);
    // Nobody is answered before everybody is there.
    let all = Arc::new(Barrier::new(LAMPS));
    home.cloud.responds(move |_| {
        let all = Arc::clone(&all);
        async move {
            all.wait().await;
            Response::new(Bytes::from_static(b"{\"status\":\"done\"}"))
        }
    });
    for platform in Platform::ALL {
        for told in home.switch_on(*platform, &ids).await {
            assert!(matches!(told, Told::Done(_)), "{platform}: {told:?}");
        }
        for id in &ids {
            assert_eq!(home.world.state(id).await["on_off"], true);
            home.reset(id).await;
        }
    }
}

#[tokio::test]
async fn a_device_that_does_not_answer_costs_itself_alone() {
    let home = Home::new(&["quick", "silent"]).await;
    home.cloud.responds(|command| async move {
        if command["device_id"] == "silent" {
            std::future::pending::<()>().await;
        }
        Response::new(Bytes::from_static(b"{\"status\":\"done\"}"))
    });
    let offline = [json!("DEVICE_UNREACHABLE"), json!(503), json!("DEVICE-OFFLINE")];
    for (platform, offline) in Platform::ALL.iter().zip(offline) {
        // Later than the deadline it would be a 503 as a whole.
        let told = home.switch_on(*platform, &["quick", "silent"]).await;
        assert_eq!(told[1], Told::Failed(offline), "{platform}");
        let quick = if *platform == Platform::Sber { Told::Nothing } else { told[0].clone() };
        assert_eq!(told[0], quick, "Sber is told of failures alone");
        assert!(!matches!(told[0], Told::Failed(_)));
        assert_eq!(home.world.state("quick").await["on_off"], true);
        assert_eq!(home.world.state("silent").await["on_off"], false);
        home.reset("quick").await;
    }
    // A late request has no time at all.
    let token = home.world.token("u1");
    let past = Call { deadline: Instant::now(), ..home.world.call() };
    let asked = home.cloud.received().len();
    let body = json!({"payload": {"devices": [{"id": "quick", "capabilities": [
        {"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}}]}]}});
    let request =
        http::Request::post("/yandex/v1.0/user/devices/action").header("authorization", format!("Bearer {token}"));
    let request = request.body(Bytes::from(body.to_string())).unwrap();
    let answer = platform::answer(&home.world.services, &past, Operation::ALL, &request).await;
    let answer: Json = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(told(Platform::Yandex, &answer, "quick"), Told::Failed(json!("DEVICE_UNREACHABLE")));
    assert!(home.cloud.received().len() <= asked + 1);
}

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
const CODES: &[(&str, &str, u16, &str)] = &[
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

fn codes_of(row: &(&str, &str, u16, &str)) -> [Told; 3] {
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

#[tokio::test]
async fn offline_devices_are_not_asked() {
    let home = Home::new(&["lamp-1", "unplugged"]).await;
    home.world.vendor("PATCH", "/v1/devices/unplugged/state", json!({"online": false})).await;
    let offline = CODES.iter().find(|(code, ..)| *code == "offline").unwrap();
    for (platform, expected) in Platform::ALL.iter().zip(codes_of(offline)) {
        assert_eq!(home.switch_on(*platform, &["unplugged", "lamp-1"]).await[0], expected, "{platform}");
    }
    assert!(home.cloud.received().iter().all(|command| command.body["device_id"] == "lamp-1"));
}

#[tokio::test]
async fn relative_commands_to_a_device_without_state_go_as_they_are() {
    let home = Home::new(&[]).await;
    let volume = json!({"command_only": true});
    let tv = json!({"owner": "u1", "type": "tv", "name": "TV", "traits": {"on_off": {}, "volume": volume},
        "overrides": {"smartthings": {"device_handler_type": "11111111-2222-3333-4444-555555555555"}}});
    home.world.device("tv-1", tv, json!({"on_off": true})).await;
    let louder = [
        json!([{"type": "devices.capabilities.range", "state": {"instance": "volume", "value": 3, "relative": true}}]),
        json!([{"key": "volume", "value": {"type": "ENUM", "enum_value": "+"}}]),
        json!([{"component": "main", "capability": "st.audioVolume", "command": "volumeUp"},
            {"component": "main", "capability": "st.audioVolume", "command": "volumeUp"}]),
    ];
    for ((platform, entries), by) in Platform::ALL.iter().zip(louder).zip([3, 1, 2]) {
        let reply = home.send(*platform, &[("tv-1", entries)]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert!(!matches!(told(*platform, &reply.json(), "tv-1"), Told::Failed(_)), "{platform}: {}", reply.json());
        let asked = home.cloud.received().pop().unwrap();
        assert_eq!(asked.body["commands"], json!({"volume": {"by": by}}), "{platform}");
    }
    assert_eq!(home.world.state("tv-1").await, json!({"on_off": true}), "nothing is known of the volume");
}

#[tokio::test]
async fn the_address_of_a_video_stream_comes_from_the_device_cloud() {
    let home = Home::new(&[]).await;
    let camera = json!({"owner": "u1", "type": "camera", "name": "Door", "traits": {"on_off": {}, "video_stream": {}}});
    home.world.device("camera-1", camera, json!({"on_off": true})).await;
    let url = "https://media.example/door.m3u8";
    let ask = json!([{"type": "devices.capabilities.video_stream",
        "state": {"instance": "get_stream", "value": {"protocols": ["webrtc", "hls"]}}}]);
    for answer in [
        json!({"status": "done", "stream_url": url}),
        json!({"status": "done", "state": {"video_stream": {"stream_url": url}}}),
    ] {
        home.answers(answer);
        let reply = home.send(Platform::Yandex, &[("camera-1", ask.clone())]).await.json();
        let state = &reply["payload"]["devices"][0]["capabilities"][0]["state"];
        assert_eq!(state["value"], json!({"stream_url": url, "protocol": "hls"}), "{reply}");
        assert_eq!(state["action_result"]["status"], "DONE");
    }
    assert_eq!(home.cloud.received()[0].body["commands"], json!({"video_stream": {"protocols": ["hls"]}}));
    home.answers(json!({"status": "done"}));
    let reply = home.send(Platform::Yandex, &[("camera-1", ask)]).await.json();
    let state = &reply["payload"]["devices"][0]["capabilities"][0]["state"];
    assert_eq!(state["action_result"]["error_code"], "INTERNAL_ERROR", "{reply}");
}

#[tokio::test]
async fn whose_command_it_was_is_noted_only_where_the_answer_tells_the_new_state() {
    let home = Home::new(&["good", "bad"]).await;
    home.cloud.answers(|command| {
        let answer = match command["device_id"].as_str() {
            Some("good") => json!({"status": "done"}),
            _ => json!({"status": "error", "code": "stuck"}),
        };
        (200, answer, Duration::ZERO)
    });
    for platform in Platform::ALL {
        let told = home.switch_on(*platform, &["good", "bad"]).await;
        assert!(matches!(told[1], Told::Failed(_)), "{platform}: {told:?}");
        assert_eq!(home.world.state("good").await["on_off"], true);
        let origin = home.world.record("good").await.origin;
        // Sber is told of the failure alone, so the change must reach it by callback.
        let told = (*platform != Platform::Sber).then_some(*platform);
        assert_eq!(origin.map(|origin| origin.platform), told, "{platform}");
        home.reset("good").await;
        home.switch_on(*platform, &["good"]).await;
        assert_eq!(home.world.record("good").await.origin.unwrap().platform, *platform);
        home.reset("good").await;
        assert_eq!(home.world.record("good").await.origin, None, "a report has none");
    }
}
