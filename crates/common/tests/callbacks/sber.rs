//! Sber: requests and reactions.

use std::time::Duration;

use common::model::DeviceId;
use common::notify::Change;
use common::notify::protocol::{Incoming, Outgoing, Protocol, Reaction};
use common::platform::Platform;
use common::platform::sber::callback::Sber;
use common::store::Record;
use http::StatusCode;
use serde_json::{Value as Json, json};

use crate::fixtures::{NOW, at, body, change, known, link, link_of, registered, reported, requests, settings};
use crate::platform::without_reason;
use crate::vectors::{answer, canonical, same_envelope, vector};

pub(crate) const VECTORS: &[&str] = &[
    "out-delete-devices-partial",
    "out-post-devices",
    "out-post-devices-partial-error",
    "out-post-state-bad-key",
    "out-post-state-button-event",
    "out-post-state-change",
    "out-post-state-motion",
    "out-post-state-offline",
    "out-post-state-partial-error",
    "out-post-state-retryable-error",
    "out-post-unlink",
    "out-post-unlink-error",
    "out-put-devices",
];

fn sber(token: &str) -> Sber {
    Sber::new(&settings("https://partners.iot.sberdevices.ru", "x", token).sber.unwrap()).unwrap()
}

fn id(text: &str) -> DeviceId {
    DeviceId::new(text).unwrap()
}

/// The change of one device: document, state before, report.
type Step = (Json, Json, Json);

/// These changes make exactly the request of the vector. Gives what its answer means.
fn golden_with(name: &str, steps: &[Step], adapt: impl Fn(&mut Json)) -> Reaction {
    let vector = vector("sber", name);
    let token = vector["request"]["headers"]["Authorization"].as_str().unwrap().strip_prefix("Bearer ").unwrap();
    let changes: Vec<Change> = steps
        .iter()
        .map(|(document, before, said)| {
            let before = known(document, before);
            change(Some(&before), Some(&reported(&before, said, NOW)))
        })
        .collect();
    let sber = sber(token);
    let requests = requests(&sber, &(), &link(Platform::Sber), &changes);
    let [request] = requests.as_slice() else { panic!("{name}: {} requests", requests.len()) };
    same_envelope(&vector, request);
    let mut expected = vector["request"]["body"].clone();
    adapt(&mut expected);
    assert_eq!(canonical(&body(request)), canonical(&expected), "{name}");
    sber.reaction(request, &answer(&vector))
}

fn golden(name: &str, steps: &[Step]) -> Reaction {
    golden_with(name, steps, |_| ())
}

fn plug(said: Json) -> Step {
    (json!({"id": "nl-plug-5", "type": "socket", "traits": {"on_off": {}}}), json!({"on_off": true}), said)
}

fn thermometer(said: &Json) -> Step {
    let document = json!({"id": "nl-th-2", "type": "climate_sensor", "traits": {"temperature": {}, "humidity": {}}});
    (document, json!({"temperature": 20, "humidity": 40}), json!({"state": said}))
}

fn door(before: &str, now: &str) -> Step {
    let document = json!({"id": "nl-door-4", "type": "contact_sensor", "traits": {"contact": {}}});
    (document, json!({"contact": before}), json!({"state": {"contact": now}}))
}

#[test]
fn changed_functions_and_online() {
    let lamp = json!({"id": "nl-lamp-77", "type": "light",
        "traits": {"on_off": {}, "color": {}, "color_temperature": {"min": 2700, "max": 6500}}});
    let before = json!({"on_off": true, "color_temperature": 2700, "color": {"hue": 5, "saturation": 50}});
    let said = json!({"state": {"on_off": true, "color_temperature": 5170}});
    assert_eq!(golden("out-post-state-change", &[(lamp, before, said)]), Reaction::accepted());
    assert_eq!(golden("out-post-state-offline", &[plug(json!({"online": false}))]), Reaction::accepted());
}

#[test]
fn motion_and_presses_are_told_as_they_happen() {
    let sensor = json!({"id": "nl-pir-6", "type": "motion_sensor", "traits": {"motion": {}}});
    let begins = (sensor.clone(), json!({"motion": false}), json!({"state": {"motion": true}}));
    assert_eq!(golden("out-post-state-motion", &[begins]), Reaction::accepted());
    let button = json!({"id": "nl-btn-8", "type": "button", "traits": {"button": {}}});
    // Our devices have one button each.
    let one_button = |expected: &mut Json| {
        expected["devices"]["nl-btn-8"]["states"][1]["key"] = json!("button_event");
    };
    let pressed = json!({"state": {"button": "double_click"}});
    let reaction = golden_with("out-post-state-button-event", &[(button, json!({}), pressed)], one_button);
    assert_eq!(reaction, Reaction::accepted());
    // Its end is nothing that Sber has a word for.
    let moving = known(&sensor, &json!({"motion": true}));
    let still = reported(&moving, &json!({"state": {"motion": false}}), NOW);
    assert!(requests(&sber("t"), &(), &link(Platform::Sber), &[change(Some(&moving), Some(&still))]).is_empty());
}

