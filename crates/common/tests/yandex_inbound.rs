//! Yandex's operations over a table, an identity provider and a device cloud: what is not in the golden messages.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::needless_pass_by_value)] // json!(…) at the call reads better than &json!(…)

#[path = "support/dynamodb.rs"]
mod dynamodb;

use std::time::{Duration, Instant};

use bytes::Bytes;
use common::config::{Config, Needs};
use common::model::Timestamp;
use common::platform::{self, Operation};
use common::services::{Call, Services};
use common::vendor;
use dynamodb::TestTable;
use http::{Request, StatusCode};
use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Identity};

const NOW: i64 = 1_772_359_200;

struct Home {
    services: Services,
    identity: Identity,
    table: TestTable,
}

struct Settings<'a> {
    device_cloud: Option<&'a DeviceCloud>,
    jwks_url: Option<&'a str>,
}

fn call(now: i64, request_id: &str) -> Call {
    let deadline = Instant::now() + Duration::from_secs(2);
    Call { request_id: request_id.to_owned(), now: Timestamp::from_secs(now), deadline }
}

impl Home {
    async fn new() -> Self {
        Self::with(Settings { device_cloud: None, jwks_url: None }).await
    }

    async fn with(settings: Settings<'_>) -> Self {
        let (table, identity) = (TestTable::new().await, Identity::start().await);
        let services = services(&table, &identity, &settings, &table.endpoint).await;
        Home { services, identity, table }
    }

    async fn device(&self, id: &str, document: Json, state: Json) {
        for (method, path, body) in
            [("PUT", format!("/v1/devices/{id}"), document), ("PATCH", format!("/v1/devices/{id}/state"), state)]
        {
            let request = Request::builder().method(method).uri(path).header("authorization", "Bearer vendor-key");
            let request = request.body(Bytes::from(body.to_string())).unwrap();
            let response = vendor::answer(&self.services, &call(NOW, ""), &request).await;
            assert!(response.status().is_success(), "{response:?}");
        }
    }

    /// A lamp of `u1`, one that is offline, one that Yandex is not told of, and one of somebody else.
    async fn lamps(&self) {
        let lamp = |owner: &str| json!({"owner": owner, "type": "light", "name": "Lamp", "traits": {"on_off": {}, "brightness": {}}});
        let mut hidden = lamp("u1");
        hidden["overrides"] = json!({"yandex": {"enabled": false}});
        self.device("lamp", lamp("u1"), json!({"state": {"on_off": true, "brightness": 40}})).await;
        self.device("far", lamp("u1"), json!({"online": false, "state": {"on_off": true}})).await;
        self.device("hidden", hidden, json!({"state": {"on_off": true}})).await;
        self.device("foreign", lamp("u2"), json!({"state": {"on_off": true}})).await;
    }

    async fn send(&self, method: &str, path: &str, token: Option<&str>, body: impl Into<Bytes>) -> (StatusCode, Json) {
        self.send_at(NOW + 10, method, path, token, body).await
    }

    async fn send_at(
        &self,
        now: i64,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: impl Into<Bytes>,
    ) -> (StatusCode, Json) {
        let mut request = Request::builder().method(method).uri(format!("/yandex{path}"));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.into()).unwrap();
        let response = platform::answer(&self.services, &call(now, "r-1"), Operation::ALL, &request).await;
        let body = match response.body().as_ref() {
            [] => Json::Null,
            body => serde_json::from_slice(body).unwrap(),
        };
        (response.status(), body)
    }

    fn token(&self) -> String {
        self.identity.token("u1", NOW)
    }
}

async fn services(table: &TestTable, identity: &Identity, settings: &Settings<'_>, dynamodb: &str) -> Services {
    let cloud = settings.device_cloud;
    let lookup = |name: &str| match name {
        "HOMEPORT_TABLE" => Some(table.name.clone()),
        "HOMEPORT_VENDOR_KEY" => Some("vendor-key".to_owned()),
        "HOMEPORT_YANDEX_SKILL_ID" => Some("skill".to_owned()),
        "HOMEPORT_COMMAND_URL" => cloud.map(DeviceCloud::url),
        "HOMEPORT_COMMAND_SECRET" => cloud.map(|_| DeviceCloud::SECRET.to_owned()),
        "HOMEPORT_AUTH_JWKS_URL" if settings.jwks_url.is_some() => settings.jwks_url.map(str::to_owned),
        _ => identity.environment().into_iter().find(|(known, _)| known == name).map(|(_, value)| value),
    };
    let needs = Needs { users: true, vendor: true, commands: true, ..Needs::default() };
    let config = Config::load(lookup, needs).unwrap();
    Services::new(config, table.client_through(dynamodb).await).unwrap()
}

