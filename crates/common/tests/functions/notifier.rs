//! The notifier: what the platforms are told of a change, and what becomes of it when they, or we, are in trouble.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use testkit::{Receiver, Reply, Sent};

use crate::deployment::Surroundings;
use crate::faults::{Fault, Faults};
use crate::home::{Home, NEW, OLD, errand, failed, nothing_failed, record};

const STATE_YANDEX: &str = "POST /api/v1/skills/sample-skill/callback/state";
const STATE_SBER: &str = "POST /v1/state";
const STATE_SMARTTHINGS: &str = "POST /device/events";

#[tokio::test]
async fn a_change_is_told_to_every_platform() {
    let home = Home::linked(&["yandex", "sber", "smartthings"]).await;
    home.platforms_take_all();
    let change = home.report("lamp", json!({"state": {"on_off": true, "brightness": OLD}})).await;
    assert_eq!(home.notify(&[change]).await, nothing_failed());

    let mut arrived = home.surroundings().platforms.arrived();
    arrived.sort_by(|one, other| one.line.cmp(&other.line));
    let lines: Vec<&str> = arrived.iter().map(|arrived| arrived.line.as_str()).collect();
    assert_eq!(lines, [STATE_YANDEX, STATE_SMARTTHINGS, "POST /oauth/token", STATE_SBER]);
    let [yandex, smartthings, token, sber] = arrived.as_slice() else { panic!() };
    assert_eq!(yandex.headers["authorization"], "OAuth sample-yandex-token");
    assert_eq!(
        yandex.body["payload"],
        json!({"user_id": "u1", "devices": [{"id": "lamp", "capabilities": [
        {"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": true}},
        {"type": "devices.capabilities.range", "state": {"instance": "brightness", "value": OLD}}]}]})
    );
    assert_eq!(sber.headers["authorization"], "Bearer sample-sber-token");
    assert_eq!(
        sber.body,
        json!({"devices": {"lamp": {"states": [
        {"key": "online", "value": {"type": "BOOL", "bool_value": true}},
        {"key": "on_off", "value": {"type": "BOOL", "bool_value": true}},
        {"key": "light_brightness", "value": {"type": "INTEGER", "integer_value": "574"}}]}}})
    );
    assert_eq!(token.body["callbackAuthentication"]["code"], "leaky-code");
    assert_eq!(smartthings.body["authentication"], json!({"tokenType": "Bearer", "token": "leaky-access-token"}));
    let states = smartthings.body["deviceState"][0]["states"].as_array().unwrap().iter();
    let states: Vec<_> = states.map(|state| (state["attribute"].clone(), state["value"].clone())).collect();
    assert_eq!(
        states,
        [(json!("switch"), json!("on")), (json!("level"), json!(57)), (json!("healthStatus"), json!("online"))]
    );

    assert_eq!(home.surroundings().sqs.sent(), []);
    let output = home.deployment.output_when("notifier", |output| output.matches("\"age_ms\":").count() == 3).await;
    for platform in ["yandex", "sber", "smartthings"] {
        let is_theirs =
            |line: &&str| line.contains("\"_aws\"") && line.contains(&format!("\"platform\":\"{platform}\""));
        let line: Json = serde_json::from_str(output.lines().find(is_theirs).unwrap()).unwrap();
        assert_eq!(
            ["sent", "accepted", "retried", "dropped"].map(|name| line[name].clone()),
            [1, 1, 0, 0].map(Json::from)
        );
    }
    home.assert_the_log_is_clean().await;
}

#[tokio::test]
async fn what_changes_nothing_for_a_platform_is_told_to_nobody() {
    let home = Home::linked(&["yandex", "sber"]).await;
    let link = home.link_item("yandex").await;
    let lamp = home.item("DEVICE#lamp", "DEVICE").await;
    let other = json!({"pk": {"S": "SOMETHING"}, "sk": {"S": "ELSE"}});
    let records = [record("1", &lamp, &lamp), record("2", &link, &link), record("3", &Json::Null, &other)];
    assert_eq!(home.notify(&records).await, nothing_failed());
    assert_eq!(home.surroundings().platforms.lines(), Vec::<String>::new());
    assert_eq!(home.surroundings().sqs.sent(), []);
}

