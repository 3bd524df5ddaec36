//! The property that matters: after any mix of platform faults ends, every platform holds exactly the state in the table, and every
//! event was delivered at least once.
//!
//! 300 devices in three homes, linked with three simulated platforms, change at random (seeded: `HOMEPORT_TEST_SEED`) while the
//! platforms fail in every way they can and the notifier is killed in the middle of its work. Waiting is skipped, not slept.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod clock;
mod fleet;
mod judge;
mod queue;
mod random;
mod world;

use std::time::Duration;

use common::model::Timestamp;
use simulators::{Body, Call, Fault, Faults, Kind, Platform};

use fleet::Fleet;
use random::Random;
use world::World;

const DEVICES: usize = 300;
/// Times that something happens, with faults and without.
const EVENTS: usize = 2500;
/// How often the weather changes.
const WEATHER_EVERY: usize = 250;
/// How much of what is wrong is shown.
const SHOWN: usize = 25;
/// More than the retries of a day for everything.
const PATIENCE: usize = 100_000;

fn seed() -> u64 {
    std::env::var("HOMEPORT_TEST_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(20_261_124)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_platform_holds_the_state_in_the_table_after_all_faults_have_ended() {
    let mut random = Random::new(seed());
    let mut world = World::start().await;
    let mut fleet = Fleet::register(&world, DEVICES).await;
    let users = fleet.users();
    for user in &users {
        world.link(user).await;
    }
    settle(&mut world, &users).await;
    let mut kills = 0;
    for event in 0..EVENTS {
        if event % WEATHER_EVERY == 0 {
            for platform in Platform::ALL {
                world.simulators.set_faults(platform, weather(platform, &mut random));
            }
            world.heal(&users).await;
        }
        fleet.live(&world, &mut random).await;
        // The notifier is late now and then, so that batches differ in length; and it dies now and then.
        let mut killed_after = || random.percent(15).then(|| Duration::from_micros(random.next() % 20_000));
        if event % 5 == 0 {
            let killed = killed_after();
            kills += usize::from(killed.is_some());
            world.notify(killed).await;
        }
        if event % 7 == 0 {
            let killed = killed_after();
            kills += usize::from(killed.is_some());
            world.redeliver(clock::now().plus(Duration::from_secs(20)), killed).await;
        }
    }
    for platform in Platform::ALL {
        world.simulators.set_faults(platform, Faults::default());
    }
    settle(&mut world, &users).await;

    for platform in Platform::ALL {
        if let Some([half, most, nearly, all]) = judge::ages(&world, &users, platform) {
            println!(
                "{platform}: age of a value when it was taken: p50 {half:.2} s, p90 {most:.2} s, p99 {nearly:.2} s, longest {all:.1} s"
            );
        }
    }
    let told = world.simulators.states_told();
    #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
    let per_change = told as f64 / (fleet.changes as f64);
    let missing = judge::missing_events(&world, &fleet);
    let verdict = judge::compare(&world, &fleet).await;
    println!(
        "seed {}: {} changes, {told} callbacks ({per_change:.2} per change for three platforms), {} messages in the retry queue, {kills} kills",
        seed(),
        fleet.changes,
        world.queue.sent(),
    );
    println!("accuracy: {} of {} values agree", verdict.values - verdict.wrong.len(), verdict.values);
    let violations: Vec<String> =
        world.simulators.violations().into_iter().map(|found| format!("{} {}", found.message, found.text)).collect();
    let faults = [("violations", violations), ("wrong values", verdict.wrong), ("missing events", missing)];
    for (name, found) in &faults {
        if !found.is_empty() {
            println!("{} {name}: {:#?}", found.len(), &found[..found.len().min(SHOWN)]);
        }
    }
    assert!(faults.iter().all(|(_, found)| found.is_empty()), "see above");
    assert!(verdict.values > 2000, "the comparison saw something");
}

/// Until nothing is left in the stream, in the queue and in the platforms' heads.
async fn settle(world: &mut World, users: &[String]) {
    for _ in 0..PATIENCE {
        let records = world.notify(None).await;
        let redelivered = world.redeliver(Timestamp::from_secs(i64::from(u32::MAX)), None).await;
        let still = records == 0 && !redelivered && world.queue.len() == 0 && world.simulators.is_idle();
        if still && !world.heal(users).await {
            return;
        }
    }
    panic!("it does not come to rest: {} messages wait", world.queue.len());
}

/// What is wrong with a platform for a while.
fn weather(platform: Platform, random: &mut Random) -> Faults {
    let kinds = [
        Kind::TooManyRequests { retry_after: Some(3), as_date: false },
        Kind::TooManyRequests { retry_after: Some(2), as_date: true },
        Kind::TooManyRequests { retry_after: None, as_date: false },
        Kind::ServerError { body: Body::Json, applied: false },
        Kind::ServerError { body: Body::Html, applied: true },
        Kind::Unavailable { retry_after: 5 },
        Kind::Reset { applied: false },
        Kind::Reset { applied: true },
        Kind::Slow { millis: 40 },
        Kind::Slow { millis: 700 },
        Kind::Oversized,
        Kind::Redirect { to: "http://127.0.0.1:9/".to_owned() },
    ];
    let own = match platform {
        Platform::Yandex => vec![Kind::ForgetUser],
        Platform::Sber => {
            vec![Kind::DeviceErrors { code: 500, share: 0.5 }, Kind::DeviceErrors { code: 503, share: 0.2 }]
        }
        Platform::SmartThings => vec![Kind::ExpireTokens],
    };
    let mut faults: Vec<Fault> = (0..=random.below(3))
        .map(|_| {
            let probability = *random.pick(&[0.02, 0.1, 0.3, 0.9]);
            // A slow answer costs the test real time.
            match random.pick(&kinds).clone() {
                kind @ Kind::Slow { .. } => Fault::new(kind).with_probability(0.04),
                kind => Fault::new(kind).with_probability(probability).on([Call::State, Call::Devices]),
            }
        })
        .collect();
    if random.percent(60) {
        faults.push(Fault::new(random.pick(&own).clone()).with_probability(0.1));
    }
    if platform == Platform::SmartThings {
        // Not of answers to a renewal, which would break the link: see the test below.
        faults.push(Fault::new(Kind::Reset { applied: false }).with_probability(0.2).on([Call::Token]));
    }
    Faults { seed: random.next(), faults }
}
