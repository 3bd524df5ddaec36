//! Telling Sber: states by device, whoever their users are, and devices that came, changed or went.
//!
//! Answers are read by their shape first, because the HTTP status beside an error is not documented.

use std::collections::BTreeMap;
use std::time::Duration;

use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use super::map;
use super::wire::{
    self, AddedDevices, CallbackAnswer, ChangedDevices, RemovedDevices, ReportedStates, States, UnlinkedUser,
};
use crate::config;
use crate::model::{DeviceId, Timestamp};
use crate::notify::protocol::{Incoming, Outgoing, Protocol, Reaction, runs};
use crate::notify::{DeviceNews, Frame, Listing};
use crate::object;
use crate::store::Link;

/// Devices and bytes in one request; Sber names no limit.
const DEVICES_MAX: usize = 50;
const BODY_MAX_BYTES: usize = 256 * 1024;
/// A request has a little around its devices.
const DEVICES_MAX_BYTES: usize = BODY_MAX_BYTES - 1024;
/// How long a refused key or a wrong address is left alone: only a person can change that.
const DENIED_PAUSE: Duration = Duration::from_secs(60);

/// Sber's API for one vendor.
#[derive(Clone, Debug)]
pub struct Sber {
    state_url: Url,
    devices_url: Url,
    unlink_url: Url,
    authorization: HeaderValue,
}

impl Sber {
    /// With the key of these settings; `None` where they are without key and address, because nothing is sent.
    pub fn new(settings: &config::Sber) -> Option<Self> {
        let url = settings.url.as_ref()?;
        Some(Sber {
            state_url: url.join("/v1/state").ok()?,
            devices_url: url.join("/v1/devices").ok()?,
            unlink_url: url.join("/v1/unlink").ok()?,
            authorization: authorization(settings.token.as_ref()?)?,
        })
    }

    fn request<T: Serialize>(&self, method: Method, url: &Url, body: &T, devices: Vec<DeviceId>) -> Option<Outgoing> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let request_id = HeaderValue::from_str(&Uuid::new_v4().to_string()).ok()?;
        headers.insert(HeaderName::from_static("x-request-id"), request_id);
        let body = serde_json::to_vec(body);
        let body = body.inspect_err(|error| tracing::error!(error = %error, "callback could not be written")).ok()?;
        Some(Outgoing { method, url: url.clone(), headers, body, devices })
    }
}