/// What it is called, what is answered, and whether the platform may be about to act on it still.
type Trouble = (&'static str, fn() -> Reply, bool);

/// Each fault meets a process of its own: a platform that did not answer is left alone for a while.
#[tokio::test]
async fn what_a_platform_does_not_take_waits_and_is_told_from_the_newest_state() {
    let hangs = || Reply { delay: Duration::from_secs(60), ..Reply::default() };
    let faults: [Trouble; 3] =
        [("500", || Reply::status(500), false), ("hangs", hangs, true), ("resets", Reply::reset, true)];
    join_all(faults.map(async |(fault, reply, in_doubt)| {
        let home = Home::linked(&["sber"]).await;
        let (platforms, sqs) = (&home.surroundings().platforms, &home.surroundings().sqs);
        home.platforms_answer(move |_| reply());
        let changed = home.report("lamp", json!({"state": {"on_off": true, "brightness": OLD}})).await;
        let pressed = home.report("button", json!({"state": {"button": "double_click"}, "at": "2026-03-01T10:00:00Z"}));
        assert_eq!(home.notify(&[changed, pressed.await]).await, nothing_failed(), "{fault}");

        let [Sent { queue, body, delay }] = &sqs.take_sent()[..] else { panic!("{fault}: one message") };
        assert_eq!(queue, &home.surroundings().queue);
        assert!((2..=3).contains(delay), "{fault}: 2 s and up to a fifth, in whole seconds: {delay}");
        let mut expected: Json = serde_json::from_str(&errand("sber", &json!({
            "devices": ["button", "lamp"], "attempt": 1, "first_failed_at": body["first_failed_at"],
            "occurrences": [{"device_id": "button", "trait": "button", "value": "double_click", "at": "2026-03-01T10:00:00Z"}],
        })))
        .unwrap();
        if in_doubt {
            expected["in_doubt"] = json!(true);
        }
        assert_eq!(body, &expected, "{fault}: devices, and no values but those of events");
        assert!(body["first_failed_at"].is_string());

        home.report("lamp", json!({"state": {"brightness": NEW}})).await;
        home.platforms_take_all();
        let before = platforms.arrived().len();
        // As it comes out of the queue.
        let message = sqs.receive(queue).await;
        assert_eq!(&message, body);
        assert_eq!(home.redeliver(&[message.to_string()]).await, nothing_failed());
        let told: Vec<Json> = platforms.arrived().split_off(before).into_iter().map(|arrived| arrived.body).collect();
        let all = json!(told).to_string();
        assert!(all.contains("\"619\"") && !all.contains("\"574\""), "{fault}: {all}");
        assert_eq!(all.matches("double_click").count(), 1, "{fault}: {all}");
        // What may still be on its way is overwritten once more.
        let expected = in_doubt.then(|| serde_json::from_str(&errand("sber", &json!({"devices": ["button", "lamp"], "attempt": 0}))).unwrap());
        let confirmations: Vec<(Json, u64)> = sqs.take_sent().into_iter().map(|sent| (sent.body, sent.delay)).collect();
        assert_eq!(confirmations, expected.into_iter().map(|body| (body, 30)).collect::<Vec<_>>(), "{fault}");
        home.assert_the_log_is_clean().await;
    }))
    .await;
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_set_aside() {
    let home = Home::linked(&["sber"]).await;
    let good = home.report("lamp", json!({"state": {"brightness": OLD}})).await;
    let mut spoilt = good.clone();
    spoilt["dynamodb"]["SequenceNumber"] = json!("spoilt-1");
    spoilt["dynamodb"]["NewImage"]["version"] = json!({"S": "Leaky"});
    let records = [spoilt, json!(null), json!("Leaky"), json!({"dynamodb": {"Keys": 5}}), good];
    assert_eq!(home.notify(&records).await, nothing_failed());
    assert_eq!(home.surroundings().platforms.lines(), [STATE_SBER]);
    assert_eq!(home.surroundings().sqs.sent(), []);
    let output = home.deployment.output_when("notifier", |output| output.contains("\"age_ms\":")).await;
    let errors: Vec<&str> = output.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).collect();
    assert_eq!(errors.len(), 4, "{output}");
    assert!(errors[0].contains("spoilt-1") && errors[0].contains("DEVICE#lamp"), "{}", errors[0]);
    let metric = output.lines().find(|line| line.contains("\"set_aside\":")).unwrap();
    assert_eq!(serde_json::from_str::<Json>(metric).unwrap()["set_aside"], 4);
    home.assert_the_log_is_clean().await;
}

#[tokio::test]
async fn a_batch_comes_again_when_the_queue_is_down() {
    let home = Home::linked(&["yandex", "sber"]).await;
    let sqs = &home.surroundings().sqs;
    home.platforms_answer(|arrived| Reply::status(if arrived.line == STATE_SBER { 500 } else { 202 }));
    let batch = [
        home.report("lamp", json!({"state": {"on_off": true}})).await,
        home.report("lamp", json!({"state": {"brightness": OLD}})).await,
    ];
    sqs.set_down(true);
    assert_eq!(home.notify(&batch).await, failed(&["1"]));
    assert_eq!(sqs.sent(), []);
    sqs.set_down(false);
    assert_eq!(home.notify(&batch).await, nothing_failed());
    let sent = sqs.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(sent[0].body["devices"], json!(["lamp"]));
    home.assert_the_log_is_clean().await;
}

#[tokio::test]
async fn a_batch_comes_again_when_the_table_is_down() {
    let surroundings = Surroundings::start().await;
    let table = Faults::start(surroundings.dynamodb.url()).await;
    let through = vec![("AWS_ENDPOINT_URL_DYNAMODB".to_owned(), table.endpoint.clone())];
    let home = Home::with(surroundings, &["sber"], through).await;
    let change = home.report("lamp", json!({"state": {"brightness": OLD}})).await;
    table.always(Some(Fault::ServerError));
    assert_eq!(home.notify(std::slice::from_ref(&change)).await, failed(&["1"]));
    let message = errand("sber", &json!({"devices": ["lamp"], "attempt": 1, "first_failed_at": crate::home::ago(5)}));
    assert_eq!(home.redeliver(std::slice::from_ref(&message)).await, failed(&["m-0"]));
    assert_eq!(home.surroundings().platforms.lines(), Vec::<String>::new());
    table.always(None);
    assert_eq!(home.notify(&[change]).await, nothing_failed());
    assert_eq!(home.redeliver(&[message]).await, nothing_failed());
    assert_eq!(home.surroundings().platforms.lines(), [STATE_SBER, STATE_SBER]);
    assert_eq!(home.surroundings().sqs.sent(), []);
}

#[tokio::test]
async fn a_new_link_and_a_resync_get_a_full_report() {
    let home = Home::linked(&["yandex"]).await;
    let (platforms, sqs) = (&home.surroundings().platforms, &home.surroundings().sqs);
    let begun = record("1", &Json::Null, &home.link_item("yandex").await);
    let asked = home.link_change("yandex", "POST", "/v1/users/u1/resync").await;
    for change in [begun, asked] {
        assert_eq!(home.notify(&[change]).await, nothing_failed());
        let sent = sqs.take_sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!((sent[0].body.to_string(), sent[0].delay), (errand_all(), 0));
        let before = platforms.arrived().len();
        assert_eq!(home.redeliver(&[sent[0].body.to_string()]).await, nothing_failed());
        let [told] = &platforms.arrived().split_off(before)[..] else { panic!("one request") };
        let devices = told.body["payload"]["devices"].as_array().unwrap();
        assert_eq!(devices.iter().map(|device| &device["id"]).collect::<Vec<_>>(), ["button", "lamp"]);
        assert!(devices.iter().all(|device| device["status"] == "online"), "{told:?}");
    }
    assert_eq!(sqs.sent(), []);
}

fn errand_all() -> String {
    let errand: Json = serde_json::from_str(&errand("yandex", &json!({"all": true, "attempt": 0}))).unwrap();
    errand.to_string()
}

#[tokio::test]
async fn a_link_ended_by_the_vendor_is_ended_at_the_platform() {
    let home = Home::linked(&["sber"]).await;
    let ended = home.link_change("sber", "DELETE", "/v1/users/u1/links/sber").await;
    assert_eq!(home.notify(&[ended]).await, nothing_failed());
    let platforms = &home.surroundings().platforms;
    assert_eq!(platforms.lines(), ["POST /v1/unlink"]);
    assert_eq!(platforms.arrived()[0].body, json!({"user_id": "u1"}));
    let change = home.report("lamp", json!({"state": {"on_off": true}})).await;
    assert_eq!(home.notify(&[change]).await, nothing_failed());
    assert_eq!(platforms.lines().len(), 1);
    assert_eq!(home.surroundings().sqs.sent(), []);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start(|_| Reply::status(200)).await;
    let home = Home::linked(&["yandex", "sber", "smartthings"]).await;
    let location = elsewhere.url();
    home.platforms_answer(move |arrived| {
        let path = arrived.line.split(' ').next_back().unwrap();
        Reply { header: Some(("location", format!("{location}{path}"))), ..Reply::status(307) }
    });
    let change = home.report("lamp", json!({"state": {"brightness": OLD}})).await;
    assert_eq!(home.notify(&[change]).await, nothing_failed());
    assert_eq!(elsewhere.lines(), Vec::<String>::new());
    let mut waiting: Vec<Json> =
        home.surroundings().sqs.sent().into_iter().map(|sent| sent.body["platform"].clone()).collect();
    waiting.sort_by_key(Json::to_string);
    assert_eq!(waiting, ["sber", "smartthings", "yandex"]);
    home.assert_the_log_is_clean().await;
}

#[tokio::test]
async fn an_answer_is_read_to_a_limit() {
    let home = Home::linked(&["sber"]).await;
    home.platforms_answer(|_| Reply::endless());
    let change = home.report("lamp", json!({"state": {"brightness": OLD}})).await;
    // One that waited for the end would give up, and leave a message in the queue.
    assert_eq!(home.notify(&[change]).await, nothing_failed());
    assert_eq!(home.surroundings().platforms.lines(), [STATE_SBER]);
    assert_eq!(home.surroundings().sqs.sent(), []);
}
