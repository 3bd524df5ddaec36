//! The API: <https://developers.sber.ru/docs/ru/smarthome/c2c/api-post-state> and the pages beside it.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::Value as Json;

use super::answer::{accepted, common_error, invalid_argument};
use super::{describe, state, stored};
use crate::check::{Findings, at};
use crate::faults::Call;
use crate::message::{Asked, Outcome, World};
use crate::settings::Settings;
use crate::view::{Change, Source};

pub(crate) fn call(asked: &Asked) -> Call {
    match asked.path.as_str() {
        "/v1/state" => Call::State,
        "/v1/devices" | "/v1/models" => Call::Devices,
        "/v1/unlink" => Call::Unlink,
        _ => Call::Other,
    }
}

/// Whether neither the user nor one of the devices was ever listed.
pub(crate) fn is_of_strangers(world: &World, asked: &Asked) -> bool {
    let Ok(body) = &asked.json else { return false };
    if let Some(user) = body.get("user_id").and_then(Json::as_str) {
        return !world.homes.contains_key(user);
    }
    let keys = body.get("devices").and_then(Json::as_object).into_iter().flatten().map(|(id, _)| id.as_str());
    let items = ["devices", "device_ids"].into_iter().filter_map(|name| body.get(name)?.as_array()).flatten();
    let ids = items.filter_map(|item| item.as_str().or_else(|| item.get("id")?.as_str()));
    let mut ids = keys.chain(ids).peekable();
    let is_known = |id: &str| world.home_of(id).is_some() || world.may_be_ahead(id);
    asked.method != Method::GET && ids.peek().is_some() && !ids.any(is_known)
}

/// What becomes of a call.
pub(crate) fn check(world: &World, settings: &Settings, asked: &Asked) -> Outcome {
    let mut findings = Findings::default();
    let methods: &[Method] = match asked.path.as_str() {
        "/v1/state" => &[Method::GET, Method::POST],
        "/v1/devices" | "/v1/models" => &[Method::GET, Method::POST, Method::PUT, Method::DELETE],
        "/v1/unlink" => &[Method::POST],
        _ => {
            findings.add("", format!("there is no {}", asked.path));
            return Outcome::only(common_error(404, "Not found"), findings);
        }
    };
    if !methods.contains(&asked.method) {
        findings.add("", format!("there is no {} {}", asked.method, asked.path));
        return Outcome::only(common_error(405, "Method not allowed"), findings);
    }
    let key = settings.sber_token.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    if asked.authorization().and_then(|value| value.strip_prefix("Bearer ")) != Some(key) {
        findings.add("", "header Authorization is not \"Bearer \" and the project's key");
        return Outcome::only(common_error(401, "Unauthorized"), findings);
    }
    asked.check_content_type(&mut findings);
    if let Some(request_id) = asked.headers.get("x-request-id")
        && !(1..=128).contains(&request_id.len())
    {
        findings.add("", "header X-Request-Id is empty or longer than 128");
    }
    if asked.method == Method::GET {
        return match asked.path.as_str() {
            "/v1/state" => stored::state(world, asked, findings),
            "/v1/devices" => stored::list(world, asked, findings),
            _ => stored::models(world, findings),
        };
    }
    if asked.query.is_some() {
        findings.add("", "there is a query string");
    }
    let body = match &asked.json {
        Ok(body) => body,
        Err(error) => {
            findings.add("", format!("the body is not JSON: {error}"));
            return Outcome::only(invalid_argument(), findings);
        }
    };
    let before = findings.len();
    let outcome = match (asked.path.as_str(), asked.method.as_str()) {
        ("/v1/state", _) => post_state(world, body, &mut findings),
        ("/v1/devices", "POST") => post_devices(world, body, &mut findings),
        ("/v1/devices", "PUT") => put_devices(world, body, &mut findings),
        ("/v1/devices", _) => delete_devices(world, body, &mut findings),
        ("/v1/models", "DELETE") => delete_models(world, body, &mut findings),
        ("/v1/models", _) => put_models(body, &mut findings),
        _ => unlink(world, body, &mut findings),
    };
    // Without the whole frame nothing is taken; findings in its items are told item by item.
    let mut outcome = outcome.unwrap_or_else(|| {
        if findings.len() == before {
            findings.add("", "the body has not the members of this call");
        }
        Outcome::only(invalid_argument(), Findings::default())
    });
    outcome.findings = findings;
    outcome
}

