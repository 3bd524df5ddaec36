//! Who is told what. Each test is one rule.

use common::model::{Trait, Value, Word};
use common::notify::{Change, DeviceNews, Listing, News};
use common::platform::Platform;
use common::store::{LinkStatus, Record};
use serde_json::{Value as Json, json};

use crate::fixtures::{
    NOW, at, change, commanded_by, known, link, link_change, link_of, planned, registered, reported,
};

fn lamp() -> Json {
    json!({"id": "lamp", "type": "light", "traits": {"on_off": {}, "brightness": {}}})
}

fn on_at(percent: i64) -> Record {
    known(&lamp(), &json!({"on_off": true, "brightness": percent}))
}

fn brighter(before: &Record, percent: i64, millis: i64) -> Record {
    reported(before, &json!({"state": {"brightness": percent}}), at(millis))
}

/// The changes between these records, one after another.
fn steps(records: &[Record]) -> Vec<Change> {
    records.windows(2).map(|pair| change(Some(&pair[0]), Some(&pair[1]))).collect()
}

fn only(news: Vec<News>) -> DeviceNews {
    assert_eq!(news.len(), 1);
    assert_eq!(news[0].devices.len(), 1);
    news.into_iter().next().unwrap().devices.remove(0)
}

fn number(record: &Record, trait_: Trait) -> String {
    record.state.number(trait_).unwrap().to_string()
}

#[test]
fn changes_are_merged_to_the_newest_value() {
    let mut records = vec![on_at(10)];
    for step in 1..=50 {
        records.push(brighter(records.last().unwrap(), 10 + step, step));
    }
    for platform in Platform::ALL {
        let news = only(planned(&steps(&records), &[&link(*platform)]));
        assert_eq!(news.frames.len(), 1, "{platform}");
        assert_eq!(number(news.frames[0].known.as_ref().unwrap(), Trait::Brightness), "10");
        assert_eq!(number(&news.frames[0].now, Trait::Brightness), "60");
        assert_eq!((news.frames[0].happened_at(), news.listing), (at(50), None));
    }
}

#[test]
fn each_link_of_each_platform_is_told_once_and_only_of_its_users_devices() {
    let mine = steps(&[on_at(10), brighter(&on_at(10), 20, 0)]);
    let mut other = lamp();
    other["id"] = json!("other");
    other["owner"] = json!("u2");
    let other = known(&other, &json!({"brightness": 1}));
    let theirs = steps(&[other.clone(), brighter(&other, 2, 0)]);
    let mut second = link(Platform::SmartThings);
    second.key.link_id = "another-installation".to_owned();
    let links = [&link(Platform::Yandex), &link(Platform::SmartThings), &second, &link_of(Platform::Sber, "u2")];
    let news = planned(&[mine, theirs].concat(), &links);
    let told: Vec<_> = news.iter().map(|news| (news.link.key.link_id.as_str(), news.devices[0].id.as_str())).collect();
    assert_eq!(told, [("u1", "lamp"), ("u1", "lamp"), ("another-installation", "lamp"), ("u2", "other")]);
    assert!(news.iter().all(|news| news.devices.len() == 1));
}

#[test]
fn a_link_that_does_not_work_is_told_nothing() {
    let changes = steps(&[on_at(10), brighter(&on_at(10), 20, 0)]);
    for status in [Some(LinkStatus::Broken), Some(LinkStatus::UnknownUser), None] {
        let mut dead = link(Platform::Yandex);
        dead.status = status;
        assert_eq!(planned(&changes, &[&dead]), []);
    }
}

#[test]
fn every_press_is_kept() {
    let mut records = vec![registered(&json!({"id": "b", "type": "button", "traits": {"button": {}}}))];
    for (millis, press) in [(1, "click"), (2, "click"), (3, "long_press")] {
        records.push(reported(records.last().unwrap(), &json!({"state": {"button": press}}), at(millis)));
    }
    let told = |platform| {
        let frames = only(planned(&steps(&records), &[&link(platform)])).frames;
        let of_frame =
            |frame: &common::notify::Frame| frame.occurrences.iter().map(|press| press.value).collect::<Vec<_>>();
        frames.iter().map(of_frame).collect::<Vec<_>>()
    };
    let [click, long] = [Word::Click, Word::LongPress].map(Value::from);
    // One request of Yandex or Sber has one value for one thing.
    assert_eq!(told(Platform::Yandex), [vec![click], vec![click], vec![long]]);
    assert_eq!(told(Platform::Sber), [vec![click], vec![click], vec![long]]);
    assert_eq!(told(Platform::SmartThings), [vec![click, click, long]]);
}

