//! Simulators on a port, a homeport that answers from a table, and spoiling of messages.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use simulators::{Home, Notice, Platform, Settings, Simulators};
use testkit::Serving;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub(crate) const SKILL: &str = "2f6a1c58-9b0e-4d7a-8c41-7e35d0a9b612";
pub(crate) const YANDEX_TOKEN: &str = "y0_SkillOwnerSampleToken";
pub(crate) const SBER_KEY: &str = "project-key-c0de";
pub(crate) const CLIENT: &str = "3f1c1f2e-aa11-4d53-9c2f-8f60c2b7d001";
pub(crate) const SECRET: &str = "example-st-client-secret-0001";

/// What the stand-in for homeport says.
#[derive(Default)]
pub(crate) struct Homeport {
    pub(crate) user: String,
    pub(crate) devices: Vec<Json>,
    /// The platform's part of an answer by device: Yandex and SmartThings members, Sber `{"states"}`.
    pub(crate) states: BTreeMap<String, Json>,
    pub(crate) wants_grant: bool,
    /// Codes of grants, the newest last.
    pub(crate) codes: Vec<String>,
    /// What was asked: method and path, or the interaction type.
    pub(crate) asked: Vec<String>,
}

pub(crate) struct Stand {
    pub(crate) simulators: Simulators,
    pub(crate) url: String,
    pub(crate) homeport: Arc<Mutex<Homeport>>,
    homeport_serving: Serving,
    task: JoinHandle<()>,
    client: reqwest::Client,
}

impl Drop for Stand {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stand {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut settings = Settings::new(&url);
        settings.yandex_skill_id = Some(SKILL.to_owned());
        settings.yandex_token = Some(SecretString::from(YANDEX_TOKEN));
        settings.sber_token = Some(SecretString::from(SBER_KEY));
        settings.smartthings_client_id = Some(CLIENT.to_owned());
        settings.smartthings_client_secret = Some(SecretString::from(SECRET));
        settings.heal_after = Duration::from_millis(1);
        let simulators = Simulators::new(settings).unwrap();
        let router = simulators.router();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let homeport = Arc::new(Mutex::new(Homeport::default()));
        let homeport_serving = Serving::start(Router::new().fallback(answer).with_state(Arc::clone(&homeport))).await;
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Stand { simulators, url, homeport, homeport_serving, task, client }
    }

    /// Links a user whose devices are these.
    pub(crate) async fn link(&self, platform: Platform, user: &str, devices: Json) {
        {
            let mut homeport = self.homeport.lock().unwrap();
            homeport.user = user.to_owned();
            homeport.devices = devices.as_array().unwrap().clone();
        }
        self.simulators.link(platform, &self.homeport_url(), user, SecretString::from("user-token")).await.unwrap();
        assert_eq!(self.simulators.violations(), [], "the devices of this test are good");
    }

    pub(crate) fn homeport_url(&self) -> String {
        self.homeport_serving.url()
    }

    /// `None`: the connection was closed without an answer.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Option<(u16, HeaderMap, Vec<u8>)> {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.client.request(method, format!("{}{path}", self.url)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.ok()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Some((status, headers, response.bytes().await.ok()?.to_vec()))
    }

    /// Sends JSON; the status and the body, null where there is none.
    pub(crate) async fn json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Json) -> (u16, Json) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (status, _, body) = self.send(method, path, headers, body).await.expect("an answer");
        (status, readable(&body))
    }

    pub(crate) fn home(&self, platform: Platform, user: &str) -> Home {
        self.simulators.home(platform, user).unwrap()
    }

    /// The last value of an instance.
    pub(crate) fn value(&self, platform: Platform, user: &str, device: &str, key: &str) -> Json {
        let home = self.home(platform, user);
        home.devices[device].values.get(key).map(|heard| heard.value.clone()).unwrap_or_default()
    }

    /// The texts of the violations since the last call.
    pub(crate) fn violations(&self) -> Vec<String> {
        let texts = self.simulators.violations().into_iter().map(|violation| violation.text).collect();
        self.simulators.forget_violations();
        texts
    }

    /// Waits until the condition holds; it is looked at whenever something went over the wire or a view changed.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&Stand) -> bool) {
        let mut notices = self.simulators.listen();
        let waiting = async {
            while !holds(self) {
                let notice = notices.recv().await;
                assert!(!matches!(notice, Err(tokio::sync::broadcast::error::RecvError::Closed)));
                if let Ok(Notice::Exchange(exchange)) = notice {
                    assert!(exchange.number > 0);
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
    }
}

pub(crate) fn readable(body: &[u8]) -> Json {
    match body {
        [] => Json::Null,
        body => serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into()),
    }
}

pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[allow(clippy::cast_possible_truncation, reason = "milliseconds of this era")]
pub(crate) fn now_millis() -> i64 {
    (now() * 1000.0) as i64
}

