//! `deviceState`, the same in callbacks and answers.

use serde_json::{Map, Value as Json};

use super::capabilities::{self, Kind, attribute, is_event, is_momentary};
use super::handlers;
use crate::check::{Findings, at, kind};
use crate::view::{Change, Source};

/// Times of events: within a day in a callback.
const OLDEST_SECS: f64 = 25.0 * 3600.0;
const AHEAD_SECS: f64 = 60.0;
/// <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>
const DEVICE_ERRORS: [&str; 5] = [
    "DEVICE-DELETED",
    "DEVICE-OFFLINE",
    "DEVICE-UNAVAILABLE",
    "RESOURCE-CONSTRAINT-VIOLATION",
    "CAPABILITY-NOT-SUPPORTED",
];
const HEALTH: (&str, &str) = ("st.healthCheck", "healthStatus");

/// Checks the entry of a device; what it changes. States that are wrong change nothing.
pub(super) fn read(
    id: &str,
    members: &Map<String, Json>,
    path: &str,
    description: &Json,
    (source, now): (Source, f64),
    findings: &mut Findings,
) -> Vec<Change> {
    let mut changes = Vec::new();
    let errors = read_errors(members, path, findings);
    if members.get("states").is_none() && errors.is_empty() {
        findings.add(path, "has neither states nor deviceError");
    }
    let states = findings.array(members, "states", path).map(Vec::as_slice).unwrap_or_default();
    if states.is_empty() && errors.is_empty() && members.contains_key("states") {
        findings.add(at(path, "states"), "is empty");
    }
    // The last time that each attribute carried.
    let mut seen: Vec<(String, Option<i64>)> = Vec::new();
    let mut health = None;
    for (place, state) in states.iter().enumerate() {
        let path = at(&at(path, "states"), place);
        let before = findings.len();
        let optional = ["unit", "data", "timestamp"];
        let required = ["component", "capability", "attribute", "value"];
        let Some(members) = findings.object(state, &path, &required, &optional) else { continue };
        findings.word(members, "component", &path, &["main"]);
        let Some(capability) = findings.text(members, "capability", &path, 100) else { continue };
        let Some(name) = findings.text(members, "attribute", &path, 100) else { continue };
        check_state((capability, name), members, &path, description, findings);
        let timestamp = check_timestamp(members, &path, (source, now), findings);
        let key = format!("main/{capability}/{name}");
        if let Some((_, last)) = seen.iter().rev().find(|(known, _)| *known == key)
            && last.zip(timestamp).is_none_or(|(last, timestamp)| last >= timestamp)
        {
            findings.add(&*path, format!("{key} is there twice, without times in this order"));
        }
        seen.push((key.clone(), timestamp));
        if findings.len() > before {
            continue;
        }
        let value = members.get("value").cloned().unwrap_or_default();
        if (capability, name) == HEALTH {
            health = Some(value == "online");
            continue;
        }
        let momentary = is_momentary(capability, name);
        if momentary && source != Source::Callback {
            findings.add(&*path, format!("event {key} is repeated in an answer"));
            continue;
        }
        #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in an f64")]
        let carried_at = timestamp.map(|millis| millis as f64 / 1000.0);
        changes.push(Change::Value {
            device: id.to_owned(),
            key,
            value,
            unit: members.get("unit").and_then(Json::as_str).map(str::to_owned),
            carried_at,
            lasts: !momentary,
            event: is_event(capability, name),
        });
    }
    let is_offline = errors.contains(&"DEVICE-OFFLINE");
    if is_offline && health == Some(true) {
        findings.add(path, "says healthStatus online and DEVICE-OFFLINE");
    }
    if errors.is_empty() && health.is_none() && members.contains_key("states") {
        findings.add(at(path, "states"), "healthStatus is missing");
    }
    if errors.contains(&"DEVICE-DELETED") {
        return vec![Change::Removed { device: id.to_owned() }];
    }
    if let Some(online) = health.or(is_offline.then_some(false)) {
        changes.push(Change::Online { device: id.to_owned(), online });
    }
    changes
}

