use serde_json::{Value as Json, json};
use simulators::{Fault, Faults, Kind, Platform};
use testkit::golden;

use crate::stand::{SKILL, Stand, YANDEX_TOKEN, now, spoil};

const USER: &str = "vnd-user-7f31";
const HEADERS: [(&str, &str); 2] =
    [("authorization", "OAuth y0_SkillOwnerSampleToken"), ("content-type", "application/json")];

fn state_path() -> String {
    format!("/api/v1/skills/{SKILL}/callback/state")
}

pub(crate) fn devices() -> Json {
    let float = |instance: &str, unit: &str| {
        json!({"type": "devices.properties.float", "retrievable": true, "reportable": true,
            "parameters": {"instance": instance, "unit": unit}})
    };
    json!([
        {"id": "lamp-a1f0", "name": "люстра", "type": "devices.types.light", "status_info": {"reportable": true},
            "capabilities": [
                {"type": "devices.capabilities.on_off", "retrievable": true, "reportable": true},
                {"type": "devices.capabilities.range", "reportable": true, "parameters": {"instance": "brightness",
                    "unit": "unit.percent", "range": {"min": 1, "max": 100, "precision": 1}}},
                {"type": "devices.capabilities.color_setting", "reportable": true,
                    "parameters": {"color_model": "rgb", "temperature_k": {"min": 2700, "max": 6500}}}]},
        {"id": "ac-3390", "name": "кондиционер", "type": "devices.types.thermostat.ac", "capabilities": [
            {"type": "devices.capabilities.mode", "reportable": true, "parameters": {"instance": "thermostat",
                "modes": [{"value": "cool"}, {"value": "auto"}]}},
            {"type": "devices.capabilities.mode", "reportable": false, "parameters": {"instance": "swing",
                "modes": [{"value": "auto"}]}},
            {"type": "devices.capabilities.toggle", "reportable": true, "parameters": {"instance": "ionization"}}]},
        {"id": "station-4e", "name": "датчик", "type": "devices.types.sensor.climate", "properties": [
            float("temperature", "unit.temperature.celsius"), float("humidity", "unit.percent")]},
        {"id": "motion-18", "name": "движение", "type": "devices.types.sensor.motion", "properties": [
            {"type": "devices.properties.event", "retrievable": true, "reportable": true, "parameters":
                {"instance": "motion", "events": [{"value": "detected"}, {"value": "not_detected"}]}},
            {"type": "devices.properties.event", "retrievable": false, "reportable": true, "parameters":
                {"instance": "button", "events": [{"value": "click"}]}}]},
    ])
}

pub(crate) async fn linked() -> Stand {
    let stand = Stand::start().await;
    stand.link(Platform::Yandex, USER, devices()).await;
    stand
}

pub(crate) fn switched(on: bool) -> Json {
    json!({"ts": now(), "payload": {"user_id": USER, "devices": [{"id": "lamp-a1f0", "capabilities": [
        {"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": on}}]}]}})
}

pub(crate) async fn tell(stand: &Stand, body: &Json) -> (u16, Json) {
    stand.json("POST", &state_path(), &HEADERS, body).await
}

