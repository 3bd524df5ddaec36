//! Sber's requests against a real table and a real identity provider.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[path = "support/dynamodb.rs"]
mod dynamodb;

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::config::{Config, Needs};
use common::model::{Device, DeviceId, Report, State, Timestamp, report};
use common::platform::Operation;
use common::platform::sber::inbound;
use common::services::{Call, Services};
use dynamodb::TestTable;
use http::Request;
use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Identity};

const NOW: i64 = 1_770_000_000;

struct Home {
    services: Services,
    table: TestTable,
    identity: Identity,
    cloud: DeviceCloud,
    /// Requests so far; each has a time of its own.
    requests: AtomicI64,
}

impl Home {
    async fn new(with_cloud: bool) -> Self {
        let (table, identity, cloud) = (TestTable::new().await, Identity::start().await, DeviceCloud::start().await);
        let mut environment = identity.environment();
        environment.push(("HOMEPORT_TABLE".to_owned(), table.name.clone()));
        if with_cloud {
            environment.push(("HOMEPORT_COMMAND_URL".to_owned(), cloud.url()));
            environment.push(("HOMEPORT_COMMAND_SECRET".to_owned(), DeviceCloud::SECRET.to_owned()));
        }
        let lookup = |name: &str| environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let config = Config::load(lookup, Needs { users: true, commands: true, ..Needs::default() }).unwrap();
        let services = Services::new(config, table.client.clone()).unwrap();
        let home = Home { services, table, identity, cloud, requests: AtomicI64::new(0) };
        home.device("lamp-1", "u1", "light", json!({"on_off": {}, "brightness": {}}), json!({"on_off": false})).await;
        home.device("tv-1", "u1", "tv", json!({"on_off": {}, "mute": {}}), json!({"on_off": true})).await;
        home.device("lock-1", "u1", "lock", json!({"lock": {}}), json!({"lock": "locked"})).await;
        home.device("lamp-2", "u2", "light", json!({"on_off": {}}), json!({"on_off": false})).await;
        home
    }

    async fn device(&self, id: &str, owner: &str, device_type: &str, traits: Json, values: Json) {
        let document = json!({"owner": owner, "type": device_type, "name": id, "traits": traits});
        let device = Device::parse(&DeviceId::new(id).unwrap(), &document).unwrap();
        self.services.store.put_device(&device).await.unwrap();
        self.report(id, true, values).await;
    }

    async fn report(&self, id: &str, online: bool, values: Json) {
        let record = self.services.store.record(&DeviceId::new(id).unwrap()).await.unwrap().unwrap();
        let values = values.as_object().unwrap().clone().into_iter().collect();
        let report = Report { online: Some(online), values, at: None };
        let state: State = report::apply(&record.device, &record.state, &report, Timestamp::from_secs(NOW)).state;
        self.services.store.put_state(&record, &state, None).await.unwrap();
    }

    async fn state(&self, id: &str) -> State {
        self.services.store.record(&DeviceId::new(id).unwrap()).await.unwrap().unwrap().state
    }

    async fn send(&self, token: Option<&str>, operation: Operation, body: &str) -> (u16, Json) {
        let now = Timestamp::from_secs(NOW + 60 + self.requests.fetch_add(1, Ordering::Relaxed));
        let call = Call { request_id: String::new(), now, deadline: Instant::now() + Duration::from_secs(2) };
        let mut request = Request::builder().method("POST").uri("/");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        let response = inbound::answer(&self.services, &call, operation, &request).await;
        let body = match response.body().as_ref() {
            [] => Json::Null,
            body => {
                assert_eq!(response.headers()["content-type"], "application/json");
                serde_json::from_slice(body).unwrap()
            }
        };
        (response.status().as_u16(), body)
    }

    /// As u1.
    async fn ask(&self, operation: Operation, body: Json) -> (u16, Json) {
        let token = self.identity.token("u1", NOW);
        self.send(Some(&token), operation, &body.to_string()).await
    }

