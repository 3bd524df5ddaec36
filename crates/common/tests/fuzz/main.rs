//! Random changes of good messages, to every entry point: always an answer of the protocol, and a table that can be read.
//!
//! The default is brief; `make fuzz`, or `PROPTEST_CASES=<n>`, goes on for longer.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[path = "../support/dynamodb.rs"]
mod dynamodb;
#[path = "../support/endpoints.rs"]
mod endpoints;
#[path = "../support/nodes.rs"]
mod nodes;
#[path = "../support/world.rs"]
mod world;
#[path = "../support/yandex_rules.rs"]
mod yandex_rules;

mod plan;
mod seeds;

use common::model::{Device, DeviceId};
use common::platform::{sber, smartthings, yandex};
use endpoints::{Endpoint, excerpt};
use plan::{Plan, plans};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use seeds::Seeds;
use serde_json::json;
use world::World;

/// Cases when the environment says nothing.
const CASES: u32 = 400;

/// The device that registrations are about.
const REGISTERED: &str = "fuzz-registered";

#[test]
fn every_entry_point() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (world, seeds) = runtime.block_on(async {
        let world = World::new().await;
        let seeds = Seeds::plant(&world).await;
        (world, seeds)
    });
    let chosen = std::env::var("PROPTEST_CASES").is_ok();
    let cases = if chosen { Config::default().cases } else { CASES };
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 500, ..Config::default() };
    let outcome = TestRunner::new(config).run(&plans(), |plan| runtime.block_on(run(&world, &seeds, &plan)));
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

async fn run(world: &World, seeds: &Seeds, plan: &Plan) -> Result<(), TestCaseError> {
    let seed = seeds.pick(&plan.seed);
    let endpoint = plan.endpoint.as_ref().map_or(seed.endpoint, |index| *index.get(&Endpoint::ALL));
    let device = if endpoint == Endpoint::PutDevice { REGISTERED } else { &seed.device };
    let body = plan.apply(seeds, &seed.body);
    let before = world.record(&seed.device).await;
    let reply = endpoint.send(world, &seeds.token, device, body.clone()).await;
    let fail = |what: String| TestCaseError::fail(format!("{endpoint:?} {device} {}\n{what}", excerpt(&body)));
    endpoint.check(&reply).map_err(fail)?;
    // The state of a device whose document has not been replaced is always one that it can have.
    let record = world.record(&seed.device).await;
    let events =
        record.state.events.iter().flat_map(|(trait_, events)| events.iter().map(move |event| (trait_, event)));
    for (trait_, reported) in record.state.values.iter().chain(events) {
        if let Err(bad) = record.device.check(*trait_, reported.value) {
            // Else every smaller case would be found guilty of it, too.
            world.services.store.put_state(&record, &before.state, None).await.unwrap();
            return Err(fail(format!("{trait_} is stored as {:?}: {bad}", reported.value)));
        }
    }
    if endpoint == Endpoint::PutDevice && reply.status < 300 {
        examine(&world.record(REGISTERED).await.device);
    }
    Ok(())
}

/// A document that was taken is read again from what is stored, and told to every platform by its rules.
fn examine(device: &Device) {
    let document = serde_json::to_value(device).unwrap();
    assert_eq!(Device::parse(&device.id, &document).as_ref(), Ok(device));
    if let Some(described) = yandex::map::describe(device) {
        yandex_rules::check_discovery(&json!(described));
    }
    for described in [json!(sber::map::describe(device)), json!(smartthings::map::describe(device))] {
        assert!(described.is_null() || described.to_string().len() < 100_000);
    }
    assert!(DeviceId::new(device.id.as_str()).is_some());
}
