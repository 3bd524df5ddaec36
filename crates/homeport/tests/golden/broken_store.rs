//! A DynamoDB that has the table and fails at everything else.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use testkit::Serving;

use crate::program::Program;

/// The program over such a store, which fails as long as it is held.
pub(crate) async fn program(folder: &Path) -> (Program, Serving) {
    let store = Serving::start(Router::new().fallback(answer)).await;
    let url = store.url();
    let settings = [
        ("AWS_ENDPOINT_URL_DYNAMODB", url.as_str()),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "test"),
    ];
    (Program::start(folder, &settings).await, store)
}

async fn answer(headers: HeaderMap) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let fault =
        |status, kind: &str| say(status, &json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}")}));
    match target.rsplit('.').next().unwrap_or_default() {
        "CreateTable" => fault(StatusCode::BAD_REQUEST, "ResourceInUseException"),
        "DescribeTable" => say(StatusCode::OK, &json!({"Table": {"TableStatus": "ACTIVE"}})),
        _ => fault(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
    }
}

fn say(status: StatusCode, body: &Json) -> Response {
    (status, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}

/// Devices and links vanish on some answers, so a fault of ours never looks like one of them.
#[tokio::test]
async fn a_broken_store_is_a_fault_of_ours_on_every_platform() {
    let folder = tempfile::tempdir().unwrap();
    let (program, _store) = program(folder.path()).await;
    let token = program.token("u1").await;
    let report = json!({"online": true});
    let asked = tokio::join!(
        program.ask("yandex", &token, &["lamp-1"]),
        program.ask("sber", &token, &["lamp-1"]),
        program.ask("smartthings", &token, &["lamp-1"]),
        program.vendor("GET", "/v1/devices/lamp-1", None),
        program.vendor("PATCH", "/v1/devices/lamp-1/state", Some(&report)),
        program.vendor("GET", "/v1/users/u1/devices", None),
    );
    let (yandex, sber, smartthings, device, report, list) = asked;
    let vendor = [("device", device), ("report", report), ("list", list)];
    for (kind, answer) in [yandex, sber, smartthings, vendor.to_vec()].into_iter().flatten() {
        assert!([500, 503].contains(&answer.status), "{kind}: {answer:?}");
    }
    assert_eq!(program.send("GET", "/healthz", &[], None).await.status, 200);
}
