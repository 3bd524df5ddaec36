//! SmartThings: requests and reactions. The requests for tokens are in `tokens`.

use std::time::Duration;

use common::model::Timestamp;
use common::notify::Change;
use common::notify::protocol::{Incoming, Outgoing, Protocol, Reaction};
use common::platform::Platform;
use common::platform::smartthings::callback::{Access, SmartThings};
use common::store::Record;
use http::StatusCode;
use serde_json::{Value as Json, json};
use testkit::golden;

use crate::fixtures::{NOW, at, body, change, known, link, registered, reported, requests, settings};
use crate::platform::without_reason;
use crate::vectors::{answer, canonical, same_envelope, vector};

pub(crate) const VECTORS: &[&str] = &[
    "39_access_token_request",
    "40_access_token_request_invalid_code",
    "41_access_token_request_invalid_secret",
    "42_refresh_access_tokens",
    "43_refresh_wrong_interaction_type",
    "44_state_callback_batch",
    "45_state_callback_offline",
    "46_state_callback_online",
    "47_state_callback_button",
    "48_state_callback_device_deleted",
    "49_state_callback_unlink",
    "50_expired_flow_1_state_callback_401",
    "51_expired_flow_2_refresh",
    "52_expired_flow_3_retry",
    "53_discovery_callback",
];

fn access(url: &str, token: &str) -> Option<Access> {
    let hosts = settings("https://x.example", "x", "x").smartthings.unwrap().hosts;
    Access::new(&hosts, url, token.into())
}

/// The access that a vector's link has.
fn access_of(vector: &Json) -> Access {
    let link = &vector["fixture"]["link"];
    access(link["stateCallback"].as_str().unwrap(), link["accessToken"].as_str().unwrap()).unwrap()
}

/// What is compared: everything but ids and free texts, and times where the vector has them.
fn comparable(body: &Json, with_times: bool) -> Json {
    let mut body = body.clone();
    let id = body["headers"].as_object_mut().unwrap().remove("requestId").unwrap();
    assert!(uuid::Uuid::parse_str(id.as_str().unwrap()).is_ok());
    if let Some(error) = body.get_mut("globalError") {
        assert!(error.as_object_mut().unwrap().remove("detail").unwrap().as_str().unwrap().len() <= 100);
    }
    for entry in body["deviceState"].as_array_mut().into_iter().flatten() {
        for error in entry.get_mut("deviceError").and_then(Json::as_array_mut).into_iter().flatten() {
            error.as_object_mut().unwrap().remove("detail");
        }
        for state in entry.get_mut("states").and_then(Json::as_array_mut).into_iter().flatten() {
            if !with_times {
                state.as_object_mut().unwrap().remove("timestamp");
            }
        }
    }
    canonical(&body)
}

/// These changes make exactly the request of the vector. Gives what its answer means.
fn golden(name: &str, changes: &[Change], with_times: bool) -> Reaction {
    let vector = vector("smartthings", name);
    let requests = requests(&SmartThings, &access_of(&vector), &link(Platform::SmartThings), changes);
    let [request] = requests.as_slice() else { panic!("{name}: {} requests", requests.len()) };
    same_envelope(&vector, request);
    let expected = &vector["request"]["body"];
    assert_eq!(comparable(&body(request), with_times), comparable(expected, with_times), "{name}");
    SmartThings.reaction(request, &answer(&vector))
}

fn step(document: &Json, before: &Json, said: &Json, when: Timestamp) -> Change {
    let before = known(document, before);
    change(Some(&before), Some(&reported(&before, said, when)))
}

fn lock() -> Json {
    json!({"id": "nv-lock-9C33", "type": "lock", "traits": {"lock": {}, "battery": {}}})
}

#[test]
fn two_devices_of_a_link() {
    let lamp = json!({"id": "nv-lamp-7F01", "type": "light", "traits": {"on_off": {}, "brightness": {}}});
    let contact = json!({"id": "nv-contact-31AA", "type": "contact_sensor", "traits": {"contact": {}, "battery": {}}});
    let changes = [
        step(&lamp, &json!({"on_off": true, "brightness": 5}), &json!({"state": {"on_off": false}}), NOW),
        step(&contact, &json!({"contact": "open", "battery": 5}), &json!({"state": {"contact": "closed"}}), at(450)),
    ];
    assert_eq!(golden("44_state_callback_batch", &changes, true), Reaction::accepted());
}

