//! The control API, see the crate's README. Loopback only, like all that is for development.

use std::str::FromStr;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::{delete, get, post};
use bytes::Bytes;
use http::StatusCode;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::caller::Error;
use crate::faults::Faults;
use crate::listener::BODY_MAX_BYTES;
use crate::message::Answer;
use crate::settings::Platform;
use crate::{Simulators, lock};

/// A user who links accounts.
#[derive(Deserialize)]
struct Linking {
    homeport: String,
    user: String,
    token: String,
    /// Absent: all that are simulated.
    platform: Option<Platform>,
}

/// A platform's command to a device.
#[derive(Deserialize)]
struct Commanding {
    device: String,
    command: Json,
}

pub(crate) fn router(simulators: &Simulators) -> Router {
    Router::new()
        .route("/sim", get(overview))
        .route("/sim/link", post(link))
        .route("/sim/exchanges", get(exchanges))
        .route("/sim/violations", get(violations).delete(forget_violations))
        .route("/sim/smartthings/expire-tokens", post(expire_tokens))
        .route("/sim/{platform}/faults", get(faults).put(set_faults).delete(clear_faults))
        .route("/sim/{platform}/homes/{user}", get(home))
        .route("/sim/{platform}/homes/{user}/command", post(command))
        .route("/sim/{platform}/homes/{user}/refresh", post(refresh))
        .route("/sim/{platform}/homes/{user}/discover", post(discover))
        .route("/sim/{platform}/homes/{user}/link", delete(unlink))
        .layer(axum::extract::DefaultBodyLimit::max(BODY_MAX_BYTES))
        .with_state(simulators.clone())
}

fn ok(body: &Json) -> Response {
    Answer::json(StatusCode::OK, body).into_response()
}

fn done() -> Response {
    Answer::empty(StatusCode::NO_CONTENT).into_response()
}

fn problem(status: StatusCode, detail: impl Into<String>) -> Response {
    Answer::json(status, &json!({"error": detail.into()})).into_response()
}

fn failed(error: &Error) -> Response {
    let status = match error {
        Error::Off(_) | Error::NotLinked { .. } => StatusCode::NOT_FOUND,
        Error::Client(_) | Error::NoAnswer { .. } | Error::Status { .. } | Error::Unusable { .. } => {
            StatusCode::BAD_GATEWAY
        }
    };
    problem(status, error.to_string())
}

fn read<T: for<'de> Deserialize<'de>>(body: &Bytes) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, error.to_string())))
}

fn platform(simulators: &Simulators, name: &str) -> Result<Platform, Box<Response>> {
    Platform::named(name)
        .filter(|platform| simulators.0.settings.has(*platform))
        .ok_or_else(|| Box::new(problem(StatusCode::NOT_FOUND, format!("{name} is not simulated"))))
}

/// The response in both cases: what is refused is an answer, too.
fn either(result: Result<Response, Box<Response>>) -> Response {
    result.unwrap_or_else(|refused| *refused)
}

async fn overview(State(simulators): State<Simulators>) -> Response {
    let one = |platform: Platform| {
        let homes: Vec<Json> = lock(&simulators.service(platform).world)
            .homes
            .values()
            .map(|home| {
                json!({"user": home.user, "linked": home.linked, "devices": home.devices.len(),
                    "unknown_user_answers": home.unknown_user_answers})
            })
            .collect();
        let (faults, happened) = simulators.faults(platform);
        (platform.name().to_owned(), json!({"homes": homes, "faults": faults.faults, "happened": happened}))
    };
    let platforms: serde_json::Map<String, Json> = simulators.platforms().into_iter().map(one).collect();
    ok(&json!({
        "platforms": platforms,
        "violations": simulators.violations_total(),
        "smartthings_tokens": simulators.token_counts(),
    }))
}

