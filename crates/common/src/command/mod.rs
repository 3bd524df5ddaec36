//! Commands to the vendor's device cloud.
//!
//! One signed `POST` a device, all devices of a request at once. Signatures follow Standard Webhooks
//! (<https://www.standardwebhooks.com/>): `webhook-id`, `webhook-timestamp`, `webhook-signature`.

use std::time::Instant;

use http::header::CONTENT_TYPE;
use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use standardwebhooks::Webhook;
use tokio::sync::Semaphore;

use crate::model::{Device, DeviceError, DeviceId, Report, Targets, Timestamp, Trait, UserId};
use crate::object;
use crate::platform::Platform;

/// Longest answer of a device cloud that is read.
const ANSWER_MAX_BYTES: usize = 64 * 1024;
/// How many commands are on their way at once, over all requests of this process.
const CONCURRENT_MAX: usize = 256;

/// What one device is asked.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The device.
    pub device: &'a Device,
    /// The platform whose user asks.
    pub platform: Platform,
    /// What its traits shall become.
    pub targets: &'a Targets,
}

/// What the device cloud answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// The device has done it.
    Done {
        /// What the device says of itself now.
        report: Option<Report>,
        /// The address of the video stream, if one was asked for.
        stream_url: Option<String>,
    },
    /// The device will do it and report.
    Accepted,
    /// It will not.
    Failed(DeviceError),
}

/// A device cloud that cannot be used as configured.
#[derive(Debug, thiserror::Error)]
#[error("HOMEPORT_COMMAND_SECRET is not a Standard Webhooks secret: give base64, with or without whsec_ before it")]
pub struct BadSecret;

struct DeviceCloud {
    url: Url,
    webhook: Webhook,
    client: reqwest::Client,
    permits: Semaphore,
}

/// Takes commands to the device cloud, if there is one.
pub struct Sender(Option<DeviceCloud>);

#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    device_id: &'a DeviceId,
    owner: &'a UserId,
    platform: Platform,
    commands: &'a Targets,
    deadline_ms: u64,
}

#[derive(Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
enum WireReply {
    Done {
        #[serde(default)]
        state: Option<serde_json::Map<String, serde_json::Value>>,
        #[serde(default)]
        online: Option<bool>,
        #[serde(default)]
        stream_url: Option<String>,
    },
    Accepted,
    Error {
        code: String,
        #[serde(default)]
        message: Option<String>,
    },
}

impl Sender {
    /// No device cloud: what is commanded becomes the state at once.
    pub fn assuming() -> Self {
        Sender(None)
    }

    /// Sends to this address, signed with this secret. The client must not follow redirects.
    ///
    /// # Errors
    /// [`BadSecret`]
    pub fn to(url: Url, secret: &SecretString, client: reqwest::Client) -> Result<Self, BadSecret> {
        let webhook = Webhook::new(secret.expose_secret()).map_err(|_| BadSecret)?;
        Ok(Sender(Some(DeviceCloud { url, webhook, client, permits: Semaphore::new(CONCURRENT_MAX) })))
    }

    /// Sends one order and waits for its reply until the deadline; no answer in time is [`DeviceError::Offline`].
    pub async fn deliver(&self, order: &Order<'_>, deadline: Instant) -> Reply {
        let Some(cloud) = &self.0 else {
            // Only a device cloud can give the address of a stream.
            let asks_stream = order.targets.contains_key(&Trait::VideoStream);
            return if asks_stream {
                Reply::Failed(DeviceError::NotSupported)
            } else {
                Reply::Done { report: None, stream_url: None }
            };
        };
        match tokio::time::timeout_at(deadline.into(), cloud.send(order, deadline)).await {
            Ok(reply) => reply,
            Err(_) => {
                tracing::warn!(device_id = %order.device.id, "device cloud did not answer in time");
                Reply::Failed(DeviceError::Offline)
            }
        }
    }
}

impl DeviceCloud {
    async fn send(&self, order: &Order<'_>, deadline: Instant) -> Reply {
        let Ok(_permit) = self.permits.acquire().await else { return Reply::Failed(DeviceError::Internal) };
        match self.exchange(order, deadline).await {
            Ok(reply) => reply,
            Err(problem) => {
                tracing::error!(device_id = %order.device.id, problem, "command could not be delivered");
                Reply::Failed(DeviceError::Internal)
            }
        }
    }

    async fn exchange(&self, order: &Order<'_>, deadline: Instant) -> Result<Reply, &'static str> {
        let id = uuid::Uuid::new_v4().to_string();
        let body = Body {
            id: &id,
            device_id: &order.device.id,
            owner: &order.device.owner,
            platform: order.platform,
            commands: order.targets,
            deadline_ms: u64::try_from(deadline.saturating_duration_since(Instant::now()).as_millis()).unwrap_or(0),
        };
        let body = serde_json::to_vec(&body).map_err(|_| "the command cannot be written as JSON")?;
        let timestamp = Timestamp::now().secs();
        let signature = self.webhook.sign(&id, timestamp, &body).map_err(|_| "the command cannot be signed")?;
        let request = self
            .client
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signature)
            .body(body);
        let response = request.send().await.map_err(|_| "the device cloud cannot be reached")?;
        if !response.status().is_success() {
            return Err("the device cloud answered with an error status");
        }
        let answer = read_limited(response).await?;
        let reply = object::read(&answer).ok_or("the answer is not one of done, accepted, error")?;
        Ok(understand(reply))
    }
}

async fn read_limited(mut response: reqwest::Response) -> Result<Vec<u8>, &'static str> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| "the answer was cut off")? {
        if body.len() + chunk.len() > ANSWER_MAX_BYTES {
            return Err("the answer is too long");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn understand(reply: WireReply) -> Reply {
    match reply {
        WireReply::Accepted => Reply::Accepted,
        WireReply::Error { code, message } => {
            let error = code.parse().unwrap_or(DeviceError::Internal);
            tracing::info!(code = error.as_str(), has_message = message.is_some(), "device cloud refused a command");
            Reply::Failed(error)
        }
        WireReply::Done { state, online, stream_url } => {
            let mut values: std::collections::BTreeMap<_, _> = state.unwrap_or_default().into_iter().collect();
            let inner = values.remove(Trait::VideoStream.as_str());
            let inner = inner.and_then(|stream| Some(stream.get("stream_url")?.as_str()?.to_owned()));
            let report = (!values.is_empty() || online.is_some()).then_some(Report { online, values, at: None });
            Reply::Done { report, stream_url: stream_url.or(inner) }
        }
    }
}
