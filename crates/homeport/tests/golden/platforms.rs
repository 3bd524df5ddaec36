//! What the platforms send.

use serde_json::{Value as Json, json};

use crate::program::{Answer, Program};

impl Program {
    /// A message of SmartThings; `content` beside its headers and authentication.
    pub(crate) async fn smartthings(&self, token: &str, kind: &str, content: Json) -> Answer {
        let mut body = json!({
            "headers": {"schema": "st-schema", "version": "1.0", "interactionType": kind, "requestId": "r-1"},
            "authentication": {"tokenType": "Bearer", "token": token},
        });
        body.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        self.send("POST", "/smartthings", &[], Some(&body)).await
    }

    /// A message of Yandex in the form that a Cloud Function passes on.
    pub(crate) async fn yandex_raw(&self, token: &str, kind: &str, payload: Json) -> Answer {
        let headers = json!({"request_id": "r-1", "authorization": format!("Bearer {token}")});
        let mut body = json!({"headers": headers, "request_type": kind, "api_version": 1.0});
        if !payload.is_null() {
            body["payload"] = payload;
        }
        self.send("POST", "/yandex/rpc", &[], Some(&body)).await
    }

    /// What a platform asks over HTTP with the user's token in the header.
    pub(crate) async fn rest(&self, token: &str, path: &str, body: Option<Json>) -> Answer {
        let method = if body.is_some() { "POST" } else { "GET" };
        let bearer = format!("Bearer {token}");
        self.send(method, path, &[("authorization", &bearer), ("x-request-id", "r-1")], body.as_ref()).await
    }

    /// Everything that can be asked of the devices of a user, in each platform's words and forms.
    pub(crate) async fn ask(&self, platform: &str, token: &str, ids: &[&str]) -> Vec<(&'static str, Answer)> {
        let each = |device: fn(&str) -> Json| ids.iter().map(|id| device(id)).collect::<Json>();
        match platform {
            "yandex" => {
                let query = json!({"devices": each(|id| json!({"id": id}))});
                let action = json!({"devices": each(|id| json!({"id": id, "capabilities": [{
                    "type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}}]}))});
                let base = "/yandex/v1.0/user/devices";
                vec![
                    ("discovery", self.rest(token, base, None).await),
                    ("query", self.rest(token, &format!("{base}/query"), Some(query.clone())).await),
                    ("action", self.rest(token, &format!("{base}/action"), Some(json!({"payload": action}))).await),
                    ("raw discovery", self.yandex_raw(token, "discovery", Json::Null).await),
                    ("raw query", self.yandex_raw(token, "query", query).await),
                    ("raw action", self.yandex_raw(token, "action", action).await),
                ]
            }
            "sber" => {
                let states = json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]});
                let command: serde_json::Map<_, _> = ids.iter().map(|id| ((*id).to_owned(), states.clone())).collect();
                vec![
                    ("user", self.rest(token, "/sber/v1/user", None).await),
                    ("devices", self.rest(token, "/sber/v1/devices", None).await),
                    ("query", self.rest(token, "/sber/v1/query", Some(json!({"devices": ids}))).await),
                    ("command", self.rest(token, "/sber/v1/command", Some(json!({"devices": command}))).await),
                ]
            }
            "smartthings" => {
                let refresh = json!({"devices": each(|id| json!({"externalDeviceId": id}))});
                let command = json!({"devices": each(|id| json!({"externalDeviceId": id, "commands": [
                    {"component": "main", "capability": "st.switch", "command": "on", "arguments": []},
                    {"component": "main", "capability": "st.refresh", "command": "refresh", "arguments": []}]}))});
                vec![
                    ("discovery", self.smartthings(token, "discoveryRequest", json!({})).await),
                    ("refresh", self.smartthings(token, "stateRefreshRequest", refresh).await),
                    ("command", self.smartthings(token, "commandRequest", command).await),
                ]
            }
            other => panic!("{other}"),
        }
    }

    /// The first contact of each platform: links the accounts.
    pub(crate) async fn link(&self, platform: &str, token: &str, client_id: &str) -> Answer {
        match platform {
            "yandex" => self.rest(token, "/yandex/v1.0/user/devices", None).await,
            "sber" => self.rest(token, "/sber/v1/devices", None).await,
            "smartthings" => self.smartthings(token, "grantCallbackAccess", grant(client_id)).await,
            other => panic!("{other}"),
        }
    }
}

fn grant(client_id: &str) -> Json {
    json!({
        "callbackAuthentication": {"grantType": "authorization_code", "scope": "callback-access", "code": "code-0",
            "clientId": client_id},
        "callbackUrls": {"oauthToken": "https://c2c-eu.smartthings.com/oauth/token",
            "stateCallback": "https://c2c-eu.smartthings.com/device/events"},
    })
}
