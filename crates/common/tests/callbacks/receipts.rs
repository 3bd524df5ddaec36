//! What is noted on a link.

use std::time::Duration;

use common::model::Timestamp;
use common::platform::Platform;
use common::store::{Grant, Link, LinkStatus, Receipt, Sealer};

use crate::dynamodb::TestTable;
use crate::fixtures::{NOW, link};

fn accepted() -> Receipt {
    Receipt { accepted: true, ..Receipt::default() }
}

fn failed(error: &str) -> Receipt {
    Receipt { error: Some(error.to_owned()), ..Receipt::default() }
}

fn after(secs: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(secs))
}

async fn started(platform: Platform) -> (TestTable, Link) {
    let table = TestTable::new().await;
    let key = link(platform).key;
    table.store.touch_link(&key, NOW, NOW).await.unwrap();
    let link = table.store.link(&key).await.unwrap().unwrap();
    table.trips.restart();
    (table, link)
}

#[tokio::test]
async fn deliveries_are_noted_every_half_minute_and_errors_when_they_change() {
    let (table, mut link) = started(Platform::Yandex).await;
    for (secs, receipt, writes, last_delivery, last_error) in [
        (0, accepted(), true, Some(0), None),
        (29, accepted(), false, Some(0), None),
        (30, accepted(), true, Some(30), None),
        (31, failed("500"), true, Some(30), Some("500")),
        (32, failed("500"), false, Some(30), Some("500")),
        (33, failed("429"), true, Some(30), Some("429")),
        // A success clears the error at once.
        (34, accepted(), true, Some(34), None),
        (35, Receipt { error: Some("lamp: 400".into()), ..accepted() }, true, Some(35), Some("lamp: 400")),
        (36, Receipt::default(), false, Some(35), Some("lamp: 400")),
    ] {
        table.trips.restart();
        table.store.keep_receipt(&link, &receipt, after(secs)).await.unwrap();
        assert_eq!(table.trips.requests() == 1, writes, "{secs}");
        link = table.store.link(&link.key).await.unwrap().unwrap();
        assert_eq!(link.last_delivery, last_delivery.map(after), "{secs}");
        assert_eq!(link.last_error.as_deref(), last_error, "{secs}");
    }
    let long = "x".repeat(5000);
    table.store.keep_receipt(&link, &failed(&long), after(40)).await.unwrap();
    assert_eq!(table.store.link(&link.key).await.unwrap().unwrap().last_error.unwrap().len(), 300);
}

#[tokio::test]
async fn an_ended_link_is_not_written_to() {
    let (table, link) = started(Platform::Yandex).await;
    table.store.unlink(&link.key, after(1)).await.unwrap();
    let unknown = Receipt { status: Some(LinkStatus::UnknownUser), ..failed("unknown") };
    for receipt in [accepted(), unknown] {
        table.store.keep_receipt(&link, &receipt, after(2)).await.unwrap();
    }
    let ended = table.store.link(&link.key).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.last_delivery, ended.last_error), (None, None, None));
    let mut nowhere = link.clone();
    nowhere.key.link_id = "nowhere".to_owned();
    table.store.keep_receipt(&nowhere, &accepted(), after(2)).await.unwrap();
    assert_eq!(table.store.link(&nowhere.key).await.unwrap(), None);
}

#[tokio::test]
async fn a_discovery_or_grant_in_between_heals_for_good() {
    let (table, link) = started(Platform::Sber).await;
    let dead = |status| Receipt { status: Some(status), ..failed("refused") };
    table.store.touch_link(&link.key, NOW, after(1)).await.unwrap();
    table.store.keep_receipt(&link, &dead(LinkStatus::UnknownUser), after(2)).await.unwrap();
    let read = table.store.link(&link.key).await.unwrap().unwrap();
    assert_eq!((read.status, read.last_error), (Some(LinkStatus::Active), None));

    let key = crate::fixtures::link(Platform::SmartThings).key;
    let code = Sealer::new(&[7; 32]).seal(&key, &"code".into()).unwrap();
    let grant = Grant {
        state_callback: "https://c2c-us.smartthings.com/device/events".into(),
        oauth_token: "https://c2c-us.smartthings.com/oauth/token".into(),
        code: Some(code),
        access_token: None,
        refresh_token: None,
        expires_at: None,
        renew_at: None,
    };
    table.store.save_grant(&key, &grant, NOW, after(10)).await.unwrap();
    let old = table.store.link(&key).await.unwrap().unwrap();
    table.store.save_grant(&key, &grant, NOW, after(11)).await.unwrap();
    table.store.keep_receipt(&old, &dead(LinkStatus::Broken), after(12)).await.unwrap();
    let new = table.store.link(&key).await.unwrap().unwrap();
    assert_eq!(new.status, Some(LinkStatus::Active));
    table.store.keep_receipt(&new, &dead(LinkStatus::Broken), after(13)).await.unwrap();
    assert_eq!(table.store.link(&key).await.unwrap().unwrap().status, Some(LinkStatus::Broken));
}

#[tokio::test]
async fn what_a_farewell_needs_stays_until_it_is_said() {
    let (table, link) = started(Platform::Sber).await;
    table.store.dismiss(&link.key, after(5)).await.unwrap();
    assert_eq!(table.store.links(&link.key.user).await.unwrap(), []);
    let ended = table.store.link(&link.key).await.unwrap().unwrap();
    assert_eq!((ended.status, ended.farewell, ended.revoked_at), (None, Some(after(5)), Some(after(5))));
    table.store.forget(&ended).await.unwrap();
    assert_eq!(table.store.link(&link.key).await.unwrap().unwrap().farewell, None);

    // Linked again before it was said: nothing to say any more.
    table.store.touch_link(&link.key, after(6), after(6)).await.unwrap();
    table.store.dismiss(&link.key, after(7)).await.unwrap();
    let ended = table.store.link(&link.key).await.unwrap().unwrap();
    table.store.touch_link(&link.key, after(8), after(8)).await.unwrap();
    table.store.forget(&ended).await.unwrap();
    let again = table.store.link(&link.key).await.unwrap().unwrap();
    assert_eq!((again.status, again.farewell), (Some(LinkStatus::Active), None));
    // Nothing is made of a link that is none.
    table.store.unlink(&link.key, after(9)).await.unwrap();
    table.store.dismiss(&link.key, after(10)).await.unwrap();
    assert_eq!(table.store.link(&link.key).await.unwrap().unwrap().farewell, None);
}
