//! The devices of a message and of its answer.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use crate::model::{self, Device, DeviceError, State};
use crate::operation::{self, Answer};
use crate::platform::smartthings::map;
use crate::platform::smartthings::wire::{
    Command, CommandDevice, Commands, DeviceRef, DeviceState, Entry, StateRefresh,
};
use crate::store::Record;

type Request = operation::Request<Entry<Command>>;

/// The devices that are asked for. An entry without an id is left out: its answer would be found by it.
pub(super) fn ids(refresh: &StateRefresh) -> Vec<String> {
    let id = |entry: &Entry<DeviceRef>| match entry {
        Entry::Good(device) => Some(device.external_device_id.clone()),
        Entry::Bad(_) => None,
    };
    refresh.devices.iter().filter_map(id).collect()
}

/// What is asked of each device. An entry whose id alone can be read is answered with an error.
pub(super) fn requests(commands: Commands) -> Vec<Request> {
    let request = |entry: Entry<CommandDevice>| match entry {
        Entry::Good(device) => {
            Some(Request { device_id: device.external_device_id, entries: device.commands.unwrap_or_default() })
        }
        Entry::Bad(json) => {
            let device_id = json.get("externalDeviceId").and_then(Json::as_str)?.to_owned();
            Some(Request { device_id, entries: vec![Entry::Bad(json)] })
        }
    };
    commands.devices.into_iter().filter_map(request).collect()
}

/// The devices of which a refresh is commanded.
pub(super) fn refreshes(requests: &[Request]) -> BTreeSet<String> {
    let is_refresh = |entry: &Entry<Command>| matches!(entry, Entry::Good(command) if map::is_refresh(command));
    let refreshed = requests.iter().filter(|request| request.entries.iter().any(is_refresh));
    refreshed.map(|request| request.device_id.clone()).collect()
}

/// One entry of a command request.
pub(super) fn decode(device: &Device, state: &State, entry: &Entry<Command>) -> Result<model::Command, DeviceError> {
    match entry {
        Entry::Good(command) => map::decode(device, state, command),
        Entry::Bad(_) => Err(DeviceError::InvalidValue),
    }
}

/// The answer to a refresh of one device.
pub(super) fn refreshed(id: &str, record: Option<&Record>) -> DeviceState {
    match record {
        Some(record) => map::entry(id, Some((&record.device, &record.state)), &[], true),
        None => map::entry(id, None, &[DeviceError::NotFound], false),
    }
}

