//! The golden vectors of the model, for SmartThings, through the pure functions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::model::{Device, DeviceError, DeviceId, Planner, Report, State, Timestamp, report};
use common::platform::smartthings::{map, wire};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use testkit::golden::{self, Case, Difference, smartthings, vectors};

const NOW: Timestamp = Timestamp::from_secs(1_772_359_200);

fn start(case: &Case) -> Option<(Device, State)> {
    let document = Some(&case.device).filter(|document| !document.is_null())?;
    let id = DeviceId::new(document["id"].as_str().unwrap()).unwrap();
    let device = Device::parse(&id, document).unwrap_or_else(|errors| panic!("{}: {errors:?}", case.title));
    let said = Report {
        online: case.state["online"].as_bool(),
        values: serde_json::from_value(case.state["state"].clone()).unwrap(),
        at: None,
    };
    let state = report::apply(&device, &State::default(), &said, NOW).state;
    Some((device, state))
}

/// What the operation does with the request of one device.
fn command(known: Option<&(Device, State)>, request: &wire::CommandDevice) -> (wire::DeviceState, Option<State>) {
    let id = &request.external_device_id;
    let Some((device, state)) = known.filter(|(device, _)| device.owner.as_str() == "u1") else {
        let state = known.map(|(_, state)| state.clone());
        return (map::entry(id, None, &[DeviceError::NotFound], false), state);
    };
    if !state.online {
        let entry = map::entry(id, Some((device, state)), &[DeviceError::Offline], false);
        return (entry, Some(state.clone()));
    }
    let mut planner = Planner::new(device, state, NOW);
    let mut errors = Vec::new();
    for entry in request.commands.iter().flatten() {
        let wire::Entry::Good(command) = entry else { panic!("{entry:?}") };
        let decoded = map::decode(device, planner.state(), command);
        if let Err(error) = decoded.and_then(|command| planner.add(&command)) {
            errors.push(error);
        }
    }
    (map::entry(id, Some((device, planner.state())), &errors, false), Some(planner.state().clone()))
}

fn check_state_case(case: &Case) -> Difference {
    let (device, state) = start(case).unwrap();
    let (expected, described) = (case.expect.get("smartthings"), map::describe(&device));
    let (Some(expected), Some(described)) = (expected, &described) else {
        return if expected.is_some() == described.is_some() { Ok(()) } else { Err(format!("offered: {described:?}")) };
    };
    smartthings::discovery(&expected["discovery"], &json!(described), &case.device)?;
    let refresh = map::entry(device.id.as_str(), Some((&device, &state)), &[], true);
    smartthings::refresh(&expected["refresh"], &json!(refresh))?;
    let states: Vec<wire::State> = refresh.states.unwrap_or_default();
    if states == map::render(&device, &state) { Ok(()) } else { Err("render differs".to_owned()) }
}

fn check_command_case(case: &Case) -> Difference {
    let known = start(case);
    let request: wire::CommandDevice = serde_json::from_value(case.command.as_ref().unwrap().request.clone()).unwrap();
    let (answer, after) = command(known.as_ref(), &request);
    let refresh = known
        .as_ref()
        .filter(|(device, _)| device.owner.as_str() == "u1")
        .zip(after.as_ref())
        .map(|((device, _), state)| map::entry(device.id.as_str(), Some((device, state)), &[], true));
    smartthings::command(&case.expect["response"], &json!(answer), &json!(refresh))?;
    let values =
        after.map(|state| -> Json { state.values.iter().map(|(t, v)| (t.to_string(), json!(v.value))).collect() });
    golden::same_state(&case.expect["state_after"], &json!(values))
}

#[test]
fn every_case_of_the_model() {
    let (mut checked, mut wrong) = (0, Vec::new());
    for case in golden::cases().iter().filter(|case| case.concerns("smartthings")) {
        let result = if case.command.is_none() { check_state_case(case) } else { check_command_case(case) };
        checked += 1;
        wrong.extend(result.err().map(|error| format!("{}: {error}", case.title)));
    }
    assert!(wrong.is_empty(), "{} of {checked} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 200, "only {checked} cases");
}

/// Reads a message into its type and writes it again.
fn there_and_back<T: DeserializeOwned + Serialize>(body: &Json) -> Json {
    json!(serde_json::from_value::<wire::Message<T>>(body.clone()).unwrap())
}

fn rewritten(body: &Json) -> Json {
    if body.get("globalError").is_some() && body.get("originatingInteractionType").is_none() {
        return there_and_back::<wire::Refused>(body);
    }
    match body["headers"]["interactionType"].as_str().unwrap_or_default() {
        "discoveryResponse" => there_and_back::<wire::Discovery>(body),
        "stateRefreshRequest" => there_and_back::<wire::StateRefresh>(body),
        "commandRequest" => there_and_back::<wire::Commands>(body),
        "stateRefreshResponse" | "commandResponse" => there_and_back::<wire::States>(body),
        "grantCallbackAccess" if body.get("callbackUrls").is_some() => there_and_back::<wire::Grant>(body),
        "interactionResult" => there_and_back::<wire::InteractionResult>(body),
        _ => there_and_back::<wire::Nothing>(body),
    }
}

#[test]
fn wire_types_say_what_the_vectors_say() {
    let mut checked = 0;
    for (file, vector) in vectors("smartthings").iter().filter(|(_, vector)| vector["direction"] == "inbound") {
        for side in ["request", "response"] {
            let body = &vector[side]["body"];
            // The one message without headers has no type.
            if body.get("headers").is_some() {
                assert_eq!(rewritten(body), *body, "{file}: {side}");
                checked += 1;
            }
        }
    }
    assert!(checked > 80, "only {checked} bodies");
}

#[test]
fn entries_are_all_good_in_the_vectors() {
    for (file, vector) in vectors("smartthings") {
        let body = &vector["request"]["body"];
        if body["headers"]["interactionType"] == "commandRequest" {
            let commands: wire::Message<wire::Commands> = serde_json::from_value(body.clone()).unwrap();
            for device in commands.content.devices {
                let wire::Entry::Good(device) = device else { panic!("{file}: {device:?}") };
                assert!(device.commands.unwrap().iter().all(|entry| matches!(entry, wire::Entry::Good(_))), "{file}");
            }
        }
    }
}