async fn link(State(simulators): State<Simulators>, body: Bytes) -> Response {
    let linking: Linking = match read(&body) {
        Ok(linking) => linking,
        Err(refused) => return *refused,
    };
    let Linking { homeport, user, token, platform } = linking;
    let token = SecretString::from(token);
    let linked = match platform {
        Some(platform) => simulators.link(platform, &homeport, &user, token).await,
        None => simulators.link_all(&homeport, &user, &token).await,
    };
    linked.map_or_else(|error| failed(&error), |()| done())
}

async fn exchanges(State(simulators): State<Simulators>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after=")).map_or(Ok(0), u64::from_str);
    match after {
        Ok(after) => {
            ok(&json!({"exchanges": simulators.exchanges(after).iter().map(AsRef::as_ref).collect::<Vec<_>>()}))
        }
        Err(_) => problem(StatusCode::BAD_REQUEST, "after is not a number"),
    }
}

async fn violations(State(simulators): State<Simulators>) -> Response {
    ok(&json!({"total": simulators.violations_total(), "violations": simulators.violations()}))
}

async fn forget_violations(State(simulators): State<Simulators>) -> Response {
    simulators.forget_violations();
    done()
}

async fn expire_tokens(State(simulators): State<Simulators>) -> Response {
    simulators.expire_tokens();
    done()
}

async fn faults(State(simulators): State<Simulators>, Path(name): Path<String>) -> Response {
    either(platform(&simulators, &name).map(|platform| {
        let (faults, happened) = simulators.faults(platform);
        ok(&json!({"seed": faults.seed, "faults": faults.faults, "happened": happened}))
    }))
}

async fn set_faults(State(simulators): State<Simulators>, Path(name): Path<String>, body: Bytes) -> Response {
    either(platform(&simulators, &name).and_then(|platform| {
        let faults: Faults = read(&body)?;
        if faults.faults.iter().any(|fault| !(0.0..=1.0).contains(&fault.probability)) {
            return Err(Box::new(problem(StatusCode::BAD_REQUEST, "a probability is not within 0 and 1")));
        }
        simulators.set_faults(platform, faults);
        Ok(done())
    }))
}

async fn clear_faults(State(simulators): State<Simulators>, Path(name): Path<String>) -> Response {
    either(platform(&simulators, &name).map(|platform| {
        simulators.set_faults(platform, Faults::default());
        done()
    }))
}

async fn home(State(simulators): State<Simulators>, Path((name, user)): Path<(String, String)>) -> Response {
    either(platform(&simulators, &name).map(|platform| match simulators.home(platform, &user) {
        Some(home) => ok(&json!(home)),
        None => failed(&Error::NotLinked { platform, user }),
    }))
}

async fn command(
    State(simulators): State<Simulators>,
    Path((name, user)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let asked = platform(&simulators, &name).and_then(|platform| Ok((platform, read::<Commanding>(&body)?)));
    match asked {
        Err(refused) => *refused,
        Ok((platform, Commanding { device, command })) => {
            let answered = simulators.command(platform, &user, &device, &command).await;
            answered.map_or_else(|error| failed(&error), |answer| ok(&answer))
        }
    }
}

async fn refresh(State(simulators): State<Simulators>, Path((name, user)): Path<(String, String)>) -> Response {
    match platform(&simulators, &name) {
        Err(refused) => *refused,
        Ok(platform) => simulators.refresh(platform, &user).await.map_or_else(|error| failed(&error), |()| done()),
    }
}

async fn discover(State(simulators): State<Simulators>, Path((name, user)): Path<(String, String)>) -> Response {
    match platform(&simulators, &name) {
        Err(refused) => *refused,
        Ok(platform) => simulators.rediscover(platform, &user).await.map_or_else(|error| failed(&error), |()| done()),
    }
}

async fn unlink(State(simulators): State<Simulators>, Path((name, user)): Path<(String, String)>) -> Response {
    match platform(&simulators, &name) {
        Err(refused) => *refused,
        Ok(platform) => simulators.unlink(platform, &user).await.map_or_else(|error| failed(&error), |()| done()),
    }
}
