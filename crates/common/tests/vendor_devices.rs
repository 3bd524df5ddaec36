//! The vendor registers, reads and removes devices.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[path = "support/dynamodb.rs"]
mod dynamodb;
#[path = "support/vendor.rs"]
mod vendor;

use bytes::Bytes;
use http::Request;
use serde_json::{Value as Json, json};
use vendor::{KEY, NOW, VendorApi};

fn lamp() -> Json {
    json!({"owner": "u1", "type": "light", "name": "Desk lamp", "room": "Office",
        "traits": {"on_off": {}, "brightness": {"min": 1, "max": 100}, "color": {}}})
}

fn stored(id: &str, document: &Json) -> Json {
    let mut document = document.clone();
    document["id"] = id.into();
    document
}

fn paths(problem: &Json) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["path"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_device_is_created_read_replaced_and_removed() {
    let api = VendorApi::new().await;
    let created = api.send("PUT", "/v1/devices/lamp-1", Some(lamp())).await;
    assert_eq!((created.status, &created.body), (201, &stored("lamp-1", &lamp())));
    assert_eq!(created.headers["content-type"], "application/json");

    let read = api.send("GET", "/v1/devices/lamp-1", None).await;
    let expected =
        json!({"device": stored("lamp-1", &lamp()), "online": true, "state": {}, "reported_at": {}, "version": 1});
    assert_eq!((read.status, read.body), (200, expected));

    let report = json!({"state": {"on_off": true, "brightness": 40.5, "color": {"hue": 360, "saturation": 80}}});
    api.send("PATCH", "/v1/devices/lamp-1/state", Some(report)).await;
    let mut renamed = lamp();
    renamed["name"] = "Night lamp".into();
    renamed["traits"] = json!({"on_off": {}, "brightness": {"min": 1, "max": 100}});
    let replaced = api.send("PUT", "/v1/devices/lamp-1", Some(renamed.clone())).await;
    assert_eq!((replaced.status, &replaced.body), (200, &stored("lamp-1", &renamed)));
    let read = api.send("GET", "/v1/devices/lamp-1", None).await;
    assert_eq!(read.body["state"], json!({"on_off": true, "brightness": 40.5}));
    assert_eq!(read.body["reported_at"]["brightness"], "2026-03-01T10:00:00Z");

    for _ in 0..2 {
        let removed = api.send("DELETE", "/v1/devices/lamp-1", None).await;
        assert_eq!((removed.status, removed.body), (204, Json::Null));
    }
    let read = api.send("GET", "/v1/devices/lamp-1", None).await;
    assert_eq!((read.status, &read.body["status"]), (404, &json!(404)));
    assert_eq!(read.headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn every_fault_of_a_document_is_named() {
    let api = VendorApi::new().await;
    let document = json!({"type": "lamp", "name": "", "traits": {"brightness": {"min": 200}, "mood": {}}, "colour": 1});
    let refused = api.send("PUT", "/v1/devices/lamp-1", Some(document)).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.headers["content-type"], "application/problem+json");
    let mut found = paths(&refused.body);
    found.sort_unstable();
    assert_eq!(found, ["$.colour", "$.name", "$.owner", "$.traits.brightness.min", "$.traits.mood", "$.type"]);
    assert_eq!(api.send("GET", "/v1/devices/lamp-1", None).await.status, 404);
    let other = api.send("PUT", "/v1/devices/lamp-1", Some(stored("lamp-2", &lamp()))).await;
    assert_eq!((other.status, paths(&other.body)), (400, vec!["$.id"]));
}

#[tokio::test]
async fn platforms_refuse_what_cannot_be_and_warn_of_what_they_do_not_take() {
    let api = VendorApi::new().await;
    let mut document =
        json!({"owner": "u1", "type": "air_conditioner", "name": "Cooler", "traits": {"on_off": {}, "lock": {}}});
    let refused = api.send("PUT", "/v1/devices/ac-1", Some(document.clone())).await;
    assert_eq!((refused.status, paths(&refused.body)), (400, vec!["$.traits.lock"]));

    document["traits"] = json!({"on_off": {}});
    let warned = api.send("PUT", "/v1/devices/ac-1", Some(document.clone())).await;
    assert_eq!((warned.status, &warned.body["traits"]), (201, &document["traits"]));
    let warnings = warned.body["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|warning| warning.as_str().unwrap().contains("Sber")), "{warnings:?}");
    let read = api.send("GET", "/v1/devices/ac-1", None).await;
    assert_eq!(read.body["device"], stored("ac-1", &document));
}

#[tokio::test]
async fn bodies_that_are_no_document_are_refused() {
    let api = VendorApi::new().await;
    let deep = "[".repeat(100_000);
    for body in ["", "{", "null", "[]", "\"lamp\"", "{\"owner\":\u{0}}", deep.as_str()] {
        let request = Request::put("/v1/devices/lamp-1").header("authorization", format!("Bearer {KEY}"));
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let refused = api.call(vendor::call(NOW), request).await;
        assert_eq!(refused.status, 400, "{body:.20}");
        assert!(!refused.body["detail"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn ids_that_cannot_be_are_answered_in_kind() {
    let api = VendorApi::new().await;
    assert_eq!(api.send("PUT", "/v1/devices/a%20b", Some(lamp())).await.status, 400);
    assert_eq!(api.send("GET", "/v1/devices/a%20b", None).await.status, 404);
    assert_eq!(api.send("PATCH", "/v1/devices/a%20b/state", Some(json!({}))).await.status, 404);
    assert_eq!(api.send("DELETE", "/v1/devices/a%20b", None).await.status, 204);
    let long = "u".repeat(129);
    assert_eq!(api.send("GET", &format!("/v1/users/{long}/devices"), None).await.status, 400);
}

#[tokio::test]
async fn a_users_devices_come_by_pages() {
    let api = VendorApi::new().await;
    for n in 0..103 {
        let mut document = lamp();
        document["owner"] = "a/b Ж".into();
        assert_eq!(api.send("PUT", &format!("/v1/devices/lamp:{n:03}"), Some(document)).await.status, 201);
    }
    api.send("PUT", "/v1/devices/other", Some(lamp())).await;
    let path = "/v1/users/a%2Fb%20%D0%96/devices";
    let first = api.send("GET", path, None).await;
    assert_eq!(first.body["devices"].as_array().unwrap().len(), 100);
    let cursor = first.body["cursor"].as_str().unwrap();
    let second = api.send("GET", &format!("{path}?cursor={cursor}"), None).await;
    let ids: Vec<&str> =
        second.body["devices"].as_array().unwrap().iter().map(|d| d["device"]["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["lamp:100", "lamp:101", "lamp:102"]);
    assert_eq!(second.body.get("cursor"), None);
    assert_eq!(second.body["devices"][0]["version"], 1);

    assert_eq!(api.send("GET", "/v1/users/nobody/devices", None).await.body, json!({"devices": []}));
    assert_eq!(api.send("GET", &format!("{path}?cursor=a%20b"), None).await.status, 400);
}

#[tokio::test]
async fn without_the_vendor_key_nothing_is_told() {
    let api = VendorApi::new().await;
    api.send("PUT", "/v1/devices/lamp-1", Some(lamp())).await;
    for authorization in [None, Some("Bearer wrong"), Some("Bearer "), Some("Basic dGVzdA=="), Some(KEY)] {
        for (method, path) in [("GET", "/v1/devices/lamp-1"), ("DELETE", "/v1/devices/lamp-1"), ("GET", "/v1/nothing")]
        {
            let mut request = Request::builder().method(method).uri(path);
            if let Some(authorization) = authorization {
                request = request.header("authorization", authorization);
            }
            let refused = api.call(vendor::call(NOW), request.body(Bytes::new()).unwrap()).await;
            assert_eq!(refused.status, 401, "{authorization:?} {method} {path}");
            assert_eq!(refused.headers["www-authenticate"], "Bearer");
        }
    }
    assert_eq!(api.send("GET", "/v1/devices/lamp-1", None).await.status, 200);
    let health = api.call(vendor::call(NOW), Request::get("/healthz").body(Bytes::new()).unwrap()).await;
    assert_eq!(health.status, 200);
}

#[tokio::test]
async fn wrong_methods_and_paths_are_told() {
    let api = VendorApi::new().await;
    let wrong = api.send("POST", "/v1/devices/lamp-1", Some(lamp())).await;
    assert_eq!((wrong.status, wrong.headers["allow"].to_str().unwrap()), (405, "PUT, GET, DELETE"));
    assert_eq!(api.send("GET", "/v1/nothing", None).await.status, 404);
    assert_eq!(api.send("GET", "/v1/users/u1/resync", None).await.status, 405);
    assert_eq!(api.send("POST", "/v1/users/u1/resync", None).await.status, 202, "also where there is no link");
}
