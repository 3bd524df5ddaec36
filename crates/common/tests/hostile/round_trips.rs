//! How many requests to DynamoDB wait for one another, counted where they arrive.
//!
//! The proxy answers none of a group before all of it are there. So requests that go out one after another where they should
//! go out together are never answered, and what comes beyond the plan is refused: either way the answer is wrong.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use common::services::Services;
use common::store::Store;
use serde_json::{Value as Json, json};

use crate::faults::Faults;
use crate::world::{Reply, World, grant, smartthings, yandex_rpc};

struct Counted {
    world: World,
    proxy: Faults,
}

impl Counted {
    /// A home of `count` lamps of user `u1`, whose store is reached through the proxy.
    async fn home(count: usize) -> Self {
        let mut world = World::new().await;
        for n in 0..count {
            world.lamp(&id(n)).await;
        }
        let proxy = Faults::start(&world.table.endpoint).await;
        let client = world.table.client_through(&proxy.endpoint).await;
        // Patient, because on a busy machine a retry would be counted.
        let patience = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).operation_timeout(PATIENCE).build();
        let client = Client::from_conf(client.config().to_builder().timeout_config(patience).build());
        let Services { config, auth, commands, .. } = world.services;
        let store = Store::new(client, &world.table.name);
        world.services = Services { config, store, auth, commands };
        world.patience = PATIENCE;
        Counted { world, proxy }
    }

    /// Sends a request that should make these groups of requests, the next only after the one before.
    async fn expect(&self, what: &str, groups: &[usize], request: impl Future<Output = Reply>) -> Json {
        self.proxy.expect(groups);
        let reply = request.await;
        let seen = self.proxy.seen();
        assert!(reply.status < 300, "{what}: {} {:?} after {seen:?}", reply.status, reply.body);
        assert_eq!(seen.len(), groups.iter().sum::<usize>(), "{what}: {seen:?}");
        reply.json()
    }
}

const PATIENCE: Duration = Duration::from_secs(30);

fn id(n: usize) -> String {
    format!("lamp-{n:03}")
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(id).collect()
}

fn list(ids: &[String], device: impl Fn(&String) -> Json) -> Json {
    json!({"devices": ids.iter().map(device).collect::<Vec<_>>()})
}

