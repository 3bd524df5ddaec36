//! Telling Yandex: one user and many devices a request.
//!
//! One bad value refuses a whole request, so an answer that names it makes the request go out again without it.

use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::map;
use super::wire::{
    Callback, CallbackAnswer, ChangedDevice, ChangedDevices, ChangedList, DeviceChange, Reachability, StateEntry,
};
use crate::config;
use crate::model::{DeviceId, Timestamp, Value};
use crate::notify::protocol::{Incoming, Outgoing, Protocol, Reaction, runs};
use crate::notify::{DeviceNews, Frame};
use crate::object;
use crate::store::Link;

/// Devices in one request; Yandex names no limit.
const DEVICES_MAX: usize = 100;
/// How long a wrong skill id or a token without rights is left alone: only a person can change that.
const DENIED_PAUSE: Duration = Duration::from_secs(60);
const REQUEST_ID_MAX_CHARS: usize = 64;

/// The notification service of one skill.
#[derive(Clone, Debug)]
pub struct Yandex {
    state_url: Url,
    discovery_url: Url,
    authorization: HeaderValue,
}

impl Yandex {
    /// For the skill of these settings; `None` where they are without token and address, because nothing is sent.
    pub fn new(settings: &config::Yandex) -> Option<Self> {
        let url = settings.url.as_ref()?;
        let callback = |kind: &str| {
            let mut url = url.clone();
            url.path_segments_mut().ok()?.extend(["api", "v1", "skills", &settings.skill_id, "callback", kind]);
            Some(url)
        };
        Some(Yandex {
            state_url: callback("state")?,
            discovery_url: callback("discovery")?,
            authorization: authorization(settings.token.as_ref()?)?,
        })
    }

    fn request<T: Serialize>(&self, url: &Url, at: Timestamp, payload: T, devices: Vec<DeviceId>) -> Option<Outgoing> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = serde_json::to_vec(&Callback { ts: seconds(at), payload });
        let body = body.inspect_err(|error| tracing::error!(error = %error, "callback could not be written")).ok()?;
        Some(Outgoing { method: Method::POST, url: url.clone(), headers, body, devices })
    }
}

