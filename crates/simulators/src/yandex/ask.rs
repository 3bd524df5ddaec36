//! The platform's requests: <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/resources>.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Map, Value as Json, json};

use super::{describe, state, vocabulary};
use crate::Simulators;
use crate::caller::{Answered, Error, Question};
use crate::check::{Findings, at};
use crate::life::{Access, Listed, Target};
use crate::settings::Platform;
use crate::view::{Change, Source};

/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/get-devices>
const DEVICES_MAX: usize = 301;

fn question<'a>(access: &'a Access, method: Method, path: &'a str, body: Option<Json>) -> Question<'a> {
    let (homeport, token) = (access.homeport.as_str(), Some(&access.token));
    Question { platform: Platform::Yandex, homeport, method, path, token, body }
}

/// The payload of an answer that echoes the request's id.
fn payload<'a>(answered: &'a Answered, findings: &mut Findings) -> Option<&'a Json> {
    let body = match &answered.json {
        Ok(body) => body,
        Err(error) => {
            findings.add("", format!("the answer is not JSON: {error}"));
            return None;
        }
    };
    let members = findings.object(body, "", &["request_id", "payload"], &[])?;
    if members.get("request_id") != Some(&json!(answered.request_id)) {
        findings.add("request_id", "is not that of the request");
    }
    members.get("payload")
}

/// Lists the devices. A device with a wrong description is left out, as by the platform.
pub(crate) async fn list(simulators: &Simulators, access: &Access, user: &str) -> Result<Listed, Error> {
    let alive = Question { token: None, ..question(access, Method::HEAD, "/yandex/v1.0", None) };
    simulators.ask(alive, |_, _| ()).await?;
    let path = "/yandex/v1.0/user/devices";
    let listed = simulators.ask(question(access, Method::GET, path, None), |answered, findings| {
        let payload = payload(answered, findings)?;
        let members = findings.object(payload, "payload", &["user_id", "devices"], &[])?;
        if findings.text(members, "user_id", "payload", 1000)? != user {
            findings.add("payload.user_id", format!("is not {user}"));
            return None;
        }
        let devices = findings.array(members, "devices", "payload")?;
        if devices.len() > DEVICES_MAX {
            findings.add("payload.devices", format!("has more than {DEVICES_MAX} devices"));
        }
        let mut listed = Listed::default();
        for (place, device) in devices.iter().enumerate() {
            let (before, path) = (findings.len(), at("payload.devices", place));
            let id = describe::check(device, &path, findings);
            let Some(id) = id.filter(|_| findings.len() == before) else { continue };
            if !listed.devices.insert(id.to_owned()) {
                findings.add(path, format!("device {id} is there twice"));
                continue;
            }
            let declared = Some(describe::declared(device));
            listed.changes.push(Change::Listed { device: id.to_owned(), description: device.clone(), declared });
        }
        listed.changes.push(Change::ListedOnly { devices: listed.devices.clone(), forget: false });
        Some(listed)
    });
    listed.await?.ok_or_else(|| unusable("GET", path))
}

fn unusable(method: &str, path: &str) -> Error {
    Error::Unusable {
        message: format!("{method} {path}"),
        reason: "the answer is wrong, see its violations".to_owned(),
    }
}

