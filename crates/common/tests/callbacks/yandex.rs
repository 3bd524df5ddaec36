//! Yandex: requests and reactions.

use std::time::Duration;

use common::model::Timestamp;
use common::notify::protocol::{Incoming, Outgoing, Protocol, Reaction};
use common::platform::Platform;
use common::platform::yandex::callback::Yandex;
use common::store::{Link, Record};
use http::StatusCode;
use serde_json::{Value as Json, json};

use crate::fixtures::{body, change, known, link, link_of, registered, reported, requests, settings};
use crate::vectors::{answer, canonical, same_envelope, vector};

pub(crate) const VECTORS: &[&str] = &[
    "34_callback_state_capabilities",
    "35_callback_state_float",
    "36_callback_state_event",
    "37_callback_state_offline",
    "38_callback_discovery",
    "39_callback_state_unknown_user",
    "40_callback_state_bad_request",
    "41_callback_discovery_unknown_user",
    "42_callback_state_401",
    "43_callback_state_403",
    "44_callback_state_404",
    "45_callback_state_500",
];

fn yandex(token: &str) -> Yandex {
    Yandex::new(&settings("https://dialogs.yandex.net", token, "x").yandex.unwrap()).unwrap()
}

/// Seconds with at most six decimals.
fn seconds(ts: &Json) -> Timestamp {
    let text = ts.to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let micros: i64 = format!("{fraction:0<6}").parse().unwrap();
    Timestamp::from_micros(whole.parse::<i64>().unwrap() * 1_000_000 + micros)
}

/// One device that changes as told makes exactly the request of the vector. Gives the request.
fn golden(name: &str, devices: &[(Json, Json, Json)]) -> Outgoing {
    let vector = vector("yandex", name);
    let expected = &vector["request"];
    let when = seconds(&expected["body"]["ts"]);
    let token = expected["headers"]["Authorization"].as_str().unwrap().strip_prefix("OAuth ").unwrap();
    let user = expected["body"]["payload"]["user_id"].as_str().unwrap();
    let mut changes = Vec::new();
    for (document, before, said) in devices {
        let mut document = document.clone();
        document["owner"] = json!(user);
        let before = known(&document, before);
        changes.push(change(Some(&before), Some(&reported(&before, said, when))));
    }
    let requests = requests(&yandex(token), &(), &link_of(Platform::Yandex, user), &changes);
    let [request] = requests.as_slice() else { panic!("{name}: {} requests", requests.len()) };
    same_envelope(&vector, request);
    assert_eq!(canonical(&body(request)), canonical(&expected["body"]), "{name}");
    request.clone()
}

fn reaction(name: &str, request: &Outgoing) -> Reaction {
    yandex("t").reaction(request, &answer(&vector("yandex", name)))
}

fn lamp() -> Json {
    json!({"id": "lamp-a1f0", "type": "light", "traits": {"on_off": {}, "brightness": {}, "color": {}, "color_temperature": {}}})
}

#[test]
fn several_kinds_of_capabilities_of_two_devices() {
    let air_conditioner = json!({"id": "ac-3390", "type": "air_conditioner", "traits": {
        "on_off": {}, "ionization": {}, "thermostat_mode": {}, "target_temperature": {"min": 16, "max": 30}}});
    let request = golden(
        "34_callback_state_capabilities",
        &[
            (
                lamp(),
                json!({"on_off": false, "brightness": 80, "color": {"hue": 1, "saturation": 2}}),
                json!({"state": {"on_off": true, "brightness": 35, "color_temperature": 3400}}),
            ),
            (
                air_conditioner,
                json!({"on_off": true, "thermostat_mode": "cool", "ionization": false, "target_temperature": 20}),
                json!({"state": {"on_off": true, "thermostat_mode": "auto", "ionization": true}}),
            ),
        ],
    );
    assert!(String::from_utf8(request.body.clone()).unwrap().contains("3400}"), "a fraction would be refused");
    assert!(request.headers["authorization"].is_sensitive());
    assert_eq!(reaction("34_callback_state_capabilities", &request), Reaction::accepted());
}

#[test]
fn floats_events_and_reachability() {
    let station = json!({"id": "station-4e", "type": "climate_sensor", "traits": {"temperature": {}, "humidity": {}}});
    let now = json!({"state": {"temperature": 21.9, "humidity": 38.5}});
    let request = golden("35_callback_state_float", &[(station, json!({"temperature": 20, "humidity": 38}), now)]);
    assert_eq!(reaction("35_callback_state_float", &request), Reaction::accepted());
    let motion = json!({"id": "motion-18", "type": "motion_sensor", "traits": {"motion": {}, "battery": {}}});
    let before = json!({"motion": false, "battery": 50});
    let request = golden("36_callback_state_event", &[(motion, before, json!({"state": {"motion": true}}))]);
    assert_eq!(reaction("36_callback_state_event", &request), Reaction::accepted());
    let request = golden("37_callback_state_offline", &[(lamp(), json!({"on_off": true}), json!({"online": false}))]);
    assert_eq!(reaction("37_callback_state_offline", &request), Reaction::accepted());
}

