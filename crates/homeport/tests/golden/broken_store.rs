//! A DynamoDB that has the table and fails at everything else.

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};
use testkit::Serving;

/// Starts one.
pub(crate) async fn start() -> Serving {
    Serving::start(Router::new().fallback(answer)).await
}

/// What the program needs to use it.
pub(crate) fn settings(store: &Serving) -> Vec<(&'static str, String)> {
    let mut settings = vec![("AWS_ENDPOINT_URL_DYNAMODB", store.url())];
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
        settings.push((name, "test".to_owned()));
    }
    settings
}

async fn answer(headers: HeaderMap) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let fault = |status, kind: &str| say(status, &json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{kind}")}));
    match target.rsplit('.').next().unwrap_or_default() {
        "CreateTable" => fault(StatusCode::BAD_REQUEST, "ResourceInUseException"),
        "DescribeTable" => say(StatusCode::OK, &json!({"Table": {"TableStatus": "ACTIVE"}})),
        _ => fault(StatusCode::INTERNAL_SERVER_ERROR, "InternalServerError"),
    }
}

fn say(status: StatusCode, body: &Json) -> Response {
    (status, [("content-type", "application/x-amz-json-1.0")], body.to_string()).into_response()
}