/// The answer to the commands to one device.
pub(super) fn commanded(answer: &Answer, with_lists: bool) -> DeviceState {
    let errors = match (answer.result, &answer.record) {
        (Ok(_), _) => answer.entries.iter().filter_map(|entry| entry.err()).collect(),
        // The device cloud does not know a device that we have. SmartThings would delete it for good.
        (Err(DeviceError::NotFound), Some(_)) => vec![DeviceError::Internal],
        (Err(error), _) => vec![error],
    };
    let known = answer.record.as_ref().map(|record| (&record.device, &record.state));
    map::entry(&answer.device_id, known, &errors, with_lists)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{DeviceId, Timestamp, Trait};
    use crate::operation::Done;

    fn record(online: bool) -> Record {
        let document =
            json!({"owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}, "brightness": {}}});
        let device = Device::parse(&DeviceId::new("lamp").unwrap(), &document).unwrap();
        let mut state = State { online, ..State::default() };
        state.set(Trait::OnOff, true, Timestamp::from_secs(0));
        Record { device, state, version: 1, origin: None, commanded_version: None }
    }

    fn answer(
        entries: Vec<Result<(), DeviceError>>,
        result: Result<Done, DeviceError>,
        record: Option<Record>,
    ) -> Answer {
        Answer { device_id: "lamp".to_owned(), entries, result, record, stream_url: None }
    }

    fn json_of(state: &DeviceState) -> Json {
        serde_json::to_value(state).unwrap()
    }

    fn attributes(state: &Json) -> Vec<&str> {
        state["states"].as_array().unwrap().iter().map(|state| state["attribute"].as_str().unwrap()).collect()
    }

    fn codes(state: &Json) -> Vec<&str> {
        let errors = state["deviceError"].as_array().unwrap();
        errors.iter().map(|error| error["errorEnum"].as_str().unwrap()).collect()
    }

    #[test]
    fn a_malformed_entry_does_not_spoil_its_neighbours() {
        let refresh: StateRefresh = serde_json::from_value(json!({"devices": [
            {"externalDeviceId": "a"}, {"externalDeviceId": 5}, null, 7, {},
            {"externalDeviceId": "b", "deviceCookie": [1], "more": true}]}))
        .unwrap();
        assert_eq!(ids(&refresh), ["a", "b"]);
        let commands: Commands = serde_json::from_value(json!({"devices": [
            {"externalDeviceId": "a", "commands": [
                {"component": "main", "capability": "st.switch", "command": "on", "arguments": null},
                {"capability": "st.switch"}, 5, {"capability": "st.switch", "command": "off", "arguments": {}}]},
            {"externalDeviceId": "b", "commands": {}}, {"commands": []}, {"externalDeviceId": "c", "commands": null}]}))
        .unwrap();
        let requests = requests(commands);
        let good =
            |request: &Request| request.entries.iter().map(|entry| matches!(entry, Entry::Good(_))).collect::<Vec<_>>();
        let read: Vec<_> = requests.iter().map(|request| (request.device_id.as_str(), good(request))).collect();
        assert_eq!(read, [("a", vec![true, false, false, false]), ("b", vec![false]), ("c", vec![])]);
        let record = record(true);
        for entry in &requests[0].entries[1..] {
            assert_eq!(decode(&record.device, &record.state, entry), Err(DeviceError::InvalidValue));
        }
    }

    #[test]
    fn lists_of_devices_must_be_lists() {
        for body in [json!({}), json!({"devices": null}), json!({"devices": {}}), json!({"devices": "all"})] {
            assert!(serde_json::from_value::<StateRefresh>(body.clone()).is_err(), "{body}");
            assert!(serde_json::from_value::<Commands>(body.clone()).is_err(), "{body}");
        }
    }

    #[test]
    fn what_was_good_is_told_beside_each_refusal() {
        let entries = vec![Ok(()), Err(DeviceError::NotSupported), Err(DeviceError::InvalidValue)];
        let state = json_of(&commanded(&answer(entries, Ok(Done::Done), Some(record(true))), false));
        assert_eq!(attributes(&state), ["switch", "healthStatus"]);
        assert_eq!(codes(&state), ["CAPABILITY-NOT-SUPPORTED", "RESOURCE-CONSTRAINT-VIOLATION"]);
    }

    #[test]
    fn accepted_commands_answer_the_present_state() {
        let state = json_of(&commanded(&answer(vec![Ok(())], Ok(Done::Accepted), Some(record(true))), false));
        assert_eq!(attributes(&state), ["switch", "healthStatus"]);
        assert_eq!(state.get("deviceError"), None);
    }

    #[test]
    fn an_unreachable_device_is_never_healthy() {
        for (online, result) in [(false, Err(DeviceError::Offline)), (true, Err(DeviceError::Offline))] {
            let state = json_of(&commanded(&answer(vec![Ok(())], result, Some(record(online))), true));
            assert_eq!(attributes(&state), ["switch"]);
            assert_eq!(codes(&state), ["DEVICE-OFFLINE"]);
        }
        let state = json_of(&refreshed("lamp", Some(&record(false))));
        assert_eq!(codes(&state), ["DEVICE-OFFLINE"]);
    }

    #[test]
    fn only_what_is_not_there_is_deleted() {
        let gone = json!({"externalDeviceId": "lamp",
            "deviceError": [{"errorEnum": "DEVICE-DELETED", "detail": "Unknown device"}]});
        assert_eq!(json_of(&refreshed("lamp", None)), gone);
        let not_found = Err(DeviceError::NotFound);
        assert_eq!(json_of(&commanded(&answer(vec![], not_found, None), true)), gone);
        let mut hidden = record(true);
        hidden.device.overrides.smartthings.enabled = Some(false);
        assert_eq!(codes(&json_of(&refreshed("lamp", Some(&hidden)))), ["CAPABILITY-NOT-SUPPORTED"]);
        for error in DeviceError::ALL {
            let state = json_of(&commanded(&answer(vec![], Err(*error), Some(record(true))), false));
            assert_ne!(codes(&state), ["DEVICE-DELETED"], "{error}");
        }
    }
}
