//! The message in the retry queue.

use std::time::Duration;

use common::model::{DeviceId, Timestamp, Trait, Word};
use common::notify::{DEVICES_MAX, Errand, ErrandListing, ErrandOccurrence, Listing, Occurrence};
use common::platform::Platform;
use serde_json::json;

use crate::fixtures::{NOW, at, change, known, link, planned, registered, reported};

fn id(text: &str) -> DeviceId {
    DeviceId::new(text).unwrap()
}

fn errand() -> Errand {
    let press = Occurrence { trait_: Trait::Button, value: Word::Click.into(), at: NOW };
    Errand {
        devices: [id("a"), id("b")].into(),
        listings: vec![ErrandListing { device_id: id("c"), change: Listing::Removed }],
        occurrences: vec![ErrandOccurrence::new(&id("b"), press)],
        attempt: 3,
        first_failed_at: Some(at(1)),
        ..Errand::new(&link(Platform::Sber).key)
    }
}

#[test]
fn it_survives_the_queue_and_names_devices_not_values() {
    let errand = errand();
    let json = serde_json::to_value(&errand).unwrap();
    let expected = json!({
        "platform": "sber", "user": "u1", "link_id": "u1", "devices": ["a", "b"],
        "listings": [{"device_id": "c", "change": "removed"}],
        "occurrences": [{"device_id": "b", "trait": "button", "value": "click", "at": "2026-03-01T10:00:00Z"}],
        "attempt": 3, "first_failed_at": "2026-03-01T10:00:00.001Z",
    });
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_value::<Errand>(json).unwrap(), errand);
    for errand in [
        Errand::full_report(&link(Platform::Yandex).key),
        Errand { farewell: true, ..Errand::new(&link(Platform::Sber).key) },
    ] {
        let text = serde_json::to_string(&errand).unwrap();
        assert_eq!(serde_json::from_str::<Errand>(&text).unwrap(), errand, "{text}");
        assert!(!errand.is_empty());
    }
    assert!(Errand::new(&link(Platform::Sber).key).is_empty());
}

#[test]
fn it_is_tried_for_a_day_and_waits_as_long_as_a_queue_can_hold_it() {
    let fresh = Errand { attempt: 0, first_failed_at: None, ..errand() };
    let (again, delay) = fresh.clone().after_failure(NOW, None, 0.5).unwrap();
    assert_eq!((again.attempt, again.first_failed_at, again.not_before), (1, Some(NOW), None));
    assert_eq!(delay, Duration::from_secs(2));
    let (again, delay) = fresh.clone().after_failure(NOW, Some(Duration::from_secs(3600)), 0.5).unwrap();
    assert_eq!(delay, Duration::from_secs(900));
    let later = |secs: u64| NOW.plus(Duration::from_secs(secs));
    assert_eq!(again.wait(later(900)), Some(Duration::from_secs(900)));
    assert_eq!(again.wait(later(3000)), Some(Duration::from_secs(600)));
    assert_eq!(again.wait(later(3600)), None);
    let old = Errand { first_failed_at: Some(NOW), ..fresh };
    assert_eq!(old.after_failure(later(24 * 3600), None, 0.5), None);
}

#[test]
fn parts_have_at_most_100_devices_and_lose_nothing() {
    let press = Occurrence { trait_: Trait::Button, value: Word::Click.into(), at: NOW };
    let ids: Vec<DeviceId> = (0..250).map(|number| id(&format!("d{number:03}"))).collect();
    let whole = Errand {
        devices: ids.iter().cloned().collect(),
        listings: vec![ErrandListing { device_id: id("d100"), change: Listing::Added }],
        occurrences: vec![ErrandOccurrence::new(&id("d249"), press), ErrandOccurrence::new(&id("d249"), press)],
        ..Errand::new(&link(Platform::Yandex).key)
    };
    let parts = whole.clone().split();
    assert_eq!(parts.iter().map(|part| part.ids().len()).collect::<Vec<_>>(), [DEVICES_MAX, DEVICES_MAX, 50]);
    assert_eq!(parts.iter().flat_map(|part| part.ids()).collect::<Vec<_>>(), ids);
    assert_eq!(parts[1].listings, whole.listings);
    assert_eq!(parts[2].occurrences, whole.occurrences);
    assert_eq!(errand().split(), [errand()]);
}

