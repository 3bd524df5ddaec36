//! What the platforms are told of, by the program as it runs.

mod home;
mod sqs;

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::json;
use testkit::{Arrived, Reply};

use home::{Home, SBER_STATE, YANDEX_STATE, happened, told_of, value, waiting};

#[tokio::test]
async fn a_report_reaches_both_platforms_soon() {
    let home = Home::start(&[]).await;
    let mut ages = Vec::new();
    for level in [10, 20, 30, 40, 50] {
        let reported = Instant::now();
        home.report("lamp", json!({ "brightness": level })).await;
        let arrives =
            |arrived: &[Arrived]| arrived.iter().any(|arrived| value(arrived, "lamp") == Some(f64::from(level)));
        tokio::join!(home.yandex.arrived_when(arrives), home.sber.arrived_when(arrives));
        ages.push(reported.elapsed());
    }
    // The quickest, because a busy machine makes any of them late.
    assert!(ages.iter().any(|age| *age < Duration::from_secs(2)), "{ages:?}");
}

#[tokio::test]
async fn what_waits_survives_a_kill() {
    let home = Home::start(&[]).await;
    let down = |home: &Home| home.sber.answers(|_| Reply::status(503));
    down(&home);
    home.report("lamp", json!({"brightness": 40})).await;
    home.report("button", json!({"button": "click"})).await;
    let queue = home.queue_when(|queue| waiting(queue, "sber") > 0).await;
    assert!(queue["waiting"]["sber"]["since"].is_string(), "{queue}");
    assert_eq!((waiting(&queue, "yandex"), &queue["set_aside"]), (0, &json!(0)), "{queue}");

    let home = home.kill_and_start().await;
    let queue = home.queue_when(|_| true).await;
    assert!(waiting(&queue, "sber") > 0, "{queue}");
    home.report("lamp", json!({"brightness": 70})).await;
    let before = home.sber.arrived().len();
    home.sber.answers(|_| Reply::status(200));
    home.all_told(30).await;
    let told = home.sber.arrived().split_off(before);
    assert_eq!(told.iter().filter_map(|arrived| value(arrived, "lamp")).next_back(), Some(70.0), "{told:#?}");
    assert_eq!(happened(&told, "button"), ["click"], "{told:#?}");
    let links = home.program.vendor("GET", "/v1/users/u1/links", None).await.body;
    for link in links["links"].as_array().unwrap() {
        assert!(link["last_error"].is_null() && link["last_delivery"].is_string(), "{links}");
    }
}

#[tokio::test]
async fn a_burst_costs_few_callbacks_and_loses_no_event() {
    let home = Home::start(&[]).await;
    let (yandex, sber) = (home.yandex.arrived().len(), home.sber.arrived().len());
    let begun = Instant::now();
    let mut pace = tokio::time::interval(Duration::from_millis(20));
    for step in 0..50_u8 {
        pace.tick().await;
        home.report("lamp", json!({"brightness": 50 + step})).await;
        match step {
            10 | 12 | 30 => home.report("button", json!({"button": "click"})).await,
            20 | 22 => home.report("sensor", json!({"motion": step == 20})).await,
            _ => {}
        }
    }
    // A machine that is too busy for 50 in a second gets as many more callbacks.
    let most = 5.0 * begun.elapsed().as_secs_f64().max(1.0);
    home.all_told(30).await;
    for (platform, told, motion) in [
        ("yandex", home.yandex.arrived().split_off(yandex), "detected"),
        ("sber", home.sber.arrived().split_off(sber), "pir"),
    ] {
        let of_lamp: Vec<f64> = told.iter().filter_map(|arrived| value(arrived, "lamp")).collect();
        println!("{platform}: {} callbacks tell 50 changes", of_lamp.len());
        assert!((of_lamp.len() as f64) <= most, "{platform}: {} callbacks: {told:#?}", of_lamp.len());
        assert_eq!(of_lamp.last(), Some(&99.0), "{platform}");
        assert_eq!(happened(&told, "button"), ["click"; 3], "{platform}: {told:#?}");
        let motions = happened(&told, "sensor");
        assert_eq!(motions.iter().filter(|value| *value == motion).count(), 1, "{platform}: {motions:?}");
    }
}