    async fn command(&self, devices: Json) -> Json {
        let (status, body) = self.ask(Operation::Action, json!({"devices": devices})).await;
        assert_eq!(status, 200);
        body
    }
}

fn on_off(on: bool) -> Json {
    json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": on}}]})
}

#[tokio::test]
async fn ping_needs_neither_token_nor_store() {
    let home = Home::new(false).await;
    home.table.trips.restart();
    for token in [None, Some("nonsense")] {
        assert_eq!(home.send(token, Operation::Liveness, "").await, (200, Json::Null));
    }
    assert_eq!(home.table.trips.requests(), 0);
}

#[tokio::test]
async fn user_devices_and_query() {
    let home = Home::new(false).await;
    assert_eq!(home.ask(Operation::Identity, Json::Null).await, (200, json!({"id": "u1"})));

    let (status, body) = home.ask(Operation::Discovery, Json::Null).await;
    let ids: Vec<_> = body["devices"].as_array().unwrap().iter().map(|device| device["id"].as_str().unwrap()).collect();
    assert_eq!((status, ids), (200, vec!["lamp-1", "tv-1"]));

    home.report("lamp-1", false, json!({})).await;
    let ids = json!(["lamp-1", "lamp-1", "lamp-2", "nowhere", "lock-1", "no id at all"]);
    let (status, body) = home.ask(Operation::Query, json!({"devices": ids})).await;
    let states = json!([
        {"key": "online", "value": {"type": "BOOL", "bool_value": false}},
        {"key": "on_off", "value": {"type": "BOOL", "bool_value": false}}
    ]);
    assert_eq!((status, &body["devices"]), (200, &json!({"lamp-1": {"states": states}})));
    let errors = body["errors"].as_array().unwrap();
    let unknown: Vec<_> = errors.iter().map(|error| (error["id"].as_str().unwrap(), error["code"].clone())).collect();
    assert_eq!(
        unknown,
        [("lamp-2", json!(400)), ("lock-1", json!(400)), ("no id at all", json!(400)), ("nowhere", json!(400))]
    );
    assert_eq!(home.ask(Operation::Query, json!({"devices": []})).await, (200, json!({"devices": {}})));
}

#[tokio::test]
async fn commands_answer_the_new_state_or_the_failures() {
    let home = Home::new(false).await;
    let answer = home.command(json!({"lamp-1": on_off(true), "tv-1": on_off(false)})).await;
    assert_eq!(answer, json!({"devices": {"lamp-1": on_off(true), "tv-1": on_off(false)}}));

    let mute = json!({"states": [{"key": "mute", "value": {"type": "BOOL", "bool_value": true}}]});
    assert_eq!(home.command(json!({"tv-1": mute})).await, json!({}));
    assert_eq!(home.command(json!({})).await, json!({}));

    home.report("tv-1", false, json!({})).await;
    let unreadable = json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": "yes"}}]});
    let answer = home
        .command(json!({"lamp-1": on_off(false), "tv-1": on_off(true), "lamp-2": on_off(true), "lamp-3": unreadable}))
        .await;
    let codes: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| (&e["id"], &e["code"])).collect();
    assert_eq!(
        codes,
        [(&json!("lamp-2"), &json!(400)), (&json!("lamp-3"), &json!(400)), (&json!("tv-1"), &json!(503))]
    );
    assert_eq!(answer.as_object().unwrap().len(), 1);
    assert_eq!(home.state("lamp-1").await.flag(common::model::Trait::OnOff), Some(false));
    assert_eq!(home.state("lamp-2").await.flag(common::model::Trait::OnOff), Some(false));
}

#[tokio::test]
async fn one_bad_state_refuses_its_device_whole() {
    let home = Home::new(true).await;
    let states = json!({"states": [
        {"key": "on_off", "value": {"type": "BOOL", "bool_value": true}},
        {"key": "light_brightness", "value": {"type": "INTEGER", "integer_value": "20"}}
    ]});
    let answer = home.command(json!({"lamp-1": states, "tv-1": {"states": null}})).await;
    let codes: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|e| (&e["id"], &e["code"])).collect();
    assert_eq!(codes, [(&json!("lamp-1"), &json!(400)), (&json!("tv-1"), &json!(400))]);
    assert!(home.cloud.received().is_empty());
}