fn listing(name: &str) -> Outgoing {
    let vector = vector("yandex", name);
    let expected = &vector["request"]["body"];
    let user = expected["payload"]["user_id"].as_str().unwrap();
    let mut document = lamp();
    document["owner"] = json!(user);
    let news =
        crate::fixtures::planned(&[change(None, Some(&registered(&document)))], &[&link_of(Platform::Yandex, user)]);
    let devices: Vec<_> = news[0].devices.iter().collect();
    let when = seconds(&expected["ts"]);
    let yandex = yandex("y0_SkillOwnerSampleToken");
    let requests = yandex.listings(&news[0].link, &(), &devices, when);
    assert_eq!(requests.len(), 1);
    same_envelope(&vector, &requests[0]);
    assert_eq!(body(&requests[0]), *expected, "{name}");
    requests[0].clone()
}

#[test]
fn a_changed_list_is_told_once_for_a_user() {
    assert_eq!(reaction("38_callback_discovery", &listing("38_callback_discovery")), Reaction::accepted());
    let request = listing("41_callback_discovery_unknown_user");
    assert_eq!(reaction("41_callback_discovery_unknown_user", &request), Reaction::UnknownUser);
    let devices = ["a", "b"].map(|id| registered(&json!({"id": id, "type": "light", "traits": {"on_off": {}}})));
    let added = devices.each_ref().map(|device| change(None, Some(device)));
    let sent = requests(&yandex("t"), &(), &link(Platform::Yandex), &added);
    assert_eq!(
        sent.iter().map(|request| request.url.path().rsplit('/').next().unwrap()).collect::<Vec<_>>(),
        ["discovery", "state"]
    );
    assert_eq!(sent[0].devices.len(), 2);
}

#[test]
fn an_unknown_user_hears_nothing_more() {
    let request = golden(
        "39_callback_state_unknown_user",
        &[(lamp(), json!({"on_off": true}), json!({"state": {"on_off": false}}))],
    );
    assert_eq!(reaction("39_callback_state_unknown_user", &request), Reaction::UnknownUser);
}

#[test]
fn one_bad_value_is_left_out_and_the_rest_is_sent() {
    let station = json!({"id": "station-4e", "type": "climate_sensor", "traits": {"temperature": {}, "humidity": {}}});
    let before = known(&station, &json!({"temperature": 20, "humidity": 40}));
    let now = reported(&before, &json!({"state": {"temperature": 22, "humidity": 41}}), crate::fixtures::NOW);
    let request = requests(&yandex("t"), &(), &link(Platform::Yandex), &[change(Some(&before), Some(&now))]).remove(0);
    let Reaction::Without { place, part, .. } = reaction("40_callback_state_bad_request", &request) else { panic!() };
    assert_eq!((place, part.as_deref()), (0, Some("properties.1")));

    let news = crate::fixtures::planned(&[change(Some(&before), Some(&now))], &[&link(Platform::Yandex)]);
    let fragment = yandex("t").fragment(&news[0].devices[0].frames[0]).unwrap();
    let rest = yandex("t").leave_out(&fragment, "properties.1").unwrap();
    let rest = serde_json::to_value(rest).unwrap();
    assert_eq!(rest["properties"].as_array().unwrap().len(), 1);
    assert_eq!(rest["properties"][0]["state"], json!({"instance": "temperature", "value": 22}));
    for part in ["properties.2", "capabilities.0", "properties.x", "status"] {
        assert!(yandex("t").leave_out(&fragment, part).is_none(), "{part}");
    }
}

#[test]
fn refusals_of_the_whole() {
    for (name, after) in [("42_callback_state_401", 0), ("43_callback_state_403", 60), ("44_callback_state_404", 60)] {
        let vector = vector("yandex", name);
        let token = vector["request"]["headers"]["Authorization"].as_str().unwrap();
        // The wrong path of the 404 is not one of ours.
        let request = if name.starts_with("44") {
            simple_request()
        } else {
            golden(name, &[(lamp(), json!({"on_off": false}), json!({"state": {"on_off": true}}))])
        };
        let Reaction::Denied { after: pause, reason } = reaction(name, &request) else { panic!("{name}") };
        assert_eq!(pause, Some(Duration::from_secs(after)), "{name}");
        assert!(!reason.contains(token), "{name}");
    }
    let request =
        golden("45_callback_state_500", &[(lamp(), json!({"on_off": false}), json!({"state": {"on_off": true}}))]);
    assert!(matches!(reaction("45_callback_state_500", &request), Reaction::Retry { after: None, .. }));
}

fn simple_request() -> Outgoing {
    let before = known(&lamp(), &json!({"on_off": false}));
    let now = reported(&before, &json!({"state": {"on_off": true}}), crate::fixtures::NOW);
    requests(&yandex("t"), &(), &link(Platform::Yandex), &[change(Some(&before), Some(&now))]).remove(0)
}

