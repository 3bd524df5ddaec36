//! How functions start, and how they say that they cannot.

use futures_util::future::join_all;
use serde_json::json;
use testkit::{Function, binary};

use crate::deployment::{Deployment, FUNCTIONS, Surroundings, TELLERS, request};

#[tokio::test]
async fn missing_settings_end_the_start_with_one_line() {
    join_all(FUNCTIONS.map(async |name| {
        let function = Function::start(&binary(name), &[("HOMEPORT_AUTH_JWKS_URL".into(), "ftp://x".into())]).await;
        let error = function.api.init_error().await;
        let (status, output) = function.ended().await;
        assert_eq!(status.code(), Some(1), "{name}");
        let lines: Vec<&str> = output.lines().collect();
        assert_eq!(lines.len(), 1, "{name}: {output}");
        assert!(lines[0].contains("HOMEPORT_TABLE is not set: give the name of the DynamoDB table"), "{output}");
        let message = error["errorMessage"].as_str().unwrap();
        assert!(lines[0].contains(message), "{message}");
        let other = if name == "report" { "HOMEPORT_VENDOR_KEY is not set" } else { "HOMEPORT_AUTH_JWKS_URL is wrong" };
        assert!(message.contains(other), "{name}: {message}");
        assert_eq!(error["errorType"], "Runtime.WrongSettings");
    }))
    .await;
}

#[tokio::test]
async fn a_teller_without_its_settings_names_them() {
    let surroundings = Surroundings::start().await;
    for name in TELLERS {
        for (missing, what) in [
            ("HOMEPORT_RETRY_QUEUE_URL", "give the address of an SQS queue"),
            ("HOMEPORT_YANDEX_TOKEN", "give the skill owner's OAuth token"),
            ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "give the client secret of the app"),
        ] {
            let settings: Vec<_> = surroundings.settings().into_iter().filter(|(name, _)| name != missing).collect();
            let function = Function::start(&binary(name), &settings).await;
            let error = function.api.init_error().await;
            let (status, output) = function.ended().await;
            assert_eq!(status.code(), Some(1), "{name}");
            assert!(output.lines().count() == 1 && output.contains(missing), "{name}: {output}");
            assert_eq!(error["errorMessage"], format!("wrong settings: {missing} is not set: {what}"));
        }
    }
}

#[tokio::test]
async fn a_table_and_a_queue_that_are_away_stop_no_start() {
    let surroundings = Surroundings::start().await;
    let mut settings = surroundings.settings();
    for name in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"] {
        settings.push((name.to_owned(), "http://127.0.0.1:9".to_owned()));
    }
    let deployment = Deployment::with(surroundings, &TELLERS, &settings).await;
    for function in TELLERS {
        let testkit::Invocation::Answered(answer) = deployment.invoke(function, &json!({"Records": []})).await else {
            panic!("{function}")
        };
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }
}

#[tokio::test]
async fn keys_are_fetched_before_the_first_request() {
    let surroundings = Surroundings::start().await;
    let settings = surroundings.settings();
    let deployment = Deployment::with(surroundings, &["discovery", "report"], &settings).await;
    assert_eq!(deployment.surroundings.identity.fetches(), 1, "by discovery; report checks no user");
    let token = deployment.surroundings.token("u1");
    let (status, _) = deployment.http("discovery", &request("GET", "/sber/v1/devices", Some(&token), None)).await;
    assert_eq!(status, 200);
    assert_eq!(deployment.surroundings.identity.fetches(), 1);
}

#[tokio::test]
async fn an_absent_identity_provider_stops_no_start_and_unlinks_nobody() {
    let surroundings = Surroundings::start().await;
    let mut settings = surroundings.settings();
    settings.push(("HOMEPORT_AUTH_JWKS_URL".into(), "http://127.0.0.1:9/jwks".into()));
    let deployment = Deployment::with(surroundings, &["discovery", "webhook"], &settings).await;
    let token = deployment.surroundings.token("u1");
    for path in ["/yandex/v1.0/user/devices", "/sber/v1/devices"] {
        let (status, body) = deployment.http("discovery", &request("GET", path, Some(&token), None)).await;
        assert!(status >= 500, "{path}: {status} {body}");
    }
    let message = json!({
        "headers": {"schema": "st-schema", "version": "1.0", "interactionType": "discoveryRequest", "requestId": "r"},
        "authentication": {"tokenType": "Bearer", "token": token},
    });
    assert!(matches!(deployment.invoke("webhook", &message).await, testkit::Invocation::Failed(_)));
}

#[tokio::test]
async fn a_platform_without_settings_is_not_there() {
    let surroundings = Surroundings::start().await;
    let settings: Vec<_> =
        surroundings.settings().into_iter().filter(|(name, _)| name != "HOMEPORT_YANDEX_SKILL_ID").collect();
    let deployment = Deployment::with(surroundings, &["discovery", "webhook"], &settings).await;
    let token = deployment.surroundings.token("u1");
    let status = async |function, method, path| {
        deployment.http(function, &request(method, path, Some(&token), Some("{}"))).await.0
    };
    assert_eq!(status("discovery", "GET", "/yandex/v1.0/user/devices").await, 404);
    assert_eq!(status("discovery", "GET", "/sber/v1/devices").await, 200);
    assert_eq!(status("webhook", "POST", "/yandex/rpc").await, 404);
    let message = json!({"request_type": "discovery", "headers": {"request_id": "r", "authorization": "Bearer x"}});
    assert!(matches!(deployment.invoke("webhook", &message).await, testkit::Invocation::Failed(_)));
}
