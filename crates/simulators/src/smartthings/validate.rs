//! Calls to the addresses of a grant.

use http::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Map, Value as Json, json};

use super::answer::{headers, refusal};
use super::token::{ACCESS_LIFE_SECS, Issued, Standing};
use super::{describe, state};
use crate::check::{Findings, at};
use crate::faults::Call;
use crate::message::{After, Answer, Asked, Outcome, World};
use crate::settings::Settings;
use crate::view::{Change, Home, Source};

/// States in one request: <https://developer.smartthings.com/docs/getting-started/rate-limits>.
const STATES_MAX: usize = 50;

pub(crate) fn call(asked: &Asked) -> Call {
    if asked.path == "/oauth/token" {
        return Call::Token;
    }
    let Ok(body) = &asked.json else { return Call::Other };
    match body.pointer("/headers/interactionType").and_then(Json::as_str) {
        Some("discoveryCallback") => Call::Devices,
        Some("stateCallback") if body.get("globalError").is_some() => Call::Unlink,
        Some("stateCallback") => Call::State,
        _ => Call::Other,
    }
}

/// What becomes of a call.
pub(crate) fn check(world: &World, settings: &Settings, asked: &Asked, now: f64) -> Outcome {
    let mut findings = Findings::default();
    if asked.method != Method::POST {
        findings.add("", format!("method {} is not POST", asked.method));
        return Outcome::only(Answer::empty(StatusCode::METHOD_NOT_ALLOWED), findings);
    }
    asked.check_content_type(&mut findings);
    if asked.query.is_some() {
        findings.add("", "there is a query string");
    }
    let body = match &asked.json {
        Ok(body) => body,
        Err(error) => {
            findings.add("", format!("the body is not JSON: {error}"));
            return Outcome::only(refusal(StatusCode::BAD_REQUEST, &Json::Null, "BAD-REQUEST"), findings);
        }
    };
    if asked.path == "/oauth/token" {
        return token(world, settings, body, now, findings);
    }
    callback(world, body, now, findings)
}

/// The headers of a message; its interaction type.
fn envelope<'a>(members: &'a Map<String, Json>, findings: &mut Findings) -> Option<&'a str> {
    let names = ["schema", "version", "interactionType", "requestId"];
    let headers = findings.object(members.get("headers")?, "headers", &names, &[])?;
    findings.word(headers, "schema", "headers", &["st-schema"]);
    findings.word(headers, "version", "headers", &["1.0"]);
    if let Some(request_id) = findings.text(headers, "requestId", "headers", 128)
        && uuid::Uuid::parse_str(request_id).is_err()
    {
        findings.add("headers.requestId", "is not a UUID");
    }
    findings.text(headers, "interactionType", "headers", 100)
}

