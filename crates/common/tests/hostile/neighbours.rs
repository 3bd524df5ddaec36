//! One bad entry never spoils its neighbours: what is good in a request is done, and told.

use serde_json::{Map, Value as Json, json};

use crate::world::{Reply, World, smartthings, yandex_rpc};

/// Things that are no entry of any list.
fn no_entries() -> Vec<Json> {
    vec![
        json!(null),
        json!(5),
        json!(-1.5e300),
        json!(true),
        json!(""),
        json!("text"),
        json!([]),
        json!([["a", {}]]),
        json!({}),
        json!({"unknown": "member"}),
        json!("\0".repeat(1000)),
    ]
}

async fn home() -> World {
    let world = World::new().await;
    for id in ["lamp-1", "lamp-2"] {
        world.lamp(id).await;
    }
    let other = json!({"owner": "u2", "type": "light", "name": "Theirs", "traits": {"on_off": {}}});
    world.device("theirs", other, json!({"on_off": false})).await;
    let off = json!({"owner": "u1", "type": "light", "name": "Unplugged", "traits": {"on_off": {}}});
    world.device("unplugged", off, json!({"on_off": false})).await;
    world.vendor("PATCH", "/v1/devices/unplugged/state", json!({"online": false})).await;
    world
}

/// A good entry before, between and after the bad ones.
fn among(bad: Vec<Json>, good: [Json; 2]) -> Vec<Json> {
    let [first, last] = good;
    let mut all = vec![first];
    all.extend(bad);
    all.push(last);
    all
}

fn payload(reply: &Reply) -> Vec<Json> {
    assert_eq!(reply.status, 200, "{reply:?}");
    reply.json()["payload"]["devices"].as_array().unwrap().clone()
}

fn find<'a>(devices: &'a [Json], id_name: &str, id: &str) -> &'a Json {
    let mut found = devices.iter().filter(|device| device[id_name] == id);
    let device = found.next().unwrap_or_else(|| panic!("{id} is not answered: {devices:?}"));
    assert!(found.next().is_none(), "{id} is answered once");
    device
}

#[tokio::test]
async fn yandex_queries() {
    let world = home().await;
    let token = world.token("u1");
    let mut bad = no_entries();
    bad.extend([json!({"id": null}), json!({"id": 5}), json!({"id": ["lamp-2"]}), json!({"id": {"id": "lamp-2"}})]);
    bad.extend([
        json!(["lamp-2"]),
        json!({"id": "not an id"}),
        json!({"id": "x".repeat(5000)}),
        json!({"id": "theirs"}),
    ]);
    bad.push(json!({"id": "unplugged", "custom_data": "not an object"}));
    let devices = among(bad, [json!({"id": "lamp-1", "custom_data": null}), json!({"id": "lamp-2", "more": [1]})]);
    let body = json!({ "devices": devices });
    let rest = world.http("POST", "/yandex/v1.0/user/devices/query", &token, body.to_string()).await;
    let rpc = world.message(yandex_rpc(&token, "query", body).to_string().as_bytes()).await;
    for answered in [payload(&rest), payload(&rpc)] {
        for id in ["lamp-1", "lamp-2"] {
            assert_eq!(find(&answered, "id", id)["capabilities"].as_array().unwrap().len(), 2);
        }
        assert_eq!(find(&answered, "id", "not an id")["error_code"], "DEVICE_NOT_FOUND");
        assert_eq!(find(&answered, "id", "theirs")["error_code"], "DEVICE_NOT_FOUND");
        assert_eq!(find(&answered, "id", "unplugged")["error_code"], "DEVICE_UNREACHABLE");
        assert_eq!(answered.len(), 6, "who has no id has no answer");
    }
}