/// Reads states.
pub(crate) async fn query(simulators: &Simulators, access: &Access, targets: &[Target]) -> Result<Vec<Change>, Error> {
    let path = "/yandex/v1.0/user/devices/query";
    let devices: Vec<Json> = targets.iter().map(|target| with_custom_data(target, Map::new())).collect();
    let body = json!({"devices": devices});
    let read = |answered: &Answered, findings: &mut Findings| {
        let payload = payload(answered, findings)?;
        let members = findings.object(payload, "payload", &["devices"], &[])?;
        let mut missing: BTreeSet<&str> = targets.iter().map(|target| target.id.as_str()).collect();
        let mut changes = Vec::new();
        for (place, device) in findings.array(members, "devices", "payload")?.iter().enumerate() {
            let path = at("payload.devices", place);
            let optional = ["capabilities", "properties", "error_code", "error_message"];
            let Some(members) = findings.object(device, &path, &["id"], &optional) else { continue };
            let Some(id) = findings.text(members, "id", &path, 1000) else { continue };
            let target = targets.iter().find(|target| target.id == id);
            let (true, Some(target)) = (missing.remove(id), target) else {
                findings.add(at(&path, "id"), format!("device {id} was not asked for, or is there twice"));
                continue;
            };
            let error = findings.word(members, "error_code", &path, vocabulary::ERROR_CODES);
            if error.is_none_or(|error| error == "DEVICE_UNREACHABLE") {
                changes.push(Change::Online { device: id.to_owned(), online: error.is_none() });
            }
            if error.is_none() {
                let occasion = (Source::Query, None);
                changes.extend(state::read(id, members, &path, &target.description, occasion, findings));
            }
        }
        for id in missing {
            findings.add("payload.devices", format!("device {id} is missing"));
        }
        Some(changes)
    };
    simulators.ask(question(access, Method::POST, path, Some(body)), read).await?.ok_or_else(|| unusable("POST", path))
}

fn with_custom_data(target: &Target, mut members: Map<String, Json>) -> Json {
    members.insert("id".to_owned(), target.id.clone().into());
    if let Some(custom_data) = target.description.get("custom_data") {
        members.insert("custom_data".to_owned(), custom_data.clone());
    }
    members.into()
}

/// Commands a device; what is done is believed.
pub(crate) async fn command(
    simulators: &Simulators,
    access: &Access,
    target: &Target,
    fragment: &Json,
) -> Result<(Json, Vec<Change>), Error> {
    let path = "/yandex/v1.0/user/devices/action";
    let capabilities = fragment.get("capabilities").cloned().unwrap_or_default();
    let device = with_custom_data(target, Map::from_iter([("capabilities".to_owned(), capabilities.clone())]));
    let body = json!({"payload": {"devices": [device]}});
    let read = |answered: &Answered, findings: &mut Findings| {
        let payload = payload(answered, findings)?;
        let members = findings.object(payload, "payload", &["devices"], &[])?;
        let device = findings.array(members, "devices", "payload")?.first()?;
        let members = findings.object(device, "payload.devices.0", &["id"], &["capabilities", "action_result"])?;
        if members.get("id") != Some(&json!(target.id)) {
            findings.add("payload.devices.0.id", "is not the device that was commanded");
        }
        let done = |result: Option<&Json>| result.is_some_and(|result| result.get("status") == Some(&json!("DONE")));
        let whole = done(members.get("action_result"));
        let mut changes = Vec::new();
        for asked in capabilities.as_array().into_iter().flatten() {
            let same = |one: &Json, pointer: &str| one.pointer(pointer) == asked.pointer(pointer);
            let answers = members.get("capabilities").and_then(Json::as_array);
            let answer = answers.into_iter().flatten().find(|one| same(one, "/type") && same(one, "/state/instance"));
            let is_done = whole || done(answer.and_then(|answer| answer.pointer("/state/action_result")));
            let is_relative = asked.pointer("/state/relative") == Some(&Json::Bool(true));
            if is_done && !is_relative {
                let entry = json!({"type": asked.get("type"), "state": {
                    "instance": asked.pointer("/state/instance"), "value": asked.pointer("/state/value")}});
                let entries = Map::from_iter([("capabilities".to_owned(), json!([entry]))]);
                // What was commanded may be off the grid: the next callback says what it has become.
                let occasion = (Source::Command, None);
                let mut own = Findings::default();
                changes.extend(state::read(&target.id, &entries, "", &target.description, occasion, &mut own));
            }
        }
        Some((device.clone(), changes))
    };
    simulators.ask(question(access, Method::POST, path, Some(body)), read).await?.ok_or_else(|| unusable("POST", path))
}

/// The user has removed the provider; what homeport answers does not matter.
pub(crate) async fn unlink(simulators: &Simulators, access: &Access) -> Result<(), Error> {
    simulators.ask(question(access, Method::POST, "/yandex/v1.0/user/unlink", None), |_, _| ()).await
}
