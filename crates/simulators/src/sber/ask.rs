//! The webhook's requests: <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-get-devices> and the pages beside it.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value as Json, json};

use super::{describe, state};
use crate::caller::{Answered, Error, Question};
use crate::check::{Findings, at};
use crate::life::{Access, Listed, Target};
use crate::settings::Platform;
use crate::view::{Change, Source};
use crate::{Simulators, lock};

fn question<'a>(access: &'a Access, method: Method, path: &'a str, body: Option<Json>) -> Question<'a> {
    let (homeport, token) = (access.homeport.as_str(), Some(&access.token));
    Question { platform: Platform::Sber, homeport, method, path, token, body }
}

fn json_of<'a>(answered: &'a Answered, findings: &mut Findings) -> Option<&'a Json> {
    answered.json.as_ref().inspect_err(|error| findings.add("", format!("the answer is not JSON: {error}"))).ok()
}

fn unusable(method: &str, path: &str) -> Error {
    Error::Unusable {
        message: format!("{method} {path}"),
        reason: "the answer is wrong, see its violations".to_owned(),
    }
}

fn models(simulators: &Simulators) -> BTreeMap<String, Json> {
    lock(&simulators.service(Platform::Sber).world).models.clone()
}

/// Ping, user and devices, as when accounts are linked. A device with a wrong description is dropped.
pub(crate) async fn list(simulators: &Simulators, access: &Access, user: &str) -> Result<Listed, Error> {
    let ping = Question { token: None, ..question(access, Method::GET, "/sber/v1/ping", None) };
    simulators.ask(ping, |_, _| ()).await?;
    let path = "/sber/v1/user";
    let is_user = simulators.ask(question(access, Method::GET, path, None), |answered, findings| {
        let body = json_of(answered, findings)?;
        let members = findings.object(body, "", &["id"], &[])?;
        let id = findings.text(members, "id", "", 1000)?;
        if id != user {
            findings.add("id", format!("is not {user}"));
        }
        (id == user).then_some(())
    });
    is_user.await?.ok_or_else(|| unusable("GET", path))?;
    let path = "/sber/v1/devices";
    let models = models(simulators);
    let listed = simulators.ask(question(access, Method::GET, path, None), |answered, findings| {
        let body = json_of(answered, findings)?;
        let members = findings.object(body, "", &["devices"], &[])?;
        let mut listed = Listed::default();
        let mut inline: BTreeMap<&str, &Json> = BTreeMap::new();
        for (place, device) in findings.array(members, "devices", "")?.iter().enumerate() {
            let (before, path) = (findings.len(), at("devices", place));
            let id = describe::device(device, &path, &models, findings);
            let model = device.get("model");
            if let Some((id, model)) = model.and_then(|model| Some((model.get("id")?.as_str()?, model)))
                && inline.insert(id, model).is_some_and(|other| features(other) != features(model))
            {
                findings.add(at(&path, "model"), format!("model {id} has other features elsewhere"));
            }
            let Some(id) = id.filter(|_| findings.len() == before) else { continue };
            if !listed.devices.insert(id.to_owned()) {
                findings.add(path, format!("device {id} is there twice"));
                continue;
            }
            let declared = describe::declared(device, &models);
            listed.changes.push(Change::Listed { device: id.to_owned(), description: device.clone(), declared });
        }
        // The list is authoritative.
        listed.changes.push(Change::ListedOnly { devices: listed.devices.clone(), forget: true });
        Some(listed)
    });
    listed.await?.ok_or_else(|| unusable("GET", path))
}

/// What must be equal in models with one id.
fn features(model: &Json) -> (Option<&Json>, Option<&Json>, Option<&Json>) {
    (model.get("category"), model.get("features"), model.get("allowed_values"))
}

/// Reads states.
pub(crate) async fn query(simulators: &Simulators, access: &Access, targets: &[Target]) -> Result<Vec<Change>, Error> {
    let path = "/sber/v1/query";
    let ids: Vec<&str> = targets.iter().map(|target| target.id.as_str()).collect();
    let models = models(simulators);
    let read = |answered: &Answered, findings: &mut Findings| {
        let body = json_of(answered, findings)?;
        let members = findings.object(body, "", &["devices"], &["errors"])?;
        let changes = states(members.get("devices")?, targets, &models, Source::Query, findings);
        let errors = members.get("errors").and_then(Json::as_array);
        let failed: Vec<&str> = errors.into_iter().flatten().filter_map(|error| error.get("id")?.as_str()).collect();
        for target in targets {
            let id = target.id.as_str();
            if members.get("devices").is_some_and(|devices| devices.get(id).is_none()) && !failed.contains(&id) {
                findings.add("devices", format!("device {id} is missing"));
            }
        }
        Some(changes)
    };
    let question = question(access, Method::POST, path, Some(json!({"devices": ids})));
    simulators.ask(question, read).await?.ok_or_else(|| unusable("POST", path))
}

fn states(
    devices: &Json,
    targets: &[Target],
    models: &BTreeMap<String, Json>,
    source: Source,
    findings: &mut Findings,
) -> Vec<Change> {
    let mut changes = Vec::new();
    for (id, entry) in devices.as_object().into_iter().flatten() {
        let path = at("devices", id);
        match targets.iter().find(|target| target.id == *id) {
            None => findings.add(path, "was not asked for"),
            Some(target) => {
                changes.extend(state::read(id, entry, &path, &target.description, models, source, findings));
            }
        }
    }
    changes
}

/// Commands a device; the states of the answer are believed.
pub(crate) async fn command(
    simulators: &Simulators,
    access: &Access,
    target: &Target,
    fragment: &Json,
) -> Result<(Json, Vec<Change>), Error> {
    let path = "/sber/v1/command";
    let states_asked = fragment.get("states").cloned().unwrap_or_default();
    let body = json!({"devices": {target.id.as_str(): {"states": states_asked}}});
    let models = models(simulators);
    let read = |answered: &Answered, findings: &mut Findings| {
        let body = json_of(answered, findings)?;
        let members = findings.object(body, "", &[], &["devices", "errors"])?;
        let targets = std::slice::from_ref(target);
        let changes =
            members.get("devices").map(|devices| states(devices, targets, &models, Source::Command, findings));
        Some((body.clone(), changes.unwrap_or_default()))
    };
    simulators.ask(question(access, Method::POST, path, Some(body)), read).await?.ok_or_else(|| unusable("POST", path))
}

/// The user has removed the link; what homeport answers does not matter.
pub(crate) async fn unlink(simulators: &Simulators, access: &Access) -> Result<(), Error> {
    simulators.ask(question(access, Method::POST, "/sber/v1/unlink", None), |_, _| ()).await
}