#[tokio::test]
async fn what_the_device_cloud_says_is_answered() {
    let home = Home::new(true).await;
    home.cloud.answers(|command| {
        let answer = match command["device_id"].as_str() {
            Some("lamp-1") => json!({"status": "done", "state": {"on_off": true, "brightness": 30}}),
            _ => json!({"status": "accepted"}),
        };
        (200, answer, Duration::ZERO)
    });
    let answer = home.command(json!({"lamp-1": on_off(true), "tv-1": on_off(false)})).await;
    let mut lamp = on_off(true);
    let brightness = json!({"key": "light_brightness", "value": {"type": "INTEGER", "integer_value": "300"}});
    lamp["states"].as_array_mut().unwrap().push(brightness);
    assert_eq!(answer, json!({"devices": {"lamp-1": lamp}}));
    assert_eq!(home.command(json!({"tv-1": on_off(false)})).await, json!({}));

    home.cloud.answers(|_| (200, json!({"status": "error", "code": "door_open"}), Duration::ZERO));
    let answer = home.command(json!({"lamp-1": on_off(true)})).await;
    assert_eq!((&answer["errors"][0]["id"], &answer["errors"][0]["code"]), (&json!("lamp-1"), &json!(503)));
}

#[tokio::test]
async fn bad_tokens_are_refused() {
    let home = Home::new(false).await;
    let expired = home.identity.token("u1", NOW - 7200);
    for token in [None, Some(""), Some("nonsense"), Some(expired.as_str())] {
        for operation in [Operation::Identity, Operation::Discovery, Operation::Query, Operation::Action] {
            let (status, body) = home.send(token, operation, "{").await;
            assert_eq!((status, &body["code"], &body["details"]), (401, &json!(401), &json!([])), "{token:?}");
        }
    }
    // Too old for anything but the end.
    assert_eq!(home.send(Some(&expired), Operation::Unlink, "").await, (200, Json::Null));
}

#[tokio::test]
async fn bad_bodies_are_refused() {
    let home = Home::new(false).await;
    let token = home.identity.token("u1", NOW);
    let deep = "[".repeat(100_000);
    for body in ["", "{", "null", "[]", "{\"devices\": 1}", "{\"devices\": null}", "\"\\ud800\"", &deep] {
        for operation in [Operation::Query, Operation::Action] {
            let (status, answer) = home.send(Some(&token), operation, body).await;
            assert_eq!((status, &answer["code"]), (400, &json!(400)));
        }
    }
    let (status, _) = home.ask(Operation::Query, json!({"devices": {"lamp-1": {}}})).await;
    assert_eq!(status, 400);
    let (status, _) = home.ask(Operation::Action, json!({"devices": ["lamp-1"]})).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn after_an_unlink_the_token_is_dead() {
    let home = Home::new(false).await;
    home.ask(Operation::Discovery, Json::Null).await;
    for body in [Json::Null, json!({"any": ["thing"]})] {
        assert_eq!(home.ask(Operation::Unlink, body).await, (200, Json::Null));
    }
    let lamp = json!({"devices": ["lamp-1"]});
    for (operation, body) in [
        (Operation::Identity, Json::Null),
        (Operation::Discovery, Json::Null),
        (Operation::Query, lamp),
        (Operation::Action, json!({"devices": {"lamp-1": on_off(true)}})),
    ] {
        let (status, answer) = home.ask(operation, body).await;
        assert_eq!((status, &answer["code"]), (401, &json!(401)));
    }
    let again = home.identity.token("u1", NOW + 65);
    assert_eq!(home.send(Some(&again), Operation::Identity, "").await.0, 200);
}
