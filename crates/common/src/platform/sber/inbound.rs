//! What Sber's webhook calls are answered: <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook>.
//!
//! Failures of single devices are answered with HTTP 200 and a list; everything else is a common error whose code is the
//! HTTP status. The pages say nothing of the status.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{error, map, wire};
use crate::auth::{Claims, TokenError, bearer};
use crate::model::{Command, Device, DeviceError, State};
use crate::object;
use crate::operation::{self, Answer, Caller, Done, Failure, Policy};
use crate::platform::{Operation, Platform};
use crate::services::{Call, Services};

/// Answers one request.
pub async fn answer(
    services: &Services,
    call: &Call,
    operation: Operation,
    request: &Request<Bytes>,
) -> Response<Bytes> {
    // A failing ping blocks all users: it needs neither a token nor the store.
    if operation == Operation::Liveness {
        return Response::new(Bytes::new());
    }
    let token = bearer(request.headers());
    let answered = match operation {
        Operation::Identity => user(services, call, token).await,
        Operation::Discovery => devices(services, call, token).await,
        Operation::Query => query(services, call, token, request.body()).await,
        Operation::Action => command(services, call, token, request.body()).await,
        Operation::Unlink => unlink(services, call, token).await,
        Operation::Liveness | Operation::Message => Err(Refusal::BAD_REQUEST),
    };
    answered.unwrap_or_else(Refusal::response)
}

/// Why a whole request is refused: code, which is the HTTP status too, and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal(StatusCode, &'static str);

impl Refusal {
    const BAD_REQUEST: Refusal = Refusal(StatusCode::BAD_REQUEST, "Request cannot be read");
    const NO_LIST: Refusal = Refusal(StatusCode::BAD_REQUEST, "devices must be a list of ids");
    const NO_STATES: Refusal = Refusal(StatusCode::BAD_REQUEST, "devices must be an object of states by device id");

    fn response(self) -> Response<Bytes> {
        let Refusal(status, message) = self;
        let body = wire::CommonError { code: status.as_u16(), message: message.to_owned(), details: Vec::new() };
        let mut response = json(&body);
        *response.status_mut() = status;
        response
    }
}

impl From<TokenError> for Refusal {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Missing => Refusal(StatusCode::UNAUTHORIZED, "Authorization header is missing"),
            TokenError::Malformed | TokenError::Invalid => {
                Refusal(StatusCode::UNAUTHORIZED, "Access token is not accepted")
            }
            TokenError::Expired => Refusal(StatusCode::UNAUTHORIZED, "Access token has expired"),
            TokenError::Unavailable => Refusal(StatusCode::SERVICE_UNAVAILABLE, "Server unavailable"),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Revoked => Refusal(StatusCode::UNAUTHORIZED, "Access token has been revoked"),
            Failure::TooMany => Refusal(StatusCode::BAD_REQUEST, "Too many devices"),
            Failure::Unavailable => Refusal(StatusCode::SERVICE_UNAVAILABLE, "Server unavailable"),
        }
    }
}

type Answered = Result<Response<Bytes>, Refusal>;

async fn caller(services: &Services, call: &Call, token: Option<&str>) -> Result<Caller, Refusal> {
    Ok(caller_of(services.auth.verify_at(token, call.now).await?))
}

/// The link's id is the user again: Sber has one link a user.
fn caller_of(claims: Claims) -> Caller {
    let link_id = claims.user.to_string();
    Caller { platform: Platform::Sber, user: claims.user, link_id, signed_in: claims.signed_in }
}

/// <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-get-user>
async fn user(services: &Services, call: &Call, token: Option<&str>) -> Answered {
    let caller = caller(services, call, token).await?;
    operation::identify(services, &caller).await?;
    Ok(json(&wire::UserAnswer { id: caller.user.to_string() }))
}

/// <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-get-devices>
async fn devices(services: &Services, call: &Call, token: Option<&str>) -> Answered {
    let caller = caller(services, call, token).await?;
    let devices = operation::discovery(services, call, &caller).await?;
    Ok(json(&wire::DevicesAnswer { devices: devices.iter().filter_map(map::describe).collect() }))
}

