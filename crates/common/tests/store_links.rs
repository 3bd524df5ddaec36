//! Links in the table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[path = "support/dynamodb.rs"]
mod dynamodb;

use aws_sdk_dynamodb::types::AttributeValue;
use common::model::{Timestamp, UserId};
use common::platform::Platform;
use common::store::{Grant, Link, LinkKey, LinkStatus, Sealer, Touched};
use dynamodb::TestTable;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;

fn key(platform: Platform, link_id: &str) -> LinkKey {
    LinkKey { platform, user: UserId::new("u1").unwrap(), link_id: link_id.to_owned() }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_secs(secs)
}

#[tokio::test]
async fn a_discovery_begins_the_link_and_the_next_keeps_it() {
    let table = TestTable::new().await;
    let store = &table.store;
    let yandex = key(Platform::Yandex, "u1");
    assert_eq!(store.link(&yandex).await.unwrap(), None);
    assert_eq!(store.touch_link(&yandex, at(90), at(100)).await.unwrap(), Touched::Active);
    table.trips.restart();
    assert_eq!(store.touch_link(&yandex, at(90), at(200)).await.unwrap(), Touched::Active);
    assert_eq!(table.trips.requests(), 1);
    let link = store.link(&yandex).await.unwrap().unwrap();
    let expected = Link {
        key: yandex,
        status: Some(LinkStatus::Active),
        linked_at: Some(at(100)),
        last_discovery: Some(at(200)),
        last_delivery: None,
        last_error: None,
        revoked_at: None,
        grant: None,
        granted_at: None,
        resync_at: None,
        farewell: None,
    };
    assert_eq!(link, expected);
    assert!(!link.revokes(at(90)));
}

#[tokio::test]
async fn a_discovery_heals_a_link_whose_user_was_unknown() {
    let table = TestTable::new().await;
    let sber = key(Platform::Sber, "u1");
    table.store.touch_link(&sber, at(90), at(100)).await.unwrap();
    let request = table.client.update_item().table_name(&table.name).update_expression("SET #s = :s");
    request
        .key("pk", AttributeValue::S("USER#u1".to_owned()))
        .key("sk", AttributeValue::S("LINK#sber#u1".to_owned()))
        .expression_attribute_names("#s", "status")
        .expression_attribute_values(":s", AttributeValue::S("unknown_user".to_owned()))
        .send()
        .await
        .unwrap();
    assert_eq!(table.store.link(&sber).await.unwrap().unwrap().status, Some(LinkStatus::UnknownUser));
    table.store.touch_link(&sber, at(90), at(110)).await.unwrap();
    assert_eq!(table.store.link(&sber).await.unwrap().unwrap().status, Some(LinkStatus::Active));
}

#[tokio::test]
async fn after_an_unlink_older_tokens_are_refused_for_good() {
    let table = TestTable::new().await;
    let store = &table.store;
    let yandex = key(Platform::Yandex, "u1");
    store.touch_link(&yandex, at(90), at(100)).await.unwrap();
    store.unlink(&yandex, at(300)).await.unwrap();
    store.unlink(&yandex, at(301)).await.unwrap();
    assert_eq!(store.links(&yandex.user).await.unwrap(), []);
    assert_eq!(store.touch_link(&yandex, at(301), at(310)).await.unwrap(), Touched::Revoked);
    let (_, ended) = store.records(&[], Some(&yandex)).await.unwrap();
    let ended = ended.unwrap();
    assert_eq!((ended.status, ended.linked_at, ended.last_discovery), (None, None, None));
    assert!(ended.revokes(at(90)) && ended.revokes(at(301)) && !ended.revokes(at(302)));

    // Linked again with a new sign-in: the old token does not come back to life.
    assert_eq!(store.touch_link(&yandex, at(400), at(401)).await.unwrap(), Touched::Active);
    let again = store.links(&yandex.user).await.unwrap();
    assert_eq!((again.len(), again[0].linked_at), (1, Some(at(401))));
    assert!(again[0].revokes(at(90)) && !again[0].revokes(at(400)));
    assert_eq!(store.touch_link(&yandex, at(90), at(410)).await.unwrap(), Touched::Revoked);
}

