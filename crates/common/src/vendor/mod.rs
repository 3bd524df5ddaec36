//! The vendor's side: registers devices, reports their state, looks after links.
//!
//! | call | does |
//! |---|---|
//! | `PUT`, `GET`, `DELETE /v1/devices/{id}` | register or replace, read, remove a device |
//! | `PATCH /v1/devices/{id}/state` | one report |
//! | `POST /v1/reports` | up to 100 reports |
//! | `GET /v1/users/{user}/devices` | a user's devices by pages |
//! | `GET /v1/users/{user}/links`, `DELETE /v1/users/{user}/links/{platform}` | a user's links |
//! | `GET /healthz` | 200, without a key |

mod body;
mod devices;
mod links;
mod reports;
mod route;

pub use reports::report_event;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Serialize;

use crate::auth;
use crate::model::{DeviceId, UserId};
use crate::problem::Problem;
use crate::services::{Call, Services};
use crate::store::StoreError;
use crate::telemetry;
use route::{Action, Routed, route};

/// Answers a request of the vendor's cloud; 404 for a path that is not of this API.
pub async fn answer(services: &Services, call: &Call, request: &Request<Bytes>) -> Response<Bytes> {
    try_answer(services, call, request).await.unwrap_or_else(Problem::into_response)
}

async fn try_answer(services: &Services, call: &Call, request: &Request<Bytes>) -> Result<Response<Bytes>, Problem> {
    let routed = route(request.method(), request.uri().path());
    if !matches!(routed, Routed::To(Action::Health)) {
        authorize(services, request)?;
    }
    let action = match routed {
        Routed::To(action) => action,
        Routed::WrongMethod(allowed) => return Err(Problem::method_not_allowed(allowed)),
        Routed::Nowhere => return Err(Problem::new(StatusCode::NOT_FOUND, "There is nothing at this path.")),
    };
    telemetry::about("vendor", action.name());
    match action {
        Action::Health => Ok(json(StatusCode::OK, &serde_json::json!({"status": "ok"}))),
        Action::PutDevice(id) => devices::put(services, &id, request.body()).await,
        Action::GetDevice(id) => devices::get(services, &id).await,
        Action::DeleteDevice(id) => devices::delete(services, &id).await,
        Action::ListDevices(user) => devices::list(services, &user_id(&user)?, request.uri().query()).await,
        Action::PatchState(id) => reports::patch(services, call, &id, request.body()).await,
        Action::PostReports => reports::post(services, call, request.body()).await,
        Action::ListLinks(user) => links::list(services, &user_id(&user)?).await,
        Action::Resync(user) => links::resync(services, call, &user_id(&user)?).await,
        Action::DeleteLinks(user, platform) => links::delete(services, call, &user_id(&user)?, &platform).await,
    }
}

fn authorize(services: &Services, request: &Request<Bytes>) -> Result<(), Problem> {
    let presented = auth::bearer(request.headers());
    let detail = match (presented, &services.config.vendor_key) {
        (Some(presented), Some(expected)) if auth::same_key(expected, presented) => return Ok(()),
        (Some(_), _) => "The key in the Authorization header is not the vendor key.",
        (None, _) => "The vendor key is missing: send it as Authorization: Bearer <key>.",
    };
    Err(Problem::new(StatusCode::UNAUTHORIZED, detail))
}

fn user_id(text: &str) -> Result<UserId, Problem> {
    UserId::new(text).ok_or_else(|| {
        Problem::new(StatusCode::BAD_REQUEST, "The user in the path must be 1 to 128 printable characters.")
    })
}

fn no_device(id: &str) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("There is no device {id:?}."))
}

fn device_id(text: &str) -> Result<DeviceId, Problem> {
    DeviceId::new(text).ok_or_else(|| no_device(text))
}

fn json(status: StatusCode, body: &impl Serialize) -> Response<Bytes> {
    let Ok(body) = serde_json::to_vec(body) else {
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours; see the log.").into_response();
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "store failed");
        match error {
            StoreError::Conflict => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Others keep changing this device; send it again.")
            }
            StoreError::Unavailable(_) => {
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "The store did not answer in time; send it again.")
            }
            StoreError::Corrupt { .. } => {
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "What is stored cannot be read; see the log.")
            }
        }
    }
}