/// <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-post-query>
///
/// The pages do not say how a device that is not there is answered: it is listed in `errors` beside the others.
async fn query(services: &Services, call: &Call, token: Option<&str>, body: &[u8]) -> Answered {
    let caller = caller(services, call, token).await?;
    let request: wire::QueryRequest = parse(body, Refusal::NO_LIST)?;
    let ids: Vec<String> = request.devices.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let records = operation::query(services, &caller, &ids).await?;
    let mut answer = wire::QueryAnswer::default();
    for (id, record) in ids.into_iter().zip(records) {
        let states = record.map(|record| map::render(&record.device, &record.state)).unwrap_or_default();
        if states.is_empty() {
            answer.errors.push(fault(id, DeviceError::NotFound));
        } else {
            answer.devices.insert(id, wire::States { states });
        }
    }
    Ok(json(&answer))
}

/// <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-post-command>
async fn command(services: &Services, call: &Call, token: Option<&str>, body: &[u8]) -> Answered {
    let caller = caller(services, call, token).await?;
    let request: wire::CommandRequest = parse(body, Refusal::NO_STATES)?;
    let requests = request.devices.iter().map(|(id, states)| operation::Request {
        device_id: id.clone(),
        entries: match states {
            Some(states) => map::entries(states.states.clone()).into_iter().map(Some).collect(),
            None => vec![None],
        },
    });
    let answers = operation::action(services, call, &caller, requests.collect(), decode, Policy::WholeDevice).await?;
    Ok(json(&command_answer(call, &request.devices, answers)))
}

/// One entry of a command; one that could not be read refuses its device like any other bad value.
fn decode(device: &Device, state: &State, entry: &Option<wire::State>) -> Result<Command, DeviceError> {
    map::decode(device, state, entry.as_ref().ok_or(DeviceError::InvalidValue)?)
}

/// The failed devices alone, if there are any; else the states of those that are done.
fn command_answer(
    call: &Call,
    commanded: &BTreeMap<String, Option<wire::States>>,
    answers: Vec<Answer>,
) -> wire::CommandAnswer {
    let mut body = wire::CommandAnswer::default();
    for answer in answers {
        match answer.result {
            Err(error) => body.errors.push(fault(answer.device_id, error)),
            // The device reports when it is through.
            Ok(Done::Accepted) => {}
            Ok(Done::Done) => {
                let commanded = commanded.get(&answer.device_id).and_then(Option::as_ref);
                if let (Some(record), Some(commanded)) = (answer.record, commanded) {
                    let states = map::reply(&record.device, &record.state, &commanded.states, call.now);
                    if !states.is_empty() {
                        body.devices.insert(answer.device_id, wire::States { states });
                    }
                }
            }
        }
    }
    if !body.errors.is_empty() {
        body.devices.clear();
    }
    body
}

/// <https://developers.sber.ru/docs/ru/smarthome/c2c/webhook-post-unlink>: no body is documented, any is ignored.
async fn unlink(services: &Services, call: &Call, token: Option<&str>) -> Answered {
    // A link may be ended with a token that is too old for anything else.
    let claims = services.auth.verify_even_expired(token, call.now).await?;
    operation::unlink(services, call, &caller_of(claims)).await?;
    Ok(Response::new(Bytes::new()))
}

fn fault(id: String, error: DeviceError) -> wire::Fault {
    wire::Fault { id, code: error::code(error), message: error.message().to_owned() }
}

fn parse<T: DeserializeOwned>(body: &[u8], refusal: Refusal) -> Result<T, Refusal> {
    let json: serde_json::Value = serde_json::from_slice(body).map_err(|_| Refusal::BAD_REQUEST)?;
    object::object(json).map_err(|_| refusal)
}