#[tokio::test]
async fn golden_callbacks_are_answered_as_they_say() {
    for (name, vector) in golden::vectors("yandex") {
        if vector["direction"] != "outbound" {
            continue;
        }
        let stand = linked().await;
        let (request, expected) = (&vector["request"], &vector["response"]);
        if name.ends_with("500") {
            let faults = vec![Fault::new(Kind::ServerError { body: Default::default(), applied: false })];
            stand.simulators.set_faults(Platform::Yandex, Faults { seed: 0, faults });
        }
        // In the field 403 is the answer to another owner's token; the simulator knows the owner's alone.
        let authorization = match request["headers"]["Authorization"].as_str().unwrap() {
            "OAuth y0_somebody_else" => format!("OAuth {YANDEX_TOKEN}"),
            other => other.to_owned(),
        };
        let path = request["path"].as_str().unwrap();
        let path = if name.ends_with("403") { path.replace(SKILL, "another-skill") } else { path.to_owned() };
        let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
        let body = spoil(&request["body"], "/ts", Some(json!(now())));
        let (status, answer) = stand.json("POST", &path, &headers, &body).await;
        assert_eq!(status, expected["status"], "{name}");
        let same = |member: &str| answer.get(member) == expected["body"].get(member);
        if expected["body"].is_object() {
            assert!(answer["request_id"].is_string(), "{name}");
            assert!(same("status") && same("error_code"), "{name}: {answer}");
            if name.ends_with("bad_request") {
                assert!(same("error_message"), "{name}: {answer}");
            }
        } else {
            assert_eq!(answer, expected["body"], "{name}");
        }
        // Only what homeport should not have sent is a violation.
        let is_homeports_fault = (400..500).contains(&status);
        assert_eq!(!stand.violations().is_empty(), is_homeports_fault, "{name}");
        let home = stand.home(Platform::Yandex, USER);
        let said: Vec<&Json> = body["payload"]["devices"].as_array().into_iter().flatten().collect();
        for device in said {
            let Some(view) = home.devices.get(device["id"].as_str().unwrap()) else { continue };
            for list in ["capabilities", "properties"] {
                for entry in device[list].as_array().into_iter().flatten() {
                    let (of, state) = (entry["type"].as_str().unwrap(), &entry["state"]);
                    let key = format!("{of}/{}", state["instance"].as_str().unwrap());
                    let known = view.values.get(&key).map(|heard| &heard.value);
                    assert_eq!(known == Some(&state["value"]), status == 202, "{name} {key}");
                }
            }
            let said = device.get("status").map(|status| status == "online");
            assert!(said.is_none() || view.online == said, "{name}");
        }
        if name.ends_with("event") {
            let events = &home.devices["motion-18"].events;
            assert_eq!(events.len(), 1);
            assert_eq!(events[0].value, "detected");
            assert!((events[0].carried_at.unwrap() - body["ts"].as_f64().unwrap()).abs() < 1e-3);
        }
    }
}