#[tokio::test]
async fn yandex_actions() {
    let world = home().await;
    let token = world.token("u1");
    let command = |kind: &str, state: Json| json!({"type": format!("devices.capabilities.{kind}"), "state": state});
    let on = |value: Json| command("on_off", json!({"instance": "on", "value": value}));
    let brightness = |value: Json| command("range", json!({"instance": "brightness", "value": value}));
    let mut bad_commands = no_entries();
    bad_commands.extend([
        on(json!(null)),
        on(json!("on")),
        on(json!([true])),
        brightness(json!("50")),
        brightness(json!(101)),
        brightness(json!(1e300)),
        brightness(json!({"value": 50})),
        command("range", json!({"instance": "brightness", "value": 5, "relative": "yes"})),
        command("range", json!({"instance": "volume", "value": 5})),
        command("mode", json!({"instance": "program", "value": "one"})),
        command("video_stream", json!({"instance": "get_stream", "value": {"protocols": 5}})),
        command("on_off", json!(["on", true])),
        command("nothing", json!({"instance": "on", "value": true})),
        json!(["devices.capabilities.on_off", {"instance": "on", "value": false}]),
        json!({"type": 5, "state": {"instance": [], "value": true}}),
    ]);
    let lamp = json!({"id": "lamp-1", "capabilities": among(bad_commands, [on(json!(true)), brightness(json!(70))])});
    let mut bad_devices = no_entries();
    bad_devices.extend([
        json!({"id": 5, "capabilities": [on(json!(true))]}),
        json!(["lamp-2", null, [on(json!(true))]]),
        json!({"id": "theirs", "capabilities": [on(json!(true))]}),
        json!({"id": "nowhere", "capabilities": {"type": "x"}}),
        json!({"id": "unplugged", "capabilities": [on(json!(true)), null]}),
    ]);
    let devices = among(bad_devices, [lamp, json!({"id": "lamp-2", "capabilities": [on(json!(true))]})]);
    let body = json!({"payload": {"devices": devices}});
    let answered = payload(&world.http("POST", "/yandex/v1.0/user/devices/action", &token, body.to_string()).await);
    let states = find(&answered, "id", "lamp-1")["capabilities"].as_array().unwrap().clone();
    let done: Vec<_> = states.iter().filter(|entry| entry["state"]["action_result"]["status"] == "DONE").collect();
    assert_eq!(done.len(), 2, "{states:?}");
    assert_eq!(done[1]["state"]["instance"], "brightness");
    let codes: Vec<_> = states.iter().filter_map(|e| e["state"]["action_result"]["error_code"].as_str()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "INVALID_VALUE").count(), 8, "{codes:?}");
    assert!(codes.iter().all(|code| ["INVALID_VALUE", "INVALID_ACTION"].contains(code)), "{codes:?}");
    assert_eq!(world.state("lamp-1").await, json!({"on_off": true, "brightness": 70}));
    assert_eq!(find(&answered, "id", "lamp-2")["capabilities"][0]["state"]["action_result"]["status"], "DONE");
    assert_eq!(world.state("lamp-2").await["on_off"], true);
    for (id, code) in
        [("theirs", "DEVICE_NOT_FOUND"), ("nowhere", "DEVICE_NOT_FOUND"), ("unplugged", "DEVICE_UNREACHABLE")]
    {
        assert_eq!(find(&answered, "id", id)["action_result"]["error_code"], code);
    }
    assert_eq!(world.state("theirs").await["on_off"], false);
}

fn on_off(value: Json) -> Json {
    json!({"states": [{"key": "on_off", "value": value}]})
}

#[tokio::test]
async fn sber_queries() {
    let world = home().await;
    let token = world.token("u1");
    let mut ids = no_entries();
    ids.extend([json!(["lamp-2"]), json!({"id": "lamp-2"}), json!("theirs"), json!("x".repeat(5000))]);
    let body = json!({"devices": among(ids, [json!("lamp-1"), json!("lamp-2")])});
    let reply = world.http("POST", "/sber/v1/query", &token, body.to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer = reply.json();
    assert_eq!(answer["devices"].as_object().unwrap().keys().collect::<Vec<_>>(), ["lamp-1", "lamp-2"]);
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 5, "the texts: {errors:?}");
    assert!(errors.iter().all(|error| error["code"] == 400));
}