/// Sets the member or item at a JSON pointer, or removes it (`None`). A last `-` appends.
pub(crate) fn spoil(message: &Json, pointer: &str, value: Option<Json>) -> Json {
    let mut spoilt = message.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = spoilt.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer} is not in the message"));
    match (parent, value) {
        (Json::Object(members), Some(value)) => drop(members.insert(name.to_owned(), value)),
        (Json::Object(members), None) => drop(members.remove(name).expect(pointer)),
        (Json::Array(items), Some(value)) if name == "-" => items.push(value),
        (Json::Array(items), Some(value)) => items[name.parse::<usize>().unwrap()] = value,
        (Json::Array(items), None) => drop(items.remove(name.parse().unwrap())),
        (other, _) => panic!("{pointer} is in {other}"),
    }
    spoilt
}

async fn answer(State(homeport): State<Arc<Mutex<Homeport>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let request_id = head.headers.get("x-request-id").unwrap().to_str().unwrap().to_owned();
    let body = readable(&body);
    let mut homeport = homeport.lock().unwrap();
    let path = head.uri.path();
    homeport.asked.push(match body.pointer("/headers/interactionType") {
        Some(kind) => kind.as_str().unwrap().to_owned(),
        None => format!("{} {path}", head.method),
    });
    let asked: Vec<String> =
        body.get("devices").or_else(|| body.pointer("/payload/devices")).map(ids).unwrap_or_default();
    let states = |id: &str| homeport.states.get(id).cloned().unwrap_or_else(|| json!({}));
    let answer = match path {
        "/yandex/v1.0" | "/sber/v1/ping" | "/sber/v1/unlink" => return StatusCode::OK.into_response(),
        "/yandex/v1.0/user/unlink" => json!({"request_id": request_id}),
        "/yandex/v1.0/user/devices" => {
            json!({"request_id": request_id, "payload": {"user_id": homeport.user, "devices": homeport.devices}})
        }
        "/yandex/v1.0/user/devices/query" => {
            let devices: Vec<Json> = asked.iter().map(|id| with(states(id), "id", id)).collect();
            json!({"request_id": request_id, "payload": {"devices": devices}})
        }
        "/yandex/v1.0/user/devices/action" => {
            let done = json!({"status": "DONE"});
            let devices: Vec<Json> = asked.iter().map(|id| json!({"id": id, "action_result": done})).collect();
            json!({"request_id": request_id, "payload": {"devices": devices}})
        }
        "/sber/v1/user" => json!({"id": homeport.user}),
        "/sber/v1/devices" => json!({"devices": homeport.devices}),
        "/sber/v1/query" => {
            let online = json!({"states": [{"key": "online", "value": {"type": "BOOL", "bool_value": true}}]});
            let states = |id: &String| (id.clone(), homeport.states.get(id).unwrap_or(&online).clone());
            json!({"devices": asked.iter().map(states).collect::<serde_json::Map<String, Json>>()})
        }
        "/sber/v1/command" => json!({"devices": body["devices"]}),
        "/smartthings" => answer_smartthings(&mut homeport, &body, &asked),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    answer.to_string().into_response()
}

fn answer_smartthings(homeport: &mut Homeport, body: &Json, asked: &[String]) -> Json {
    let kind = body["headers"]["interactionType"].as_str().unwrap();
    let answer_kind = kind.replace("Request", "Response");
    let headers = json!({"schema": "st-schema", "version": "1.0", "interactionType": answer_kind,
        "requestId": body["headers"]["requestId"]});
    match kind {
        "discoveryRequest" if homeport.wants_grant => {
            json!({"headers": headers, "devices": homeport.devices, "requestGrantCallbackAccess": true})
        }
        "discoveryRequest" => json!({"headers": headers, "devices": homeport.devices}),
        "grantCallbackAccess" => {
            homeport.codes.push(body["callbackAuthentication"]["code"].as_str().unwrap().to_owned());
            json!({"headers": headers})
        }
        "stateRefreshRequest" | "commandRequest" => {
            let online = json!({"states": [{"component": "main", "capability": "st.healthCheck",
                "attribute": "healthStatus", "value": "online"}]});
            let states = |id: &String| {
                with(homeport.states.get(id).cloned().unwrap_or_else(|| online.clone()), "externalDeviceId", id)
            };
            json!({"headers": headers, "deviceState": asked.iter().map(states).collect::<Vec<Json>>()})
        }
        _ => json!({"headers": headers}),
    }
}

fn with(mut object: Json, name: &str, value: &str) -> Json {
    object[name] = value.into();
    object
}

/// The ids in a list of devices, in whichever form.
fn ids(devices: &Json) -> Vec<String> {
    match devices {
        Json::Object(devices) => devices.keys().cloned().collect(),
        Json::Array(devices) => devices
            .iter()
            .map(|device| {
                let id = device.get("id").or_else(|| device.get("externalDeviceId")).unwrap_or(device);
                id.as_str().unwrap().to_owned()
            })
            .collect(),
        _ => Vec::new(),
    }
}
