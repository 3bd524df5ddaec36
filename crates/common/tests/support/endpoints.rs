//! Every entry point that takes a body: how to send to it, a good body, and what any of its answers looks like.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use bytes::Bytes;
use common::platform::yandex::wire::ErrorCode;
use serde_json::{Map, Value as Json, json};

use crate::world::{Reply, VENDOR_KEY, World, grant, smartthings, yandex_rpc};

/// An entry point that takes a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    YandexQuery,
    YandexAction,
    YandexUnlink,
    YandexRpc,
    SberQuery,
    SberCommand,
    SberUnlink,
    SmartThings,
    /// A platform's message without HTTP.
    MessageEvent,
    PutDevice,
    PatchState,
    PostReports,
    /// One report or a list of them without HTTP.
    ReportEvent,
}

use Endpoint::*;

impl Endpoint {
    /// Every one.
    pub const ALL: [Endpoint; 13] = [
        YandexQuery,
        YandexAction,
        YandexUnlink,
        YandexRpc,
        SberQuery,
        SberCommand,
        SberUnlink,
        SmartThings,
        MessageEvent,
        PutDevice,
        PatchState,
        PostReports,
        ReportEvent,
    ];

    /// Sends a body, as user `u1` or the vendor. Registrations and single reports are about this device.
    pub async fn send(self, world: &World, token: &str, device: &str, body: impl Into<Bytes>) -> Reply {
        let body = body.into();
        let (method, path, key) = match self {
            YandexQuery => ("POST", "/yandex/v1.0/user/devices/query", token),
            YandexAction => ("POST", "/yandex/v1.0/user/devices/action", token),
            YandexUnlink => ("POST", "/yandex/v1.0/user/unlink", token),
            YandexRpc => ("POST", "/yandex/rpc", token),
            SberQuery => ("POST", "/sber/v1/query", token),
            SberCommand => ("POST", "/sber/v1/command", token),
            SberUnlink => ("POST", "/sber/v1/unlink", token),
            SmartThings => ("POST", "/smartthings", token),
            PutDevice => ("PUT", &*format!("/v1/devices/{device}"), VENDOR_KEY),
            PatchState => ("PATCH", &*format!("/v1/devices/{device}/state"), VENDOR_KEY),
            PostReports => ("POST", "/v1/reports", VENDOR_KEY),
            MessageEvent => return world.message(&body).await,
            ReportEvent => return world.report_event(&body).await,
        };
        world.http(method, path, key, body).await
    }