/// `accessTokenRequest` and `refreshAccessTokens`.
fn token(world: &World, settings: &Settings, body: &Json, now: f64, mut findings: Findings) -> Outcome {
    let refuse = |status, error, findings| Outcome::only(refusal(status, body, error), findings);
    let Some(members) = findings.object(body, "", &["headers", "callbackAuthentication"], &[]) else {
        return refuse(StatusCode::BAD_REQUEST, "BAD-REQUEST", findings);
    };
    let kind = envelope(members, &mut findings).unwrap_or_default();
    let own = match kind {
        "accessTokenRequest" => ("authorization_code", "code"),
        "refreshAccessTokens" => ("refresh_token", "refreshToken"),
        _ => {
            findings.add("headers.interactionType", format!("{kind:?} asks for no tokens"));
            return refuse(StatusCode::BAD_REQUEST, "INVALID-INTERACTION-TYPE", findings);
        }
    };
    let (grant_type, name) = own;
    let given = members.get("callbackAuthentication").unwrap_or(&Json::Null);
    if given.get("grantType") != Some(&json!(grant_type)) {
        findings.add("callbackAuthentication.grantType", format!("is not {grant_type}, as {kind} wants it"));
        return refuse(StatusCode::BAD_REQUEST, "UNSUPPORTED-GRANT-TYPE", findings);
    }
    let names = ["grantType", "clientId", "clientSecret", name];
    let path = "callbackAuthentication";
    let before = findings.len();
    let given = findings.object(given, path, &names, &[]).filter(|_| findings.len() == before);
    let Some(given) = given else { return refuse(StatusCode::BAD_REQUEST, "BAD-REQUEST", findings) };
    let text = |name: &str| given.get(name).and_then(Json::as_str).unwrap_or_default();
    if Some(text("clientId")) != settings.smartthings_client_id.as_deref() {
        findings.add("callbackAuthentication.clientId", "is another one");
        return refuse(StatusCode::UNAUTHORIZED, "INVALID-CLIENT", findings);
    }
    let secret = settings.smartthings_client_secret.as_ref().map(ExposeSecret::expose_secret);
    if Some(text("clientSecret")) != secret {
        findings.add("callbackAuthentication.clientSecret", "is another one");
        return refuse(StatusCode::UNAUTHORIZED, "INVALID-CLIENT-SECRET", findings);
    }
    let is_refresh = name == "refreshToken";
    let (standing, error) = if is_refresh {
        (world.tokens.refresh_standing(text(name), now), "INVALID-TOKEN")
    } else {
        (world.tokens.code_standing(text(name), now), "INVALID-CODE")
    };
    let user = match standing {
        Standing::Good(user) => user,
        Standing::Over(user) => {
            // The answer to its first use may have been lost: the user finds that nothing works.
            let mut outcome = refuse(StatusCode::BAD_REQUEST, error, findings);
            outcome.after.push(After::Heal { user });
            return outcome;
        }
        Standing::Unknown => {
            findings.add(format!("callbackAuthentication.{name}"), "was never given out");
            return refuse(StatusCode::BAD_REQUEST, error, findings);
        }
    };
    let issued = Issued::new(user, is_refresh, now);
    let answer = json!({
        "headers": headers(body, Some("accessTokenResponse")),
        "callbackAuthentication": {
            "tokenType": "Bearer",
            "accessToken": issued.access,
            "refreshToken": issued.refresh,
            "expiresIn": ACCESS_LIFE_SECS,
        },
    });
    Outcome { issued: Some(issued), ..Outcome::only(Answer::json(StatusCode::OK, &answer), findings) }
}

/// `stateCallback` and `discoveryCallback`.
fn callback(world: &World, body: &Json, now: f64, mut findings: Findings) -> Outcome {
    let refuse = |status, error, findings| Outcome::only(refusal(status, body, error), findings);
    let kind = body.pointer("/headers/interactionType").and_then(Json::as_str);
    let (names, optional): (&[&str], &[&str]) = match kind {
        Some("discoveryCallback") => (&["headers", "authentication", "devices"], &[]),
        // The list may be null in a farewell.
        Some("stateCallback") if body.get("globalError").is_some() => {
            (&["headers", "authentication", "globalError"], &["deviceState"])
        }
        Some("stateCallback") => (&["headers", "authentication", "deviceState"], &[]),
        Some(other) => {
            findings.add("headers.interactionType", format!("{other:?} is no callback"));
            return refuse(StatusCode::BAD_REQUEST, "INVALID-INTERACTION-TYPE", findings);
        }
        None => {
            findings.add("headers.interactionType", "is missing");
            return refuse(StatusCode::BAD_REQUEST, "BAD-REQUEST", findings);
        }
    };
    let before = findings.len();
    let members = findings.object(body, "", names, optional);
    if let Some(members) = members {
        envelope(members, &mut findings);
        let authentication = members.get("authentication").unwrap_or(&Json::Null);
        if let Some(members) = findings.object(authentication, "authentication", &["tokenType", "token"], &[]) {
            findings.word(members, "tokenType", "authentication", &["Bearer"]);
        }
    }
    let Some(members) = members.filter(|_| findings.len() == before) else {
        return refuse(StatusCode::BAD_REQUEST, "BAD-REQUEST", findings);
    };
    let token = body.pointer("/authentication/token").and_then(Json::as_str).unwrap_or_default();
    let user = match world.tokens.access_standing(token, now) {
        Standing::Good(user) => user,
        Standing::Over(_) => return refuse(StatusCode::UNAUTHORIZED, "TOKEN-EXPIRED", findings),
        Standing::Unknown => {
            findings.add("authentication.token", "was never given out");
            return refuse(StatusCode::UNAUTHORIZED, "INVALID-TOKEN", findings);
        }
    };
    let Some(home) = world.homes.get(&user) else {
        return refuse(StatusCode::UNAUTHORIZED, "INVALID-TOKEN", findings);
    };
    let outcome = match kind {
        Some("discoveryCallback") => devices(home, members, &mut findings),
        _ if members.contains_key("globalError") => farewell(home, members, &mut findings),
        _ => states(world, home, members, now, &mut findings),
    };
    match outcome {
        Some(mut outcome) => {
            if !findings.is_empty() {
                outcome.after.push(complaint(home, kind.unwrap_or_default(), &findings));
            }
            outcome.findings = findings;
            outcome
        }
        None => refuse(StatusCode::BAD_REQUEST, "BAD-REQUEST", findings),
    }
}