fn authorization(token: &SecretString) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl Protocol for Sber {
    type Fragment = States;
    type Access = ();

    fn fragment(&self, frame: &Frame) -> Option<States> {
        let device = &frame.now.device;
        let (before, now) = frame.before_and_after();
        let known = frame.known.as_ref().zip(before);
        let known = known.map(|(known, state)| map::report(&known.device, &state)).unwrap_or_default();
        let mut states = map::report(device, &now);
        if states.is_empty() {
            return None;
        }
        states.retain(|state| !known.contains(state));
        let happened = frame.occurrences.iter();
        states.extend(happened.filter_map(|occurrence| map::occurrence(device, occurrence.trait_, occurrence.value)));
        if states.is_empty() {
            return None;
        }
        let online = map::online(now.online);
        if !states.contains(&online) {
            states.insert(0, online);
        }
        Some(States { states })
    }

    fn states(&self, _link: &Link, (): &(), fragments: &[(DeviceId, States)], _at: Timestamp) -> Vec<Outgoing> {
        let request = |run: &[(DeviceId, States)]| {
            let devices: BTreeMap<&str, &States> = run.iter().map(|(id, states)| (id.as_str(), states)).collect();
            let ids = devices.keys().filter_map(|id| DeviceId::new(id)).collect();
            self.request(Method::POST, &self.state_url, &ReportedStates { devices }, ids)
        };
        let length = |(id, states): &(DeviceId, States)| id.as_str().len() + length(states);
        let runs = runs(fragments, DEVICES_MAX, DEVICES_MAX_BYTES, length);
        runs.into_iter().filter_map(request).collect()
    }

    fn listings(&self, link: &Link, (): &(), news: &[&DeviceNews], _at: Timestamp) -> Vec<Outgoing> {
        let listed = |listing| news.iter().filter(move |device| device.listing == Some(listing));
        let described = |listing| -> Vec<(DeviceId, wire::Device)> {
            let device = |news: &DeviceNews| Some((news.id.clone(), map::describe(&news.after.as_ref()?.device)?));
            listed(listing).filter_map(|news| device(news)).collect()
        };
        let mut requests = Vec::new();
        let removed: Vec<(DeviceId, ())> = listed(Listing::Removed).map(|device| (device.id.clone(), ())).collect();
        for run in runs(&removed, DEVICES_MAX, usize::MAX, |_| 0) {
            let body = RemovedDevices { device_ids: run.iter().map(|(id, ())| id.as_str()).collect() };
            requests.extend(self.request(Method::DELETE, &self.devices_url, &body, ids(run)));
        }
        let weight = |(_, device): &(DeviceId, wire::Device)| length(device);
        for run in runs(&described(Listing::Added), DEVICES_MAX, DEVICES_MAX_BYTES, weight) {
            let devices = run.iter().map(|(_, device)| device).collect();
            let body = AddedDevices { user_id: link.key.user.as_str(), devices };
            requests.extend(self.request(Method::POST, &self.devices_url, &body, ids(run)));
        }
        for run in runs(&described(Listing::Changed), DEVICES_MAX, DEVICES_MAX_BYTES, weight) {
            let body = ChangedDevices { devices: run.iter().map(|(_, device)| device).collect() };
            requests.extend(self.request(Method::PUT, &self.devices_url, &body, ids(run)));
        }
        requests
    }

    fn farewell(&self, link: &Link, (): &()) -> Option<Outgoing> {
        let body = UnlinkedUser { user_id: link.key.user.as_str() };
        self.request(Method::POST, &self.unlink_url, &body, Vec::new())
    }

    /// <https://developers.sber.ru/docs/ru/smarthome/c2c/error>, <https://developers.sber.ru/docs/ru/smarthome/c2c/common-error>
    fn reaction(&self, request: &Outgoing, answer: &Incoming) -> Reaction {
        let said: CallbackAnswer = object::read(&answer.body).unwrap_or_default();
        let (mut refused, mut retry) = (Vec::new(), Vec::new());
        for fault in said.errors.as_array().into_iter().flatten() {
            let Some(id) = fault.get("id").and_then(Json::as_str) else { continue };
            let Some(id) = request.devices.iter().find(|device| device.as_str() == id) else { continue };
            let code = fault.get("code").and_then(Json::as_i64).unwrap_or_default();
            match Meaning::of(code) {
                Meaning::Trouble => retry.push(id.clone()),
                Meaning::Denied | Meaning::Refused => refused.push((id.clone(), format!("code {code}"))),
            }
        }
        if !refused.is_empty() || !retry.is_empty() {
            return Reaction::Accepted { refused, retry };
        }
        let whole = said.code.as_i64().filter(|code| *code != 0);
        if whole.is_none() && answer.status.is_success() {
            return Reaction::accepted();
        }
        let code = whole.unwrap_or(answer.status.as_u16().into());
        match Meaning::of(code) {
            Meaning::Trouble => Reaction::retry(answer, format!("code {code}, a fault of Sber")),
            Meaning::Denied => {
                Reaction::denied(answer, DENIED_PAUSE, format!("code {code}, the key or address is refused"))
            }
            Meaning::Refused => Reaction::Refused { reason: format!("code {code}") },
        }
    }
}

/// What a code says, that of an error or an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// Sber cannot now.
    Trouble,
    /// Our key, or where we sent it.
    Denied,
    /// What we sent.
    Refused,
}

impl Meaning {
    /// Sber's errors have the shape of gRPC's, so its small codes may come too.
    fn of(code: i64) -> Self {
        match code {
            // INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, OUT_OF_RANGE
            3 | 5 | 6 | 9 | 11 => Meaning::Refused,
            // PERMISSION_DENIED, UNIMPLEMENTED, UNAUTHENTICATED; a redirect, which is not followed
            7 | 12 | 16 | 300..=399 | 401 | 403 | 404 | 405 => Meaning::Denied,
            408 | 429 => Meaning::Trouble,
            400..=499 => Meaning::Refused,
            _ => Meaning::Trouble,
        }
    }
}

fn ids<T>(run: &[(DeviceId, T)]) -> Vec<DeviceId> {
    run.iter().map(|(id, _)| id.clone()).collect()
}

fn length<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}