fn read_errors<'a>(members: &'a Map<String, Json>, path: &str, findings: &mut Findings) -> Vec<&'a str> {
    let Some(errors) = findings.array(members, "deviceError", path) else { return Vec::new() };
    let path = at(path, "deviceError");
    if errors.is_empty() {
        findings.add(&*path, "is empty");
    }
    let mut words = Vec::new();
    for (place, error) in errors.iter().enumerate() {
        let path = at(&path, place);
        let Some(members) = findings.object(error, &path, &["errorEnum", "detail"], &[]) else { continue };
        findings.text(members, "detail", &path, 256);
        words.extend(findings.word(members, "errorEnum", &path, &DEVICE_ERRORS));
    }
    words
}

fn check_state(
    (capability, name): (&str, &str),
    members: &Map<String, Json>,
    path: &str,
    description: &Json,
    findings: &mut Findings,
) {
    if !capability.starts_with("st.") {
        findings.add(at(path, "capability"), format!("{capability} has not the prefix st."));
        return;
    }
    let Some(attribute) = attribute(capability, name) else {
        let what = if capabilities::is_known(capability) { "no attribute" } else { "no capability" };
        findings.add(path, format!("{capability} {name}: there is {what} of this name"));
        return;
    };
    let handler = description.get("deviceHandlerType").and_then(Json::as_str).unwrap_or_default();
    if handlers::has(handler, capability) != Some(true) {
        findings.add(at(path, "capability"), format!("a {handler} has no {capability}"));
    }
    match members.get("unit") {
        None if attribute.needs_unit => findings.add(at(path, "unit"), format!("is missing, {name} needs it")),
        Some(unit) if !attribute.units.iter().any(|known| unit == known) => {
            findings.add(at(path, "unit"), format!("{unit} is no unit of {name}"));
        }
        _ => {}
    }
    if members.get("data").is_some_and(|data| !data.is_object()) {
        findings.add(at(path, "data"), "is not an object");
    }
    let Some(value) = members.get("value") else { return };
    let wrong = match attribute.kind {
        Kind::Integer(min, max) => match value.as_i64() {
            Some(number) if (min..=max).contains(&number) => None,
            _ => Some(format!("not an integer within {min} and {max}")),
        },
        Kind::Number(min, max) => match value.as_f64() {
            Some(number) if (min..=max).contains(&number) => None,
            _ => Some(format!("not a number within {min} and {max}")),
        },
        Kind::Text => {
            let fits = value.as_str().is_some_and(|text| text.chars().count() <= 255);
            (!fits).then(|| "not a string of at most 255 characters".to_owned())
        }
        Kind::Word(words) => {
            let fits = words.iter().any(|word| value == word);
            (!fits).then(|| format!("none of {}", words.join(", ")))
        }
        Kind::Words(words) => {
            let is_word = |item: &Json| words.iter().any(|word| item == word);
            let fits = value.as_array().is_some_and(|items| items.iter().all(is_word));
            (!fits).then(|| format!("not an array of {}", words.join(", ")))
        }
        Kind::Texts => {
            let fits = value.as_array().is_some_and(|items| items.iter().all(Json::is_string));
            (!fits).then(|| "not an array of strings".to_owned())
        }
        Kind::Range => {
            let bound = |name| value.get(name).and_then(Json::as_f64);
            let fits = bound("minimum").zip(bound("maximum")).is_some_and(|(min, max)| min <= max);
            (!fits).then(|| "not a minimum and a maximum".to_owned())
        }
    };
    if let Some(wrong) = wrong {
        findings.add(at(path, "value"), format!("{name} is {value} ({}), {wrong}", kind(value)));
    }
}

/// Milliseconds.
fn check_timestamp(
    members: &Map<String, Json>,
    path: &str,
    (source, now): (Source, f64),
    findings: &mut Findings,
) -> Option<i64> {
    let timestamp = members.get("timestamp")?;
    let Some(millis) = timestamp.as_i64() else {
        findings.add(at(path, "timestamp"), format!("is not an integer but {}", kind(timestamp)));
        return None;
    };
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of this era are exact in an f64")]
    let age = now - millis as f64 / 1000.0;
    if age < -AHEAD_SECS {
        findings.add(at(path, "timestamp"), format!("{millis} is in the future"));
    } else if age > OLDEST_SECS && source == Source::Callback {
        findings.add(at(path, "timestamp"), format!("{millis} is more than a day ago, in milliseconds"));
    }
    Some(millis)
}
