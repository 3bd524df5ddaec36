//! A callback as it arrives, and what becomes of it.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value as Json;

use crate::check::Findings;
use crate::smartthings::Tokens;
use crate::view::{Change, Home};
use crate::{json, smartthings};
use std::collections::{BTreeMap, BTreeSet};

/// What one platform knows.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) homes: BTreeMap<String, Home>,
    /// Counts what was learnt.
    pub(crate) sequence: u64,
    /// Devices of which a fault kept the listing from arriving.
    pub(crate) awaited: BTreeSet<String>,
    /// Sber: the models that were registered.
    pub(crate) models: BTreeMap<String, Json>,
    /// SmartThings: codes and tokens.
    pub(crate) tokens: Tokens,
}

impl World {
    /// The home with a device, and whether it may be without it for a reason that is not homeport's.
    pub(crate) fn home_of(&self, device: &str) -> Option<&Home> {
        self.homes.values().find(|home| home.devices.contains_key(device))
    }

    pub(crate) fn may_be_ahead(&self, device: &str) -> bool {
        self.awaited.contains(device) || self.homes.values().any(|home| home.may_be_ahead(device))
    }
}

/// A request of homeport.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// The body, where it is JSON.
    pub(crate) json: Result<Json, String>,
}

impl Asked {
    pub(crate) fn new(head: &http::request::Parts, body: Bytes) -> Self {
        Asked {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers.clone(),
            json: json::read(&body),
            body,
        }
    }

    pub(crate) fn authorization(&self) -> Option<&str> {
        self.headers.get(AUTHORIZATION)?.to_str().ok()
    }

    /// Says what is wrong with the content type.
    pub(crate) fn check_content_type(&self, findings: &mut Findings) {
        let value = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut parts = value.split(';').map(|part| part.trim().to_ascii_lowercase());
        let is_json = parts.next().as_deref() == Some("application/json");
        if !is_json || parts.any(|part| part != "charset=utf-8") {
            findings.add("", format!("header Content-Type is {value:?}, not application/json"));
        }
    }
}

/// An answer before it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn empty(status: StatusCode) -> Self {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub(crate) fn json(status: StatusCode, body: &Json) -> Self {
        Self::typed(status, "application/json", body.to_string())
    }

    pub(crate) fn text(status: StatusCode, body: &str) -> Self {
        Self::typed(status, "text/plain; charset=utf-8", body)
    }

    pub(crate) fn html(status: StatusCode, body: &str) -> Self {
        Self::typed(status, "text/html", body)
    }

    fn typed(status: StatusCode, content_type: &'static str, body: impl Into<String>) -> Self {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))];
        Answer { status, headers, body: body.into().into_bytes() }
    }

    pub(crate) fn with(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        response.headers_mut().extend(self.headers);
        response
    }
}

/// What becomes of a message, unless a fault changes it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    /// With the user whose home they are in.
    pub(crate) changes: Vec<(String, Change)>,
    /// SmartThings: tokens that were given out.
    pub(crate) issued: Option<smartthings::Issued>,
    /// Sber: models that were registered, or removed.
    pub(crate) models: Vec<(String, Option<Json>)>,
    /// What is wrong with it.
    pub(crate) findings: Findings,
    /// Devices whose listing a fault keeps from arriving.
    pub(crate) missed: Vec<String>,
    pub(crate) after: Vec<After>,
    /// The devices it names.
    pub(crate) devices: Vec<String>,
}

impl Outcome {
    /// Only an answer.
    pub(crate) fn only(answer: Answer, findings: Findings) -> Self {
        Outcome {
            answer,
            changes: Vec::new(),
            issued: None,
            models: Vec::new(),
            findings,
            missed: Vec::new(),
            after: Vec::new(),
            devices: Vec::new(),
        }
    }
}

/// What the platform does next of its own accord.
#[derive(Clone, Debug)]
pub(crate) enum After {
    /// Lists the devices again.
    Rediscover { user: String },
    /// Reads the state of devices.
    Query { user: String, devices: Vec<String> },
    /// SmartThings: says what it could not digest.
    Complain { user: String, message: Json },
    /// SmartThings: confirms that the link is gone.
    ConfirmDeletion { homeport: String, token: secrecy::SecretString },
    /// The user opens the app, because nothing works.
    Heal { user: String },
}
