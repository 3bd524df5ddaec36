//! Callbacks: <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference-alerts/post-skill_id-callback-state>.

use http::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::Value as Json;

use super::answer::{accepted, bad_request, not_found, unknown_user};
use super::state;
use crate::check::{Findings, at};
use crate::faults::Call;
use crate::message::{After, Answer, Asked, Outcome, World};
use crate::settings::Settings;
use crate::view::{Change, Home, List, Source};

/// A state is told within a day, or not any more.
const OLDEST_SECS: f64 = 25.0 * 3600.0;
const AHEAD_SECS: f64 = 60.0;

pub(crate) fn call(asked: &Asked) -> Call {
    match asked.path.rsplit('/').next() {
        Some("state") => Call::State,
        Some("discovery") => Call::Devices,
        _ => Call::Other,
    }
}

/// Whether the user was never linked.
pub(crate) fn is_of_strangers(world: &World, asked: &Asked) -> bool {
    let user = asked.json.as_ref().ok().and_then(|body| body.pointer("/payload/user_id")?.as_str());
    user.is_some_and(|user| !world.homes.contains_key(user))
}

/// What becomes of a callback.
pub(crate) fn check(world: &World, settings: &Settings, asked: &Asked, now: f64) -> Outcome {
    let mut findings = Findings::default();
    let skill_id = settings.yandex_skill_id.as_deref().unwrap_or_default();
    let path = asked.path.strip_prefix("/api/v1/skills/").and_then(|rest| rest.split_once('/'));
    let Some((skill, kind @ ("callback/state" | "callback/discovery"))) = path else {
        findings.add("", format!("there is no {}", asked.path));
        return Outcome::only(not_found(), findings);
    };
    if asked.method != Method::POST {
        findings.add("", format!("method {} is not POST", asked.method));
        return Outcome::only(Answer::empty(StatusCode::METHOD_NOT_ALLOWED), findings);
    }
    let token = settings.yandex_token.as_ref().map(ExposeSecret::expose_secret).unwrap_or_default();
    match asked.authorization().map(|value| value.strip_prefix("OAuth ").ok_or(value)) {
        Some(Ok(given)) if given == token => {}
        Some(Err(_)) => {
            findings.add("", "header Authorization does not begin with \"OAuth \"");
            return Outcome::only(Answer::text(StatusCode::UNAUTHORIZED, "Unauthorized\n"), findings);
        }
        Some(Ok(_)) | None => {
            findings.add("", "header Authorization does not hold the skill owner's token");
            return Outcome::only(Answer::text(StatusCode::UNAUTHORIZED, "Unauthorized\n"), findings);
        }
    }
    if skill != skill_id {
        findings.add("", "the skill is not that of the token");
        return Outcome::only(Answer::text(StatusCode::FORBIDDEN, "Forbidden\n"), findings);
    }
    if asked.query.is_some() {
        findings.add("", "there is a query string");
    }
    asked.check_content_type(&mut findings);
    let body = match &asked.json {
        Ok(body) => body,
        Err(error) => {
            findings.add("", format!("the body is not JSON: {error}"));
            return Outcome::only(bad_request(&findings), findings);
        }
    };
    let members = findings.object(body, "", &["ts", "payload"], &[]);
    let ts = body.get("ts").and_then(Json::as_f64);
    match ts {
        None => findings.add("ts", "is not a number"),
        Some(ts) if ts > now + AHEAD_SECS => findings.add("ts", format!("{ts} is in the future")),
        Some(ts) if ts < now - OLDEST_SECS => findings.add("ts", format!("{ts} is more than a day ago, in seconds")),
        Some(_) => {}
    }
    let names: &[&str] = if kind == "callback/state" { &["user_id", "devices"] } else { &["user_id"] };
    let payload = members.and_then(|members| members.get("payload"));
    let payload = payload.and_then(|payload| findings.object(payload, "payload", names, &[]));
    let Some(user) = payload.and_then(|payload| findings.text(payload, "user_id", "payload", 1000)) else {
        return Outcome::only(bad_request(&findings), findings);
    };
    let Some(home) = world.homes.get(user) else {
        findings.add("payload.user_id", "this user was never linked");
        return Outcome::only(unknown_user(), findings);
    };
    if !home.linked || home.forgotten {
        let mut outcome = Outcome::only(unknown_user(), findings);
        if home.linked {
            outcome.after.push(After::Heal { user: user.to_owned() });
        }
        return outcome;
    }
    let mut outcome = Outcome::only(accepted(), Findings::default());
    if kind == "callback/discovery" {
        outcome.after.push(After::Rediscover { user: user.to_owned() });
    } else if let Some(devices) = payload.and_then(|payload| findings.array(payload, "devices", "payload")) {
        if devices.is_empty() {
            findings.add("payload.devices", "is empty");
        }
        for (place, device) in devices.iter().enumerate() {
            let path = at("payload.devices", place);
            let before = findings.len();
            let changes = device_changes(home, device, &path, ts, &mut outcome, &mut findings);
            if findings.len() == before {
                outcome.changes.extend(changes.into_iter().map(|change| (user.to_owned(), change)));
            }
        }
    }
    // A device that the platform cannot know yet is refused without being a violation.
    if !findings.is_empty() || !outcome.findings.is_empty() {
        let refused = if findings.is_empty() { &outcome.findings } else { &findings };
        outcome.answer = bad_request(refused);
        outcome.changes.clear();
        outcome.after.clear();
    }
    outcome.findings = findings;
    outcome
}

/// What a device's entry changes. `outcome.findings` takes what refuses the message without being homeport's fault.
fn device_changes(
    home: &Home,
    entry: &Json,
    path: &str,
    ts: Option<f64>,
    outcome: &mut Outcome,
    findings: &mut Findings,
) -> Vec<Change> {
    let Some(members) = findings.object(entry, path, &["id"], &["status", "capabilities", "properties"]) else {
        return Vec::new();
    };
    let Some(id) = findings.text(members, "id", path, 1000) else { return Vec::new() };
    if outcome.devices.iter().any(|known| known == id) {
        findings.add(at(path, "id"), format!("device {id} is there twice"));
        return Vec::new();
    }
    outcome.devices.push(id.to_owned());
    let status = findings.word(members, "status", path, &["online", "offline"]);
    if status.is_none() && !members.contains_key("capabilities") && !members.contains_key("properties") {
        findings.add(path, "has neither status nor capabilities nor properties");
    }
    let Some(device) = home.devices.get(id) else {
        if home.list != List::Current {
            // It will be listed and queried in a moment.
        } else if home.may_be_ahead(id) {
            outcome.findings.add(at(path, "id"), "is not known");
        } else {
            findings.add(at(path, "id"), format!("device {id} is not known"));
        }
        return Vec::new();
    };
    let mut changes = Vec::new();
    if let Some(status) = status {
        if device.description.pointer("/status_info/reportable") != Some(&Json::Bool(true)) {
            findings.add(at(path, "status"), "status_info does not say that it is reported");
        }
        changes.push(Change::Online { device: id.to_owned(), online: status == "online" });
    }
    changes.extend(state::read(id, members, path, &device.description, (Source::Callback, ts), findings));
    changes
}