#[tokio::test]
async fn an_unlink_that_is_repeated_does_not_end_the_link_that_came_after_it() {
    let table = TestTable::new().await;
    let store = &table.store;
    let sber = key(Platform::Sber, "u1");
    store.touch_link(&sber, at(90), at(100)).await.unwrap();
    assert_eq!(store.unlink_by(&sber, at(90), at(300)).await.unwrap(), Touched::Active);
    store.touch_link(&sber, at(400), at(401)).await.unwrap();
    assert_eq!(store.unlink_by(&sber, at(90), at(500)).await.unwrap(), Touched::Revoked, "by the old token");
    assert_eq!(store.links(&sber.user).await.unwrap().len(), 1);
    assert_eq!(store.unlink_by(&sber, at(400), at(600)).await.unwrap(), Touched::Active);
    assert_eq!(store.links(&sber.user).await.unwrap(), []);
}

#[tokio::test]
async fn an_unlink_before_any_discovery_counts_too() {
    let table = TestTable::new().await;
    let sber = key(Platform::Sber, "u1");
    table.store.unlink(&sber, at(300)).await.unwrap();
    assert_eq!(table.store.touch_link(&sber, at(299), at(310)).await.unwrap(), Touched::Revoked);
}

#[tokio::test]
async fn a_grant_is_kept_sealed() {
    let table = TestTable::new().await;
    let store = &table.store;
    let smartthings = key(Platform::SmartThings, "session#1");
    let sealer = Sealer::new(&[1; 32]);
    let code = sealer.seal(&smartthings, &SecretString::from("the-one-time-code")).unwrap();
    let grant = Grant {
        state_callback: "https://c2c-eu.smartthings.com/device/events".to_owned(),
        oauth_token: "https://c2c-eu.smartthings.com/oauth/token".to_owned(),
        code: Some(code),
        access_token: None,
        refresh_token: None,
        expires_at: Some(at(86_400)),
        renew_at: None,
    };
    assert_eq!(store.save_grant(&smartthings, &grant, at(90), at(100)).await.unwrap(), Touched::Active);
    let link = store.link(&smartthings).await.unwrap().unwrap();
    assert_eq!((link.status, link.linked_at), (Some(LinkStatus::Active), Some(at(100))));
    assert_eq!(link.grant.as_ref(), Some(&grant));
    let opened = sealer.open(&smartthings, link.grant.unwrap().code.as_ref().unwrap()).unwrap();
    assert_eq!(opened.expose_secret(), "the-one-time-code");

    let request = table.client.get_item().table_name(&table.name);
    let item = request
        .key("pk", AttributeValue::S("USER#u1".to_owned()))
        .key("sk", AttributeValue::S("LINK#smartthings#session#1".to_owned()))
        .send()
        .await
        .unwrap();
    let item: Json = serde_dynamo::from_item(item.item.unwrap()).unwrap();
    assert!(!item.to_string().contains("one-time"));

    store.unlink(&smartthings, at(200)).await.unwrap();
    assert_eq!(store.link(&smartthings).await.unwrap().unwrap().grant, None);
    assert_eq!(store.save_grant(&smartthings, &grant, at(150), at(210)).await.unwrap(), Touched::Revoked);
    assert_eq!(store.link(&smartthings).await.unwrap().unwrap().grant, None);
}

#[tokio::test]
async fn links_are_listed_by_platform_and_only_the_users() {
    let table = TestTable::new().await;
    let store = &table.store;
    let mut other = key(Platform::Yandex, "u10");
    other.user = UserId::new("u10").unwrap();
    let own = [
        key(Platform::Sber, "u1"),
        key(Platform::SmartThings, "a"),
        key(Platform::SmartThings, "b"),
        key(Platform::Yandex, "u1"),
    ];
    for key in own.iter().chain([&other]) {
        store.touch_link(key, at(1), at(2)).await.unwrap();
    }
    let keys: Vec<LinkKey> = store.links(&own[0].user).await.unwrap().into_iter().map(|link| link.key).collect();
    assert_eq!(keys, own);
}
