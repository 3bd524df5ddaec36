//! One platform that hangs for the whole time delays no other.

use std::time::{Duration, Instant};

use serde_json::json;
use simulators::{Fault, Faults, Kind, Platform, Source};

use crate::clock;
use crate::fleet::Fleet;
use crate::world::{VendorApi, World};

/// A change every so often, for so long; the notifier takes a batch as often as the local program does.
const CHANGE_EVERY: Duration = Duration::from_millis(20);
const BATCH_EVERY: Duration = Duration::from_millis(350);
const RUN: Duration = Duration::from_secs(8);
const LAMP: &str = "living-room-ceiling-lamp-0";
/// A busy machine may hiccup in any one run.
const ATTEMPTS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_platform_down_delays_no_other() {
    let mut world = World::start().await;
    let fleet = Fleet::register(&world, 20).await;
    let users = fleet.users();
    for user in &users {
        world.link(user).await;
    }
    crate::settle(&mut world, &users).await;
    let mut figures = Vec::new();
    for _ in 0..ATTEMPTS {
        let well = p99_of_the_others(&mut world).await;
        world
            .simulators
            .set_faults(Platform::Sber, Faults { seed: 1, faults: vec![Fault::new(Kind::Slow { millis: 30_000 })] });
        let down = p99_of_the_others(&mut world).await;
        world.simulators.set_faults(Platform::Sber, Faults::default());
        println!(
            "age of Yandex' and SmartThings' values, p99: {well:.3} s while Sber is well, {down:.3} s while it hangs"
        );
        figures.push(down / well);
        if down <= 1.5 * well {
            return;
        }
    }
    panic!("p99 grows by {figures:.2?}");
}

/// The 99th percentile of the age of values at the two platforms that are well, in seconds.
async fn p99_of_the_others(world: &mut World) -> f64 {
    let begun = Instant::now();
    let since = clock::now();
    let writing = tokio::spawn(report(world.vendor_api(), begun));
    while begun.elapsed() < RUN + BATCH_EVERY {
        let batch = Instant::now();
        world.notify(None).await;
        tokio::time::sleep(BATCH_EVERY.saturating_sub(batch.elapsed())).await;
    }
    writing.await.unwrap();
    let mut ages = Vec::new();
    for platform in [Platform::Yandex, Platform::SmartThings] {
        let home = world.simulators.home(platform, "user-0").unwrap();
        let heard = home.devices.values().flat_map(|device| device.history.values().flatten());
        let told = heard.filter(|heard| heard.source == Source::Callback);
        #[allow(clippy::cast_precision_loss, reason = "a time of this era in seconds")]
        let recent = told.filter(|heard| heard.carried_at.is_some_and(|at| at * 1e6 > since.micros() as f64));
        ages.extend(recent.filter_map(|heard| Some(heard.received_at - heard.carried_at?)));
    }
    assert!(ages.len() > 20, "{}", ages.len());
    ages.sort_by(f64::total_cmp);
    ages[ages.len() * 99 / 100]
}

async fn report(vendor: VendorApi, begun: Instant) {
    let mut brightness = 1;
    while begun.elapsed() < RUN {
        brightness = brightness % 100 + 1;
        let body = json!({"state": {"brightness": brightness}, "at": clock::now()});
        let (status, answer) = vendor.send("PATCH", &format!("/v1/devices/{LAMP}/state"), Some(&body)).await;
        assert_eq!(status, 200, "{answer}");
        tokio::time::sleep(CHANGE_EVERY).await;
    }
}
