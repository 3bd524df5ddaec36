//! Whatever happens between two senders, the newest state is told last (docs/decisions/0013-last-word.md).

use std::time::Duration;

use common::model::{DeviceId, Timestamp, Trait, Value, Word};
use common::notify::{Breaker, Errand, ErrandListing, ErrandOccurrence, Fault, Listing, Occurrence};
use common::platform::Platform;
use common::store::{Origin, Record};
use serde_json::{Value as Json, json};

use crate::courier::{Home, deadline, record};
use crate::fixtures::{NOW, at, device, link, reported};
use testkit::Reply;

async fn command(home: &Home, before: &Record, state: Json, platform: Platform) -> Record {
    let after = reported(before, &json!({"state": state}), NOW);
    let origin = Origin { platform, link_id: "u1".to_owned() };
    home.table.store.put_state(before, &after.state, Some(&origin)).await.unwrap()
}

fn lamp_errand(platform: Platform) -> Errand {
    let devices = [DeviceId::new("lamp").unwrap()].into();
    Errand { devices, attempt: 1, first_failed_at: Some(at(-10_000)), ..Errand::new(&link(platform).key) }
}

/// Sber's user switches the lamp on again while Sber is being told that it is off.
#[tokio::test]
async fn a_command_that_overtakes_a_callback_makes_it_told_again() {
    let home = Home::new(|_| Reply::status(200)).await;
    home.link(Platform::Sber).await;
    home.link(Platform::Yandex).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    let off = home.report(&registered, json!({"on_off": false})).await;
    let change = record(&old, &home.lamp_item().await);
    let on = command(&home, &off, json!({"on_off": true}), Platform::Sber).await;
    assert_eq!((on.version, on.commanded_version), (3, Some(3)));
    home.handle(vec![change]).await;
    let again: Vec<_> = home.queue.take().into_iter().filter(|(errand, _)| errand.platform == Platform::Sber).collect();
    let [(errand, delay)] = again.as_slice() else { panic!("{again:?}") };
    assert!(delay.is_zero());
    home.courier.redeliver(errand.clone(), deadline()).await.unwrap();
    let last = home.platform.arrived().pop().unwrap();
    assert_eq!(last.line, "POST /v1/state");
    assert!(
        last.body.to_string().contains(r#"{"key":"on_off","value":{"bool_value":true,"type":"BOOL"}}"#),
        "{}",
        last.body
    );
}

/// A report that follows has a record of its own in the stream; so have the commands that are old by now.
#[tokio::test]
async fn nothing_is_told_again_after_a_report_or_an_older_command() {
    let home = Home::new(|_| Reply::status(200)).await;
    home.link(Platform::Sber).await;
    let on = command(&home, &home.lamp().await, json!({"on_off": true}), Platform::Sber).await;
    let old = home.lamp_item().await;
    let off = home.report(&on, json!({"on_off": false})).await;
    let change = record(&old, &home.lamp_item().await);
    home.report(&off, json!({"brightness": 5})).await;
    home.handle(vec![change]).await;
    assert_eq!(home.platform.arrived().len(), 1);
    assert!(home.queue.take().is_empty());
}

#[tokio::test]
async fn an_attempt_without_answer_is_in_doubt_until_it_was_told_and_told_once_more() {
    let mut count = 0;
    let home = Home::new(move |_| {
        count += 1;
        Reply { delay: Duration::from_secs(if count == 1 { 5 } else { 0 }), ..Reply::status(200) }
    })
    .await;
    home.link(Platform::Sber).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    home.report(&registered, json!({"on_off": true})).await;
    home.handle(vec![record(&old, &home.lamp_item().await)]).await;
    let (errand, _) = home.queue.take().remove(0);
    assert!(errand.in_doubt);

    home.courier.redeliver(errand, deadline()).await.unwrap();
    let (confirmation, delay) = home.queue.take().remove(0);
    assert_eq!((delay, confirmation.in_doubt, confirmation.attempt), (Duration::from_secs(30), false, 0));
    home.courier.redeliver(confirmation, deadline()).await.unwrap();
    assert!(home.queue.take().is_empty());
    assert_eq!(home.platform.arrived().len(), 3);
}

#[tokio::test]
async fn a_refusal_leaves_nothing_in_doubt() {
    let home = Home::new(|_| Reply::status(500)).await;
    home.link(Platform::Sber).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    home.report(&registered, json!({"on_off": true})).await;
    home.handle(vec![record(&old, &home.lamp_item().await)]).await;
    assert!(!home.queue.take()[0].0.in_doubt);
}

/// An outage leaves an errand for each change of a device; all of them would tell the same state.
#[tokio::test]
async fn of_many_errands_for_one_device_the_first_is_told() {
    let home = Home::new(|_| Reply::status(200)).await;
    home.link(Platform::Sber).await;
    let lit = home.report(&home.lamp().await, json!({"on_off": true})).await;
    for _ in 0..3 {
        home.courier.redeliver(lamp_errand(Platform::Sber), deadline()).await.unwrap();
    }
    assert_eq!(home.platform.arrived().len(), 1);

    // What is in doubt, what failed later, and another state are told.
    for errand in [
        Errand { in_doubt: true, ..lamp_errand(Platform::Sber) },
        Errand { first_failed_at: Some(NOW), ..lamp_errand(Platform::Sber) },
        Errand { attempt: 0, first_failed_at: None::<Timestamp>, ..lamp_errand(Platform::Sber) },
    ] {
        home.courier.redeliver(errand, deadline()).await.unwrap();
    }
    assert_eq!(home.platform.arrived().len(), 4);
    home.report(&lit, json!({"on_off": false})).await;
    home.courier.redeliver(lamp_errand(Platform::Sber), deadline()).await.unwrap();
    assert_eq!(home.platform.arrived().len(), 5);
}

/// Whoever is told once more that a door opened must be told that it is closed.
#[tokio::test]
async fn an_alarm_that_is_told_late_is_followed_by_what_is_true() {
    let home = Home::new(|_| Reply::status(200)).await;
    home.link(Platform::Sber).await;
    let sensor = device(&json!({"id": "lamp", "type": "contact_sensor", "traits": {"contact": {}}}));
    let registered = home.table.store.put_device(&sensor).await.unwrap().1;
    home.report(&registered, json!({"contact": "closed"})).await;
    let opened = Occurrence { trait_: Trait::Contact, value: Value::Word(Word::Open), at: at(-20_000) };
    let errand = lamp_errand(Platform::Sber);
    home.courier.redeliver(errand.clone(), deadline()).await.unwrap();
    let id = DeviceId::new("lamp").unwrap();
    let late = Errand { occurrences: vec![ErrandOccurrence::new(&id, opened)], ..errand };
    home.courier.redeliver(late, deadline()).await.unwrap();
    let told: Vec<bool> =
        home.platform.arrived().iter().map(|told| told.body.to_string().contains("\"bool_value\":false")).collect();
    assert_eq!(told, [true, false, true], "closed; opened; closed");
}

#[tokio::test]
async fn a_resync_tells_an_active_link_everything() {
    let home = Home::new(|_| Reply::status(200)).await;
    home.link(Platform::Sber).await;
    let key = link(Platform::Sber).key;
    let before = home.item("USER#u1", "LINK#sber#u1").await;
    home.table.store.ask_resync(&key, NOW).await.unwrap();
    let asked = home.item("USER#u1", "LINK#sber#u1").await;
    home.handle(vec![record(&before, &asked)]).await;
    assert_eq!(home.queue.take(), [(Errand::full_report(&key), Duration::ZERO)]);
    // A receipt is another change of the same item.
    home.handle(vec![record(&asked, &asked)]).await;
    assert!(home.queue.take().is_empty());

    // Nobody asks for an ended link, and asking begins none.
    home.table.store.unlink(&key, NOW).await.unwrap();
    home.table.store.ask_resync(&key, NOW).await.unwrap();
    assert_eq!(home.table.store.link(&key).await.unwrap().unwrap().status, None);
}

/// A lamp is registered again while Sber is being told, late, that it was removed.
#[tokio::test]
async fn a_list_that_changes_while_it_is_told_is_told_again() {
    let home = Home::new(|arrived| {
        let slow = arrived.line.starts_with("DELETE");
        Reply { delay: Duration::from_millis(if slow { 200 } else { 0 }), ..Reply::status(200) }
    })
    .await;
    home.link(Platform::Sber).await;
    let lamp = home.lamp().await.device;
    home.table.store.delete_device(&lamp.id).await.unwrap();
    let removed = ErrandListing { device_id: lamp.id.clone(), change: Listing::Removed };
    let errand = Errand { listings: vec![removed], devices: [].into(), ..lamp_errand(Platform::Sber) };
    let (redelivered, ()) = tokio::join!(home.courier.redeliver(errand, deadline()), async {
        while home.platform.arrived().is_empty() {
            tokio::task::yield_now().await;
        }
        home.table.store.put_device(&lamp).await.unwrap();
    });
    redelivered.unwrap();
    assert_eq!(home.platform.lines()[..2], ["DELETE /v1/devices", "POST /v1/devices"]);
    assert!(home.queue.take().is_empty());
}

/// `Retry-After` is for everybody, not only for the request that was refused.
#[tokio::test]
async fn a_platform_that_asks_to_be_left_alone_is_left_alone() {
    let home = Home::new(|_| Reply { header: Some(("retry-after", "20".to_owned())), ..Reply::status(429) }).await;
    home.link(Platform::Sber).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    let lit = home.report(&registered, json!({"on_off": true})).await;
    let first = home.lamp_item().await;
    home.handle(vec![record(&old, &first)]).await;
    home.report(&lit, json!({"on_off": false})).await;
    home.handle(vec![record(&first, &home.lamp_item().await)]).await;
    let waiting = home.queue.take();
    assert_eq!(waiting.len(), 2);
    assert!(waiting.iter().all(|(_, delay)| *delay >= Duration::from_secs(20)), "{waiting:?}");
    home.courier.redeliver(lamp_errand(Platform::Sber), deadline()).await.unwrap();
    let (again, delay) = home.queue.take().remove(0);
    assert_eq!((again, delay), (lamp_errand(Platform::Sber), Duration::from_secs(21)), "put back as it was");
    assert_eq!(home.platform.arrived().len(), 1);
    // At the end of its day an errand is tried once more, so that it comes to an end.
    let old = Errand { first_failed_at: Some(at(-86_399_000)), ..lamp_errand(Platform::Sber) };
    assert!(matches!(home.courier.redeliver(old, deadline()).await, Err(Fault::GivenUp(_))));
    assert_eq!(home.platform.arrived().len(), 2);
}

/// SmartThings gives each link its own address: one that is wrong holds up nobody else's.
#[test]
fn what_one_smartthings_link_is_asked_for_is_not_asked_of_the_others() {
    let link_of = |platform, user: &str| crate::fixtures::link_of(platform, user).key;
    let mut breaker = Breaker::default();
    for platform in Platform::ALL {
        breaker.asked(&link_of(*platform, "u1"), Duration::from_secs(60), NOW);
        let other = breaker.asked_to_wait(&link_of(*platform, "u2"), NOW);
        assert_eq!(other.is_none(), *platform == Platform::SmartThings, "{platform}");
        assert_eq!(breaker.asked_to_wait(&link_of(*platform, "u1"), NOW), Some(Duration::from_secs(60)));
    }
    assert_eq!(breaker.asked_to_wait(&link_of(Platform::Sber, "u1"), at(60_000)), None);
}

/// Sixty presses are sixty requests to Yandex; what comes behind them in the stream must not wait for all of them.
#[tokio::test]
async fn one_link_holds_the_stream_for_a_second_at_most() {
    let home = Home::new(|_| Reply { delay: Duration::from_millis(100), ..Reply::status(202) }).await;
    home.link(Platform::Yandex).await;
    let button = device(&json!({"id": "lamp", "type": "button", "traits": {"button": {}}}));
    let mut record_now = home.table.store.put_device(&button).await.unwrap().1;
    let mut records = Vec::new();
    for press in 0..60 {
        let before = home.lamp_item().await;
        let after = reported(&record_now, &json!({"state": {"button": "click"}}), at(-1000 + press));
        record_now = home.table.store.put_state(&record_now, &after.state, None).await.unwrap();
        records.push(record(&before, &home.lamp_item().await));
    }
    let begun = std::time::Instant::now();
    home.handle(records).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    let left: usize = home.queue.take().iter().map(|(errand, _)| errand.occurrences.len()).sum();
    let told = home.platform.arrived().len();
    // The one that was under way when the time was up is told again.
    assert!(told < 30 && told + left >= 60, "{told} told, {left} left");
}
