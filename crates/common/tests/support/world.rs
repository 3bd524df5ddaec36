//! All of a deployment in one process: services over a table of its own, users' tokens, and every entry point wrapped as it is
//! in production.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use common::config::{Config, Needs};
use common::model::{DeviceId, Timestamp};
use common::platform::{self, Operation};
use common::problem::Problem;
use common::serve::{self, ANSWER_WITHIN};
use common::services::{Call, Services};
use common::store::Record;
use common::{telemetry, vendor};
use http::{HeaderMap, Request, Response};
use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Identity};

use crate::dynamodb::TestTable;

/// When the first request comes, in seconds.
pub const NOW: i64 = 1_772_359_200;
/// The vendor key.
pub const VENDOR_KEY: &str = "world-vendor-key";
/// `HOMEPORT_TOKEN_KEY`.
pub const TOKEN_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
/// `HOMEPORT_SMARTTHINGS_CLIENT_ID`.
pub const CLIENT_ID: &str = "world-client";

/// The deployment.
pub struct World {
    /// What handlers work with; every platform is on.
    pub services: Services,
    /// The table behind them.
    pub table: TestTable,
    /// The identity provider of the users.
    pub identity: Identity,
    /// How long a request may take.
    pub patience: Duration,
    /// Each request has a time of its own.
    requests: AtomicI64,
}

/// What came back; from an event that is no HTTP request, its answer with 200 or its problem with that status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Reply {
    /// The body as JSON; null if there is none.
    pub fn json(&self) -> Json {
        if self.body.is_empty() { Json::Null } else { serde_json::from_slice(&self.body).expect("JSON") }
    }
}

impl From<Response<Bytes>> for Reply {
    fn from(response: Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        Reply { status: head.status.as_u16(), headers: head.headers, body }
    }
}

impl World {
    /// What is commanded becomes the state at once.
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Commands go to this device cloud.
    pub async fn commanding(cloud: &DeviceCloud) -> Self {
        Self::with(&[("HOMEPORT_COMMAND_URL", &cloud.url()), ("HOMEPORT_COMMAND_SECRET", DeviceCloud::SECRET)]).await
    }

    /// With these settings beside or instead of the usual ones.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let (table, identity) = (TestTable::new().await, Identity::start().await);
        let mut all: BTreeMap<String, String> = identity.environment().into_iter().collect();
        let usual = [
            ("HOMEPORT_TABLE", table.name.as_str()),
            ("HOMEPORT_VENDOR_KEY", VENDOR_KEY),
            ("HOMEPORT_YANDEX_SKILL_ID", "world-skill"),
            ("HOMEPORT_YANDEX_TOKEN", "world-yandex-token"),
            ("HOMEPORT_SBER_TOKEN", "world-sber-token"),
            ("HOMEPORT_SMARTTHINGS_CLIENT_ID", CLIENT_ID),
            ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "world-client-secret"),
            ("HOMEPORT_TOKEN_KEY", TOKEN_KEY),
        ];
        for (name, value) in usual.iter().chain(settings) {
            all.insert((*name).to_owned(), (*value).to_owned());
        }
        let config = Config::load(|name| all.get(name).cloned(), Needs::ALL).unwrap();
        let services = Services::new(config, table.client.clone()).unwrap();
        World { services, table, identity, patience: ANSWER_WITHIN, requests: AtomicI64::new(0) }
    }

    /// A token of this user. No unlink of the next days revokes it, because it is signed in after them.
    pub fn token(&self, user: &str) -> String {
        self.identity.token(user, NOW + 10 * 86_400)
    }

    /// A request that has just come in.
    pub fn call(&self) -> Call {
        let deadline = Instant::now() + self.patience;
        let millis = self.requests.fetch_add(1, Ordering::Relaxed);
        let now = Timestamp::from_micros(NOW * 1_000_000 + millis * 1_000);
        Call { request_id: "world-request".to_owned(), now, deadline }
    }

    /// Sends an HTTP request to the handler of its path.
    pub async fn http(&self, method: &str, path: &str, key: &str, body: impl Into<Bytes>) -> Reply {
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {key}"));
        let request = request.body(body.into()).unwrap();
        let call = self.call();
        let response = serve::answer(&call, || async {
            match request.uri().path().split('/').nth(1) {
                Some("v1" | "healthz") => vendor::answer(&self.services, &call, &request).await,
                _ => platform::answer(&self.services, &call, Operation::ALL, &request).await,
            }
        });
        response.await.into()
    }

    /// Invokes the `webhook` function with a platform's message.
    pub async fn message(&self, event: &[u8]) -> Reply {
        let call = self.call();
        event_reply(telemetry::handled(&call, || platform::message(&self.services, &call, event)).await)
    }

    /// Invokes the `report` function with an event.
    pub async fn report_event(&self, event: &[u8]) -> Reply {
        let call = self.call();
        event_reply(telemetry::handled(&call, || vendor::report_event(&self.services, &call, event)).await)
    }

    /// Sends JSON with the vendor key.
    pub async fn vendor(&self, method: &str, path: &str, body: Json) -> Reply {
        self.http(method, path, VENDOR_KEY, body.to_string()).await
    }

    /// Registers a device and reports its state.
    pub async fn device(&self, id: &str, document: Json, state: Json) {
        let registered = self.vendor("PUT", &format!("/v1/devices/{id}"), document).await;
        assert!(registered.status < 300, "{registered:?}");
        let reported = self.vendor("PATCH", &format!("/v1/devices/{id}/state"), json!({ "state": state })).await;
        assert_eq!(reported.status, 200, "{reported:?}");
    }

    /// A lamp of user `u1` that is off at 40 %.
    pub async fn lamp(&self, id: &str) {
        let document = json!({"owner": "u1", "type": "light", "name": id, "traits": {"on_off": {}, "brightness": {}}});
        self.device(id, document, json!({"on_off": false, "brightness": 40})).await;
    }

    /// What is stored of a device.
    pub async fn record(&self, id: &str) -> Record {
        self.services.store.record(&DeviceId::new(id).unwrap()).await.unwrap().unwrap()
    }

    /// The state of a device, as `{trait: value}`.
    pub async fn state(&self, id: &str) -> Json {
        self.vendor("GET", &format!("/v1/devices/{id}"), Json::Null).await.json()["state"].clone()
    }
}

fn event_reply(result: Result<Json, Problem>) -> Reply {
    match result {
        Ok(answer) => Reply { status: 200, headers: HeaderMap::new(), body: answer.to_string().into() },
        Err(problem) => problem.into_response().into(),
    }
}

/// A message of SmartThings with this content.
pub fn smartthings(token: &str, kind: &str, content: Json) -> Json {
    let mut message = json!({
        "headers": {"schema": "st-schema", "version": "1.0", "interactionType": kind, "requestId": "world-request"},
        "authentication": {"tokenType": "Bearer", "token": token},
    });
    message.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
    message
}

/// A message of Yandex as a function gets it.
pub fn yandex_rpc(token: &str, kind: &str, payload: Json) -> Json {
    let headers = json!({"request_id": "world-request", "authorization": format!("Bearer {token}")});
    json!({"headers": headers, "request_type": kind, "api_version": 1.0, "payload": payload})
}

/// What SmartThings grants for callbacks.
pub fn grant(code: &str) -> Json {
    json!({
        "callbackAuthentication": {"grantType": "authorization_code", "scope": "callback-access", "code": code,
            "clientId": CLIENT_ID},
        "callbackUrls": {"oauthToken": "https://c2c-eu.smartthings.com/oauth/token",
            "stateCallback": "https://c2c-eu.smartthings.com/device/events"},
    })
}