#[test]
fn offline_and_back_are_two_separate_truths() {
    let state = json!({"lock": "locked"});
    let online = known(&lock(), &state);
    let offline = reported(&online, &json!({"online": false}), NOW);
    let gone = change(Some(&online), Some(&offline));
    assert_eq!(golden("45_state_callback_offline", &[gone], true), Reaction::accepted());
    let back = reported(&offline, &json!({"online": true}), NOW);
    let back = change(Some(&offline), Some(&back));
    assert_eq!(golden("46_state_callback_online", &[back], false), Reaction::accepted());

    // What changes meanwhile is told with the mark, and never as if it were healthy.
    let moved = reported(&offline, &json!({"state": {"lock": "unlocked"}}), NOW);
    let token = access("https://c2c-us.smartthings.com/x", "t").unwrap();
    let sent = requests(&SmartThings, &token, &link(Platform::SmartThings), &[change(Some(&offline), Some(&moved))]);
    let entry = &body(&sent[0])["deviceState"][0];
    assert_eq!(entry["deviceError"][0]["errorEnum"], "DEVICE-OFFLINE");
    let attributes = entry["states"].as_array().unwrap().iter().map(|state| state["attribute"].as_str().unwrap());
    assert_eq!(attributes.collect::<Vec<_>>(), ["lock"]);
}

#[test]
fn two_presses_are_two_states_of_one_request() {
    let button = json!({"id": "nv-button-0042", "type": "button", "traits": {"button": {}, "battery": {}}});
    let none = registered(&button);
    let one = reported(&none, &json!({"state": {"button": "click"}}), at(1000));
    let two = reported(&one, &json!({"state": {"button": "click"}}), at(3250));
    let changes = [change(Some(&none), Some(&one)), change(Some(&one), Some(&two))];
    assert_eq!(golden("47_state_callback_button", &changes, true), Reaction::accepted());
}

#[test]
fn a_device_is_deleted_when_it_is_gone_or_not_offered_any_more() {
    let valve = json!({"id": "nv-valve-1122", "type": "valve", "traits": {"open_state": {}}});
    let record = known(&valve, &json!({"open_state": "open"}));
    let gone = change(Some(&record), None);
    assert_eq!(golden("48_state_callback_device_deleted", &[gone], true), Reaction::accepted());
    let mut hidden = valve.clone();
    hidden["overrides"] = json!({"smartthings": {"enabled": false}});
    let hidden = change(Some(&record), Some(&registered(&hidden)));
    assert_eq!(golden("48_state_callback_device_deleted", &[hidden], true), Reaction::accepted());
}

#[test]
fn the_end_of_a_link_is_told() {
    let vector = vector("smartthings", "49_state_callback_unlink");
    let request = SmartThings.farewell(&link(Platform::SmartThings), &access_of(&vector)).unwrap();
    same_envelope(&vector, &request);
    assert_eq!(comparable(&body(&request), true), comparable(&vector["request"]["body"], true));
    assert_eq!(body(&request)["deviceState"], json!([]));
}

#[test]
fn an_expired_token_is_renewed_and_the_same_sent_again() {
    let climate =
        json!({"id": "nv-climate-0B77", "type": "climate_sensor", "traits": {"temperature": {}, "humidity": {}}});
    let change =
        step(&climate, &json!({"temperature": 20, "humidity": 5}), &json!({"state": {"temperature": 22.1}}), NOW);
    let changes = [change];
    assert_eq!(golden("50_expired_flow_1_state_callback_401", &changes, false), Reaction::TokenExpired);
    assert_eq!(golden("52_expired_flow_3_retry", &changes, false), Reaction::accepted());
}

#[test]
fn a_new_device_is_listed_and_then_told() {
    let vector = vector("smartthings", "53_discovery_callback");
    let document = json!({"id": "nv-motion-31AB", "owner": "u1", "type": "motion_sensor", "name": "Hall motion",
        "room": "Hall", "manufacturer": "Novastra", "model": "NV-MOT-1", "hw_version": "1.0", "sw_version": "1.0.1",
        "traits": {"motion": {}, "battery": {}}});
    let record = known(&document, &json!({"motion": false}));
    let sent =
        requests(&SmartThings, &access_of(&vector), &link(Platform::SmartThings), &[change(None, Some(&record))]);
    assert_eq!(sent.len(), 2);
    same_envelope(&vector, &sent[0]);
    let (mut expected, mut actual) = (vector["request"]["body"].clone(), body(&sent[0]));
    let context = expected["devices"][0].as_object_mut().unwrap().remove("deviceContext").unwrap();
    assert_eq!(actual["devices"][0]["deviceContext"]["roomName"], context["roomName"]);
    golden::smartthings::discovery(&expected["devices"][0], &actual["devices"][0], &document).unwrap();
    for body in [&mut expected, &mut actual] {
        body.as_object_mut().unwrap().remove("devices").unwrap();
    }
    assert_eq!(comparable(&actual, true), comparable(&expected, true));
    assert_eq!(SmartThings.reaction(&sent[0], &answer(&vector)), Reaction::accepted());
    assert_eq!(body(&sent[1])["headers"]["interactionType"], "stateCallback");
}

