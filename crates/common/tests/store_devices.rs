//! Devices and their state in the table.
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
use common::model::{Color, Device, DeviceId, Number, Reported, State, Timestamp, Trait, UserId, Value, Word};
use common::platform::Platform;
use common::store::{LinkKey, Origin, Record, Touched};
use dynamodb::TestTable;
use serde_json::{Value as Json, json};

fn id(text: &str) -> DeviceId {
    DeviceId::new(text).unwrap()
}

fn user(text: &str) -> UserId {
    UserId::new(text).unwrap()
}

fn device(name: &str, owner: &str, traits: &Json) -> Device {
    let document = json!({"owner": owner, "type": "light", "name": "Lamp", "room": "Кухня", "traits": traits});
    Device::parse(&id(name), &document).unwrap()
}

fn lamp(name: &str, owner: &str) -> Device {
    device(name, owner, &json!({"on_off": {}, "brightness": {"min": 1.5, "max": 100}, "color": {}, "button": {}}))
}

const AT: Timestamp = Timestamp::from_micros(1_772_359_200_250_001);

fn lit(brightness: &str) -> State {
    let mut state = State::default();
    state.set(Trait::OnOff, true, AT);
    state.set(Trait::Brightness, Number::parse(brightness).unwrap(), AT);
    state.set(Trait::Color, Color::new(210, 80).unwrap(), AT);
    state.set(Trait::ColorMode, Word::Color, AT);
    state
}

#[tokio::test]
async fn a_device_and_its_state_come_back_as_they_were() {
    let table = TestTable::new().await;
    let store = &table.store;
    let device = Device::parse(
        &id("lamp-1"),
        &json!({"owner": "u1", "type": "light", "name": "Lamp", "room": "Кухня", "parent": "hub-1",
            "traits": {"brightness": {"min": 0.5, "max": 99.9, "step": 0.1}, "on_off": {"split": true, "retrievable": false},
                "color": {"color_model": "rgb"}, "fan_speed": {"values": ["high", "low"]}, "button": {}},
            "overrides": {"smartthings": {"device_handler_type": "c2c-dimmer", "capabilities": ["switch"]},
                "sber": {"enabled": false}}}),
    )
    .unwrap();
    let (created, new) = store.put_device(&device).await.unwrap();
    assert!(created);
    assert_eq!(new, Record { device, state: State::default(), version: 1, origin: None, commanded_version: None });
    assert_eq!(store.record(&id("lamp-1")).await.unwrap().as_ref(), Some(&new));

    let mut state = lit("33.3");
    state.set(Trait::FanSpeed, Word::High, AT);
    state.online = false;
    state.online_at = Some(AT);
    state.events.insert(Trait::Button, vec![Reported { value: Word::Click.into(), at: AT }]);
    let origin = Origin { platform: Platform::Yandex, link_id: "u1".to_owned() };
    let after = store.put_state(&new, &state, Some(&origin)).await.unwrap();
    assert_eq!((after.version, &after.state, after.origin.as_ref()), (2, &state, Some(&origin)));
    assert_eq!(store.record(&id("lamp-1")).await.unwrap(), Some(after.clone()));

    // A report afterwards has no origin, and what is gone is gone.
    let reported = store.put_state(&after, &lit("1e-7"), None).await.unwrap();
    assert_eq!(store.record(&id("lamp-1")).await.unwrap(), Some(reported.clone()));
    assert_eq!((reported.origin, reported.version), (None, 3));
}

#[tokio::test]
async fn whoever_is_slower_gets_a_conflict() {
    let table = TestTable::new().await;
    let store = &table.store;
    let (_, before) = store.put_device(&lamp("lamp-1", "u1")).await.unwrap();
    store.put_state(&before, &lit("10"), None).await.unwrap();
    assert!(store.put_state(&before, &lit("20"), None).await.unwrap_err().is_conflict());
    let kept = store.record(&id("lamp-1")).await.unwrap().unwrap();
    assert_eq!((kept.state.number(Trait::Brightness), kept.version), (Some(Number::from(10)), 2));
    store.delete_device(&id("lamp-1")).await.unwrap();
    assert!(store.put_state(&kept, &lit("20"), None).await.unwrap_err().is_conflict());
    assert_eq!(store.record(&id("lamp-1")).await.unwrap(), None, "a late state brings no device back");
    store.delete_device(&id("lamp-1")).await.unwrap();
}

