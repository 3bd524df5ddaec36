//! The redeliverer: messages of the retry queue, each for itself.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use testkit::Reply;
use tokio::sync::Notify;

use crate::home::{Home, NEW, OLD, ago, errand, failed, nothing_failed};

const DAY: i64 = 24 * 3600;

#[tokio::test]
async fn each_message_fails_alone() {
    let home = Home::linked(&["yandex", "sber"]).await;
    home.report("lamp", json!({"state": {"brightness": OLD}})).await;
    home.platforms_answer(|arrived| Reply::status(if arrived.line == "POST /v1/state" { 500 } else { 202 }));
    let tried =
        |platform, since| errand(platform, &json!({"devices": ["lamp"], "attempt": 99, "first_failed_at": ago(since)}));
    let messages = [
        tried("sber", DAY + 60),
        tried("yandex", DAY + 60),
        "no errand: Leaky".to_owned(),
        errand("alexa", &json!({"devices": ["lamp"]})),
        tried("sber", 3600),
    ];
    let mut answer = home.redeliver(&messages).await;
    let failures = answer["batchItemFailures"].as_array_mut().unwrap();
    failures.sort_by_key(Json::to_string);
    // The day is over for the first; the second one has been taken at last, the fifth is tried once more.
    assert_eq!(answer, failed(&["m-0", "m-2", "m-3"]));
    let sent = home.surroundings().sqs.sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!((&sent[0].body["platform"], &sent[0].body["attempt"]), (&json!("sber"), &json!(100)));
    assert!((720..=900).contains(&sent[0].delay), "a quarter of an hour, less a fifth at most: {}", sent[0].delay);

    let output = home.deployment.output_when("redeliver", |output| {
        output.contains("\"given_up\":1") && output.matches("\"set_aside\":1").count() == 2
    });
    let output = output.await;
    let given_up = output.lines().find(|line| line.contains("\"given_up\":1")).unwrap();
    assert_eq!(serde_json::from_str::<Json>(given_up).unwrap()["platform"], "sber");
    for (id, said) in [("m-0", "given up after a day"), ("m-2", "it is no errand"), ("m-3", "it is no errand")] {
        let is_it = |line: &&str| line.contains("ERROR") && line.contains(id) && line.contains(said);
        assert_eq!(output.lines().filter(is_it).count(), 1, "{id}: {output}");
    }
    home.assert_the_log_is_clean().await;
}

#[tokio::test]
async fn what_is_not_due_goes_back_into_the_queue() {
    let home = Home::linked(&["sber"]).await;
    // A queue holds a message for a quarter of an hour at most.
    for (left, delays) in [(7200, 900..=900), (100, 95..=101)] {
        let asked = errand(
            "sber",
            &json!({"devices": ["lamp"], "attempt": 3, "first_failed_at": ago(60), "not_before": ago(-left)}),
        );
        assert_eq!(home.redeliver(std::slice::from_ref(&asked)).await, nothing_failed());
        let sent = home.surroundings().sqs.take_sent();
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!(sent[0].body, serde_json::from_str::<Json>(&asked).unwrap(), "it counts as no attempt");
        assert!(delays.contains(&sent[0].delay), "{left} s left: {}", sent[0].delay);
    }
    assert_eq!(home.surroundings().platforms.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn a_dead_link_is_told_nothing_and_leaves_no_message() {
    let home = Home::linked(&["yandex", "sber"]).await;
    let (platforms, sqs) = (&home.surroundings().platforms, &home.surroundings().sqs);
    let about = json!({"devices": ["lamp"], "attempt": 1, "first_failed_at": ago(5),
        "occurrences": [{"device_id": "button", "trait": "button", "value": "double_click", "at": "2026-03-01T10:00:00Z"}]});

    // Nobody has ever heard of the link, or it was ended.
    home.link_change("sber", "DELETE", "/v1/users/u1/links/sber").await;
    assert_eq!(home.redeliver(&[errand("smartthings", &about), errand("sber", &about)]).await, nothing_failed());
    assert_eq!((platforms.lines(), sqs.sent()), (Vec::new(), Vec::new()));

    // The platform does not know the user: it says so once.
    home.platforms_answer(|_| {
        Reply::json(400, &json!({"status": "error", "error_code": "UNKNOWN_USER", "request_id": "r"}))
    });
    for _ in 0..2 {
        assert_eq!(home.redeliver(&[errand("yandex", &about)]).await, nothing_failed());
        assert_eq!((platforms.lines().len(), sqs.sent()), (1, Vec::new()));
    }
    assert_eq!(home.link_item("yandex").await["status"], json!({"S": "unknown_user"}));
    let change = home.report("lamp", json!({"state": {"on_off": true}})).await;
    assert_eq!(home.notify(&[change]).await, nothing_failed());
    assert_eq!(platforms.lines().len(), 1);
}

#[tokio::test]
async fn a_message_comes_again_when_the_queue_is_down() {
    let home = Home::linked(&["yandex", "sber"]).await;
    home.platforms_answer(|arrived| Reply::status(if arrived.line == "POST /v1/state" { 500 } else { 202 }));
    home.surroundings().sqs.set_down(true);
    let tried = json!({"devices": ["lamp"], "attempt": 1, "first_failed_at": ago(5)});
    let messages = [errand("yandex", &tried), errand("sber", &tried)];
    assert_eq!(home.redeliver(&messages).await, failed(&["m-1"]));
    home.surroundings().sqs.set_down(false);
    home.platforms_take_all();
    assert_eq!(home.redeliver(&messages[1..]).await, nothing_failed());
    assert_eq!(home.surroundings().platforms.lines().len(), 3);
}

/// The table is read after the platform has answered, too.
#[tokio::test]
async fn what_changes_meanwhile_is_told_at_once() {
    let home = Home::linked(&["sber"]).await;
    let (asked, reported) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut first = Some((Arc::clone(&asked), Arc::clone(&reported)));
    home.report("lamp", json!({"state": {"brightness": OLD}})).await;
    home.platforms_answer(move |_| {
        let after = first.take().map(|(asked, reported)| {
            asked.notify_one();
            reported
        });
        Reply { after, ..Reply::status(200) }
    });
    let message = [errand("sber", &json!({"devices": ["lamp"], "attempt": 1, "first_failed_at": ago(5)}))];
    let (answer, ()) = tokio::join!(home.redeliver(&message), async {
        asked.notified().await;
        home.report("lamp", json!({"state": {"brightness": NEW}})).await;
        reported.notify_one();
    });
    assert_eq!(answer, nothing_failed());
    let told: Vec<String> =
        home.surroundings().platforms.arrived().iter().map(|arrived| arrived.body.to_string()).collect();
    assert!(told.len() == 2 && told[0].contains("\"574\"") && told[1].contains("\"619\""), "{told:?}");
    assert_eq!(home.surroundings().sqs.sent(), []);
}
