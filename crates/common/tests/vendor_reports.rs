//! The vendor reports the state of devices.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[path = "support/dynamodb.rs"]
mod dynamodb;
#[path = "support/faults.rs"]
mod faults;
#[path = "support/vendor.rs"]
mod vendor;

use std::time::Duration;

use common::model::{Timestamp, UserId};
use common::platform::Platform;
use common::store::{LinkKey, Touched};
use common::vendor::report_event;
use dynamodb::TestTable;
use faults::{Fault, Faults};
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use vendor::{NOW, VendorApi, call};

fn lamp(owner: &str) -> Json {
    json!({"owner": owner, "type": "light", "name": "Lamp", "traits": {
        "on_off": {}, "brightness": {"min": 1, "max": 100}, "color": {}, "button": {}}})
}

async fn api_with(devices: &[&str]) -> VendorApi {
    let api = VendorApi::new().await;
    register(&api, devices).await;
    api
}

async fn register(api: &VendorApi, devices: &[&str]) {
    for id in devices {
        assert_eq!(api.send("PUT", &format!("/v1/devices/{id}"), Some(lamp("u1"))).await.status, 201);
    }
}

async fn state(api: &VendorApi, id: &str) -> Json {
    api.send("GET", &format!("/v1/devices/{id}"), None).await.body["state"].clone()
}

#[tokio::test]
async fn each_trait_of_a_report_stands_alone() {
    let api = api_with(&["lamp-1"]).await;
    let path = "/v1/devices/lamp-1/state";
    let first = json!({"online": false, "state": {"on_off": true, "brightness": 40}, "at": "2026-03-01T09:00:00Z"});
    let answer = api.send("PATCH", path, Some(first)).await;
    let expected =
        json!({"version": 2, "applied": ["brightness", "on_off"], "unchanged": [], "stale": [], "rejected": []});
    assert_eq!((answer.status, answer.body), (200, expected));

    api.send(
        "PATCH",
        path,
        Some(json!({"state": {"color": {"hue": 10, "saturation": 20}}, "at": "2026-03-01T09:30:00Z"})),
    )
    .await;
    let mixed = json!({"at": "2026-03-01T09:10:00Z", "state": {"on_off": true, "brightness": 101, "volume": 5,
        "color": {"hue": 1, "saturation": 2}, "mood": "merry", "button": "click"}});
    let answer = api.send("PATCH", path, Some(mixed.clone())).await;
    assert_eq!(answer.body["version"], 4);
    assert_eq!(answer.body["applied"], json!(["button"]));
    assert_eq!(answer.body["unchanged"], json!(["on_off"]));
    assert_eq!(answer.body["stale"], json!(["color"]));
    let rejected = answer.body["rejected"].as_array().unwrap();
    let names: Vec<&str> = rejected.iter().map(|entry| entry["trait"].as_str().unwrap()).collect();
    assert_eq!(names, ["brightness", "mood", "volume"]);
    assert_eq!(rejected[0]["reason"], "must be from 1 to 100 %, is 101");

    // The same again changes nothing, the event included.
    let again = api.send("PATCH", path, Some(mixed)).await;
    assert_eq!((&again.body["version"], &again.body["applied"]), (&json!(4), &json!([])));
    let read = api.send("GET", "/v1/devices/lamp-1", None).await.body;
    assert_eq!(read["online"], false);
    assert_eq!(read["state"]["brightness"], 40);
    assert_eq!(read["state"].get("button"), None);
}

#[tokio::test]
async fn a_body_that_is_no_report_changes_nothing() {
    let api = api_with(&["lamp-1"]).await;
    let path = "/v1/devices/lamp-1/state";
    for (body, at) in [
        (json!({"state": {"on_off": true}, "brightness": 5}), "$.brightness"),
        (json!({"state": {"on_off": true}, "online": "yes"}), "$.online"),
        (json!({"state": {"on_off": true}, "at": "2026-03-02T10:00:01Z"}), "$.at"),
        (json!([]), "$"),
    ] {
        let refused = api.send("PATCH", path, Some(body)).await;
        assert_eq!((refused.status, refused.body["errors"][0]["path"].as_str()), (400, Some(at)));
    }
    assert_eq!(state(&api, "lamp-1").await, json!({}));
    let missing = api.send("PATCH", "/v1/devices/lamp-9/state", Some(json!({"online": true}))).await;
    assert_eq!(missing.status, 404);
}