#[tokio::test]
async fn what_did_not_change_is_not_written() {
    let table = TestTable::new().await;
    let store = &table.store;
    let (_, before) = store.put_device(&lamp("lamp-1", "u1")).await.unwrap();
    let after = store.put_state(&before, &lit("10"), None).await.unwrap();
    table.trips.restart();
    assert_eq!(store.put_state(&after, &lit("10"), None).await.unwrap(), after);
    assert_eq!(table.trips.requests(), 0);
    assert_eq!(store.put_device(&lamp("lamp-1", "u1")).await.unwrap(), (false, after));
    assert_eq!(table.trips.requests(), 1);
}

#[tokio::test]
async fn state_survives_a_new_document_for_the_traits_that_remain() {
    let table = TestTable::new().await;
    let store = &table.store;
    let (_, before) = store.put_device(&lamp("lamp-1", "u1")).await.unwrap();
    let mut state = lit("40");
    state.events.insert(Trait::Button, vec![Reported { value: Word::Click.into(), at: AT }]);
    let before = store.put_state(&before, &state, None).await.unwrap();

    let narrower = device("lamp-1", "u2", &json!({"on_off": {"command_only": true}, "brightness": {}}));
    let (created, after) = store.put_device(&narrower).await.unwrap();
    assert!(!created);
    assert_eq!(after.version, before.version + 1);
    assert_eq!(after.state.values.keys().collect::<Vec<_>>(), [&Trait::Brightness]);
    assert!(after.state.events.is_empty());
    assert_eq!(store.record(&id("lamp-1")).await.unwrap(), Some(after));
    assert_eq!(store.devices_of(&user("u2")).await.unwrap(), [narrower]);
    assert_eq!(store.devices_of(&user("u1")).await.unwrap(), []);
}

#[tokio::test]
async fn registrations_and_reports_at_the_same_time_lose_nothing() {
    let table = TestTable::new().await;
    let store = &table.store;
    store.put_device(&lamp("lamp-1", "u1")).await.unwrap();
    let report = |trait_: Trait, value: Value| async move {
        loop {
            let before = store.record(&id("lamp-1")).await.unwrap().unwrap();
            let mut state = before.state.clone();
            state.set(trait_, value, AT);
            match store.put_state(&before, &state, None).await {
                Err(error) if error.is_conflict() => {}
                result => return result.unwrap(),
            }
        }
    };
    let mut renamed = lamp("lamp-1", "u1");
    renamed.name = "Night lamp".to_owned();
    let (_, _, (created, _)) =
        tokio::join!(report(Trait::OnOff, true.into()), report(Trait::Brightness, Number::from(7).into()), async {
            store.put_device(&renamed).await.unwrap()
        });
    assert!(!created);
    let record = store.record(&id("lamp-1")).await.unwrap().unwrap();
    assert_eq!((record.device, record.version), (renamed, 4));
    assert_eq!((record.state.flag(Trait::OnOff), record.state.values.len()), (Some(true), 2));
}

#[tokio::test]
async fn the_list_of_a_user_is_whole_and_only_the_users() {
    let table = TestTable::new().await;
    let store = &table.store;
    // More than one page of 1 MB.
    let capabilities: Vec<String> = (0..100).map(|n| format!("capability{n:090}")).collect();
    for n in (0..110).rev() {
        let mut device = lamp(&format!("lamp-{n:03}"), "u1");
        device.overrides.smartthings.capabilities = Some(capabilities.clone());
        store.put_device(&device).await.unwrap();
    }
    store.put_device(&lamp("other", "u2")).await.unwrap();
    let ids: Vec<String> =
        store.devices_of(&user("u1")).await.unwrap().iter().map(|device| device.id.to_string()).collect();
    assert_eq!(ids, (0..110).map(|n| format!("lamp-{n:03}")).collect::<Vec<_>>());
    assert_eq!(store.devices_of(&user("nobody")).await.unwrap(), []);
}

#[tokio::test]
async fn a_list_by_pages_is_the_list() {
    let table = TestTable::new().await;
    let store = &table.store;
    for n in 0..5 {
        let (_, record) = store.put_device(&lamp(&format!("lamp-{n}"), "u1")).await.unwrap();
        store.put_state(&record, &lit("10"), None).await.unwrap();
    }
    store.put_device(&lamp("lamp-1b", "u2")).await.unwrap();
    let (mut ids, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        table.trips.restart();
        let (records, next) = store.page(&user("u1"), after.as_ref(), 2).await.unwrap();
        assert!(table.trips.count() <= 2);
        assert!(records.iter().all(|record| record.state == lit("10")));
        ids.extend(records.into_iter().map(|record| record.device.id.to_string()));
        pages += 1;
        match next {
            None => break,
            next => after = next,
        }
    }
    assert_eq!((ids, pages), ((0..5).map(|n| format!("lamp-{n}")).collect(), 3));
    // A device that is gone by now is a place to go on from all the same.
    store.delete_device(&id("lamp-1")).await.unwrap();
    let (records, _) = store.page(&user("u1"), Some(&id("lamp-1")), 10).await.unwrap();
    assert_eq!(records.len(), 3);
}