type Errors = Vec<(String, &'static str)>;

fn taken(changes: Vec<(String, Change)>, errors: Errors, devices: Vec<String>) -> Outcome {
    Outcome { changes, devices, ..Outcome::only(accepted(errors), Findings::default()) }
}

fn post_state(world: &World, body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let devices = findings.object(body, "", &["devices"], &[])?.get("devices")?;
    let Some(devices) = devices.as_object() else {
        findings.add("devices", "is not a map of devices");
        return None;
    };
    if devices.is_empty() {
        findings.add("devices", "is empty");
    }
    let (mut changes, mut errors) = (Vec::new(), Errors::new());
    for (id, entry) in devices {
        let path = at("devices", id);
        let Some(home) = world.home_of(id) else {
            if !world.may_be_ahead(id) {
                findings.add(path, format!("device {id} is not known"));
            }
            errors.push((id.clone(), "Device not found"));
            continue;
        };
        let description = home.devices.get(id).map(|device| &device.description).unwrap_or(&Json::Null);
        let before = findings.len();
        let own = state::read(id, entry, &path, description, &world.models, Source::Callback, findings);
        if findings.len() == before {
            changes.extend(own.into_iter().map(|change| (home.user.clone(), change)));
        } else {
            errors.push((id.clone(), "Invalid state"));
        }
    }
    Some(taken(changes, errors, devices.keys().cloned().collect()))
}

/// The devices of a body that are described well, with their ids.
fn described<'a>(
    world: &World,
    devices: &'a [Json],
    errors: &mut Errors,
    findings: &mut Findings,
) -> Vec<(&'a str, &'a Json)> {
    if devices.is_empty() {
        findings.add("devices", "is empty");
    }
    let mut good: Vec<(&str, &Json)> = Vec::new();
    for (place, device) in devices.iter().enumerate() {
        let (before, path) = (findings.len(), at("devices", place));
        let Some(id) = describe::device(device, &path, &world.models, findings) else { continue };
        if good.iter().any(|(known, _)| *known == id) {
            findings.add(path, format!("device {id} is there twice"));
        } else if findings.len() == before {
            good.push((id, device));
        } else if device.get("model_id").is_some_and(|id| !world.models.contains_key(id.as_str().unwrap_or_default())) {
            errors.push((id.to_owned(), "Unknown model"));
        } else {
            errors.push((id.to_owned(), "Invalid device"));
        }
    }
    good
}

fn listed(world: &World, id: &str, device: &Json) -> Change {
    let declared = describe::declared(device, &world.models);
    Change::Listed { device: id.to_owned(), description: device.clone(), declared }
}

fn post_devices(world: &World, body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let members = findings.object(body, "", &["user_id", "devices"], &[])?;
    let user = findings.text(members, "user_id", "", 1000)?;
    let devices = findings.array(members, "devices", "")?;
    let Some(home) = world.homes.get(user) else {
        findings.add("user_id", "this user was never linked");
        return None;
    };
    if !home.linked {
        return Some(Outcome::only(invalid_argument(), Findings::default()));
    }
    let (mut changes, mut errors) = (Vec::new(), Errors::new());
    let good = described(world, devices, &mut errors, findings);
    for (id, device) in &good {
        match world.home_of(id) {
            Some(other) if other.user != user => {
                findings.add("devices", format!("device {id} is another user's"));
                errors.push(((*id).to_owned(), "Device exists"));
            }
            _ => changes.push((user.to_owned(), listed(world, id, device))),
        }
    }
    Some(taken(changes, errors, good.iter().map(|(id, _)| (*id).to_owned()).collect()))
}

