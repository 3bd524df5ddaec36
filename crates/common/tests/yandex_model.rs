//! The cases of `testdata/vectors/model` for Yandex, without HTTP and store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::model::{Device, DeviceError, DeviceId, Planner, Report, State, Timestamp, UserId, command, report};
use common::platform::yandex::inbound::{Results, acted, queried};
use common::platform::yandex::{map, wire};
use serde_json::{Value as Json, json};
use testkit::golden::{self, Case, Difference, yandex};

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

#[test]
fn cases_of_the_model() {
    let mut cases = golden::cases();
    cases.retain(|case| case.concerns("yandex"));
    assert!(cases.len() > 200, "{} cases", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let difference = if case.command.is_none() { state_case(case) } else { command_case(case) };
        failed.extend(difference.err().map(|text| format!("{}: {text}", case.title)));
    }
    assert!(failed.is_empty(), "{} of {} cases:\n{}", failed.len(), cases.len(), failed.join("\n"));
}

fn device(case: &Case) -> Option<(Device, State)> {
    if case.device.is_null() {
        return None;
    }
    let id = DeviceId::new(case.device["id"].as_str().unwrap()).unwrap();
    let device = Device::parse(&id, &case.device).unwrap_or_else(|errors| panic!("{}: {errors:?}", case.title));
    assert_eq!(map::review(&device).errors, [], "{}", case.title);
    let values = case.state["state"].as_object().unwrap().clone().into_iter().collect();
    let report = Report { online: case.state["online"].as_bool(), values, at: None };
    let state = report::apply(&device, &State::default(), &report, NOW).state;
    Some((device, state))
}

fn state_case(case: &Case) -> Difference {
    let (device, state) = device(case).unwrap();
    match (case.expect.get("yandex"), map::describe(&device)) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err("is offered, but should not be".to_owned()),
        (Some(_), None) => Err("is not offered".to_owned()),
        (Some(expected), Some(described)) => {
            yandex::discovery(&expected["discovery"], &json!(described), &case.device)?;
            yandex::query(&expected["query"], &json!(queried(device.id.to_string(), Ok((&device, &state)))))
        }
    }
}

/// What the action operation does with delivery `assumed`, as far as one device is concerned.
fn act(known: Option<(&Device, &State)>, request: &wire::ActionDevice) -> (wire::ActedDevice, Option<State>) {
    let commands = request.capabilities.clone().unwrap_or_default();
    let id = request.id.clone();
    let Some((device, state)) = known.filter(|(device, _)| device.owner == UserId::new("u1").unwrap()) else {
        return (acted(id, &commands, Err(DeviceError::NotFound)), known.map(|(_, state)| state.clone()));
    };
    if !state.online {
        return (acted(id, &commands, Err(DeviceError::Offline)), Some(state.clone()));
    }
    let mut planner = Planner::new(device, state, NOW);
    let decode = |planner: &mut Planner<'_>, entry| {
        let command = map::decode(device, planner.state(), entry)?;
        planner.add(&command)
    };
    let entries = commands.iter().map(|entry| decode(&mut planner, entry)).collect();
    let mut after = state.clone();
    command::assume(device, &mut after, planner.targets(), NOW);
    (acted(id, &commands, Ok(Results { entries, stream_url: None })), Some(after))
}

fn command_case(case: &Case) -> Difference {
    let sent = case.command.as_ref().unwrap();
    let known = device(case);
    let known = known.as_ref().map(|(device, state)| (device, state));
    let request: wire::ActionDevice = serde_json::from_value(sent.request.clone()).unwrap();
    assert_eq!(request.id, sent.device_id);
    let (answer, after) = act(known, &request);
    yandex::action(&case.expect["response"], &json!(answer), &sent.request)?;
    let values =
        |state: State| -> Json { state.values.iter().map(|(t, known)| (t.to_string(), json!(known.value))).collect() };
    golden::same_state(&case.expect["state_after"], &json!(after.map(values)))
}

/// How many differences there are.
fn lines(difference: Difference) -> usize {
    difference.err().map_or(0, |text| text.lines().count())
}

#[test]
fn the_comparer_sees_what_is_wrong() {
    let expected = json!({"id": "a", "capabilities": [
        {"type": "devices.capabilities.color_setting", "state": {"instance": "rgb", "value": 255}}], "properties": []});
    let with = |value: Json| {
        json!({"id": "a", "capabilities": [
            {"type": "devices.capabilities.color_setting", "state": {"instance": "rgb", "value": value}}]})
    };
    let query = |actual: &Json| lines(yandex::query(&expected, actual));
    assert_eq!(query(&expected), 0);
    assert_eq!(query(&with(json!(255))), 0, "an absent array is an empty one");
    assert_eq!(query(&with(json!(255.0))), 1, "must be an integer");
    assert_eq!(query(&with(json!(256))), 1);
    assert_eq!(query(&json!({"id": "a"})), 1);

    let modes = |first: &str, second: &str| {
        json!({"id": "a", "capabilities": [{"type": "devices.capabilities.mode",
        "parameters": {"instance": "swing", "modes": [{"value": first}, {"value": second}]}}]})
    };
    assert_eq!(lines(yandex::discovery(&modes("auto", "vertical"), &modes("vertical", "auto"), &json!({}))), 2);
    let events = |first: &str, second: &str| {
        json!({"id": "a", "properties": [{"type": "devices.properties.event",
        "parameters": {"instance": "open", "events": [{"value": first}, {"value": second}]}}]})
    };
    assert_eq!(lines(yandex::discovery(&events("opened", "closed"), &events("closed", "opened"), &json!({}))), 0);
    let document = json!({"model": "L1"});
    let info = |model: &str| json!({"id": "a", "device_info": {"model": model}});
    assert_eq!(lines(yandex::discovery(&json!({"id": "a"}), &info("L1"), &document)), 0);
    assert_eq!(lines(yandex::discovery(&json!({"id": "a"}), &info("L2"), &document)), 1);

    let request = json!({"id": "a", "capabilities": [
        {"type": "t", "state": {"instance": "1", "value": 1}}, {"type": "t", "state": {"instance": "2", "value": 1}}]});
    let error = json!({"status": "ERROR", "error_code": "DEVICE_BUSY"});
    let whole = json!({"id": "a", "action_result": error});
    let each = json!({"id": "a", "capabilities": [
        {"type": "t", "state": {"instance": "2", "action_result": error}},
        {"type": "t", "state": {"instance": "1", "action_result": error}}]});
    assert_eq!(lines(yandex::action(&whole, &each, &request)), 0);
    assert_eq!(lines(yandex::action(&each, &whole, &request)), 0);
    assert!(yandex::action(&each, &json!({"id": "a", "capabilities": []}), &request).is_err());

    assert_eq!(golden::same_state(&json!({"power": 1}), &json!({"power": 1.0, "color_mode": "scene"})), Ok(()));
    assert!(golden::same_state(&json!({"power": 1}), &json!({"power": 1, "mute": true})).is_err());
    assert!(golden::same_state(&json!({}), &Json::Null).is_err());
}