#[tokio::test]
async fn records_come_in_the_order_asked_in_one_round_trip() {
    let table = TestTable::new().await;
    let store = &table.store;
    for n in 0..230 {
        store.put_device(&device(&format!("d{n}"), "u1", &json!({"on_off": {}}))).await.unwrap();
    }
    let key = LinkKey { platform: Platform::Sber, user: user("u1"), link_id: "u1".to_owned() };
    assert_eq!(store.touch_link(&key, AT, AT).await.unwrap(), Touched::Active);
    let ids: Vec<DeviceId> = (0..230).rev().chain([5, 5, 999]).map(|n| id(&format!("d{n}"))).collect();
    table.trips.restart();
    let (records, link) = store.records(&ids, Some(&key)).await.unwrap();
    assert_eq!((table.trips.count(), table.trips.requests()), (1, 3));
    assert_eq!(link.unwrap().key, key);
    assert_eq!(records.len(), 233);
    for (id, record) in ids.iter().zip(&records).take(232) {
        assert_eq!(record.as_ref().map(|record| &record.device.id), Some(id));
    }
    assert_eq!(records[232], None);

    table.trips.restart();
    assert_eq!(store.records(&[], None).await.unwrap(), (vec![], None));
    assert_eq!(table.trips.requests(), 0);
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_passed_over_and_kept() {
    let table = TestTable::new().await;
    let store = &table.store;
    let (_, before) = store.put_device(&lamp("lamp-1", "u1")).await.unwrap();
    store.put_state(&before, &lit("10"), None).await.unwrap();
    let update = |expression: &'static str, value: Json| {
        let value: AttributeValue = serde_dynamo::to_attribute_value(value).unwrap();
        let request = table.client.update_item().table_name(&table.name);
        request
            .key("pk", AttributeValue::S("DEVICE#lamp-1".to_owned()))
            .key("sk", AttributeValue::S("DEVICE".to_owned()))
            .update_expression(expression)
            .expression_attribute_names("#s", "state")
            .expression_attribute_names("#d", "desc")
            .expression_attribute_names("#t", "traits")
            .expression_attribute_values(":v", value)
            .send()
    };
    update(
        "SET #s.mood = :v, #s.color_mode = :v, #d.#t.mood = :v, future = :v",
        json!({"value": "merry", "reported_at": 5}),
    )
    .await
    .unwrap();

    let record = store.record(&id("lamp-1")).await.unwrap().unwrap();
    assert_eq!(record.device, lamp("lamp-1", "u1"));
    assert_eq!(record.state.values.keys().collect::<Vec<_>>(), [&Trait::OnOff, &Trait::Brightness, &Trait::Color]);
    assert_eq!(store.devices_of(&user("u1")).await.unwrap(), [lamp("lamp-1", "u1")]);

    let mut state = record.state.clone();
    state.set(Trait::OnOff, false, AT);
    store.put_state(&record, &state, None).await.unwrap();
    let request = table.client.get_item().table_name(&table.name);
    let item = request
        .key("pk", AttributeValue::S("DEVICE#lamp-1".to_owned()))
        .key("sk", AttributeValue::S("DEVICE".to_owned()))
        .send()
        .await
        .unwrap();
    let item: Json = serde_dynamo::from_item(item.item.unwrap()).unwrap();
    assert_eq!(item["state"]["mood"]["value"], "merry");
    assert_eq!(item["state"]["on_off"], json!({"value": false, "reported_at": AT.micros()}));
    assert!(item["desc"]["traits"]["mood"].is_object() && item["future"].is_object());
}

#[tokio::test]
async fn the_index_holds_the_description_alone() {
    let table = TestTable::new().await;
    let (_, before) = table.store.put_device(&lamp("lamp-1", "u1")).await.unwrap();
    table.store.put_state(&before, &lit("10"), None).await.unwrap();
    let request = table.client.query().table_name(&table.name).index_name("owner").key_condition_expression("#o = :o");
    let answer = request
        .expression_attribute_names("#o", "owner")
        .expression_attribute_values(":o", AttributeValue::S("u1".to_owned()))
        .send()
        .await
        .unwrap();
    let mut names: Vec<&String> = answer.items()[0].keys().collect();
    names.sort();
    assert_eq!(names, ["desc", "owner", "pk", "sk"]);
}
