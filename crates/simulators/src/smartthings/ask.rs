//! The platform's interactions with homeport.

use std::collections::BTreeSet;

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::{describe, state};
use crate::caller::{Answered, Error, Question};
use crate::check::{Findings, at};
use crate::life::{Access, Listed, Target};
use crate::settings::Platform;
use crate::view::{Change, Source};
use crate::{Simulators, lock};

const PATH: &str = "/smartthings";

/// A message and what its answer must echo.
struct Message {
    body: Map<String, Json>,
    request_id: String,
    answer_type: &'static str,
}

fn message(kind: &str, answer_type: &'static str, token: &SecretString, content: Json) -> Message {
    let request_id = Uuid::new_v4().to_string();
    let mut body = Map::from_iter([
        (
            "headers".to_owned(),
            json!({"schema": "st-schema", "version": "1.0", "interactionType": kind, "requestId": request_id}),
        ),
        ("authentication".to_owned(), json!({"tokenType": "Bearer", "token": token.expose_secret()})),
    ]);
    if let Json::Object(content) = content {
        body.extend(content);
    }
    Message { body, request_id, answer_type }
}

/// Sends a message; `read` gets the answer's members beside the headers.
async fn send<T>(
    simulators: &Simulators,
    homeport: &str,
    message: Message,
    read: impl FnOnce(&Map<String, Json>, &mut Findings) -> Option<T>,
) -> Result<T, Error> {
    let Message { body, request_id, answer_type } = message;
    let question = Question {
        platform: Platform::SmartThings,
        homeport,
        method: Method::POST,
        path: PATH,
        token: None,
        body: Some(body.into()),
    };
    let unusable = |reason: String| Error::Unusable { message: format!("POST {PATH}"), reason };
    let answered = simulators.ask(question, |answered: &Answered, findings| {
        let body = answered.json.as_ref().map_err(|error| {
            findings.add("", format!("the answer is not JSON: {error}"));
            "the answer is not JSON".to_owned()
        })?;
        if let Some(error) = body.pointer("/globalError/errorEnum") {
            return Err(format!("the answer is {error}"));
        }
        let wrong = || "the answer is wrong, see its violations".to_owned();
        let members = body.as_object().ok_or_else(wrong)?;
        let headers = members.get("headers").unwrap_or(&Json::Null);
        let names = ["schema", "version", "interactionType", "requestId"];
        if let Some(headers) = findings.object(headers, "headers", &names, &[]) {
            findings.word(headers, "interactionType", "headers", &[answer_type]);
            if headers.get("requestId") != Some(&json!(request_id)) {
                findings.add("headers.requestId", "is not that of the request");
            }
        }
        read(members, findings).ok_or_else(wrong)
    });
    answered.await?.map_err(unusable)
}

fn members_only(members: &Map<String, Json>, names: &[&str], findings: &mut Findings) {
    for name in members.keys().filter(|name| *name != "headers" && !names.contains(&name.as_str())) {
        findings.add(&**name, "is not a member of this answer");
    }
}

/// Lists the devices.
pub(crate) async fn list(simulators: &Simulators, access: &Access) -> Result<Listed, Error> {
    let message = message("discoveryRequest", "discoveryResponse", &access.token, Json::Null);
    let listed = send(simulators, &access.homeport, message, |members, findings| {
        members_only(members, &["devices", "requestGrantCallbackAccess"], findings);
        let wants_grant = findings.boolean(members, "requestGrantCallbackAccess", "").unwrap_or_default();
        let mut listed = Listed { wants_grant, ..Listed::default() };
        for (place, device) in findings.array(members, "devices", "")?.iter().enumerate() {
            let (before, path) = (findings.len(), at("devices", place));
            let id = describe::check(device, &path, findings);
            let Some(id) = id.filter(|_| findings.len() == before) else { continue };
            if !listed.devices.insert(id.to_owned()) {
                findings.add(path, format!("device {id} is there twice"));
                continue;
            }
            let change = Change::Listed { device: id.to_owned(), description: device.clone(), declared: None };
            listed.changes.push(change);
        }
        listed.changes.push(Change::ListedOnly { devices: listed.devices.clone(), forget: false });
        Some(listed)
    });
    listed.await
}

