//! The form that a Cloud Function passes on: everything in one body, and no status.
//!
//! <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/resources>

use serde::Serialize;
use serde_json::Value as Json;

use super::{Refusal, acted, ask, queried};
use crate::auth;
use crate::model::DeviceError;
use crate::object;
use crate::platform::Fault;
use crate::platform::yandex::wire::{ActionDevice, Answer, Devices, DiscoveryPayload, Message, QueryDevice};
use crate::services::{Call, Services};

/// Answers a message. As there is no status for a bad token, it is told in the terms of each answer: no devices, or each
/// device with `ACCOUNT_LINKING_ERROR`.
///
/// # Errors
/// [`Fault`]
pub async fn message(services: &Services, call: &Call, body: &[u8]) -> Result<Json, Fault> {
    let message: Message = object::read(body).ok_or(Fault::Request)?;
    let id = message.headers.request_id;
    let header = message.headers.authorization.as_str();
    // As in HTTP: no header, or one that holds no token.
    let token = (!header.is_empty()).then(|| auth::bearer_token(header).unwrap_or_default());
    match message.request_type.as_str() {
        "discovery" => {
            let nobody = || DiscoveryPayload { user_id: String::new(), devices: Vec::new() };
            finish(id, ask::discovery(services, call, token).await, || Some(nobody()))
        }
        "query" => {
            let payload: Devices<QueryDevice> = read(message.payload)?;
            let unlinked = || {
                let ids = ask::ids(payload.devices.as_deref().unwrap_or_default()).into_iter();
                Some(Devices { devices: Some(ids.map(|id| queried(id, Err(DeviceError::LinkBroken))).collect()) })
            };
            finish(id, ask::query(services, call, token, Some(&payload)).await, unlinked)
        }
        "action" => {
            let payload: Devices<ActionDevice> = read(message.payload)?;
            let unlinked = || {
                let requests = ask::requests(payload.devices.as_deref().unwrap_or_default()).into_iter();
                let answer = |device_id| acted(device_id, &[], Err(DeviceError::LinkBroken));
                Some(Devices { devices: Some(requests.map(|request| answer(request.device_id)).collect()) })
            };
            finish(id, ask::action(services, call, token, Some(&payload)).await, unlinked)
        }
        // The platform has ended the link already, whatever we say.
        "unlink" => finish(id, ask::unlink(services, call, token).await, || None),
        _ => Err(Fault::Request),
    }
}

fn read<T: serde::de::DeserializeOwned>(payload: Json) -> Result<Devices<T>, Fault> {
    let payload: Devices<T> = object::object(payload).map_err(|_| Fault::Request)?;
    if payload.devices.is_some() { Ok(payload) } else { Err(Fault::Request) }
}

fn finish<T: Serialize>(
    request_id: String,
    result: Result<Option<T>, Refusal>,
    unlinked: impl FnOnce() -> Option<T>,
) -> Result<Json, Fault> {
    let payload = match result {
        Ok(payload) => payload,
        Err(Refusal::Token) => unlinked(),
        Err(Refusal::Request) => return Err(Fault::Request),
        Err(Refusal::Ours) => return Err(Fault::Ours),
    };
    serde_json::to_value(Answer { request_id, payload }).map_err(|_| Fault::Ours)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_bad_token_is_told_in_the_terms_of_the_answer_and_a_fault_of_ours_is_not() {
        let unlinked = || Some(json!({"devices": []}));
        let answer = finish("r".to_owned(), Err(Refusal::Token), unlinked);
        assert_eq!(answer, Ok(json!({"request_id": "r", "payload": {"devices": []}})));
        assert_eq!(finish("r".to_owned(), Err(Refusal::Ours), unlinked), Err(Fault::Ours));
        assert_eq!(finish::<Json>("r".to_owned(), Ok(None), || None), Ok(json!({"request_id": "r"})));
    }

    #[test]
    fn query_and_action_need_their_devices() {
        assert_eq!(read::<QueryDevice>(Json::Null), Err(Fault::Request));
        assert_eq!(read::<QueryDevice>(json!({"devices": 5})), Err(Fault::Request));
        assert!(read::<QueryDevice>(json!({"devices": []})).is_ok());
    }
}