fn message(request_type: &str, token: &str, payload: &Json) -> String {
    json!({"headers": {"request_id": "m-1", "authorization": format!("Bearer {token}")}, "request_type": request_type,
        "payload": payload, "api_version": 1.0})
    .to_string()
}

fn on(id: &str) -> Json {
    json!({"id": id, "capabilities": [{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": false}}]})
}

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

#[tokio::test]
async fn liveness_asks_for_nothing() {
    let home = Home::new().await;
    for path in ["/v1.0", "/v1.0/"] {
        assert_eq!(home.send("HEAD", path, None, "").await, (StatusCode::OK, Json::Null));
    }
    assert_eq!(home.identity.fetches(), 0);
}

#[tokio::test]
async fn discovery_lists_the_users_devices_by_id() {
    let home = Home::new().await;
    home.lamps().await;
    let (status, body) = home.send("GET", "/v1.0/user/devices", Some(&home.token()), "").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&body["request_id"], &body["payload"]["user_id"]), (&json!("r-1"), &json!("u1")));
    let devices = body["payload"]["devices"].as_array().unwrap();
    assert_eq!(devices.iter().map(|device| device["id"].as_str().unwrap()).collect::<Vec<_>>(), ["far", "lamp"]);

    let message = message("discovery", &home.token(), &Json::Null);
    let answer = platform::message(&home.services, &call(NOW, ""), message.as_bytes()).await.unwrap();
    assert_eq!((&answer["request_id"], &answer["payload"]), (&json!("m-1"), &body["payload"]));
}

#[tokio::test]
async fn every_requested_device_is_answered_in_order() {
    let home = Home::new().await;
    home.lamps().await;
    let devices = json!({"devices": [{"id": "nowhere"}, {"id": "lamp"}, null, {"id": 5}, {"id": "far"}, {"id": "hidden"},
        {"id": "foreign"}, {"id": "not an id!"}, {"id": "lamp", "custom_data": "x"}]});
    let (status, body) = home.send("POST", "/v1.0/user/devices/query", Some(&home.token()), devices.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    let found: Vec<_> = body["payload"]["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| (device["id"].as_str().unwrap(), device["error_code"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        found,
        [
            ("nowhere", "DEVICE_NOT_FOUND"),
            ("lamp", "-"),
            ("far", "DEVICE_UNREACHABLE"),
            ("hidden", "DEVICE_NOT_FOUND"),
            ("foreign", "DEVICE_NOT_FOUND"),
            ("not an id!", "DEVICE_NOT_FOUND"),
            ("lamp", "-"),
        ]
    );
    let message = message("query", &home.token(), &devices);
    let answer = platform::message(&home.services, &call(NOW, ""), message.as_bytes()).await.unwrap();
    assert_eq!(answer["payload"], body["payload"]);
}

#[tokio::test]
async fn one_bad_capability_spoils_nothing_else() {
    let home = Home::new().await;
    home.lamps().await;
    let capability = |kind: &str, state: Json| json!({"type": format!("devices.capabilities.{kind}"), "state": state});
    let body = json!({"payload": {"devices": [
        {"id": "lamp", "capabilities": [
            capability("on_off", json!({"instance": "on", "value": "no"})),
            capability("magic", json!({"instance": "wand", "value": 1})),
            {"type": 5}, 7, null,
            capability("range", json!({"instance": "brightness", "value": 30, "relative": true}))]},
        {"capabilities": []}, on("far"), on("hidden"), on("foreign"), {"id": "lamp2"},
        {"id": "lamp", "capabilities": [capability("range", json!({"instance": "brightness", "value": 20, "relative": true}))]}],
        "WithoutOnOff": false}});
    let (status, body) = home.send("POST", "/v1.0/user/devices/action", Some(&home.token()), body.to_string()).await;
    assert_eq!(status, StatusCode::OK);
    let code = |result: &Json| result["error_code"].as_str().unwrap_or(result["status"].as_str().unwrap()).to_owned();
    let found: Vec<_> = body["payload"]["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| match device["capabilities"].as_array() {
            Some(all) => {
                (device["id"].as_str().unwrap(), all.iter().map(|one| code(&one["state"]["action_result"])).collect())
            }
            None => (device["id"].as_str().unwrap(), vec![code(&device["action_result"])]),
        })
        .collect();
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        found,
        [
            ("lamp", texts(&["INVALID_VALUE", "INVALID_ACTION", "INVALID_ACTION", "DONE", "DONE"])),
            ("far", texts(&["DEVICE_UNREACHABLE"])),
            ("hidden", texts(&["DEVICE_NOT_FOUND"])),
            ("foreign", texts(&["DEVICE_NOT_FOUND"])),
            ("lamp2", texts(&["DEVICE_NOT_FOUND"])),
        ]
    );
    let (_, body) =
        home.send("POST", "/v1.0/user/devices/query", Some(&home.token()), r#"{"devices":[{"id":"lamp"}]}"#).await;
    let brightness = body["payload"]["devices"][0]["capabilities"][1]["state"].clone();
    assert_eq!(brightness, json!({"instance": "brightness", "value": 90}), "both steps were made");
}

#[tokio::test]
async fn what_the_device_cloud_says_is_told() {
    let cloud = DeviceCloud::start().await;
    let home = Home::with(Settings { device_cloud: Some(&cloud), jwks_url: None }).await;
    let camera =
        json!({"owner": "u1", "type": "camera", "name": "Camera", "traits": {"on_off": {}, "video_stream": {}}});
    home.device("cam", camera, json!({"state": {"on_off": true}})).await;
    let stream = json!({"payload": {"devices": [{"id": "cam", "capabilities": [{"type": "devices.capabilities.video_stream",
        "state": {"instance": "get_stream", "value": {"protocols": ["hls"]}}}]}]}});
    let act = async |body: &Json| {
        let (status, answer) =
            home.send("POST", "/v1.0/user/devices/action", Some(&home.token()), body.to_string()).await;
        assert_eq!(status, StatusCode::OK);
        answer["payload"]["devices"][0].clone()
    };
    cloud.answers(|_| (200, json!({"status": "done", "stream_url": "https://media.example/1.m3u8"}), Duration::ZERO));
    let state = act(&stream).await["capabilities"][0]["state"].clone();
    assert_eq!(state["value"], json!({"stream_url": "https://media.example/1.m3u8", "protocol": "hls"}));
    assert_eq!(cloud.received()[0].body["commands"], json!({"video_stream": {"protocols": ["hls"]}}));

    cloud.answers(|_| (200, json!({"status": "done"}), Duration::ZERO));
    let state = act(&stream).await["capabilities"][0]["state"].clone();
    assert_eq!(state["action_result"]["error_code"], "INTERNAL_ERROR", "no address is no stream");

    cloud.answers(|_| (200, json!({"status": "error", "code": "remote_control_disabled"}), Duration::ZERO));
    let answer = act(&json!({"payload": {"devices": [on("cam")]}})).await;
    assert_eq!(answer["action_result"]["error_code"], "REMOTE_CONTROL_DISABLED");
}

#[tokio::test]
async fn bodies_without_devices_are_bad_requests() {
    let home = Home::new().await;
    let token = home.token();
    for (path, body) in [
        ("query", "{\"device_ids\":[\"lamp\"]}"),
        ("query", "{\"payload\":{\"devices\":[]}}"),
        ("query", "{\"devices\":null}"),
        ("query", "not JSON"),
        ("query", ""),
        ("action", "{\"devices\":[]}"),
        ("action", "{\"payload\":[]}"),
        ("action", "{\"payload\":{\"devices\":\"lamp\"}}"),
        ("action", "null"),
    ] {
        let path = format!("/v1.0/user/devices/{path}");
        let answer = home.send("POST", &path, Some(&token), body).await;
        assert_eq!(answer, (StatusCode::BAD_REQUEST, json!({"request_id": "r-1"})), "{path} {body}");
        let (status, _) = home.send("POST", &path, None, body).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "the token comes first");
    }
    let deep = format!("{{\"devices\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(home.send("POST", "/v1.0/user/devices/query", Some(&token), deep).await.0, StatusCode::BAD_REQUEST);
    for body in
        [message("query", &token, &json!({})), message("sing", &token, &Json::Null), "{\"request_type\":5}".to_owned()]
    {
        assert_eq!(home.send("POST", "/rpc", None, body).await.0, StatusCode::BAD_REQUEST);
    }
}

#[tokio::test]
async fn unlinking_ends_the_tokens_from_before_it() {
    let home = Home::new().await;
    home.lamps().await;
    let token = home.token();
    let list = ("GET", "/v1.0/user/devices");
    assert_eq!(home.send(list.0, list.1, Some(&token), "").await.0, StatusCode::OK);
    // An hour later the token has expired; it is still good enough for this.
    for _ in 0..2 {
        let answer = home.send_at(NOW + 7200, "POST", "/v1.0/user/unlink", Some(&token), "").await;
        assert_eq!(answer, (StatusCode::OK, json!({"request_id": "r-1"})));
    }
    let answer = home.send(list.0, list.1, Some(&token), "").await;
    assert_eq!(answer, (StatusCode::UNAUTHORIZED, json!({"request_id": "r-1"})));
    let devices = json!({"devices": [on("lamp"), on("far")]});
    let unlinked = |request_type: &'static str| {
        let message = message(request_type, &token, &devices);
        let home = &home;
        async move { platform::message(&home.services, &call(NOW + 10, ""), message.as_bytes()).await.unwrap() }
    };
    assert_eq!(unlinked("discovery").await, json!({"request_id": "m-1", "payload": {"user_id": "", "devices": []}}));
    let query = unlinked("query").await;
    assert_eq!(query["payload"]["devices"][1]["error_code"], "ACCOUNT_LINKING_ERROR");
    let action = unlinked("action").await;
    assert_eq!(action["payload"]["devices"][0]["action_result"]["error_code"], "ACCOUNT_LINKING_ERROR");
    assert_eq!(action["payload"]["devices"].as_array().unwrap().len(), 2);
    assert_eq!(unlinked("unlink").await, json!({"request_id": "m-1"}));
}

#[tokio::test]
async fn only_a_bad_token_is_a_401_and_a_fault_of_ours_never() {
    let home = Home::with(Settings { device_cloud: None, jwks_url: None }).await;
    home.lamps().await;
    let token = home.token();
    let all = [
        ("GET", "/v1.0/user/devices", ""),
        ("POST", "/v1.0/user/devices/query", "{\"devices\":[{\"id\":\"lamp\"}]}"),
        ("POST", "/v1.0/user/devices/action", "{\"payload\":{\"devices\":[{\"id\":\"lamp\",\"capabilities\":[]}]}}"),
        ("POST", "/v1.0/user/unlink", ""),
    ];
    for (method, path, body) in all {
        for bad in [None, Some("rubbish"), Some("")] {
            assert_eq!(home.send(method, path, bad, body).await.0, StatusCode::UNAUTHORIZED, "{path} {bad:?}");
        }
    }
    let nobody = Settings { device_cloud: None, jwks_url: Some("http://127.0.0.1:9/jwks.json") };
    let no_keys = services(&home.table, &home.identity, &nobody, &home.table.endpoint).await;
    let known = Settings { device_cloud: None, jwks_url: None };
    let no_store = services(&home.table, &home.identity, &known, NOWHERE).await;
    for services in [no_keys, no_store] {
        let home = Home { services, identity: Identity::start().await, table: TestTable::new().await };
        for (method, path, body) in all {
            let answer = home.send(method, path, Some(&token), body).await;
            assert_eq!(answer, (StatusCode::INTERNAL_SERVER_ERROR, json!({"request_id": "r-1"})), "{path}");
        }
        for request_type in ["discovery", "query", "action", "unlink"] {
            let message = message(request_type, &token, &json!({"devices": [on("lamp")]}));
            assert!(platform::message(&home.services, &call(NOW + 10, ""), message.as_bytes()).await.is_err());
        }
    }
}