/// Reads states.
pub(crate) async fn query(simulators: &Simulators, access: &Access, targets: &[Target]) -> Result<Vec<Change>, Error> {
    let devices: Vec<Json> = targets.iter().map(|target| named(target, None)).collect();
    let message = message("stateRefreshRequest", "stateRefreshResponse", &access.token, json!({"devices": devices}));
    send(simulators, &access.homeport, message, |members, findings| {
        Some(device_states(members, targets, (Source::Query, simulators.now()), findings)?.0)
    })
    .await
}

fn named(target: &Target, commands: Option<Json>) -> Json {
    let mut members = Map::from_iter([("externalDeviceId".to_owned(), json!(target.id))]);
    if let Some(cookie) = target.description.get("deviceCookie") {
        members.insert("deviceCookie".to_owned(), cookie.clone());
    }
    members.extend(commands.map(|commands| ("commands".to_owned(), commands)));
    members.into()
}

/// What `deviceState` changes, and the entries themselves.
fn device_states(
    members: &Map<String, Json>,
    targets: &[Target],
    (source, now): (Source, f64),
    findings: &mut Findings,
) -> Option<(Vec<Change>, Vec<Json>)> {
    members_only(members, &["deviceState"], findings);
    let entries = findings.array(members, "deviceState", "")?;
    let mut missing: BTreeSet<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    let mut changes = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        let path = at("deviceState", place);
        let optional = ["states", "deviceError", "deviceCookie"];
        let Some(members) = findings.object(entry, &path, &["externalDeviceId"], &optional) else { continue };
        let Some(id) = findings.text(members, "externalDeviceId", &path, 256) else { continue };
        let target = targets.iter().find(|target| target.id == id);
        let (true, Some(target)) = (missing.remove(id), target) else {
            findings.add(path, format!("device {id} was not asked for, or is there twice"));
            continue;
        };
        changes.extend(state::read(id, members, &path, &target.description, (source, now), findings));
    }
    for id in missing {
        findings.add("deviceState", format!("device {id} is missing"));
    }
    Some((changes, entries.clone()))
}

/// Commands a device; the states of the answer are believed.
pub(crate) async fn command(
    simulators: &Simulators,
    access: &Access,
    target: &Target,
    fragment: &Json,
) -> Result<(Json, Vec<Change>), Error> {
    let commands = fragment.get("commands").cloned().unwrap_or_default();
    let content = json!({"devices": [named(target, Some(commands))]});
    let message = message("commandRequest", "commandResponse", &access.token, content);
    send(simulators, &access.homeport, message, |members, findings| {
        let (changes, entries) =
            device_states(members, std::slice::from_ref(target), (Source::Command, simulators.now()), findings)?;
        Some((entries.into_iter().next()?, changes))
    })
    .await
}

/// Grants access to the callbacks, with a code and the addresses of this simulator.
pub(crate) async fn grant(simulators: &Simulators, access: &Access, user: &str) -> Result<(), Error> {
    let settings = &simulators.0.settings;
    let code = lock(&simulators.service(Platform::SmartThings).world).tokens.code(user, simulators.now());
    let content = json!({
        "callbackAuthentication": {
            "grantType": "authorization_code",
            "scope": "callback-access",
            "code": code,
            "clientId": settings.smartthings_client_id,
        },
        "callbackUrls": {
            "oauthToken": format!("{}/oauth/token", settings.base_url),
            "stateCallback": format!("{}/device/events", settings.base_url),
        },
    });
    let message = message("grantCallbackAccess", "grantCallbackAccess", &access.token, content);
    send(simulators, &access.homeport, message, |_, _| Some(())).await
}

/// Says what SmartThings could not digest.
pub(crate) async fn complain(simulators: &Simulators, access: &Access, content: Json) -> Result<(), Error> {
    let message = message("interactionResult", "interactionResult", &access.token, content);
    send(simulators, &access.homeport, message, |_, _| Some(())).await
}

/// The user has removed the link.
pub(crate) async fn unlink(simulators: &Simulators, access: &Access, user: &str) -> Result<(), Error> {
    lock(&simulators.service(Platform::SmartThings).world).tokens.end(user);
    confirm_deletion(simulators, &access.homeport, &access.token).await
}

/// Says that the link is gone.
pub(crate) async fn confirm_deletion(
    simulators: &Simulators,
    homeport: &str,
    token: &SecretString,
) -> Result<(), Error> {
    let message = message("integrationDeleted", "integrationDeleted", token, Json::Null);
    send(simulators, homeport, message, |_, _| Some(())).await
}