#[test]
fn an_event_stored_before_is_not_told_again() {
    let none = registered(&json!({"id": "b", "type": "button", "traits": {"button": {}, "battery": {}}}));
    let pressed = reported(&none, &json!({"state": {"button": "click"}}), at(1));
    let empty = reported(&pressed, &json!({"state": {"battery": 3}}), at(2));
    let news = only(planned(&steps(&[pressed, empty]), &[&link(Platform::Yandex)]));
    assert!(news.frames[0].occurrences.is_empty());
}

#[test]
fn a_short_motion_is_not_hidden_by_its_end() {
    let sensor = json!({"id": "m", "type": "motion_sensor", "traits": {"motion": {}, "battery": {}}});
    let mut records = vec![known(&sensor, &json!({"motion": false, "battery": 9}))];
    for (millis, motion) in [(1, true), (2, false), (3, true), (4, false)] {
        records.push(reported(records.last().unwrap(), &json!({"state": {"motion": motion}}), at(millis)));
    }
    for platform in Platform::ALL {
        let frames = only(planned(&steps(&records), &[&link(*platform)])).frames;
        let motions: Vec<_> = frames.iter().map(|frame| frame.now.state.flag(Trait::Motion)).collect();
        // What comes first in the second frame is the end of the first motion, merged with the beginning of the next.
        assert_eq!(motions, [Some(true), Some(true), Some(false)], "{platform}");
        let begins: Vec<usize> = frames.iter().map(|frame| frame.occurrences.len()).collect();
        assert_eq!(begins, [1, 1, 0]);
    }
    let first = reported(&registered(&sensor), &json!({"state": {"motion": true}}), at(1));
    let frames = only(planned(&[change(None, Some(&first))], &[&link(Platform::Sber)])).frames;
    assert!(frames[0].occurrences.is_empty(), "a new device tells what it is, not what has happened");
}

#[test]
fn the_link_whose_command_was_answered_hears_nothing_of_it_except_at_yandex() {
    for platform in Platform::ALL {
        let own = link(*platform);
        let before = on_at(10);
        let after = commanded_by(&own, brighter(&before, 20, 0));
        let changes = steps(&[before.clone(), after.clone()]);
        let told = |link| {
            let frame = &only(planned(&changes, &[link])).frames[0];
            number(frame.known.as_ref().unwrap(), Trait::Brightness) != number(&frame.now, Trait::Brightness)
        };
        assert_eq!(told(&own), *platform == Platform::Yandex, "{platform}");
        let mut other = own.clone();
        other.key.link_id = "other".to_owned();
        assert!(told(&other), "another link of the same platform");

        // What a device says afterwards is news again, also when it is what was before.
        let back = steps(&[before, after.clone(), brighter(&after, 10, 1)]);
        let frame = &only(planned(&back, &[&own])).frames[0];
        assert_eq!(number(&frame.now, Trait::Brightness), "10");
        let known = if *platform == Platform::Yandex { "10" } else { "20" };
        assert_eq!(number(frame.known.as_ref().unwrap(), Trait::Brightness), known);
    }
}

#[test]
fn a_device_comes_changes_and_goes() {
    let record = on_at(10);
    let mut renamed = record.clone();
    renamed.device.name = "Another".to_owned();
    let listed = |old, new| {
        let news = only(planned(&[change(old, new)], &[&link(Platform::Yandex)]));
        (news.listing, news.frames.len(), news.after.is_some())
    };
    assert_eq!(listed(None, Some(&record)), (Some(Listing::Added), 1, true));
    assert_eq!(listed(Some(&record), Some(&renamed)), (Some(Listing::Changed), 1, true));
    assert_eq!(listed(Some(&record), None), (Some(Listing::Removed), 0, false));
    // There and gone again: nobody has heard of it.
    assert_eq!(planned(&[change(None, Some(&record)), change(Some(&record), None)], &[&link(Platform::Yandex)]), []);
}