#[test]
fn news_become_an_errand_when_nothing_can_be_sent() {
    let button = registered(&json!({"id": "b", "type": "button", "traits": {"button": {}}}));
    let pressed = reported(&button, &json!({"state": {"button": "click"}}), NOW);
    let lamp = known(&json!({"id": "a", "type": "light", "traits": {"on_off": {}}}), &json!({"on_off": true}));
    let changes = [change(Some(&button), Some(&pressed)), change(Some(&lamp), None)];
    let news = planned(&changes, &[&link(Platform::Sber)]);
    let errand = Errand::of(&news[0]);
    assert_eq!(errand.devices, [id("b")].into());
    assert_eq!(errand.listings, [ErrandListing { device_id: id("a"), change: Listing::Removed }]);
    assert_eq!(errand.occurrences.len(), 1);
}

#[test]
fn the_newest_record_is_told_and_what_happened_before_it() {
    let sensor = json!({"id": "m", "type": "motion_sensor", "traits": {"motion": {}}});
    let record = known(&sensor, &json!({"motion": false}));
    let motion = Occurrence { trait_: Trait::Motion, value: true.into(), at: NOW };
    let errand = Errand {
        devices: [id("m")].into(),
        occurrences: vec![ErrandOccurrence::new(&id("m"), motion)],
        ..Errand::new(&link(Platform::Yandex).key)
    };
    let news = errand.news_of(&id("m"), Some(&record), true, at(9)).unwrap();
    assert_eq!(news.frames.len(), 2);
    let (known, now) = news.frames[0].before_and_after();
    assert_eq!((known.unwrap().flag(Trait::Motion), now.flag(Trait::Motion)), (None, Some(true)));
    assert_eq!(news.frames[0].happened_at(), NOW);
    assert_eq!(news.frames[1].known, None);
    assert_eq!(news.frames[1].now, record);
    assert_eq!(errand.news_of(&id("m"), None, true, at(9)), None);
}

#[test]
fn a_listing_that_was_undone_meanwhile_is_not_told() {
    let lamp = json!({"id": "a", "type": "light", "traits": {"on_off": {}}});
    let mut hidden = lamp.clone();
    hidden["overrides"] = json!({"yandex": {"enabled": false}, "sber": {"enabled": false}});
    let mut sold = lamp.clone();
    sold["owner"] = json!("u2");
    let [there, hidden, sold] = [lamp, hidden, sold].map(|document| registered(&document));
    let told = |platform, asked, record| {
        let listings = vec![ErrandListing { device_id: id("a"), change: asked }];
        let errand = Errand { listings, ..Errand::new(&link(platform).key) };
        errand.news_of(&id("a"), record, true, Timestamp::from_secs(0)).and_then(|news| news.listing)
    };
    for platform in [Platform::Yandex, Platform::Sber] {
        for asked in [Listing::Added, Listing::Changed] {
            assert_eq!(told(platform, asked, Some(&there)), Some(asked));
            for gone in [Some(&hidden), Some(&sold), None] {
                assert_eq!(told(platform, asked, gone), None);
            }
        }
        assert_eq!(told(platform, Listing::Removed, Some(&there)), None);
        assert_eq!(told(platform, Listing::Removed, Some(&hidden)), Some(Listing::Removed));
        assert_eq!(told(platform, Listing::Removed, None), Some(Listing::Removed));
    }
    assert_eq!(told(Platform::Yandex, Listing::Removed, Some(&sold)), Some(Listing::Removed));
    // There the device would vanish from its new home.
    assert_eq!(told(Platform::Sber, Listing::Removed, Some(&sold)), None);
}