#[test]
fn devices_that_failed_are_told_apart() {
    let old = json!({"id": "nl-old-1", "type": "switch", "traits": {"on_off": {}}});
    let old = (old, json!({"on_off": false}), json!({"state": {"on_off": true}}));
    let steps = [thermometer(&json!({"temperature": 21.5})), old, door("open", "closed")];
    let refused = vec![(id("nl-old-1"), "code 400".to_owned())];
    assert_eq!(golden("out-post-state-partial-error", &steps), Reaction::Accepted { refused, retry: vec![] });
    let steps = [thermometer(&json!({"humidity": 44})), door("closed", "open")];
    let retry = vec![id("nl-door-4")];
    assert_eq!(golden("out-post-state-retryable-error", &steps), Reaction::Accepted { refused: vec![], retry });
}

#[test]
fn a_refused_key_is_not_the_end_of_a_link() {
    // We always say whether the device is online, too.
    let online = |expected: &mut Json| {
        let online = json!({"key": "online", "value": {"type": "BOOL", "bool_value": true}});
        expected["devices"]["nl-plug-5"]["states"].as_array_mut().unwrap().push(online);
    };
    let off = plug(json!({"state": {"on_off": false}}));
    let Reaction::Denied { after, .. } = golden_with("out-post-state-bad-key", &[off], online) else { panic!() };
    assert_eq!(after, Some(Duration::from_secs(60)));
}

fn humidifier(name: &str, version: &str) -> Json {
    json!({"id": "nl-hum-1", "owner": "u-20417", "type": "humidifier", "name": name, "model": "Northlight Mist",
        "home": "Дача", "room": "Спальня", "hw_version": "1.0", "sw_version": version,
        "traits": {"on_off": {}, "target_humidity": {}}})
}

fn unknown() -> Json {
    json!({"id": "nl-x-1", "owner": "u-20417", "type": "switch", "name": "X", "model": "Northlight X", "traits": {"on_off": {}}})
}

/// What is sent for a changed list, compared with the vector; its models are named there and whole here.
fn list(name: &str, changes: &[Change]) -> Reaction {
    let vector = vector("sber", name);
    let sber = sber("project-key-c0de");
    let sent = requests(&sber, &(), &link_of(Platform::Sber, "u-20417"), changes);
    let request = &sent[0];
    same_envelope(&vector, request);
    let (mut expected, mut actual) = (vector["request"]["body"].clone(), body(request));
    for device in expected["devices"].as_array_mut().into_iter().flatten() {
        device.as_object_mut().unwrap().remove("model_id").unwrap();
    }
    for device in actual["devices"].as_array_mut().into_iter().flatten() {
        assert!(device.as_object_mut().unwrap().remove("model").unwrap()["id"].is_string());
    }
    assert_eq!(actual, expected, "{name}");
    sber.reaction(request, &answer(&vector))
}

#[test]
fn devices_come_change_and_go() {
    let [mist, other] = [humidifier("Увлажнитель", "0.9"), unknown()].map(|document| registered(&document));
    let added = change(None, Some(&mist));
    assert_eq!(list("out-post-devices", std::slice::from_ref(&added)), Reaction::accepted());
    let refused = vec![(id("nl-x-1"), "code 400".to_owned())];
    let both = [added, change(None, Some(&other))];
    assert_eq!(list("out-post-devices-partial-error", &both), Reaction::Accepted { refused, retry: vec![] });
    let renamed = registered(&humidifier("Туман", "1.0"));
    assert_eq!(list("out-put-devices", &[change(Some(&mist), Some(&renamed))]), Reaction::accepted());
    let gone = [change(Some(&mist), None), change(Some(&other), None)];
    let retry = vec![id("nl-x-1")];
    assert_eq!(list("out-delete-devices-partial", &gone), Reaction::Accepted { refused: vec![], retry });
}

#[test]
fn a_device_that_is_offered_from_now_on_is_new_there() {
    let methods = |old: &Record, new: &Record| -> Vec<String> {
        let sent = requests(&sber("t"), &(), &link_of(Platform::Sber, "u-20417"), &[change(Some(old), Some(new))]);
        sent.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect()
    };
    let mut hidden = humidifier("Mist", "1.0");
    hidden["overrides"] = json!({"sber": {"enabled": false}});
    let (hidden, shown) = (registered(&hidden), known(&humidifier("Mist", "1.0"), &json!({"on_off": true})));
    assert_eq!(methods(&hidden, &shown), ["POST /v1/devices", "POST /v1/state"]);
    assert_eq!(methods(&shown, &hidden), ["DELETE /v1/devices"]);
    // What another platform is told makes no difference here.
    let mut renamed = humidifier("Mist", "1.0");
    renamed["overrides"] = json!({"yandex": {"enabled": false}});
    let mut renamed = registered(&renamed);
    renamed.state = shown.state.clone();
    assert!(methods(&shown, &renamed).is_empty());
}