#[tokio::test]
async fn a_report_takes_two_round_trips_and_an_old_story_one() {
    let api = api_with(&["a", "b", "c"]).await;
    let trips = &api.table.trips;
    let report = json!({"state": {"on_off": true}});
    for expected in [2, 1] {
        trips.restart();
        assert_eq!(api.send("PATCH", "/v1/devices/a/state", Some(report.clone())).await.status, 200);
        assert_eq!((trips.count(), trips.requests()), (expected, expected));
    }
    let reports: Vec<Json> =
        ["a", "b", "c"].iter().map(|id| json!({"device_id": id, "state": {"brightness": 5}})).collect();
    trips.restart();
    api.send("POST", "/v1/reports", Some(json!({"reports": reports}))).await;
    assert_eq!((trips.count(), trips.requests()), (2, 4));
}

#[tokio::test]
async fn many_reports_are_answered_one_by_one_in_order() {
    let api = api_with(&["a", "b"]).await;
    let reports = json!({"reports": [
        {"device_id": "a", "state": {"brightness": 1}, "at": "2026-03-01T09:00:01Z"},
        {"device_id": "b", "state": {"brightness": 7}},
        {"device_id": "nobody", "state": {"on_off": true}},
        {"device_id": "a", "state": {"brightness": 2}, "at": "2026-03-01T09:00:02Z"},
        {"device_id": "b", "brightness": 8},
        {"state": {"on_off": true}},
        {"device_id": "a", "state": {"brightness": 3, "on_off": "yes"}, "at": "2026-03-01T09:00:01.5Z"},
    ]});
    let answer = api.send("POST", "/v1/reports", Some(reports)).await;
    assert_eq!(answer.status, 200);
    let results = answer.body["results"].as_array().unwrap();
    assert_eq!(results.len(), 7);
    let versions: Vec<&Json> = results.iter().map(|result| &result["version"]).collect();
    assert_eq!(versions, [&json!(2), &json!(2), &Json::Null, &json!(3), &Json::Null, &Json::Null, &json!(3)]);
    let statuses: Vec<&Json> = results.iter().map(|result| &result["status"]).collect();
    assert_eq!(statuses[2..], [&json!(404), &Json::Null, &json!(400), &json!(400), &Json::Null]);
    assert_eq!(results[0]["device_id"], "a");
    assert_eq!(results[2]["device_id"], "nobody");
    assert_eq!(results[4]["errors"][0]["path"], "$.reports[4].brightness");
    assert_eq!(results[6]["stale"], json!(["brightness"]));
    assert_eq!(results[6]["rejected"][0]["trait"], "on_off");
    assert_eq!((state(&api, "a").await, state(&api, "b").await), (json!({"brightness": 2}), json!({"brightness": 7})));
    assert_eq!(api.send("POST", "/v1/reports", Some(json!({"reports": []}))).await.body, json!({"results": []}));
}

#[tokio::test]
async fn presses_without_a_time_are_each_a_press() {
    let api = api_with(&["a"]).await;
    let press = json!({"device_id": "a", "state": {"button": "click"}});
    let answer = api.send("POST", "/v1/reports", Some(json!({"reports": [press, press, press]}))).await;
    for result in answer.body["results"].as_array().unwrap() {
        assert_eq!(result["applied"], json!(["button"]));
    }
}

#[tokio::test]
async fn reports_at_the_same_time_all_count() {
    let api = api_with(&["a"]).await;
    let send = |n: i64| {
        let report = json!({"state": {"button": "click"}, "at": Timestamp::from_secs(NOW.secs() - n).to_string()});
        let api = &api;
        async move { api.send("PATCH", "/v1/devices/a/state", Some(report)).await }
    };
    for answer in join_all((0..6).map(send)).await {
        assert_eq!((answer.status, &answer.body["applied"]), (200, &json!(["button"])));
    }
    assert_eq!(api.send("GET", "/v1/devices/a", None).await.body["version"], 7);
}

