//! Secrets that are read from Secrets Manager, played by a server on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Credentials, Region};
use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use common::config::{Config, Needs, secrets};
use common::store;
use http::{HeaderMap, Response};
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};
use testkit::Serving;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:vendor-AbCdEf";

async fn secrets_manager(headers: HeaderMap, body: Bytes) -> Response<String> {
    assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    let request: Json = serde_json::from_slice(&body).unwrap();
    let (status, body) = match request["SecretId"].as_str().unwrap() {
        ARN => (200, json!({"ARN": ARN, "SecretString": "from-arn"})),
        "homeport/command" => (200, json!({"SecretString": "whsec_MDEyMzQ1Njc4OQ==\n"})),
        "homeport/binary" => (200, json!({"SecretBinary": "AAAA"})),
        _ => (400, json!({"__type": "ResourceNotFoundException", "Message": "no such secret"})),
    };
    Response::builder().status(status).body(body.to_string()).unwrap()
}

async fn start() -> (Serving, Client) {
    let serving = Serving::start(Router::new().route("/", post(secrets_manager))).await;
    let config = aws_sdk_secretsmanager::config::Builder::from(&store::sdk_config().await)
        .endpoint_url(serving.url())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    (serving, Client::from_conf(config))
}

fn setting(name: &str) -> Option<String> {
    let value = match name {
        "HOMEPORT_TABLE" => "homeport",
        "HOMEPORT_VENDOR_KEY" => ARN,
        "HOMEPORT_COMMAND_URL" => "https://devices.example.com/",
        "HOMEPORT_COMMAND_SECRET" => "secretsmanager:homeport/command",
        "HOMEPORT_SBER_TOKEN" => "secretsmanager:never-read",
        _ => return None,
    };
    Some(value.to_owned())
}

#[tokio::test]
async fn references_are_replaced_by_their_values() {
    let (_serving, client) = start().await;
    let needs = Needs { vendor: true, commands: true, ..Needs::default() };
    let values = secrets::resolve(setting, &needs.secrets(), &client).await.unwrap();
    assert_eq!(values.len(), 2);
    let config = Config::load(|name| values.get(name).cloned().or_else(|| setting(name)), needs).unwrap();
    assert_eq!(config.vendor_key.unwrap().expose_secret(), "from-arn");
    assert_eq!(config.command.unwrap().secret.expose_secret(), "whsec_MDEyMzQ1Njc4OQ==");
}

#[tokio::test]
async fn secrets_that_cannot_be_read_are_named_together() {
    let (_serving, client) = start().await;
    let lookup = |name: &str| match name {
        "HOMEPORT_VENDOR_KEY" => Some("secretsmanager:homeport/binary".to_owned()),
        "HOMEPORT_COMMAND_SECRET" => Some("secretsmanager:nowhere".to_owned()),
        _ => None,
    };
    let error = secrets::resolve(lookup, &Needs::ALL.secrets(), &client).await.unwrap_err().to_string();
    assert!(error.contains("HOMEPORT_VENDOR_KEY: secret homeport/binary holds no text"), "{error}");
    assert!(
        error.contains("HOMEPORT_COMMAND_SECRET: secret nowhere cannot be read (ResourceNotFoundException)"),
        "{error}"
    );
    assert_eq!(error.lines().count(), 1);
}
