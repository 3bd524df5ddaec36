//! One device in an answer.

use crate::model::{Device, DeviceError, State};
use crate::platform::yandex::wire::{
    ActedCapability, ActedDevice, ActedState, ActionResult, Command, EntryType, QueriedDevice, States, Status, Stream,
    StreamProtocol,
};
use crate::platform::yandex::{error_code, map};

/// A device of the answer to a query.
pub fn queried(id: String, known: Result<(&Device, &State), DeviceError>) -> QueriedDevice {
    let states = known.and_then(|(device, state)| match (map::is_offered(device), state.online) {
        (false, _) => Err(DeviceError::NotFound),
        (true, false) => Err(DeviceError::Offline),
        (true, true) => Ok(map::render(device, state)),
    });
    match states {
        Ok(states) => QueriedDevice { id, states, error_code: None, error_message: None },
        Err(error) => QueriedDevice {
            id,
            states: States::default(),
            error_code: Some(error_code(error)),
            error_message: Some(error.message().into()),
        },
    }
}

/// What became of the single commands to a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    /// One per command, in their order.
    pub entries: Vec<Result<(), DeviceError>>,
    /// The address of the stream, if one was asked for.
    pub stream_url: Option<String>,
}

/// A device of the answer to an action; `result` is an error where it holds for the device as a whole.
pub fn acted(id: String, commands: &[Command], result: Result<Results, DeviceError>) -> ActedDevice {
    match result {
        Ok(results) if !commands.is_empty() => {
            let capabilities = commands
                .iter()
                .zip(results.entries)
                .map(|(command, result)| capability(command, result, results.stream_url.as_deref()));
            ActedDevice { id, capabilities: Some(capabilities.collect()), action_result: None }
        }
        // Nothing was asked that could be answered; an empty list would say that all is well.
        Ok(_) => whole(id, DeviceError::NotSupported),
        Err(error) => whole(id, error),
    }
}

fn whole(id: String, error: DeviceError) -> ActedDevice {
    ActedDevice { id, capabilities: None, action_result: Some(action_result(Err(error))) }
}

fn capability(command: &Command, result: Result<(), DeviceError>, stream_url: Option<&str>) -> ActedCapability {
    let stream = stream_url.filter(|_| command.entry_type == EntryType::VideoStream.as_str() && result.is_ok());
    // "Done" without an address would leave the user with a black screen and no reason.
    let missing = command.entry_type == EntryType::VideoStream.as_str() && stream.is_none();
    let result = if missing { result.and(Err(DeviceError::Internal)) } else { result };
    ActedCapability {
        entry_type: command.entry_type.clone(),
        state: ActedState {
            instance: command.state.instance.clone(),
            value: stream.map(|url| Stream { stream_url: url.to_owned(), protocol: StreamProtocol::Hls }),
            action_result: action_result(result),
        },
    }
}

fn action_result(result: Result<(), DeviceError>) -> ActionResult {
    match result {
        Ok(()) => ActionResult { status: Status::Done, error_code: None, error_message: None },
        Err(error) => ActionResult {
            status: Status::Error,
            error_code: Some(error_code(error)),
            error_message: Some(error.message().into()),
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_pass_by_value)] // json!(…) at the call reads better than &json!(…)

    use serde_json::{Value as Json, json};

    use super::*;

    fn command(json: Json) -> Command {
        serde_json::from_value(json).unwrap()
    }

    fn answer(commands: &[Command], result: Result<Results, DeviceError>) -> Json {
        serde_json::to_value(acted("cam-1".to_owned(), commands, result)).unwrap()
    }

    #[test]
    fn a_stream_is_the_only_value_in_an_answer() {
        let on = command(json!({"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}}));
        let stream = command(json!({"type": "devices.capabilities.video_stream",
            "state": {"instance": "get_stream", "value": {"protocols": ["hls"]}}}));
        let commands = [on, stream];
        let url = Some("https://media.example/1.m3u8".to_owned());
        assert_eq!(
            answer(&commands, Ok(Results { entries: vec![Ok(()), Ok(())], stream_url: url })),
            json!({"id": "cam-1", "capabilities": [
                {"type": "devices.capabilities.on_off", "state": {"instance": "on", "action_result": {"status": "DONE"}}},
                {"type": "devices.capabilities.video_stream", "state": {"instance": "get_stream",
                    "value": {"stream_url": "https://media.example/1.m3u8", "protocol": "hls"},
                    "action_result": {"status": "DONE"}}}]})
        );
        let answer = answer(&commands, Ok(Results { entries: vec![Ok(()), Ok(())], stream_url: None }));
        assert_eq!(answer["capabilities"][1]["state"]["action_result"]["error_code"], "INTERNAL_ERROR");
        assert_eq!(answer["capabilities"][1]["state"].get("value"), None);
    }

    #[test]
    fn an_error_of_the_device_stands_for_all_its_capabilities() {
        let answer = answer(&[command(json!({}))], Err(DeviceError::Stuck));
        assert_eq!(answer["action_result"]["error_code"], "DEVICE_STUCK");
        assert_eq!(answer["action_result"]["status"], "ERROR");
        assert_eq!(answer.get("capabilities"), None);
    }

    #[test]
    fn nothing_asked_is_not_well_done() {
        assert_eq!(answer(&[], Ok(Results::default()))["action_result"]["error_code"], "INVALID_ACTION");
        assert_eq!(answer(&[], Err(DeviceError::NotFound))["action_result"]["error_code"], "DEVICE_NOT_FOUND");
    }

    #[test]
    fn what_cannot_be_read_is_answered_on_its_own() {
        let commands =
            [command(json!({"type": 5, "state": []})), command(json!({"type": "x", "state": {"instance": "y"}}))];
        let entries = vec![Err(DeviceError::NotSupported); 2];
        let answer = answer(&commands, Ok(Results { entries, stream_url: None }));
        assert_eq!(answer["capabilities"][0]["type"], "");
        assert_eq!(answer["capabilities"][1]["type"], "x");
        assert_eq!(answer["capabilities"][1]["state"]["instance"], "y");
    }
}