fn json<T: Serialize>(body: &T) -> Response<Bytes> {
    match serde_json::to_vec(body) {
        Ok(body) => {
            let mut response = Response::new(Bytes::from(body));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }
        Err(error) => {
            tracing::error!(error = %error, "answer could not be written");
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::model::{DeviceId, Timestamp, Trait};
    use crate::store::Record;

    fn device(id: &str, traits: &Json) -> Device {
        let document = json!({"owner": "u1", "type": "light", "name": "Lamp", "traits": traits});
        Device::parse(&DeviceId::new(id).unwrap(), &document).unwrap()
    }

    fn call() -> Call {
        Call { request_id: String::new(), now: Timestamp::from_secs(100), deadline: Instant::now() }
    }

    fn answer(id: &str, result: Result<Done, DeviceError>) -> Answer {
        let mut state = State::default();
        state.set(Trait::OnOff, true, Timestamp::from_secs(100));
        let record = Record {
            device: device(id, &json!({"on_off": {}})),
            state,
            version: 1,
            origin: None,
            commanded_version: None,
        };
        Answer { device_id: id.to_owned(), entries: vec![Ok(())], result, record: Some(record), stream_url: None }
    }

    fn answered(results: &[(&str, Result<Done, DeviceError>)]) -> Json {
        let body = json!({"devices": {
            "a": {"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]},
            "b": {"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]}
        }});
        let request: wire::CommandRequest = parse(body.to_string().as_bytes(), Refusal::NO_STATES).unwrap();
        let answers = results.iter().map(|(id, result)| answer(id, *result)).collect();
        json!(command_answer(&call(), &request.devices, answers))
    }

    #[test]
    fn a_command_is_answered_with_the_states_of_what_is_done() {
        let on = json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]});
        assert_eq!(answered(&[("a", Ok(Done::Done)), ("b", Ok(Done::Accepted))]), json!({"devices": {"a": on}}));
        assert_eq!(answered(&[("a", Ok(Done::Accepted))]), json!({}));
    }

    #[test]
    fn failures_are_answered_alone() {
        assert_eq!(
            answered(&[("a", Ok(Done::Done)), ("b", Err(DeviceError::Offline))]),
            json!({"errors": [{"id": "b", "code": 503, "message": DeviceError::Offline.message()}]})
        );
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_an_invalid_value() {
        let lamp = device("a", &json!({"on_off": {}}));
        assert_eq!(decode(&lamp, &State::default(), &None), Err(DeviceError::InvalidValue));
    }

    #[test]
    fn bodies_of_another_shape_are_refused() {
        let query = |body: &str| parse::<wire::QueryRequest>(body.as_bytes(), Refusal::NO_LIST);
        assert_eq!(query(r#"{"devices": ["a", "a"], "more": 1}"#).unwrap().devices, ["a", "a"]);
        let mixed = query(r#"{"devices": [1, "a", null, ["b"], {"id": "c"}, true, "d"]}"#).unwrap();
        assert_eq!(mixed.devices, ["a", "d"], "what is no id does not spoil its neighbours");
        for body in ["", "[]", "null", "{\"devices\"", "\u{feff}{}"] {
            assert!(query(body).is_err(), "{body}");
        }
        for body in ["{}", r#"{"devices": null}"#, r#"{"devices": {"a": {}}}"#, r#"[["a"]]"#] {
            assert_eq!(query(body), Err(Refusal::NO_LIST), "{body}");
        }
        let command = |body: &str| parse::<wire::CommandRequest>(body.as_bytes(), Refusal::NO_STATES);
        for body in ["{}", r#"{"devices": null}"#, r#"{"devices": ["a"]}"#, r#"{"devices": "a"}"#] {
            assert_eq!(command(body), Err(Refusal::NO_STATES), "{body}");
        }
    }

    #[test]
    fn common_errors_have_their_code_as_status() {
        for (refusal, code) in [
            (Refusal::from(TokenError::Missing), 401),
            (Refusal::from(TokenError::Malformed), 401),
            (Refusal::from(TokenError::Expired), 401),
            (Refusal::from(Failure::Revoked), 401),
            (Refusal::from(Failure::TooMany), 400),
            (Refusal::from(TokenError::Unavailable), 503),
            (Refusal::from(Failure::Unavailable), 503),
        ] {
            let response = refusal.response();
            let body: Json = serde_json::from_slice(response.body()).unwrap();
            assert_eq!((response.status().as_u16(), &body["code"]), (code, &json!(code)));
            assert_eq!(body["details"], json!([]));
            assert!(body["message"].is_string());
        }
    }
}
