//! Every case of `testdata/vectors/model` through the pure functions of the Sber platform.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use common::model::{Device, DeviceError, DeviceId, Planner, Report, State, Timestamp, report};
use common::platform::sber::{error, map, wire};
use serde_json::{Value as Json, json};
use testkit::golden::{self, Case, Difference, sber};

const NOW: Timestamp = Timestamp::from_secs(1_750_000_000);
const LATER: Timestamp = Timestamp::from_secs(1_750_000_060);

fn register(case: &Case) -> Option<(Device, State)> {
    let document = case.device.as_object()?;
    let id = DeviceId::new(document["id"].as_str().unwrap()).unwrap();
    let device = Device::parse(&id, &case.device).unwrap();
    let values = case.state["state"].as_object().unwrap().clone();
    let report = Report { online: case.state["online"].as_bool(), values: values.into_iter().collect(), at: None };
    let state = report::apply(&device, &State::default(), &report, NOW).state;
    Some((device, state))
}

fn query(device: &Device, state: &State) -> Json {
    json!({"states": map::render(device, state)})
}

fn values(state: &State) -> Json {
    state.values.iter().map(|(trait_, reported)| (trait_.to_string(), json!(reported.value))).collect()
}

fn state_case(case: &Case) -> Difference {
    let (device, state) = register(case).unwrap();
    let review = map::review(&device);
    assert_eq!(review.errors, []);
    match (map::describe(&device), case.expect.get("sber")) {
        (Some(actual), Some(expected)) => {
            assert_eq!(review.warnings, [""; 0]);
            sber::discovery(&expected["discovery"], &json!(actual), &case.device)?;
            sber::query(&expected["query"], &query(&device, &state))
        }
        (None, None) => {
            assert_eq!(map::render(&device, &state), []);
            Ok(())
        }
        (actual, _) => Err(format!("offered: {}", actual.is_some())),
    }
}

/// What the operations do, without I/O: the state after the command.
fn command(device: &Device, state: &State, states: Vec<wire::State>) -> Result<State, DeviceError> {
    if !state.online {
        return Err(DeviceError::Offline);
    }
    let mut planner = Planner::new(device, state, LATER);
    for entry in map::entries(states) {
        planner.add(&map::decode(device, planner.state(), &entry)?)?;
    }
    Ok(planner.state().clone())
}

fn command_case(case: &Case) -> Difference {
    let (expected, sent) = (&case.expect, case.command.as_ref().unwrap());
    let id = sent.device_id.as_str();
    let registered = register(case);
    let request: Option<wire::States> = serde_json::from_value(sent.request.clone()).ok();
    let result = match (&registered, request) {
        (Some((device, state)), Some(request)) if device.owner.as_str() == "u1" => {
            command(device, state, request.states.clone()).map(|after| (after, request.states))
        }
        (Some((device, _)), None) if device.owner.as_str() == "u1" => Err(DeviceError::InvalidValue),
        _ => Err(DeviceError::NotFound),
    };
    let mut answer = wire::CommandAnswer::default();
    let mut after = registered.as_ref().map(|(_, state)| state.clone());
    match result {
        Ok((reached, commanded)) => {
            let (device, _) = registered.as_ref().unwrap();
            let states = map::reply(device, &reached, &commanded, LATER);
            if !states.is_empty() {
                answer.devices.insert(id.to_owned(), wire::States { states });
            }
            after = Some(reached);
        }
        Err(error) => answer.errors.push(wire::Fault {
            id: id.to_owned(),
            code: error::code(error),
            message: error.message().to_owned(),
        }),
    }
    let told = registered.as_ref().zip(after.as_ref()).map(|((device, _), state)| query(device, state));
    sber::command(&expected["response"], &json!(answer), id, &told.unwrap_or_default())?;
    golden::same_state(&expected["state_after"], &after.map(|state| values(&state)).unwrap_or_default())
}

#[test]
fn every_case_of_the_model() {
    let mut different = Vec::new();
    let (mut states, mut commands) = (0, 0);
    for case in golden::cases().iter().filter(|case| case.concerns("sber")) {
        let difference = if case.command.is_none() {
            states += 1;
            state_case(case)
        } else {
            commands += 1;
            command_case(case)
        };
        if let Err(text) = difference {
            different.push(format!("{}: {text}", case.title));
        }
    }
    assert!(different.is_empty(), "{} differ\n{}", different.len(), different.join("\n"));
    assert!(states > 150 && commands > 50, "{states} states, {commands} commands");
}