    /// Good bodies about a lamp.
    pub fn samples(self, token: &str, device: &str) -> Vec<Json> {
        let on = json!({"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}});
        let brighter = json!({"type": "devices.capabilities.range",
            "state": {"instance": "brightness", "value": 5, "relative": true}});
        let actions = json!({"devices": [{"id": device, "capabilities": [on, brighter]}]});
        let asked = json!({"devices": [{"id": device, "custom_data": {"a": 1}}]});
        let commands = json!({"devices": [{"externalDeviceId": device, "deviceCookie": {}, "commands": [
            {"component": "main", "capability": "st.switchLevel", "command": "setLevel", "arguments": [30, 2]}]}]});
        let refreshed = json!({"devices": [{"externalDeviceId": device}]});
        let refused = json!({"originatingInteractionType": "discoveryResponse", "globalError": {"errorEnum": "BAD"},
            "deviceState": [{"externalDeviceId": device, "deviceError": [{"errorEnum": 400, "detail": "d"}]}]});
        let report = json!({"device_id": device, "online": true, "state": {"on_off": false, "brightness": 50},
            "at": "2026-03-01T10:00:00Z"});
        match self {
            YandexQuery => vec![asked],
            YandexAction => vec![json!({ "payload": actions })],
            YandexUnlink | SberUnlink => vec![json!({"any": ["thing"]})],
            YandexRpc => vec![yandex_rpc(token, "query", asked), yandex_rpc(token, "action", actions)],
            SberQuery => vec![json!({"devices": [device, "nobody"]})],
            SberCommand => vec![json!({"devices": {device: {"states": [
                {"key": "on_off", "value": {"type": "BOOL", "bool_value": true}},
                {"key": "light_brightness", "value": {"type": "INTEGER", "integer_value": "300"}}]}}})],
            SmartThings => vec![
                smartthings(token, "commandRequest", commands),
                smartthings(token, "stateRefreshRequest", refreshed),
                smartthings(token, "grantCallbackAccess", grant("world-code")),
                smartthings(token, "interactionResult", refused),
            ],
            MessageEvent => vec![
                smartthings(token, "commandRequest", commands),
                yandex_rpc(token, "action", actions),
                yandex_rpc(token, "discovery", Json::Null),
            ],
            PutDevice => vec![json!({"id": device, "owner": "u1", "type": "light", "name": "Lamp", "room": "Hall",
                "traits": {"on_off": {"split": false}, "brightness": {"min": 1, "max": 100, "step": 0.5},
                    "color_scene": {"values": ["night", "party"]}},
                "overrides": {"smartthings": {"device_handler_type": "c2c-dimmer", "capabilities": ["switch"]}}})],
            PatchState => {
                let mut members = report;
                members.as_object_mut().unwrap().remove("device_id");
                vec![members]
            }
            PostReports => vec![json!({ "reports": [report] })],
            ReportEvent => vec![json!({ "reports": [report] }), report],
        }
    }

    /// Whether an answer is one of the protocol: never a fault of ours, and of the right shape.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn check(self, reply: &Reply) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("{what}: {} {}", reply.status, excerpt(&reply.body)));
        if reply.status >= 500 {
            return wrong("a fault of ours");
        }
        if reply.body.is_empty() && matches!(self, SberUnlink) {
            return Ok(());
        }
        let Ok(json) = serde_json::from_slice::<Json>(&reply.body) else { return wrong("not JSON") };
        let good = match self {
            YandexQuery | YandexAction | YandexUnlink | YandexRpc => {
                is_yandex(&json) && (reply.status == 200 || json.get("payload").is_none())
            }
            SberQuery | SberCommand | SberUnlink if reply.status == 200 => is_sber(&json),
            SberQuery | SberCommand | SberUnlink => {
                json["code"] == reply.status && json["message"].is_string() && json["details"] == json!([])
            }
            _ if reply.status >= 400 => is_problem(&json) && json["status"] == reply.status,
            SmartThings => is_smartthings(&json),
            MessageEvent => is_smartthings(&json) || is_yandex(&json),
            PutDevice => json["id"].is_string() && json["traits"].is_object(),
            PatchState => is_applied(&json),
            PostReports => is_results(&json),
            ReportEvent => is_results(&json) || is_applied(&json),
        };
        if good { Ok(()) } else { wrong("not an answer of the protocol") }
    }
}

/// The beginning of a body, for messages.
pub fn excerpt(body: &[u8]) -> String {
    String::from_utf8_lossy(body).chars().take(600).collect()
}

fn list<'a>(json: &'a Json, name: &str) -> Option<&'a Vec<Json>> {
    json.get(name)?.as_array()
}

/// An absent member is good, a list is good if all its items are.
fn each(json: &Json, name: &str, good: impl Fn(&Json) -> bool) -> bool {
    json.get(name).is_none_or(|items| items.as_array().is_some_and(|items| items.iter().all(good)))
}

fn has_null(json: &Json) -> bool {
    match json {
        Json::Null => true,
        Json::Array(items) => items.iter().any(has_null),
        Json::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

fn is_text(json: &Json) -> bool {
    json.as_str().is_some_and(|text| !text.is_empty())
}

fn members_of<'a>(json: &'a Json, known: &[&str]) -> Option<&'a Map<String, Json>> {
    json.as_object().filter(|members| members.keys().all(|name| known.contains(&name.as_str())))
}