#[tokio::test]
async fn spoilt_callbacks_are_refused_with_the_reason() {
    let stand = linked().await;
    let good = json!({"ts": now(), "payload": {"user_id": USER, "devices": [
        {"id": "lamp-a1f0", "status": "online", "capabilities": [
            {"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}},
            {"type": "devices.capabilities.range", "state": {"instance": "brightness", "value": 35}},
            {"type": "devices.capabilities.color_setting", "state": {"instance": "temperature_k", "value": 3400}}]},
        {"id": "ac-3390", "capabilities": [
            {"type": "devices.capabilities.mode", "state": {"instance": "thermostat", "value": "auto"}},
            {"type": "devices.capabilities.toggle", "state": {"instance": "ionization", "value": true}}]},
        {"id": "station-4e", "properties": [
            {"type": "devices.properties.float", "state": {"instance": "humidity", "value": 38.5}}]},
        {"id": "motion-18", "properties": [
            {"type": "devices.properties.event", "state": {"instance": "motion", "value": "detected"}}]},
    ]}});
    assert_eq!(tell(&stand, &good).await.0, 202);
    assert_eq!(stand.violations(), Vec::<String>::new());
    let (lamp, ac) = ("/payload/devices/0", "/payload/devices/1");
    let value = |entry: &str| format!("{entry}/state/value");
    let (on, brightness) = (format!("{lamp}/capabilities/0"), format!("{lamp}/capabilities/1"));
    let (color, mode) = (format!("{lamp}/capabilities/2"), format!("{ac}/capabilities/0"));
    let humidity = "/payload/devices/2/properties/0".to_owned();
    let motion = "/payload/devices/3/properties/0".to_owned();
    let entry = |of: &str, instance: &str, value: Json| {
        Some(json!({"type": format!("devices.{of}"), "state": {"instance": instance, "value": value}}))
    };
    let cases: Vec<(String, Option<Json>, &str)> = vec![
        ("/ts".into(), None, "ts: is missing"),
        ("/ts".into(), Some(json!("1767350412.3")), "ts: is not a number"),
        ("/ts".into(), Some(json!(now() * 1000.0)), "is in the future"),
        ("/ts".into(), Some(json!(now() - 900_000.0)), "more than a day ago"),
        ("/request_id".into(), Some(json!("x")), "request_id: is not a member"),
        ("/payload/user_id".into(), None, "payload.user_id: is missing"),
        ("/payload/user_id".into(), Some(json!(7)), "payload.user_id: is not a string"),
        ("/payload/user_id".into(), Some(json!("nobody")), "never linked"),
        ("/payload/devices".into(), Some(json!([])), "payload.devices: is empty"),
        ("/payload/devices".into(), Some(json!({})), "payload.devices: is not an array"),
        (format!("{lamp}/id"), Some(json!("lamp-zzz")), "device lamp-zzz is not known"),
        (format!("{ac}/id"), Some(json!("lamp-a1f0")), "device lamp-a1f0 is there twice"),
        (format!("{lamp}/name"), Some(json!("люстра")), "devices.0.name: is not a member"),
        (format!("{lamp}/status"), Some(json!("on")), "\"on\" is none of online, offline"),
        (format!("{ac}/status"), Some(json!("online")), "status_info does not say"),
        (format!("{ac}/capabilities"), None, "neither status nor capabilities nor properties"),
        (format!("{on}/state/instance"), Some(json!("off")), "on_off off is not declared"),
        (format!("{on}/type"), Some(json!("devices.capabilities.toggle")), "toggle on is not declared"),
        (format!("{on}/state"), None, "capabilities.0.state: is missing"),
        (value(&on), Some(json!(1)), "on is 1 (an integer), not a boolean"),
        (value(&on), Some(Json::Null), "capabilities.0.state.value: is null"),
        (value(&brightness), Some(json!(0)), "within 1 and 100"),
        (value(&brightness), Some(json!("35")), "not a number"),
        (format!("{brightness}/state/relative"), Some(json!(true)), "state.relative: is not a member"),
        (value(&color), Some(json!(3400.0)), "not an integer within 2700 and 6500"),
        (value(&color), Some(json!(9000)), "not an integer within 2700 and 6500"),
        (
            format!("{lamp}/capabilities/-"),
            entry("capabilities.on_off", "on", json!(false)),
            "devices.capabilities.on_off/on is there twice",
        ),
        (
            format!("{lamp}/capabilities/-"),
            entry("capabilities.color_setting", "rgb", json!(255)),
            "devices.capabilities.color_setting is there twice",
        ),
        (value(&mode), Some(json!("dry")), "not a declared mode"),
        (
            format!("{ac}/capabilities/-"),
            entry("capabilities.mode", "swing", json!("auto")),
            "swing is not declared reportable",
        ),
        (value(&humidity), Some(json!(9999)), "within 0 and 100"),
        (value(&humidity), Some(json!(true)), "not a number"),
        (value(&motion), Some(json!("moved")), "not a declared event"),
    ];
    for (pointer, value, expected) in cases {
        let (status, answer) = tell(&stand, &spoil(&good, &pointer, value)).await;
        assert_eq!((status, &answer["status"]), (400, &json!("error")), "{expected}");
        let violations = stand.violations();
        assert!(violations.iter().any(|text| text.contains(expected)), "{expected}: {violations:?}");
    }
    let place = tell(&stand, &spoil(&good, &value(&humidity), Some(json!(9999)))).await.1;
    assert_eq!(place["error_message"], "Invalid field value: \"payload.devices.2.properties.0.state\"");
}

#[tokio::test]
async fn the_frame_of_a_callback_is_checked() {
    let stand = linked().await;
    let (path, body) = (state_path(), switched(true).to_string());
    let json_type = ("content-type", "application/json");
    let twice = body.replacen('{', "{\"ts\": 1, ", 1);
    let key = HEADERS[0];
    let other_skill = "/api/v1/skills/other/callback/state";
    for (method, path, headers, body, status, expected) in [
        ("GET", &*path, vec![key, json_type], "", 405, "is not POST"),
        ("POST", &*path, vec![json_type], &*body, 401, "Authorization does not hold"),
        ("POST", &*path, vec![("authorization", "Bearer y0_SkillOwnerSampleToken"), json_type], &*body, 401, "OAuth"),
        ("POST", &*path, vec![("authorization", "OAuth old"), json_type], &*body, 401, "skill owner's token"),
        ("POST", other_skill, vec![key, json_type], &*body, 403, "skill"),
        ("POST", "/api/v1/skills", vec![key, json_type], &*body, 404, "there is no /api/v1/skills"),
        ("POST", &*path, vec![key, json_type], "{", 400, "not JSON"),
        ("POST", &*path, vec![key, json_type], &*twice, 400, "\"ts\" is there twice"),
        ("POST", &*path, vec![key, ("content-type", "text/plain")], &*body, 400, "Content-Type"),
        ("POST", &*path, vec![key], &*body, 400, "Content-Type"),
    ] {
        let answered = stand.send(method, path, &headers, body.to_owned()).await.unwrap();
        assert_eq!(answered.0, status, "{expected}");
        let violations = stand.violations();
        assert!(violations.iter().any(|text| text.contains(expected)), "{expected}: {violations:?}");
    }
    let long = stand.send("POST", &path, &HEADERS, vec![b' '; 1024 * 1024 + 1]).await.unwrap();
    assert_eq!(long.0, 413);
    assert!(stand.violations()[0].contains("longer than 1 MB"));
}

#[tokio::test]
async fn of_the_colours_one_is_current() {
    let stand = linked().await;
    let colour = |instance: &str, value: Json| {
        json!({"ts": now(), "payload": {"user_id": USER, "devices": [{"id": "lamp-a1f0", "capabilities": [
            {"type": "devices.capabilities.color_setting", "state": {"instance": instance, "value": value}}]}]}})
    };
    let current = |stand: &Stand| -> Vec<(String, Json)> {
        let home = stand.home(Platform::Yandex, USER);
        home.devices["lamp-a1f0"].values.iter().map(|(key, heard)| (key.clone(), heard.value.clone())).collect()
    };
    assert_eq!(tell(&stand, &colour("rgb", json!(255))).await.0, 202);
    assert_eq!(current(&stand), [("devices.capabilities.color_setting/rgb".to_owned(), json!(255))]);
    assert_eq!(tell(&stand, &colour("temperature_k", json!(3000))).await.0, 202);
    assert_eq!(current(&stand), [("devices.capabilities.color_setting/temperature_k".to_owned(), json!(3000))]);
}

#[tokio::test]
async fn the_last_value_counts_and_older_ones_are_marked() {
    let stand = linked().await;
    let told_at = |on: bool, ts: f64| spoil(&switched(on), "/ts", Some(json!(ts)));
    let ts = now();
    for (on, ts) in [(true, ts - 5.0), (false, ts - 1.0), (true, ts - 3.0)] {
        assert_eq!(tell(&stand, &told_at(on, ts)).await.0, 202);
    }
    let home = stand.home(Platform::Yandex, USER);
    let history: Vec<(Json, bool)> = home.devices["lamp-a1f0"].history["devices.capabilities.on_off/on"]
        .iter()
        .map(|heard| (heard.value.clone(), heard.late))
        .collect();
    assert_eq!(history, [(json!(true), false), (json!(false), false), (json!(true), true)]);
    assert_eq!(stand.value(Platform::Yandex, USER, "lamp-a1f0", "devices.capabilities.on_off/on"), true);
}