#[tokio::test]
async fn reports_are_taken_as_events_too() {
    let api = api_with(&["a"]).await;
    let one = json!({"device_id": "a", "state": {"on_off": true}});
    let answer = report_event(&api.services, &call(NOW), one.to_string().as_bytes()).await.unwrap();
    assert_eq!(answer["applied"], json!(["on_off"]));
    let many = json!({"reports": [{"device_id": "a", "state": {"on_off": true}}, {"device_id": "nobody"}]});
    let answer = report_event(&api.services, &call(NOW), many.to_string().as_bytes()).await.unwrap();
    assert_eq!(answer["results"][0]["unchanged"], json!(["on_off"]));
    assert_eq!(answer["results"][1]["status"], 404);

    for (event, status) in [
        (json!({"device_id": "nobody", "state": {}}), 404),
        (json!({"device_id": "a", "value": 5}), 400),
        (json!({"reports": 5}), 400),
        (json!(null), 400),
    ] {
        let problem = report_event(&api.services, &call(NOW), event.to_string().as_bytes()).await.unwrap_err();
        assert_eq!(problem.status.as_u16(), status, "{event}");
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_said_and_an_event_can_be_sent_again() {
    let table = TestTable::new().await;
    let faults = Faults::start(&table.endpoint).await;
    let api = VendorApi::over(table, Some(&faults.endpoint)).await;
    register(&api, &["a", "b"]).await;
    faults.always(Some(Fault::ServerError));
    let report = json!({"state": {"on_off": true}});
    assert_eq!(api.send("PATCH", "/v1/devices/a/state", Some(report.clone())).await.status, 503);
    for (method, path) in [("GET", "/v1/devices/a"), ("GET", "/v1/users/u1/devices"), ("GET", "/v1/users/u1/links")] {
        assert_eq!(api.send(method, path, None).await.status, 503);
    }
    // Both can be read, then writing fails.
    faults.next([None]);
    let many = json!({"reports": [{"device_id": "a", "state": {"on_off": true}}, {"device_id": "b"}]});
    let answer = api.send("POST", "/v1/reports", Some(many.clone())).await;
    assert_eq!((&answer.body["results"][0]["status"], &answer.body["results"][1]["version"]), (&json!(503), &json!(1)));
    faults.next([None]);
    assert_eq!(report_event(&api.services, &call(NOW), many.to_string().as_bytes()).await.unwrap_err().status, 503);
    faults.always(None);
    let answer = report_event(&api.services, &call(NOW), many.to_string().as_bytes()).await.unwrap();
    assert_eq!(answer["results"][0]["applied"], json!(["on_off"]));
}

#[tokio::test]
async fn reports_for_which_no_time_is_left_say_so() {
    let api = api_with(&["a"]).await;
    let mut late = call(NOW);
    late.deadline -= Duration::from_secs(3);
    let many = json!({"reports": [{"device_id": "a", "state": {"on_off": true}}]});
    assert_eq!(report_event(&api.services, &late, many.to_string().as_bytes()).await.unwrap_err().status, 503);
    assert_eq!(state(&api, "a").await, json!({}));
}

#[tokio::test]
async fn links_are_listed_and_ended_by_platform() {
    let api = VendorApi::new().await;
    let user = UserId::new("u1").unwrap();
    let key = |platform, link_id: &str| LinkKey { platform, user: user.clone(), link_id: link_id.to_owned() };
    let store = &api.table.store;
    for key in [key(Platform::Yandex, "u1"), key(Platform::SmartThings, "a"), key(Platform::SmartThings, "b")] {
        store.touch_link(&key, NOW, NOW).await.unwrap();
    }
    let listed = api.send("GET", "/v1/users/u1/links", None).await;
    assert_eq!(listed.status, 200);
    assert_eq!(listed.body["links"].as_array().unwrap().len(), 3);
    let last = json!({"platform": "yandex", "link_id": "u1", "status": "active", "linked_at": "2026-03-01T10:00:00Z",
        "last_delivery": null, "last_error": null});
    assert_eq!(listed.body["links"][2], last);

    for _ in 0..2 {
        assert_eq!(api.send("DELETE", "/v1/users/u1/links/smartthings", None).await.status, 204);
    }
    assert_eq!(api.send("GET", "/v1/users/u1/links", None).await.body, json!({"links": [last]}));
    assert_eq!(store.touch_link(&key(Platform::SmartThings, "a"), NOW, NOW).await.unwrap(), Touched::Revoked);
    assert_eq!(api.send("DELETE", "/v1/users/u1/links/sber", None).await.status, 204);
    assert_eq!(api.send("DELETE", "/v1/users/u1/links/alexa", None).await.status, 404);
}