fn switch(on: bool) -> Json {
    json!([{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": on}}])
}

#[tokio::test]
async fn yandex() {
    let home = Counted::home(3).await;
    let world = &home.world;
    for caller in ["first", "repeated"] {
        let token = world.token("u1");
        let http = |method, path: &'static str, body: Json| world.http(method, path, &token, body.to_string());
        let action = |ids: &[String], on| {
            let devices = list(ids, |id| json!({"id": id, "capabilities": switch(on)}));
            http("POST", "/yandex/v1.0/user/devices/action", json!({ "payload": devices }))
        };
        let query =
            |ids: &[String]| http("POST", "/yandex/v1.0/user/devices/query", list(ids, |id| json!({ "id": id })));
        let discovery = || http("GET", "/yandex/v1.0/user/devices", Json::Null);
        home.expect(caller, &[1], query(&ids(1))).await;
        let many = home.expect(caller, &[3], query(&ids(250))).await;
        assert_eq!(many["payload"]["devices"].as_array().unwrap().len(), 250);
        home.expect(caller, &[1, 3], action(&ids(3), true)).await;
        home.expect(caller, &[1], action(&ids(3), true)).await;
        home.expect(caller, &[1, 1], action(&ids(1), false)).await;
        home.expect(caller, &[2, 2], action(&ids(120), false)).await;
        let rpc = yandex_rpc(&token, "query", list(&ids(3), |id| json!({ "id": id }))).to_string();
        home.expect(caller, &[1], world.message(rpc.as_bytes())).await;
        let listed = home.expect(caller, &[2], discovery()).await;
        assert_eq!(listed["payload"]["devices"].as_array().unwrap().len(), 3);
    }
    let token = world.token("u1");
    home.expect("no request", &[], world.http("HEAD", "/yandex/v1.0", "", "")).await;
    home.expect("unlink", &[1], world.http("POST", "/yandex/v1.0/user/unlink", &token, "")).await;
}

#[tokio::test]
async fn sber() {
    let home = Counted::home(3).await;
    let world = &home.world;
    for caller in ["first", "repeated"] {
        let token = world.token("u1");
        let http = |method, path: &'static str, body: Json| world.http(method, path, &token, body.to_string());
        let command = |count, on| {
            let states = json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": on}}]});
            let devices: serde_json::Map<_, _> = ids(count).into_iter().map(|id| (id, states.clone())).collect();
            http("POST", "/sber/v1/command", json!({ "devices": devices }))
        };
        let query = |count| http("POST", "/sber/v1/query", json!({"devices": ids(count)}));
        home.expect(caller, &[], http("GET", "/sber/v1/ping", Json::Null)).await;
        home.expect(caller, &[1], http("GET", "/sber/v1/user", Json::Null)).await;
        home.expect(caller, &[1], query(1)).await;
        let many = home.expect(caller, &[3], query(250)).await;
        assert_eq!(many["errors"].as_array().unwrap().len(), 247);
        home.expect(caller, &[1, 3], command(3, true)).await;
        home.expect(caller, &[1], command(3, true)).await;
        home.expect(caller, &[1, 1], command(1, false)).await;
        home.expect(caller, &[2, 2], command(120, false)).await;
        let listed = home.expect(caller, &[2], http("GET", "/sber/v1/devices", Json::Null)).await;
        assert_eq!(listed["devices"].as_array().unwrap().len(), 3);
    }
    let token = world.token("u1");
    home.expect("unlink", &[1], world.http("POST", "/sber/v1/unlink", &token, "")).await;
}

#[tokio::test]
async fn smart_things() {
    let home = Counted::home(3).await;
    let world = &home.world;
    let token = world.token("u1");
    for caller in ["first", "repeated"] {
        let send = async |kind, content| world.message(smartthings(&token, kind, content).to_string().as_bytes()).await;
        let refresh = |count| send("stateRefreshRequest", list(&ids(count), |id| json!({ "externalDeviceId": id })));
        let command = |count, name: &'static str| {
            let switch = json!([{"component": "main", "capability": "st.switch", "command": name}]);
            send("commandRequest", list(&ids(count), |id| json!({"externalDeviceId": id, "commands": switch})))
        };
        let listed = home.expect(caller, &[2], send("discoveryRequest", json!({}))).await;
        assert_eq!(listed["devices"].as_array().unwrap().len(), 3);
        home.expect(caller, &[1], refresh(1)).await;
        let many = home.expect(caller, &[3], refresh(250)).await;
        assert_eq!(many["deviceState"].as_array().unwrap().len(), 250);
        home.expect(caller, &[1, 3], command(3, "on")).await;
        home.expect(caller, &[1], command(3, "on")).await;
        home.expect(caller, &[1, 1], command(1, "off")).await;
        home.expect(caller, &[2, 2], command(120, "off")).await;
        home.expect(caller, &[1], send("grantCallbackAccess", grant("a-code"))).await;
    }
    let deleted = smartthings(&token, "integrationDeleted", json!({})).to_string();
    home.expect("deleted", &[1, 1], world.message(deleted.as_bytes())).await;
}

#[tokio::test]
async fn reports() {
    const MOST: usize = 100;
    let home = Counted::home(MOST).await;
    let world = &home.world;
    for on in [true, false] {
        let patch = || world.vendor("PATCH", "/v1/devices/lamp-000/state", json!({"state": {"on_off": on}}));
        home.expect("a change", &[1, 1], patch()).await;
        home.expect("no change", &[1], patch()).await;
    }
    let list = |brightness: usize| {
        let report = |id| json!({"device_id": id, "state": {"brightness": brightness}});
        json!({"reports": ids(MOST).into_iter().map(report).collect::<Vec<_>>()})
    };
    let post = |brightness| world.vendor("POST", "/v1/reports", list(brightness));
    home.expect("as many as may be", &[1, MOST], post(7)).await;
    home.expect("nothing new", &[1], post(7)).await;
    let event = list(8).to_string();
    home.expect("an event", &[1, MOST], world.report_event(event.as_bytes())).await;
    let one = json!({"device_id": "lamp-001", "state": {"brightness": 9}}).to_string();
    home.expect("a single one", &[1, 1], world.report_event(one.as_bytes())).await;
    home.expect("a device", &[1], world.vendor("GET", "/v1/devices/lamp-001", Json::Null)).await;
}