fn is_yandex(json: &Json) -> bool {
    let code = |json: &Json| json.as_str().is_some_and(|code| code.parse::<ErrorCode>().is_ok());
    let result = |json: &Json| match json["status"].as_str() {
        Some("DONE") => json.get("error_code").is_none(),
        Some("ERROR") => code(&json["error_code"]),
        _ => false,
    };
    let state = |entry: &Json| {
        let state = &entry["state"];
        let done = state.get("action_result").is_some_and(result);
        entry["type"].is_string() && state["instance"].is_string() && (done || state.get("value").is_some())
    };
    let device = |device: &Json| {
        let answered = ["capabilities", "properties", "error_code", "action_result"];
        let described = device.get("name").is_some();
        is_text(&device["id"])
            && (described || each(device, "capabilities", state) && each(device, "properties", state))
            && device.get("error_code").is_none_or(code)
            && device.get("action_result").is_none_or(result)
            && (described
                || device.as_object().is_some_and(|members| {
                    members
                        .keys()
                        .all(|name| answered.contains(&name.as_str()) || name == "id" || name == "error_message")
                }))
    };
    members_of(json, &["request_id", "payload"]).is_some()
        && json["request_id"].is_string()
        && !has_null(json)
        && json.get("payload").is_none_or(|payload| list(payload, "devices").is_some_and(|all| all.iter().all(device)))
}

fn is_sber(json: &Json) -> bool {
    let value = |value: &Json| {
        let member = match value["type"].as_str() {
            Some("BOOL") => value["bool_value"].is_boolean(),
            Some("INTEGER") => value["integer_value"].as_str().is_some_and(|text| text.parse::<i64>().is_ok()),
            Some("FLOAT") => value["float_value"].is_number(),
            Some("ENUM") => is_text(&value["enum_value"]),
            Some("COLOUR") => ["h", "s", "v"].iter().all(|name| value["colour_value"][name].is_i64()),
            _ => false,
        };
        member && value.as_object().is_some_and(|members| members.len() == 2)
    };
    let states = |states: &Json| each(states, "states", |state| is_text(&state["key"]) && value(&state["value"]));
    let fault = |fault: &Json| {
        let known = [400, 401, 403, 500, 503];
        fault["id"].is_string() && fault["message"].is_string() && known.iter().any(|code| fault["code"] == *code)
    };
    members_of(json, &["devices", "errors"]).is_some()
        && each(json, "errors", fault)
        && json.get("devices").is_none_or(|devices| {
            devices
                .as_object()
                .is_some_and(|devices| devices.values().all(|device| device.is_object() && states(device)))
        })
}

fn is_smartthings(json: &Json) -> bool {
    let state = |state: &Json| {
        ["component", "capability", "attribute"].iter().all(|name| is_text(&state[name])) && !state["value"].is_null()
    };
    let device = |device: &Json| {
        device["externalDeviceId"].is_string()
            && each(device, "states", state)
            && each(device, "deviceError", |error| is_text(&error["errorEnum"]))
    };
    let contents = ["devices", "deviceState", "globalError"].iter().filter(|name| json.get(**name).is_some()).count();
    json["headers"]["schema"] == "st-schema"
        && json["headers"]["version"] == "1.0"
        && json.get("authentication").is_none()
        && contents <= 1
        && each(json, "deviceState", device)
        && json.get("globalError").is_none_or(|error| is_text(&error["errorEnum"]))
}

fn is_problem(json: &Json) -> bool {
    let fault = |fault: &Json| is_text(&fault["path"]) && is_text(&fault["detail"]);
    json["status"].is_u64()
        && is_text(&json["title"])
        && is_text(&json["detail"])
        && each(json, "errors", fault)
        && list(json, "errors").is_none_or(|errors| errors.len() <= 50)
}

fn is_applied(json: &Json) -> bool {
    let names = ["applied", "unchanged", "stale"];
    json["version"].is_u64() && names.iter().all(|name| list(json, name).is_some()) && list(json, "rejected").is_some()
}

fn is_results(json: &Json) -> bool {
    list(json, "results").is_some_and(|results| results.iter().all(|result| is_applied(result) || is_problem(result)))
}