#[tokio::test]
async fn a_resync_is_one_full_report_for_each_link() {
    let home = Home::start(&[]).await;
    let (yandex, sber) = (home.yandex.arrived().len(), home.sber.arrived().len());
    assert_eq!(home.program.vendor("POST", "/v1/users/u1/resync", None).await.status, 202);
    for (platform, before) in [(&home.yandex, yandex), (&home.sber, sber)] {
        platform.arrived_when(|arrived| arrived[before..].iter().any(|arrived| told_of(arrived).len() == 4)).await;
    }
    home.all_told(30).await;
    for (platform, before, line) in [(&home.yandex, yandex, YANDEX_STATE), (&home.sber, sber, SBER_STATE)] {
        let told = platform.arrived().split_off(before);
        assert!(told.iter().all(|arrived| arrived.line == line), "{told:#?}");
        let (full, rest): (Vec<_>, Vec<_>) = told.iter().map(told_of).partition(|devices| devices.len() > 1);
        assert_eq!(full, [["button", "fence", "lamp", "sensor"]]);
        // The fences, of which one may also be told because it changed while the full report was on its way.
        assert!(rest.iter().all(|devices| *devices == ["fence"]), "{rest:?}");
    }
}

#[tokio::test]
async fn a_link_ended_by_the_vendor_ends_at_the_platform() {
    let home = Home::start(&[]).await;
    let yandex = home.yandex.lines().len();
    for platform in ["yandex", "sber"] {
        let answer = home.program.vendor("DELETE", &format!("/v1/users/u1/links/{platform}"), None).await;
        assert_eq!(answer.status, 204);
    }
    let told = home.sber.arrived_when(|arrived| arrived.iter().any(|arrived| arrived.line == "POST /v1/unlink")).await;
    let unlinks: Vec<_> = told.iter().filter(|arrived| arrived.line == "POST /v1/unlink").collect();
    assert_eq!(unlinks.len(), 1);
    assert_eq!(unlinks[0].body, json!({"user_id": "u1"}));
    assert_eq!(home.yandex.lines().len(), yandex, "Yandex has no call for it");
}

#[tokio::test]
async fn what_has_been_tried_for_a_day_is_set_aside_until_it_is_put_back() {
    let home = Home::start(&[]).await;
    let errand = json!({"platform": "sber", "user": "u1", "link_id": "u1", "devices": ["lamp"], "attempt": 120,
        "first_failed_at": "2026-01-01T00:00:00Z"});
    let keys = Credentials::new("x", "x", None, None, "test");
    let config =
        aws_sdk_dynamodb::Config::builder().behavior_version(BehaviorVersion::latest()).region(Region::new("local"));
    let config = config.credentials_provider(keys).http_client(common::net::aws_http_client());
    let table = aws_sdk_dynamodb::Client::from_conf(config.endpoint_url(&home.program.dynamodb).build());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let item =
        [("pk", text("ERRAND#sber")), ("sk", text("00000000000000000001#x")), ("body", text(&errand.to_string()))];
    let item = item.map(|(name, value)| (name.to_owned(), value)).into();
    table.put_item().table_name("homeport-queue").set_item(Some(item)).send().await.unwrap();

    // Found at the next start.
    home.sber.answers(|_| Reply::status(503));
    let home = home.kill_and_start().await;
    home.queue_when(|queue| queue["set_aside"] == 1 && waiting(queue, "sber") == 0).await;
    let before = home.sber.arrived().len();
    home.sber.answers(|_| Reply::status(200));
    let answer = home.program.send("POST", "/dev/redrive", &[], None).await;
    assert_eq!((answer.status, answer.body), (200, json!({"errands": 1})));
    home.sber.arrived_when(|arrived| arrived[before..].iter().any(|arrived| told_of(arrived) == ["lamp"])).await;
    let queue = home.queue_when(|queue| waiting(queue, "sber") == 0).await;
    assert_eq!(queue["set_aside"], 0, "{queue}");
}