#[test]
fn the_list_changes_only_for_platforms_that_see_the_difference() {
    let lock = json!({"id": "l", "type": "lock", "traits": {"lock": {}}});
    let links = [&link(Platform::Yandex), &link(Platform::Sber), &link(Platform::SmartThings)];
    let listings = |old: Option<&Record>, new: Option<&Record>| -> Vec<_> {
        let news = planned(&[change(old, new)], &links);
        news.iter().filter_map(|news| Some((news.link.key.platform, news.devices[0].listing?))).collect()
    };
    let locked = known(&lock, &json!({"lock": "locked"}));
    // Sber has no locks.
    let added = [(Platform::Yandex, Listing::Added), (Platform::SmartThings, Listing::Added)];
    assert_eq!(listings(None, Some(&locked)), added);
    let mut hidden = lock.clone();
    hidden["overrides"] = json!({"smartthings": {"enabled": false}});
    assert_eq!(listings(Some(&locked), Some(&registered(&hidden))), [(Platform::SmartThings, Listing::Removed)]);
    assert_eq!(listings(Some(&registered(&hidden)), Some(&locked)), [(Platform::SmartThings, Listing::Added)]);
}

#[test]
fn a_device_that_changes_hands_goes_from_one_home_into_the_other() {
    let before = on_at(10);
    let mut sold = lamp();
    sold["owner"] = json!("u2");
    let after = Record { state: before.state.clone(), ..registered(&sold) };
    let changes = [change(Some(&before), Some(&after))];
    for platform in Platform::ALL {
        let news = planned(&changes, &[&link(*platform), &link_of(*platform, "u2")]);
        let [old, new] = news.as_slice() else { panic!("{platform}") };
        assert_eq!((old.devices[0].listing, old.devices[0].frames.len()), (Some(Listing::Removed), 0));
        assert_eq!(old.devices[0].after, None, "the old owner hears nothing of the new one's device");
        assert_eq!(new.devices[0].listing, Some(Listing::Added));
        assert_eq!(new.devices[0].frames[0].known, None, "the new owner hears all of it");
        // For Sber it is the same device in both homes: first out of the one, then into the other.
        assert_eq!((old.gives_away(&changes), new.gives_away(&changes)), (*platform == Platform::Sber, false));
    }
}

#[test]
fn a_new_link_and_one_that_heals_get_a_full_report() {
    let active = link(Platform::SmartThings);
    let with = |status| common::store::Link { status, ..active.clone() };
    let full = |old: Option<&common::store::Link>, new: &common::store::Link| {
        let news = planned(&[link_change(old, Some(new))], &[new]);
        !news.is_empty() && news[0].full_report
    };
    assert!(full(None, &active));
    for status in [None, Some(LinkStatus::Broken), Some(LinkStatus::UnknownUser)] {
        assert!(full(Some(&with(status)), &active), "{status:?}");
        assert!(!full(Some(&active), &with(status)), "{status:?}");
    }
    let regranted = common::store::Link { granted_at: Some(NOW), ..active.clone() };
    assert!(full(Some(&active), &regranted));
    // Notes of deliveries and other discoveries are no news.
    let noted = common::store::Link { last_delivery: Some(NOW), last_discovery: Some(NOW), ..active.clone() };
    assert!(!full(Some(&active), &noted));
}

#[test]
fn a_link_ended_from_our_side_takes_its_leave_once() {
    let active = link(Platform::SmartThings);
    let ended = common::store::Link { status: None, farewell: Some(NOW), ..active.clone() };
    let news = planned(&[link_change(Some(&active), Some(&ended))], &[]);
    assert_eq!(news.len(), 1);
    assert!(news[0].farewell && news[0].devices.is_empty() && !news[0].full_report);
    let leased = common::store::Link { granted_at: Some(NOW), ..ended.clone() };
    assert_eq!(planned(&[link_change(Some(&ended), Some(&leased))], &[]), []);
    // The platform has ended it itself.
    let unlinked = common::store::Link { status: None, ..active.clone() };
    assert_eq!(planned(&[link_change(Some(&active), Some(&unlinked))], &[]), []);
}

#[test]
fn what_is_not_reportable_does_not_happen() {
    let button = json!({"id": "b", "type": "button", "traits": {"button": {"reportable": false}, "battery": {}}});
    let none = registered(&button);
    let pressed = reported(&none, &json!({"state": {"button": "click"}}), at(1));
    let news = only(planned(&steps(&[none, pressed]), &[&link(Platform::Sber)]));
    assert!(news.frames[0].occurrences.is_empty());
}