#[test]
fn the_end_of_a_link_is_told() {
    let vector_of = |name| vector("sber", name);
    for name in ["out-post-unlink", "out-post-unlink-error"] {
        let vector = vector_of(name);
        let user = vector["request"]["body"]["user_id"].as_str().unwrap();
        let request = sber("project-key-c0de").farewell(&link_of(Platform::Sber, user), &()).unwrap();
        same_envelope(&vector, &request);
        assert_eq!(body(&request), vector["request"]["body"]);
    }
    let request = sber("t").farewell(&link(Platform::Sber), &()).unwrap();
    assert_eq!(sber("t").reaction(&request, &answer(&vector_of("out-post-unlink"))), Reaction::accepted());
    let reaction = sber("t").reaction(&request, &answer(&vector_of("out-post-unlink-error")));
    assert_eq!(without_reason(reaction), Reaction::Refused { reason: String::new() });
}

fn two_devices() -> Outgoing {
    let changes = [door("open", "closed"), thermometer(&json!({"humidity": 44}))].map(|(document, before, said)| {
        let before = known(&document, &before);
        change(Some(&before), Some(&reported(&before, &said, at(1))))
    });
    requests(&sber("t"), &(), &link(Platform::Sber), &changes).remove(0)
}

#[test]
fn every_answer_has_its_reaction() {
    let minute = Some(Duration::from_secs(60));
    let retry = |after| Reaction::Retry { after, reason: String::new() };
    let denied = |after| Reaction::Denied { after, reason: String::new() };
    let refused = || Reaction::Refused { reason: String::new() };
    let partly = |refused: &[&str], retry: &[&str]| Reaction::Accepted {
        refused: refused.iter().map(|text| (id(text), String::new())).collect(),
        retry: retry.iter().map(|text| id(text)).collect(),
    };
    let failed = |codes: &[(&str, Json)]| {
        let errors: Vec<Json> =
            codes.iter().map(|(id, code)| json!({"id": id, "code": code, "message": "no"})).collect();
        json!({"errors": errors}).to_string()
    };
    let common = |code: i64| json!({"code": code, "message": "no", "details": []}).to_string();
    for (status, retry_after, body, expected) in [
        (200, None, String::new(), Reaction::accepted()),
        (200, None, "{}".into(), Reaction::accepted()),
        (200, None, "{\"errors\": []}".into(), Reaction::accepted()),
        (200, None, "{\"errors\": null, \"code\": null}".into(), Reaction::accepted()),
        (200, None, "OK".into(), Reaction::accepted()),
        (204, None, String::new(), Reaction::accepted()),
        // Which status stands beside a list is not documented.
        (
            200,
            None,
            failed(&[("nl-door-4", json!(500)), ("nl-th-2", json!(503))]),
            partly(&[], &["nl-door-4", "nl-th-2"]),
        ),
        (400, None, failed(&[("nl-door-4", json!(400))]), partly(&["nl-door-4"], &[])),
        (
            500,
            None,
            failed(&[("nl-door-4", json!(401)), ("nl-th-2", json!(500))]),
            partly(&["nl-door-4"], &["nl-th-2"]),
        ),
        (200, None, failed(&[("nl-door-4", json!(5)), ("nl-th-2", json!(14))]), partly(&["nl-door-4"], &["nl-th-2"])),
        (200, None, failed(&[("somebody-else", json!(400))]), Reaction::accepted()),
        (200, None, "{\"errors\": [null, 7, {}, {\"id\": \"nl-th-2\"}]}".into(), partly(&[], &["nl-th-2"])),
        (200, None, common(500), retry(None)),
        (500, None, common(500), retry(None)),
        (503, Some(9), common(503), retry(Some(Duration::from_secs(9)))),
        (400, None, common(400), refused()),
        (400, None, common(3), refused()),
        (200, None, common(16), denied(minute)),
        (401, None, common(401), denied(minute)),
        (403, None, common(403), denied(minute)),
        (401, None, String::new(), denied(minute)),
        (404, None, "<html>".into(), denied(minute)),
        (302, None, String::new(), denied(minute)),
        (429, Some(120), String::new(), retry(Some(Duration::from_secs(120)))),
        (502, None, "<html>".into(), retry(None)),
        (422, None, "{\"details\": [{\"key1\", \"key2\"}]}".into(), refused()),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let retry_after = retry_after.map(Duration::from_secs);
        let answer = Incoming { status, retry_after, body: body.clone().into_bytes() };
        let reaction = without_reason(sber("t").reaction(&two_devices(), &answer));
        assert_eq!(reaction, expected, "{status} {body}");
    }
}

#[test]
fn requests_have_at_most_50_devices_and_256_kilobytes() {
    let document = |number: usize, name: &str| json!({"id": format!("lamp-{number:03}"), "type": "light", "name": name, "traits": {"on_off": {}}});
    let records: Vec<Record> =
        (0..120).map(|number| known(&document(number, "Lamp"), &json!({"on_off": true}))).collect();
    let added: Vec<Change> = records.iter().map(|record| change(None, Some(record))).collect();
    let sent = requests(&sber("t"), &(), &link(Platform::Sber), &added);
    let sizes: Vec<usize> = sent.iter().map(|request| request.devices.len()).collect();
    assert_eq!(sizes, [50, 50, 20, 50, 50, 20]);
    assert!(sent.iter().all(|request| request.body.len() <= 256 * 1024));
}
