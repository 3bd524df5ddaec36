//! The store while DynamoDB misbehaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[path = "support/dynamodb.rs"]
mod dynamodb;
#[path = "support/faults.rs"]
mod faults;

use std::future::Future;
use std::time::Duration;

use common::model::{Device, DeviceId, State, Timestamp, Trait, UserId};
use common::store::{Store, StoreError};
use dynamodb::TestTable;
use faults::{Fault, Faults};
use serde_json::json;

/// The store gives up on its own, long before this; a test on a busy machine must not measure it more closely.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(15), work).await.expect("it gives up")
}

async fn table_with(devices: usize) -> (TestTable, Faults, Store, Vec<DeviceId>) {
    let table = TestTable::new().await;
    let mut ids = Vec::new();
    for n in 0..devices {
        let id = DeviceId::new(&format!("d{n:03}")).unwrap();
        let document = json!({"owner": "u1", "type": "socket", "name": "Socket", "traits": {"on_off": {}}});
        table.store.put_device(&Device::parse(&id, &document).unwrap()).await.unwrap();
        ids.push(id);
    }
    let faults = Faults::start(&table.endpoint).await;
    let store = table.through(&faults.endpoint).await;
    (table, faults, store, ids)
}

fn on() -> State {
    let mut state = State::default();
    state.set(Trait::OnOff, true, Timestamp::from_secs(1));
    state
}

#[tokio::test]
async fn unprocessed_keys_are_asked_for_again() {
    let (_table, faults, store, ids) = table_with(30).await;
    faults.next([Some(Fault::Unprocessed(20)), Some(Fault::Unprocessed(20)), Some(Fault::Unprocessed(7))]);
    let (records, _) = store.records(&ids, None).await.unwrap();
    let found: Vec<DeviceId> = records.into_iter().map(|record| record.unwrap().device.id).collect();
    assert_eq!(found, ids);
    assert_eq!(faults.seen(), ["BatchGetItem"; 4]);
}

#[tokio::test]
async fn keys_that_stay_unprocessed_are_an_error_in_time() {
    let (_table, faults, store, ids) = table_with(3).await;
    faults.always(Some(Fault::Unprocessed(1)));
    assert!(matches!(in_time(store.records(&ids, None)).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn throttling_and_failures_are_tried_again() {
    let (_table, faults, store, ids) = table_with(1).await;
    faults.next([Some(Fault::Throttle), Some(Fault::Throttle)]);
    let before = store.record(&ids[0]).await.unwrap().unwrap();
    faults.next([Some(Fault::Throttle), Some(Fault::ServerError)]);
    let after = store.put_state(&before, &on(), None).await.unwrap();
    faults.next([Some(Fault::ServerError)]);
    assert_eq!(store.devices_of(&UserId::new("u1").unwrap()).await.unwrap().len(), 1);
    assert_eq!(store.record(&ids[0]).await.unwrap(), Some(after));
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_no_conflict() {
    let (_table, faults, store, ids) = table_with(1).await;
    let before = store.record(&ids[0]).await.unwrap().unwrap();
    faults.next([Some(Fault::LoseAnswer)]);
    let after = store.put_state(&before, &on(), None).await.unwrap();
    assert_eq!(after.version, 2);
    assert_eq!(store.record(&ids[0]).await.unwrap(), Some(after));
}

#[tokio::test]
async fn a_table_that_is_down_is_an_error_in_time_and_never_an_empty_answer() {
    let (_table, faults, store, ids) = table_with(1).await;
    let user = UserId::new("u1").unwrap();
    for fault in [Fault::Throttle, Fault::ServerError, Fault::Hang] {
        faults.always(Some(fault));
        let (devices, records) = tokio::join!(in_time(store.devices_of(&user)), in_time(store.records(&ids, None)));
        assert!(matches!(devices, Err(StoreError::Unavailable(_))), "{fault:?}");
        assert!(matches!(records, Err(StoreError::Unavailable(_))), "{fault:?}");
    }
    faults.always(None);
    assert_eq!(store.devices_of(&user).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_connection_that_hangs_once_is_given_up_for_another_try() {
    let (_table, faults, store, ids) = table_with(1).await;
    faults.next([Some(Fault::Hang)]);
    assert!(store.record(&ids[0]).await.unwrap().is_some());
}

#[tokio::test]
async fn a_list_whose_second_page_fails_is_an_error() {
    let (table, faults, store, _) = table_with(0).await;
    let capabilities: Vec<String> = (0..100).map(|n| format!("capability{n:090}")).collect();
    for n in 0..110 {
        let id = DeviceId::new(&format!("big{n}")).unwrap();
        let document = json!({"owner": "u1", "type": "socket", "name": "Socket", "traits": {"on_off": {}},
            "overrides": {"smartthings": {"capabilities": capabilities}}});
        table.store.put_device(&Device::parse(&id, &document).unwrap()).await.unwrap();
    }
    faults.next([None]);
    faults.always(Some(Fault::ServerError));
    let listed = store.devices_of(&UserId::new("u1").unwrap()).await;
    assert!(matches!(listed, Err(StoreError::Unavailable(_))));
    assert!(faults.seen().len() > 2, "{:?}", faults.seen());
}
