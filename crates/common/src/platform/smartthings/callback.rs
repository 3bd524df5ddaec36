//! Telling SmartThings: many devices of one link a request, to the address and with the token that the link was granted.
//!
//! `DEVICE-DELETED` takes a device out of the user's routines, so it is said only of a device that is certainly not the
//! user's any more or not offered any more, never for a fault of ours.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use reqwest::Url;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value as Json;

use super::error::device_error;
use super::map::{self, Handler};
use super::wire::{
    self, Callback, CallbackHeaders, CallbackToken, CallbackType, DeviceState, ErrorItem, Farewell, GlobalErrorEnum,
    ListedDevices, States, Token,
};
use crate::config::CallbackHosts;
use crate::model::{DeviceError, DeviceId, Reported, Timestamp};
use crate::notify::protocol::{Incoming, Outgoing, Protocol, Reaction, runs};
use crate::notify::{DeviceNews, Frame, Listing};
use crate::store::Link;

/// States in one request, the general limit of the platform:
/// <https://developer.smartthings.com/docs/getting-started/rate-limits>.
const STATES_MAX: usize = 50;
/// Devices in one list; SmartThings names no limit.
const DEVICES_MAX: usize = 50;
/// How long a refusal that only a person can change is left alone.
const DENIED_PAUSE: Duration = Duration::from_secs(60);

/// SmartThings Schema callbacks. What differs between links is in [`Access`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SmartThings;

/// Where and with what a link's callbacks are sent.
#[derive(Clone, Debug)]
pub struct Access {
    url: Url,
    token: Token,
}

impl Access {
    /// `None` if callbacks must not be sent to this address.
    pub fn new(hosts: &CallbackHosts, state_callback: &str, token: SecretString) -> Option<Self> {
        let url = Url::parse(state_callback).ok().filter(|url| hosts.allows(url))?;
        Some(Access { url, token: token.into() })
    }

    /// Whether it is the same token.
    pub(super) fn has_token_of(&self, other: &Access) -> bool {
        self.token.expose() == other.token.expose()
    }

    fn request<T: Serialize>(&self, kind: CallbackType, content: T, devices: Vec<DeviceId>) -> Option<Outgoing> {
        let authentication = Some(CallbackToken { token_type: "Bearer", token: &self.token });
        let body = serde_json::to_vec(&Callback { headers: CallbackHeaders::new(kind), authentication, content });
        let body = body.inspect_err(|error| tracing::error!(error = %error, "callback could not be written")).ok()?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        Some(Outgoing { method: Method::POST, url: self.url.clone(), headers, body, devices })
    }

    fn state_callback(&self, entries: Vec<(DeviceId, DeviceState)>) -> Option<Outgoing> {
        let (ids, device_state) = entries.into_iter().unzip();
        self.request(CallbackType::StateCallback, States { device_state }, ids)
    }
}

impl Protocol for SmartThings {
    type Fragment = DeviceState;
    type Access = Access;

    fn fragment(&self, frame: &Frame) -> Option<DeviceState> {
        let device = &frame.now.device;
        Handler::of(device)?;
        let (before, now) = frame.before_and_after();
        let known = frame.known.as_ref().zip(before).filter(|(known, _)| Handler::of(&known.device).is_some());
        let was_online = known.as_ref().map(|(_, state)| state.online);
        let comes_back = now.online && was_online == Some(false);
        // While a device was shown offline SmartThings may have dropped what it was told of it.
        let known = known.filter(|_| !comes_back);
        let known = known.map(|(known, state)| map::report(&known.device, &state)).unwrap_or_default();
        let mut states = map::report(device, &now);
        states.retain(|state| !known.iter().any(|known| same_value(known, state)));
        states.extend(frame.occurrences.iter().filter_map(|occurrence| {
            map::event(device, occurrence.trait_, &Reported { value: occurrence.value, at: occurrence.at })
        }));
        if states.is_empty() && was_online == Some(now.online) {
            return None;
        }
        // Only a device that is online says something of its health: a device shown offline is so until it says it is back.
        states.extend(now.online.then(map::health));
        Some(DeviceState {
            external_device_id: device.id.to_string(),
            states: Some(states).filter(|states| !states.is_empty()),
            device_error: (!now.online).then(|| vec![device_error(DeviceError::Offline)]),
        })
    }

