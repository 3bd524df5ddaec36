//! The operations with Yandex's requests and answers.

use std::collections::BTreeMap;

use super::{Refusal, Results, acted, queried};
use crate::auth::Claims;
use crate::model::DeviceError;
use crate::operation::{self, Caller, Policy};
use crate::platform::Platform;
use crate::platform::yandex::map;
use crate::platform::yandex::wire::{
    self, ActedDevice, ActionDevice, Command, Devices, DiscoveryPayload, QueriedDevice, QueryDevice,
};
use crate::services::{Call, Services};

/// The most devices a user may have at Yandex, <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/get-devices>.
const DEVICES_MAX: usize = 301;

type Request = operation::Request<Command>;

async fn caller(services: &Services, call: &Call, token: Option<&str>) -> Result<Caller, Refusal> {
    Ok(caller_of(services.auth.verify_at(token, call.now).await?))
}

/// The link's id is the user again: Yandex tells us nothing else of the link.
fn caller_of(claims: Claims) -> Caller {
    let link_id = claims.user.to_string();
    Caller { platform: Platform::Yandex, user: claims.user, link_id, signed_in: claims.signed_in }
}

/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/unlink>
pub(super) async fn unlink(services: &Services, call: &Call, token: Option<&str>) -> Result<Option<()>, Refusal> {
    // A link may be ended with a token that is too old for anything else.
    let claims = services.auth.verify_even_expired(token, call.now).await?;
    operation::unlink(services, call, &caller_of(claims)).await?;
    Ok(None)
}

/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/get-devices>
pub(super) async fn discovery(
    services: &Services,
    call: &Call,
    token: Option<&str>,
) -> Result<Option<DiscoveryPayload>, Refusal> {
    let caller = caller(services, call, token).await?;
    let devices = operation::discovery(services, call, &caller).await?;
    let devices = at_most(devices.iter().filter_map(map::describe).collect());
    Ok(Some(DiscoveryPayload { user_id: caller.user.to_string(), devices }))
}

/// As many devices as Yandex takes; one more could cost the whole list. The first by id, so that none comes and goes.
fn at_most(mut devices: Vec<wire::Device>) -> Vec<wire::Device> {
    devices.sort_by(|left, right| left.id.cmp(&right.id));
    if devices.len() > DEVICES_MAX {
        tracing::warn!(
            count = devices.len(),
            max = DEVICES_MAX,
            "more devices than Yandex takes: the last by id are not offered"
        );
        devices.truncate(DEVICES_MAX);
    }
    devices
}

/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/post-devices-query>
pub(super) async fn query(
    services: &Services,
    call: &Call,
    token: Option<&str>,
    body: Option<&Devices<QueryDevice>>,
) -> Result<Option<Devices<QueriedDevice>>, Refusal> {
    let caller = caller(services, call, token).await?;
    let devices = body.and_then(|body| body.devices.as_ref()).ok_or(Refusal::Request)?;
    let ids = ids(devices);
    let records = operation::query(services, &caller, &ids).await?;
    let answers = ids.into_iter().zip(records).map(|(id, record)| {
        let known = record.as_ref().ok_or(DeviceError::NotFound);
        queried(id, known.map(|record| (&record.device, &record.state)))
    });
    Ok(Some(Devices { devices: Some(answers.collect()) }))
}

/// The ids that are asked for. An entry without one is left out: its answer would be found by it.
pub(super) fn ids(devices: &[QueryDevice]) -> Vec<String> {
    devices.iter().filter(|device| !device.id.is_empty()).map(|device| device.id.clone()).collect()
}

/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/post-action>
pub(super) async fn action(
    services: &Services,
    call: &Call,
    token: Option<&str>,
    payload: Option<&Devices<ActionDevice>>,
) -> Result<Option<Devices<ActedDevice>>, Refusal> {
    let caller = caller(services, call, token).await?;
    let requests = requests(payload.and_then(|payload| payload.devices.as_ref()).ok_or(Refusal::Request)?);
    let answers = operation::action(services, call, &caller, requests.clone(), map::decode, Policy::EachEntry).await?;
    let answers = requests.into_iter().zip(answers).map(|(request, answer)| {
        let result = answer.result.map(|_| Results { entries: answer.entries, stream_url: answer.stream_url });
        acted(request.device_id, &request.entries, result)
    });
    Ok(Some(Devices { devices: Some(answers.collect()) }))
}

/// One request per device, also where the platform names it twice. An entry without an id is left out, as in a query.
pub(super) fn requests(devices: &[ActionDevice]) -> Vec<Request> {
    let mut requests: Vec<Request> = Vec::with_capacity(devices.len());
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for device in devices.iter().filter(|device| !device.id.is_empty()) {
        let entries = device.capabilities.iter().flatten().cloned();
        match places.get(device.id.as_str()).and_then(|place| requests.get_mut(*place)) {
            Some(earlier) => earlier.entries.extend(entries),
            None => {
                places.insert(&device.id, requests.len());
                requests.push(Request { device_id: device.id.clone(), entries: entries.collect() });
            }
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Device, DeviceId};

    #[test]
    fn entries_without_an_id_do_not_spoil_their_neighbours() {
        let body: Devices<QueryDevice> = serde_json::from_value(json!({"devices": [
            {"id": "a"}, {"id": 5}, {}, null, 7, {"id": null}, {"id": "b", "custom_data": [1]}, {"id": "a"}]}))
        .unwrap();
        assert_eq!(ids(&body.devices.unwrap()), ["a", "b", "a"]);
    }

    #[test]
    fn a_body_without_a_list_of_devices_has_none() {
        for body in [json!({}), json!({"device_ids": []}), json!({"devices": null}), json!({"devices": {"id": "a"}})] {
            let devices: Devices<QueryDevice> = serde_json::from_value(body).unwrap();
            assert_eq!(devices.devices, None);
        }
    }

    #[test]
    fn a_device_that_is_named_twice_is_one_request() {
        let command = |instance: &str| json!({"type": "t", "state": {"instance": instance}});
        let payload: Devices<ActionDevice> = serde_json::from_value(json!({"devices": [
            {"id": "a", "capabilities": [command("1")]}, {"id": "b", "capabilities": null},
            {"capabilities": [command("2")]}, {"id": "a", "capabilities": [command("3"), null]}]}))
        .unwrap();
        let requests = requests(&payload.devices.unwrap());
        let names: Vec<_> = requests
            .iter()
            .map(|r| (r.device_id.as_str(), r.entries.iter().map(|e| e.state.instance.as_str()).collect::<Vec<_>>()))
            .collect();
        assert_eq!(names, [("a", vec!["1", "3"]), ("b", vec![])]);
    }

    #[test]
    fn no_more_devices_than_yandex_takes_and_always_the_same() {
        let device = |index: usize| {
            let id = DeviceId::new(&format!("lamp-{index:03}")).unwrap();
            let document = json!({"owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}}});
            map::describe(&Device::parse(&id, &document).unwrap()).unwrap()
        };
        let all = at_most((0..400).rev().map(device).collect());
        assert_eq!(all.len(), 301);
        assert_eq!((all[0].id.as_str(), all[300].id.as_str()), ("lamp-000", "lamp-300"));
        assert_eq!(at_most(vec![device(1)]).len(), 1);
    }
}