#[test]
fn every_answer_has_its_reaction() {
    let minute = Some(Duration::from_secs(60));
    let retry = |after| Reaction::Retry { after, reason: String::new() };
    let denied = |after| Reaction::Denied { after, reason: String::new() };
    let refused = Reaction::Refused { reason: String::new() };
    let without =
        |place, part: Option<&str>| Reaction::Without { place, part: part.map(str::to_owned), reason: String::new() };
    let bad =
        |message: &str| json!({"status": "error", "error_code": "BAD_REQUEST", "error_message": message}).to_string();
    for (status, retry_after, body, expected) in [
        (202, None, "", Reaction::accepted()),
        (202, None, "{\"request_id\": 5}", Reaction::accepted()),
        (200, None, "{\"status\": \"ok\"}", denied(minute)),
        (302, None, "", denied(minute)),
        (400, None, "", refused.clone()),
        (400, None, "Bad Request\n", refused.clone()),
        (400, None, &bad("json: unexpected type at 6: number 3500.0"), refused.clone()),
        (400, None, &bad("Invalid field value: \"payload.user_id\""), refused.clone()),
        (400, None, &bad("\"payload.devices.3\""), without(3, None)),
        (400, None, &bad("\"payload.devices.3.status\""), without(3, None)),
        (400, None, &bad("payload.devices.0.capabilities.2.state.value"), without(0, Some("capabilities.2"))),
        (400, None, &bad("payload.devices.99999999999999999999"), refused.clone()),
        (400, None, "{\"error_code\": \"UNKNOWN_USER\"}", Reaction::UnknownUser),
        (401, Some(5), "Unauthorized\n", denied(Some(Duration::from_secs(5)))),
        (403, Some(90), "Forbidden\n", denied(Some(Duration::from_secs(90)))),
        (404, None, "", denied(minute)),
        (408, None, "", retry(None)),
        (413, None, "", refused.clone()),
        (429, Some(30), "", retry(Some(Duration::from_secs(30)))),
        (500, None, "Internal Server Error\n", retry(None)),
        (503, Some(7), "{", retry(Some(Duration::from_secs(7)))),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let retry_after = retry_after.map(Duration::from_secs);
        let answer = Incoming { status, retry_after, body: body.as_bytes().to_vec() };
        let reaction = crate::platform::without_reason(yandex("t").reaction(&simple_request(), &answer));
        assert_eq!(reaction, expected, "{status} {body}");
    }
}

fn told(link: &Link, old: &Record, new: &Record) -> Option<Json> {
    let requests = requests(&yandex("t"), &(), link, &[change(Some(old), Some(new))]);
    Some(body(requests.first()?)["payload"]["devices"][0].clone())
}

#[test]
fn what_is_not_reportable_or_out_of_range_is_not_told() {
    let link = link(Platform::Yandex);
    let document = json!({"id": "d", "type": "light", "traits": {"on_off": {"reportable": false}, "brightness": {}}});
    let before = known(&document, &json!({"on_off": false, "brightness": 50}));
    let now = reported(&before, &json!({"state": {"on_off": true}}), crate::fixtures::NOW);
    assert_eq!(told(&link, &before, &now), None);
    let now = reported(&before, &json!({"state": {"on_off": true, "brightness": 60}}), crate::fixtures::NOW);
    assert_eq!(told(&link, &before, &now).unwrap()["capabilities"].as_array().unwrap().len(), 1);
    // The range has become narrower than the value: the device is described anew, and the value is not told.
    let narrow =
        json!({"id": "d", "type": "light", "traits": {"on_off": {"reportable": false}, "brightness": {"max": 40}}});
    let mut narrowed = registered(&narrow);
    narrowed.state = before.state.clone();
    let sent = requests(&yandex("t"), &(), &link, &[change(Some(&before), Some(&narrowed))]);
    assert_eq!(sent.len(), 1);
    assert!(sent[0].url.path().ends_with("/discovery"));
}

#[test]
fn two_presses_are_two_requests() {
    let button = json!({"id": "b", "type": "button", "traits": {"button": {}}});
    let none = registered(&button);
    let one = reported(&none, &json!({"state": {"button": "click"}}), crate::fixtures::at(10));
    let two = reported(&one, &json!({"state": {"button": "click"}}), crate::fixtures::at(20));
    let changes = [change(Some(&none), Some(&one)), change(Some(&one), Some(&two))];
    let sent = requests(&yandex("t"), &(), &link(Platform::Yandex), &changes);
    let times: Vec<f64> = sent.iter().map(|request| body(request)["ts"].as_f64().unwrap()).collect();
    assert_eq!(times, [1_772_359_200.01, 1_772_359_200.02]);
    for request in &sent {
        let device = &body(request)["payload"]["devices"][0];
        let press = json!([{"type": "devices.properties.event", "state": {"instance": "button", "value": "click"}}]);
        assert_eq!(*device, json!({"id": "b", "properties": press}));
    }
}

#[test]
fn a_full_report_has_everything_and_the_reachability() {
    let record = known(&lamp(), &json!({"on_off": true, "color_temperature": 3000}));
    let sent = requests(&yandex("t"), &(), &link(Platform::Yandex), &[change(None, Some(&record))]);
    let device = &body(&sent[1])["payload"]["devices"][0];
    assert_eq!(device["status"], "online");
    assert_eq!(device["capabilities"].as_array().unwrap().len(), 2);
}