#[tokio::test]
async fn sber_commands() {
    let world = home().await;
    let token = world.token("u1");
    let on = on_off(json!({"type": "BOOL", "bool_value": true}));
    let mut bad = no_entries();
    bad.extend([
        json!({"states": null}),
        json!({"states": {}}),
        json!({"states": [null]}),
        json!([[{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]]),
        json!({"states": [["on_off", {"type": "BOOL", "bool_value": true}]]}),
        on_off(json!(null)),
        on_off(json!(true)),
        on_off(json!(["BOOL", true])),
        on_off(json!({"type": "BOOL", "bool_value": "true"})),
        on_off(json!({"type": "INTEGER", "integer_value": "1"})),
        on_off(json!({"type": ["BOOL"], "bool_value": true})),
        json!({"states": [{"key": 5, "value": {"type": "BOOL"}}]}),
        json!({"states": [on["states"][0], {"key": "light_brightness", "value": {"type": "INTEGER", "integer_value": "9e9"}}]}),
        json!({"states": [on["states"][0], {"key": "light_colour", "value": {"type": "COLOUR", "colour_value": [1, 2, 3]}}]}),
    ]);
    // Each bad entry is the whole command of a lamp of its own.
    let mut devices = Map::new();
    let bad_ids: Vec<String> = (0..bad.len()).map(|n| format!("bad-{n:02}")).collect();
    for (id, states) in bad_ids.iter().zip(bad) {
        world.lamp(id).await;
        devices.insert(id.clone(), states);
    }
    for id in ["lamp-1", "lamp-2", "theirs", "not an id"] {
        devices.insert(id.to_owned(), on.clone());
    }
    let reply = world.http("POST", "/sber/v1/command", &token, json!({ "devices": devices }).to_string()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer = reply.json();
    let mut failed: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    failed.sort_unstable();
    let mut expected: Vec<&str> = bad_ids.iter().map(String::as_str).chain(["not an id", "theirs"]).collect();
    expected.sort_unstable();
    assert_eq!(failed, expected);
    assert_eq!(answer.get("devices"), None);
    for id in ["lamp-1", "lamp-2"] {
        assert_eq!(world.state(id).await["on_off"], true, "{id}");
    }
    for id in bad_ids.iter().map(String::as_str).chain(["theirs"]) {
        assert_eq!(world.state(id).await["on_off"], false, "{id}");
    }
}

#[tokio::test]
async fn smartthings_refreshes() {
    let world = home().await;
    let token = world.token("u1");
    let mut bad = no_entries();
    bad.extend([json!({"externalDeviceId": 5}), json!(["lamp-2"]), json!({"externalDeviceId": "theirs"})]);
    let good = [json!({"externalDeviceId": "lamp-1", "deviceCookie": 5}), json!({"externalDeviceId": "lamp-2"})];
    let body = smartthings(&token, "stateRefreshRequest", json!({"devices": among(bad, good)}));
    let http = world.http("POST", "/smartthings", "", body.to_string()).await;
    for reply in [http, world.message(body.to_string().as_bytes()).await] {
        assert_eq!(reply.status, 200, "{reply:?}");
        let answered = reply.json()["deviceState"].as_array().unwrap().clone();
        for id in ["lamp-1", "lamp-2"] {
            let device = find(&answered, "externalDeviceId", id);
            assert_eq!(device.get("deviceError"), None);
            assert!(device["states"].as_array().unwrap().len() >= 3);
        }
        assert_eq!(find(&answered, "externalDeviceId", "theirs")["deviceError"][0]["errorEnum"], "DEVICE-DELETED");
        assert_eq!(answered.len(), 3);
    }
}

#[tokio::test]
async fn smartthings_commands() {
    let world = home().await;
    let token = world.token("u1");
    let one = |capability: &str, name: &str, arguments: Json| json!({"component": "main", "capability": capability, "command": name, "arguments": arguments});
    let mut bad_commands = no_entries();
    bad_commands.extend([
        json!(["main", "st.switch", "off", []]),
        json!({"component": 5, "capability": "st.switch", "command": "off"}),
        json!({"component": "second", "capability": "st.switch", "command": "off"}),
        json!({"component": "main", "capability": "st.switch"}),
        one("st.switch", "off", json!({"a": 1})),
        one("st.switch", "explode", json!([])),
        one("st.lock", "lock", json!([])),
        one("st.switchLevel", "setLevel", json!([])),
        one("st.switchLevel", "setLevel", json!(["50"])),
        one("st.switchLevel", "setLevel", json!([1e300])),
        one("st.switchLevel", "setLevel", json!([[50]])),
        one("st.switchLevel", "setLevel", json!([null, null])),
    ]);
    let bad_count = bad_commands.len();
    let good = [one("st.switch", "on", json!(null)), one("st.switchLevel", "setLevel", json!([70, 5]))];
    let lamp = json!({"externalDeviceId": "lamp-1", "commands": among(bad_commands, good)});
    let on = json!([one("st.switch", "on", json!([]))]);
    let mut bad_devices = no_entries();
    bad_devices.extend([
        json!({"externalDeviceId": 5, "commands": on}),
        json!(["lamp-2", null, on]),
        json!({"externalDeviceId": "nowhere", "commands": 5}),
        json!({"externalDeviceId": "theirs", "commands": on}),
        json!({"externalDeviceId": "unplugged", "commands": on}),
    ]);
    let devices = among(bad_devices, [lamp, json!({"externalDeviceId": "lamp-2", "deviceCookie": [], "commands": on})]);
    let body = smartthings(&token, "commandRequest", json!({ "devices": devices }));
    let reply = world.message(body.to_string().as_bytes()).await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let answered = reply.json()["deviceState"].as_array().unwrap().clone();
    let lamp = find(&answered, "externalDeviceId", "lamp-1");
    assert_eq!(lamp["deviceError"].as_array().unwrap().len(), bad_count, "each is answered");
    assert_eq!(world.state("lamp-1").await, json!({"on_off": true, "brightness": 70}));
    assert_eq!(find(&answered, "externalDeviceId", "lamp-2").get("deviceError"), None);
    assert_eq!(world.state("lamp-2").await["on_off"], true);
    for (id, code) in [("nowhere", "DEVICE-DELETED"), ("theirs", "DEVICE-DELETED"), ("unplugged", "DEVICE-OFFLINE")] {
        assert_eq!(find(&answered, "externalDeviceId", id)["deviceError"][0]["errorEnum"], code);
    }
    assert_eq!(world.state("theirs").await["on_off"], false);
}

#[tokio::test]
async fn reports() {
    let world = home().await;
    let on = json!({"on_off": true});
    let mut bad = no_entries();
    bad.extend([
        json!({"device_id": 5, "state": on}),
        json!({"device_id": "nowhere", "state": on}),
        json!({"device_id": "lamp-1", "state": ["on_off", true]}),
        json!({"device_id": "lamp-1", "state": {"brightness": 9}, "online": "no"}),
        json!({"device_id": "lamp-1", "state": {"brightness": 9}, "at": 5}),
        json!({"device_id": "lamp-1", "state": {"brightness": 9}, "at": "9999-12-31T23:59:59Z"}),
        json!({"device_id": "lamp-1", "state": {"brightness": 9}, "token": null}),
    ]);
    let mut values = json!({"on_off": true, "brightness": 70});
    let mixed = [
        ("color", json!({"hue": 1, "saturation": 2})),
        ("color_mode", json!("color")),
        ("no such trait", json!(1)),
        ("", json!(null)),
        ("volume", json!(1e300)),
    ];
    for (name, value) in mixed {
        values[name] = value;
    }
    let good = [json!({"device_id": "lamp-1", "state": values}), json!({"device_id": "lamp-2", "state": on})];
    let count = bad.len() + 2;
    let body = json!({"reports": among(bad, good)});
    for is_event in [false, true] {
        let reply = if is_event {
            world.report_event(body.to_string().as_bytes()).await
        } else {
            world.vendor("POST", "/v1/reports", body.clone()).await
        };
        assert_eq!(reply.status, 200, "{reply:?}");
        let results = reply.json()["results"].as_array().unwrap().clone();
        assert_eq!(results.len(), count);
        assert_eq!(results[0]["rejected"].as_array().unwrap().len(), 5, "{}", results[0]);
        assert!(results[1..count - 1].iter().all(|result| [400, 404].iter().any(|code| result["status"] == *code)));
        assert_eq!(world.state("lamp-1").await, json!({"on_off": true, "brightness": 70}));
        assert_eq!(world.state("lamp-2").await["on_off"], true);
        for id in ["lamp-1", "lamp-2"] {
            world
                .vendor(
                    "PATCH",
                    &format!("/v1/devices/{id}/state"),
                    json!({"state": {"on_off": false, "brightness": 40}}),
                )
                .await;
        }
    }
    // Within one report, every way that a value can be wrong.
    for wrong in
        [json!(null), json!("70"), json!([70]), json!({"by": 5}), json!(1e300), json!(-5), json!(true), json!("")]
    {
        let state = json!({"on_off": true, "brightness": wrong});
        let reply = world.vendor("PATCH", "/v1/devices/lamp-1/state", json!({ "state": state })).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        assert_eq!(reply.json()["rejected"][0]["trait"], "brightness", "{wrong}");
        assert_eq!(world.state("lamp-1").await, json!({"on_off": true, "brightness": 40}));
    }
}