fn put_devices(world: &World, body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let members = findings.object(body, "", &["devices"], &[])?;
    let devices = findings.array(members, "devices", "")?;
    let (mut changes, mut errors) = (Vec::new(), Errors::new());
    let good = described(world, devices, &mut errors, findings);
    for (id, device) in &good {
        match world.home_of(id) {
            Some(home) => changes.push((home.user.clone(), listed(world, id, device))),
            None => {
                if !world.may_be_ahead(id) {
                    findings.add("devices", format!("device {id} is not known"));
                }
                errors.push(((*id).to_owned(), "Device not found"));
            }
        }
    }
    Some(taken(changes, errors, good.iter().map(|(id, _)| (*id).to_owned()).collect()))
}

/// The strings of `list`.
fn ids<'a>(body: &'a Json, list: &str, findings: &mut Findings) -> Option<Vec<&'a str>> {
    let members = findings.object(body, "", &[list], &[])?;
    let items = findings.array(members, list, "")?;
    Some(findings.words(items, list))
}

fn delete_devices(world: &World, body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let ids = ids(body, "device_ids", findings)?;
    let (mut changes, mut errors) = (Vec::new(), Errors::new());
    for id in &ids {
        match world.home_of(id) {
            Some(home) => changes.push((home.user.clone(), Change::Removed { device: (*id).to_owned() })),
            None => {
                if !world.may_be_ahead(id) {
                    findings.add("device_ids", format!("device {id} is not known"));
                }
                errors.push(((*id).to_owned(), "Device not found"));
            }
        }
    }
    Some(taken(changes, errors, ids.into_iter().map(str::to_owned).collect()))
}

fn put_models(body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let members = findings.object(body, "", &["models"], &[])?;
    let models = findings.array(members, "models", "")?;
    if models.is_empty() {
        findings.add("models", "is empty");
    }
    let mut outcome = Outcome::only(accepted(Vec::new()), Findings::default());
    let mut errors = Errors::new();
    for (place, model) in models.iter().enumerate() {
        let before = findings.len();
        let Some(id) = describe::model(model, &at("models", place), findings) else { continue };
        if findings.len() == before {
            outcome.models.push((id.to_owned(), Some(model.clone())));
        } else {
            errors.push((id.to_owned(), "Invalid model"));
        }
    }
    outcome.answer = accepted(errors);
    Some(outcome)
}

fn delete_models(world: &World, body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let ids = ids(body, "model_ids", findings)?;
    let mut outcome = Outcome::only(accepted(Vec::new()), Findings::default());
    let mut errors = Errors::new();
    for id in ids {
        let mut devices = world.homes.values().flat_map(|home| home.devices.values());
        if devices.any(|device| device.description.get("model_id").is_some_and(|model| model == id)) {
            findings.add("model_ids", format!("model {id} is in use"));
            errors.push((id.to_owned(), "Model is in use"));
        } else if world.models.contains_key(id) {
            outcome.models.push((id.to_owned(), None));
        } else {
            findings.add("model_ids", format!("model {id} is not known"));
            errors.push((id.to_owned(), "Model not found"));
        }
    }
    outcome.answer = accepted(errors);
    Some(outcome)
}

fn unlink(world: &World, body: &Json, findings: &mut Findings) -> Option<Outcome> {
    let members = findings.object(body, "", &["user_id"], &[])?;
    let user = findings.text(members, "user_id", "", 1000)?;
    match world.homes.get(user) {
        Some(home) if home.linked => Some(taken(vec![(user.to_owned(), Change::Unlinked)], Vec::new(), Vec::new())),
        // Once more after an answer that was lost.
        Some(_) => Some(Outcome::only(invalid_argument(), Findings::default())),
        None => {
            findings.add("user_id", "this user was never linked");
            None
        }
    }
}
