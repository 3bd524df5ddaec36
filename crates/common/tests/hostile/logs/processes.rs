//! What whole processes print, at the finest level.

use std::time::Duration;

use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Function, Invocation, binary};

use super::{assert_clean, lamp, state};
use crate::deployment::{self, Deployment, Surroundings};
use crate::endpoints::Endpoint;
use crate::program::Program;
use crate::world::{TOKEN_KEY, VENDOR_KEY, yandex_rpc};

#[tokio::test]
async fn functions_print_no_secrets() {
    let surroundings = Surroundings::start().await;
    let cloud = DeviceCloud::start().await;
    cloud.answers(|_| (200, json!({"status": "error", "code": "leaky-cloud"}), Duration::ZERO));
    let mut settings = surroundings.settings();
    settings.extend([
        ("HOMEPORT_LOG".to_owned(), "trace".to_owned()),
        ("HOMEPORT_COMMAND_URL".to_owned(), cloud.url()),
        ("HOMEPORT_COMMAND_SECRET".to_owned(), DeviceCloud::SECRET.to_owned()),
    ]);
    let key = deployment::VENDOR_KEY;
    let deployment = Deployment::with(surroundings, &["report", "webhook", "action"], &settings).await;
    let token = deployment.surroundings.token("u1");
    let mut events = Vec::new();
    let http =
        |method, path, key: &str, body: &Json| deployment::request(method, path, Some(key), Some(&body.to_string()));
    for key in [key, "leaky-key"] {
        events.push(("report", http("PUT", "/v1/devices/leaky", key, &lamp())));
        events.push(("report", http("PATCH", "/v1/devices/leaky/state", key, &json!({ "state": state() }))));
    }
    events.push(("report", json!({"device_id": "leaky", "state": state()})));
    events.push((
        "report",
        json!({"device_id": "Leaky lamp", "state": state(), "at": "leaky-token", "online": "57.4321"}),
    ));
    events.push(("report", json!("leaky-token")));
    for token in [&*token, "leaky-token"] {
        for endpoint in [Endpoint::SmartThings, Endpoint::MessageEvent, Endpoint::YandexRpc] {
            for message in endpoint.samples(token, "leaky") {
                events.push(("webhook", http("POST", "/smartthings", token, &message)));
                events.push(("webhook", http("POST", "/yandex/rpc", token, &message)));
                events.push(("webhook", message));
            }
        }
        events.push(("webhook", yandex_rpc(token, "leaky-token", json!("leaky-token"))));
        for sample in Endpoint::YandexAction.samples(token, "leaky") {
            events.push(("action", http("POST", "/yandex/v1.0/user/devices/action", token, &sample)));
            events.push(("action", sample));
        }
        events.push(("action", json!({"body": "leaky-token"})));
    }
    let mut failed = 0;
    for (function, event) in &events {
        failed += usize::from(matches!(deployment.invoke(function, event).await, Invocation::Failed(_)));
    }
    assert!(failed >= 5, "{failed}");
    let output = deployment.output_of(events.len()).await;
    assert!(output.contains("device cloud refused a command"), "{output}");
    assert_clean(&output, &[&token]);
}

#[tokio::test]
async fn wrong_settings_are_named_without_their_values() {
    let surroundings = Surroundings::start().await;
    let secret = "leaky-key secret";
    let mut settings = surroundings.settings();
    for (name, value) in [
        ("HOMEPORT_VENDOR_KEY", secret),
        ("HOMEPORT_TOKEN_KEY", secret),
        ("HOMEPORT_COMMAND_URL", "https://leaky-token:leaky-key@leaky.example/"),
        ("HOMEPORT_COMMAND_SECRET", "whsec_leaky-key"),
        ("HOMEPORT_AUTH_JWKS_URL", "leaky-token"),
        ("HOMEPORT_SMARTTHINGS_HOSTS", "https://leaky-key@leaky.example"),
    ] {
        settings.push((name.to_owned(), value.to_owned()));
    }
    for function in ["webhook", "report"] {
        let process = Function::start(&binary(function), &settings).await;
        let reported = process.api.init_error().await.to_string();
        let (status, output) = process.ended().await;
        assert!(!status.success() && output.contains("wrong"), "{output}");
        assert_clean(&format!("{output}\n{reported}"), &[]);
    }
}

#[tokio::test]
async fn the_program_prints_no_secret_that_was_supplied() {
    let cloud = DeviceCloud::start().await;
    let program = Program::start(&[
        ("HOMEPORT_LOG", "trace"),
        ("HOMEPORT_VENDOR_KEY", VENDOR_KEY),
        ("HOMEPORT_YANDEX_TOKEN", "world-yandex-token"),
        ("HOMEPORT_SBER_TOKEN", "world-sber-token"),
        ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "world-client-secret"),
        ("HOMEPORT_TOKEN_KEY", TOKEN_KEY),
        ("HOMEPORT_COMMAND_URL", &cloud.url()),
        ("HOMEPORT_COMMAND_SECRET", DeviceCloud::SECRET),
    ])
    .await;
    let (_, issued) = program.send("POST", "/dev/token", "", json!({"user_id": "u1"}).to_string()).await;
    let issued: Json = serde_json::from_str(&issued).unwrap();
    let token = issued["access_token"].as_str().unwrap();
    assert_eq!(program.send("PUT", "/v1/devices/leaky", VENDOR_KEY, lamp().to_string()).await.0, 201);
    program.send("PATCH", "/v1/devices/leaky/state", VENDOR_KEY, json!({ "state": state() }).to_string()).await;
    program.send("PUT", "/v1/devices/leaky", "leaky-key", lamp().to_string()).await;
    for path in ["/yandex/v1.0/user/devices", "/sber/v1/devices", "/dev/leaky-token"] {
        assert_eq!(program.send("GET", path, token, "").await.0 == 200, !path.contains("leaky"));
        program.send("GET", path, "leaky-token", "").await;
    }
    for message in Endpoint::SmartThings.samples(token, "leaky") {
        assert_eq!(program.send("POST", "/smartthings", "", message.to_string()).await.0, 200);
    }
    let (_, welcome) = program.send("GET", "/", "", "").await;
    let output = program.process.output_when(|output| output.contains("SmartThings could not digest")).await;
    assert!(output.matches("request answered").count() >= 12, "{output}");
    assert_clean(&format!("{output}\n{welcome}"), &[token]);
    // The development key is printed only where it is the one that counts.
    assert!(!output.contains("dev-vendor-key"));
}
