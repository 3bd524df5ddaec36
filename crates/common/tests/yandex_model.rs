//! The cases of `testdata/vectors/model` for Yandex, without HTTP and store.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[allow(unreachable_pub)]
mod support {
    pub mod yandex;
}

use common::model::{Device, DeviceError, DeviceId, Planner, Report, State, Timestamp, UserId, command, report};
use common::platform::yandex::inbound::{Results, acted, queried};
use common::platform::yandex::{map, wire};
use serde_json::{Map, Value as Json, json};
use support::yandex::{Case, Differences, cases, compare_action, compare_discovery, compare_query, compare_state};

const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

#[test]
fn cases_of_the_model() {
    let cases = cases();
    assert!(cases.len() > 200, "{} cases", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let differences = match &case.command {
            None => state_case(case),
            Some(_) => command_case(case),
        };
        if !differences.is_empty() {
            failed.push(format!("{}\n    {}", case.title, differences.join("\n    ")));
        }
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

fn state_case(case: &Case) -> Differences {
    let (device, state) = device(case).unwrap();
    let described = map::describe(&device).map(|described| serde_json::to_value(described).unwrap());
    match (case.expect.get("yandex"), described) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec!["is offered, but should not be".to_owned()],
        (Some(_), None) => vec!["is not offered".to_owned()],
        (Some(expected), Some(described)) => {
            let answer = queried(device.id.to_string(), Ok((&device, &state)));
            let mut differences = compare_discovery(&case.device, &expected["discovery"], &described);
            differences.extend(compare_query(&expected["query"], &serde_json::to_value(answer).unwrap()));
            differences
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

fn command_case(case: &Case) -> Differences {
    let sent = case.command.as_ref().unwrap();
    let known = device(case);
    let known = known.as_ref().map(|(device, state)| (device, state));
    let request: wire::ActionDevice = serde_json::from_value(sent.request.clone()).unwrap();
    assert_eq!(request.id, sent.device_id);
    let (answer, after) = act(known, &request);
    let answer = serde_json::to_value(answer).unwrap();
    let mut differences = compare_action(&sent.request, &case.expect["response"], &answer);
    let expected = &case.expect["state_after"];
    match after {
        None if expected.is_null() => {}
        None => differences.push("there is no state".to_owned()),
        Some(after) => {
            let values = after.values.iter().map(|(trait_, known)| (trait_.to_string(), json!(known.value)));
            differences.extend(compare_state(expected, &values.collect::<Map<String, Json>>()));
        }
    }
    differences
}

#[test]
fn the_comparer_sees_what_is_wrong() {
    let expected = json!({"id": "a", "capabilities": [
        {"type": "devices.capabilities.color_setting", "state": {"instance": "rgb", "value": 255}}], "properties": []});
    assert_eq!(compare_query(&expected, &expected), Differences::new());
    let with = |value: Json| {
        json!({"id": "a", "capabilities": [
            {"type": "devices.capabilities.color_setting", "state": {"instance": "rgb", "value": value}}]})
    };
    assert_eq!(compare_query(&expected, &with(json!(255))), Differences::new(), "an absent array is an empty one");
    assert_eq!(compare_query(&expected, &with(json!(255.0))).len(), 1, "must be an integer");
    assert_eq!(compare_query(&expected, &with(json!(256))).len(), 1);
    assert_eq!(compare_query(&expected, &json!({"id": "a"})).len(), 1);

    let modes = |first: &str, second: &str| {
        json!({"id": "a", "capabilities": [{"type": "devices.capabilities.mode",
        "parameters": {"instance": "swing", "modes": [{"value": first}, {"value": second}]}}]})
    };
    assert_eq!(compare_discovery(&json!({}), &modes("auto", "vertical"), &modes("vertical", "auto")).len(), 2);
    let events = |first: &str, second: &str| {
        json!({"id": "a", "properties": [{"type": "devices.properties.event",
        "parameters": {"instance": "open", "events": [{"value": first}, {"value": second}]}}]})
    };
    let differences = compare_discovery(&json!({}), &events("opened", "closed"), &events("closed", "opened"));
    assert_eq!(differences, Differences::new());
    let document = json!({"model": "L1"});
    let info = |model: &str| json!({"id": "a", "device_info": {"model": model}});
    assert_eq!(compare_discovery(&document, &json!({"id": "a"}), &info("L1")), Differences::new());
    assert_eq!(compare_discovery(&document, &json!({"id": "a"}), &info("L2")).len(), 1);

    let request = json!({"id": "a", "capabilities": [
        {"type": "t", "state": {"instance": "1", "value": 1}}, {"type": "t", "state": {"instance": "2", "value": 1}}]});
    let error = json!({"status": "ERROR", "error_code": "DEVICE_BUSY"});
    let whole = json!({"id": "a", "action_result": error});
    let each = json!({"id": "a", "capabilities": [
        {"type": "t", "state": {"instance": "2", "action_result": error}},
        {"type": "t", "state": {"instance": "1", "action_result": error}}]});
    assert_eq!(compare_action(&request, &whole, &each), Differences::new());
    assert_eq!(compare_action(&request, &each, &whole), Differences::new());
    assert!(!compare_action(&request, &each, &json!({"id": "a", "capabilities": []})).is_empty());

    let state = |json: Json| json.as_object().unwrap().clone();
    assert_eq!(
        compare_state(&json!({"power": 1}), &state(json!({"power": 1.0, "color_mode": "scene"}))),
        Differences::new()
    );
    assert_eq!(compare_state(&json!({"power": 1}), &state(json!({"power": 1, "mute": true}))).len(), 1);
}