    fn states(
        &self,
        _link: &Link,
        access: &Access,
        fragments: &[(DeviceId, DeviceState)],
        _at: Timestamp,
    ) -> Vec<Outgoing> {
        let entries: Vec<(DeviceId, DeviceState)> = fragments.iter().flat_map(cut).collect();
        let weight =
            |(_, entry): &(DeviceId, DeviceState)| entry.states.as_ref().map_or(1, |states| states.len().max(1));
        let runs = runs(&entries, DEVICES_MAX, STATES_MAX, weight);
        runs.into_iter().filter_map(|run| access.state_callback(run.to_vec())).collect()
    }

    fn listings(&self, _link: &Link, access: &Access, news: &[&DeviceNews], _at: Timestamp) -> Vec<Outgoing> {
        let is_removed = |device: &&&DeviceNews| device.listing == Some(Listing::Removed);
        let listed: Vec<(DeviceId, wire::Device)> = news
            .iter()
            .filter(|device| !is_removed(device))
            .filter_map(|device| Some((device.id.clone(), map::describe(&device.after.as_ref()?.device)?)))
            .collect();
        let mut requests = Vec::new();
        for run in runs(&listed, DEVICES_MAX, usize::MAX, |_| 0) {
            let (ids, devices) = run.iter().map(|(id, device)| (id.clone(), device)).unzip();
            requests.extend(access.request(CallbackType::DiscoveryCallback, ListedDevices { devices }, ids));
        }
        let deleted = |device: &&DeviceNews| {
            let entry = DeviceState {
                external_device_id: device.id.to_string(),
                states: None,
                device_error: Some(vec![device_error(DeviceError::NotFound)]),
            };
            (device.id.clone(), entry)
        };
        let removed: Vec<(DeviceId, DeviceState)> = news.iter().filter(is_removed).map(deleted).collect();
        let runs = runs(&removed, DEVICES_MAX, usize::MAX, |_| 0);
        requests.extend(runs.into_iter().filter_map(|run| access.state_callback(run.to_vec())));
        requests
    }

    fn farewell(&self, _link: &Link, access: &Access) -> Option<Outgoing> {
        let global_error = ErrorItem {
            error_enum: GlobalErrorEnum::IntegrationDeleted,
            detail: Some("Accounts were unlinked".into()),
        };
        access.request(CallbackType::StateCallback, Farewell { device_state: [], global_error }, Vec::new())
    }

    /// <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>
    fn reaction(&self, _request: &Outgoing, answer: &Incoming) -> Reaction {
        let status = answer.status;
        let error = global_error(&answer.body);
        match error.as_deref() {
            // A token that is not known there may have been replaced by one that is.
            Some("TOKEN-EXPIRED" | "INVALID-TOKEN") => return Reaction::TokenExpired,
            _ if status.is_success() => return Reaction::accepted(),
            Some(error @ "INTEGRATION-DELETED") => return Reaction::LinkBroken { reason: error.to_owned() },
            _ => {}
        }
        let error = error.map(|error| format!(" {error}")).unwrap_or_default();
        let reason = format!("{}{error}", status.as_u16());
        match status {
            StatusCode::UNAUTHORIZED => Reaction::TokenExpired,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Reaction::retry(answer, reason),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Reaction::Refused { reason }
            }
            _ if status.is_server_error() => Reaction::retry(answer, reason),
            _ => Reaction::denied(answer, DENIED_PAUSE, reason),
        }
    }
}

/// In entries of at most [`STATES_MAX`] states.
fn cut((id, whole): &(DeviceId, DeviceState)) -> Vec<(DeviceId, DeviceState)> {
    match &whole.states {
        Some(states) if states.len() > STATES_MAX => states
            .chunks(STATES_MAX)
            .map(|states| (id.clone(), DeviceState { states: Some(states.to_vec()), ..whole.clone() }))
            .collect(),
        _ => vec![(id.clone(), whole.clone())],
    }
}

fn same_value(one: &wire::State, other: &wire::State) -> bool {
    let key = |state: &wire::State| (state.capability.clone(), state.attribute.clone(), state.component.clone());
    key(one) == key(other) && one.value == other.value && one.unit == other.unit
}

/// `errorEnum` of a `globalError`, if it can be one.
pub(super) fn global_error(body: &[u8]) -> Option<String> {
    const WORD_MAX: usize = 50;
    let body: Json = serde_json::from_slice(body).ok()?;
    let error = body.get("globalError")?.get("errorEnum")?.as_str()?;
    let is_word = error.len() <= WORD_MAX && error.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_word.then(|| error.to_owned())
}