fn accepted() -> Outcome {
    Outcome::only(Answer::json(StatusCode::OK, &json!({})), Findings::default())
}

/// SmartThings says afterwards what it could not digest.
fn complaint(home: &Home, kind: &str, findings: &Findings) -> After {
    let errors: Vec<Json> = findings
        .texts()
        .into_iter()
        .take(10)
        .map(|text| json!({"errorEnum": "BAD-RESPONSE", "detail": text}))
        .collect();
    let message = json!({"originatingInteractionType": kind, "deviceState": [{"deviceError": errors}]});
    After::Complain { user: home.user.clone(), message }
}

fn states(
    world: &World,
    home: &Home,
    members: &Map<String, Json>,
    now: f64,
    findings: &mut Findings,
) -> Option<Outcome> {
    let entries = findings.array(members, "deviceState", "")?;
    if entries.is_empty() {
        findings.add("deviceState", "is empty");
    }
    let states = |entry: &Json| entry.get("states").and_then(Json::as_array).map_or(1, Vec::len);
    let count: usize = entries.iter().map(states).sum();
    if count > STATES_MAX {
        findings.add("deviceState", format!("{count} states are more than {STATES_MAX}"));
    }
    let mut outcome = accepted();
    for (place, entry) in entries.iter().enumerate() {
        let path = at("deviceState", place);
        let optional = ["states", "deviceError", "deviceCookie"];
        let Some(members) = findings.object(entry, &path, &["externalDeviceId"], &optional) else { continue };
        let Some(id) = findings.text(members, "externalDeviceId", &path, 256) else { continue };
        if outcome.devices.iter().any(|known| known == id) {
            findings.add(path, format!("device {id} is there twice"));
            continue;
        }
        outcome.devices.push(id.to_owned());
        let Some(device) = home.devices.get(id) else {
            if !home.may_be_ahead(id) && !world.awaited.contains(id) {
                findings.add(path, format!("device {id} is not known"));
            }
            continue;
        };
        let own = state::read(id, members, &path, &device.description, (Source::Callback, now), findings);
        outcome.changes.extend(own.into_iter().map(|change| (home.user.clone(), change)));
    }
    Some(outcome)
}

fn devices(home: &Home, members: &Map<String, Json>, findings: &mut Findings) -> Option<Outcome> {
    let devices = findings.array(members, "devices", "")?;
    if devices.is_empty() {
        findings.add("devices", "is empty");
    }
    let mut outcome = accepted();
    for (place, device) in devices.iter().enumerate() {
        let (before, path) = (findings.len(), at("devices", place));
        let id = describe::check(device, &path, findings);
        let Some(id) = id.filter(|_| findings.len() == before) else { continue };
        if outcome.devices.iter().any(|known| known == id) {
            findings.add(path, format!("device {id} is there twice"));
            continue;
        }
        outcome.devices.push(id.to_owned());
        let change = Change::Listed { device: id.to_owned(), description: device.clone(), declared: None };
        outcome.changes.push((home.user.clone(), change));
    }
    outcome.after.push(After::Query { user: home.user.clone(), devices: outcome.devices.clone() });
    Some(outcome)
}

fn farewell(home: &Home, members: &Map<String, Json>, findings: &mut Findings) -> Option<Outcome> {
    let error = findings.object(members.get("globalError")?, "globalError", &["errorEnum"], &["detail"])?;
    findings.word(error, "errorEnum", "globalError", &["INTEGRATION-DELETED"])?;
    findings.text(error, "detail", "globalError", 100);
    if members.get("deviceState").is_some_and(|states| *states != json!([]) && !states.is_null()) {
        findings.add("deviceState", "is neither empty nor null");
    }
    let mut outcome = accepted();
    outcome.changes.push((home.user.clone(), Change::Unlinked));
    if let Some((homeport, token)) = home.access.clone() {
        outcome.after.push(After::ConfirmDeletion { homeport, token });
    }
    Some(outcome)
}
