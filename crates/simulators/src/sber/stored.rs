//! What Sber stores, read back: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-get-state>.

use http::StatusCode;
use serde_json::{Map, Value as Json, json};

use super::answer::invalid_argument;
use crate::check::Findings;
use crate::message::{Answer, Asked, Outcome, World};
use crate::view::Device;

/// `GET /v1/state`.
pub(super) fn state(world: &World, asked: &Asked, mut findings: Findings) -> Outcome {
    let Some(devices) = devices(world, asked, &mut findings) else {
        return Outcome::only(invalid_argument(), findings);
    };
    let states = |device: &Device| {
        let online =
            device.online.map(|online| json!({"key": "online", "value": {"type": "BOOL", "bool_value": online}}));
        let values = device.values.iter().map(|(key, heard)| json!({"key": key, "value": heard.value}));
        json!({"states": online.into_iter().chain(values).collect::<Vec<Json>>()})
    };
    let devices: Map<String, Json> = devices.into_iter().map(|(id, device)| (id.to_owned(), states(device))).collect();
    Outcome::only(Answer::json(StatusCode::OK, &json!({"devices": devices})), findings)
}

/// `GET /v1/devices`.
pub(super) fn list(world: &World, asked: &Asked, mut findings: Findings) -> Outcome {
    let Some(devices) = devices(world, asked, &mut findings) else {
        return Outcome::only(invalid_argument(), findings);
    };
    let devices: Vec<&Json> = devices.into_iter().map(|(_, device)| &device.description).collect();
    Outcome::only(Answer::json(StatusCode::OK, &json!({"devices": devices})), findings)
}

/// `GET /v1/models`.
pub(super) fn models(world: &World, findings: Findings) -> Outcome {
    let models: Vec<&Json> = world.models.values().collect();
    Outcome::only(Answer::json(StatusCode::OK, &json!({"models": models})), findings)
}

/// The devices that `user_id` and `device_ids` name; `device_ids` may be repeated.
fn devices<'a>(world: &'a World, asked: &Asked, findings: &mut Findings) -> Option<Vec<(&'a str, &'a Device)>> {
    if !asked.body.is_empty() {
        findings.add("", "a GET has a body");
    }
    let url = reqwest::Url::parse(&format!("http://sber/?{}", asked.query.as_deref().unwrap_or_default())).ok()?;
    let (mut users, mut ids) = (Vec::new(), Vec::new());
    for (name, value) in url.query_pairs() {
        match &*name {
            "user_id" => users.push(value.into_owned()),
            "device_ids" => ids.push(value.into_owned()),
            _ => findings.add("", format!("there is no parameter {name:?}")),
        }
    }
    let [user] = users.as_slice() else {
        findings.add("", "there is not exactly one user_id");
        return None;
    };
    let Some(home) = world.homes.get(user) else {
        findings.add("", "this user was never linked");
        return None;
    };
    if !home.linked {
        return None;
    }
    for id in &ids {
        if !home.devices.contains_key(id) && !world.may_be_ahead(id) {
            findings.add("", format!("device {id} is not known"));
        }
    }
    let is_asked = |id: &str| ids.is_empty() || ids.iter().any(|asked| asked == id);
    Some(home.devices.iter().map(|(id, device)| (id.as_str(), device)).filter(|(id, _)| is_asked(id)).collect())
}