fn authorization(token: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("OAuth {}", token.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// An f32 would be off by up to a minute.
#[allow(clippy::cast_precision_loss, reason = "microseconds of this era are exact in an f64")]
fn seconds(at: Timestamp) -> f64 {
    at.micros() as f64 / 1e6
}

impl Protocol for Yandex {
    type Fragment = DeviceChange;
    type Access = ();

    fn fragment(&self, frame: &Frame) -> Option<DeviceChange> {
        let device = &frame.now.device;
        if !map::is_offered(device) {
            return None;
        }
        let (before, now) = frame.before_and_after();
        let known = frame.known.as_ref().zip(before).filter(|(known, _)| map::is_offered(&known.device));
        let was_online = known.as_ref().map(|(_, state)| state.online);
        let known = known.map(|(known, state)| map::report(&known.device, &state)).unwrap_or_default();
        let mut states = map::report(device, &now);
        states.capabilities.retain(|entry| !known.capabilities.contains(entry));
        states.properties.retain(|entry| !known.properties.contains(entry));
        for occurrence in &frame.occurrences {
            if let Value::Word(word) = occurrence.value
                && let Some(event) = map::happened(device, occurrence.trait_, word)
            {
                // Of two states of one instance Yandex would take either.
                states.properties.retain(|entry| !same_instance(entry, &event));
                states.properties.push(event);
            }
        }
        let reachability = if now.online { Reachability::Online } else { Reachability::Offline };
        let status = (was_online != Some(now.online)).then_some(reachability);
        let nothing = status.is_none() && states.capabilities.is_empty() && states.properties.is_empty();
        (!nothing).then_some(DeviceChange { status, states })
    }

    fn leave_out(&self, fragment: &DeviceChange, part: &str) -> Option<DeviceChange> {
        let (list, place) = part.split_once('.')?;
        let place: usize = place.parse().ok()?;
        let mut rest = fragment.clone();
        let entries = match list {
            "capabilities" => &mut rest.states.capabilities,
            "properties" => &mut rest.states.properties,
            _ => return None,
        };
        if place >= entries.len() {
            return None;
        }
        entries.remove(place);
        let left = rest.status.is_some() || !rest.states.capabilities.is_empty() || !rest.states.properties.is_empty();
        left.then_some(rest)
    }

    fn states(&self, link: &Link, (): &(), fragments: &[(DeviceId, DeviceChange)], at: Timestamp) -> Vec<Outgoing> {
        let request = |run: &[(DeviceId, DeviceChange)]| {
            let devices = run.iter().map(|(id, change)| ChangedDevice { id: id.as_str(), change }).collect();
            let payload = ChangedDevices { user_id: link.key.user.as_str(), devices };
            self.request(&self.state_url, at, payload, run.iter().map(|(id, _)| id.clone()).collect())
        };
        runs(fragments, DEVICES_MAX, usize::MAX, |_| 0).into_iter().filter_map(request).collect()
    }

    fn listings(&self, link: &Link, (): &(), news: &[&DeviceNews], at: Timestamp) -> Vec<Outgoing> {
        if news.is_empty() {
            return Vec::new();
        }
        let payload = ChangedList { user_id: link.key.user.as_str() };
        let devices = news.iter().map(|device| device.id.clone()).collect();
        self.request(&self.discovery_url, at, payload, devices).into_iter().collect()
    }

    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/responses-codes-alerts>
    fn reaction(&self, request: &Outgoing, answer: &Incoming) -> Reaction {
        let said: CallbackAnswer = object::read(&answer.body).unwrap_or_default();
        let request_id = said.request_id.as_str().unwrap_or_default();
        let request_id: String = request_id.chars().filter(char::is_ascii_graphic).take(REQUEST_ID_MAX_CHARS).collect();
        tracing::info!(platform = "yandex", status = answer.status.as_u16(), request_id, "callback answered");
        let status = answer.status;
        match status {
            StatusCode::ACCEPTED => Reaction::accepted(),
            StatusCode::BAD_REQUEST if said.error_code == "UNKNOWN_USER" => Reaction::UnknownUser,
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE if request.url == self.discovery_url => {
                // It names no device: with fewer of them it would be the same request.
                let reason = format!("{}, the list is refused", status.as_u16());
                let refused = request.devices.iter().map(|id| (id.clone(), reason.clone())).collect();
                Reaction::Accepted { refused, retry: Vec::new() }
            }
            StatusCode::BAD_REQUEST => bad_request(said.error_message.as_str().unwrap_or_default()),
            // Yandex has refused good tokens for days by mistake.
            StatusCode::UNAUTHORIZED => Reaction::denied(answer, Duration::ZERO, "401, the token is refused"),
            StatusCode::FORBIDDEN => {
                Reaction::denied(answer, DENIED_PAUSE, "403, the token is not of the owner of this skill")
            }
            StatusCode::NOT_FOUND => Reaction::denied(answer, DENIED_PAUSE, "404, the address is wrong"),
            StatusCode::TOO_MANY_REQUESTS => Reaction::retry(answer, "429, too many requests"),
            StatusCode::PAYLOAD_TOO_LARGE => Reaction::Refused { reason: "413, the request is too long".to_owned() },
            _ if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                Reaction::retry(answer, format!("{}, a fault of Yandex", status.as_u16()))
            }
            _ => Reaction::denied(answer, DENIED_PAUSE, format!("unexpected status {}", status.as_u16())),
        }
    }
}

fn same_instance(one: &StateEntry, other: &StateEntry) -> bool {
    one.entry_type == other.entry_type && one.state.instance == other.state.instance
}

/// What of the request is wrong, where the message names a path such as `payload.devices.0.properties.1.state`.
fn bad_request(message: &str) -> Reaction {
    let path = message.split_once("payload.devices.").map(|(_, path)| path).unwrap_or_default();
    let mut names =
        path.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').next().unwrap_or_default().split('.');
    let Some(place) = names.next().and_then(|place| place.parse().ok()) else {
        // The message may hold a value of the device.
        return Reaction::Refused { reason: "400 BAD_REQUEST".to_owned() };
    };
    let part = match (names.next(), names.next()) {
        (Some(list @ ("capabilities" | "properties")), Some(entry)) => Some(format!("{list}.{entry}")),
        _ => None,
    };
    let at = part.as_ref().map(|part| format!(" at {part}")).unwrap_or_default();
    Reaction::Without { place, part, reason: format!("400 BAD_REQUEST{at}") }
}