fn lamps(count: usize) -> Vec<Change> {
    let document = |number: usize| {
        json!({"id": format!("lamp-{number:03}"), "type": "light",
        "traits": {"on_off": {}, "brightness": {}, "color": {}}})
    };
    let state = json!({"on_off": true, "brightness": 5, "color": {"hue": 1, "saturation": 2}});
    let records: Vec<Record> = (0..count).map(|number| registered(&document(number))).collect();
    records.iter().map(|record| change(Some(record), Some(&reported(record, &json!({"state": state}), NOW)))).collect()
}

#[test]
fn requests_have_at_most_50_states() {
    let token = access("https://c2c-us.smartthings.com/x", "t").unwrap();
    let sent = requests(&SmartThings, &token, &link(Platform::SmartThings), &lamps(25));
    let states = |request: &Outgoing| -> usize {
        let body = body(request);
        body["deviceState"].as_array().unwrap().iter().map(|entry| entry["states"].as_array().unwrap().len()).sum()
    };
    assert_eq!(sent.iter().map(states).collect::<Vec<_>>(), [50, 50, 25]);
    assert_eq!(sent.iter().map(|request| request.devices.len()).collect::<Vec<_>>(), [10, 10, 5]);
}

#[test]
fn callbacks_go_to_allowed_addresses_only() {
    for (url, allowed) in [
        ("https://c2c-us.smartthings.com/device/events", true),
        ("http://127.0.0.1:9000/device/events", true),
        ("http://c2c-us.smartthings.com/device/events", false),
        ("https://smartthings.com.evil.example/", false),
        ("not an address", false),
    ] {
        assert_eq!(access(url, "secret-token").is_some(), allowed, "{url}");
    }
    let shown = format!("{:?}", access("https://c2c-us.smartthings.com/x", "secret-token"));
    assert!(!shown.contains("secret-token"), "{shown}");
}

#[test]
fn every_answer_has_its_reaction() {
    let minute = Some(Duration::from_secs(60));
    let retry = |after| Reaction::Retry { after, reason: String::new() };
    let denied = Reaction::Denied { after: minute, reason: String::new() };
    let refused = Reaction::Refused { reason: String::new() };
    let error = |error: Json| json!({"globalError": {"errorEnum": error, "detail": "x"}}).to_string();
    let token = access("https://c2c-us.smartthings.com/x", "t").unwrap();
    let request = requests(&SmartThings, &token, &link(Platform::SmartThings), &lamps(1)).remove(0);
    for (status, retry_after, body, expected) in [
        (200, None, "{}".to_owned(), Reaction::accepted()),
        (202, None, String::new(), Reaction::accepted()),
        (204, None, "no json".into(), Reaction::accepted()),
        (200, None, error(json!("TOKEN-EXPIRED")), Reaction::TokenExpired),
        (401, None, String::new(), Reaction::TokenExpired),
        (401, None, error(json!("TOKEN-EXPIRED")), Reaction::TokenExpired),
        (400, None, error(json!("INVALID-TOKEN")), Reaction::TokenExpired),
        (400, None, error(json!("BAD-REQUEST")), refused.clone()),
        (400, None, error(json!(400)), refused.clone()),
        (400, None, "<html>".into(), refused.clone()),
        (413, None, String::new(), refused.clone()),
        (422, None, String::new(), refused.clone()),
        (400, None, error(json!("INTEGRATION-DELETED")), Reaction::LinkBroken { reason: String::new() }),
        (403, None, String::new(), denied.clone()),
        (404, None, String::new(), denied.clone()),
        (302, None, String::new(), denied.clone()),
        (408, None, String::new(), retry(None)),
        (429, Some(12), String::new(), retry(Some(Duration::from_secs(12)))),
        (500, None, String::new(), retry(None)),
        (503, Some(3), String::new(), retry(Some(Duration::from_secs(3)))),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let retry_after = retry_after.map(Duration::from_secs);
        let answer = Incoming { status, retry_after, body: body.clone().into_bytes() };
        assert_eq!(without_reason(SmartThings.reaction(&request, &answer)), expected, "{status} {body}");
    }
}
