//! Where `HOMEPORT_RETRY_QUEUE_URL` names an SQS queue.

use serde_json::{Value as Json, json};
use testkit::{Reply, Sent, Sqs};
use tokio::process::Command;

use super::home::{Home, value, waiting};

/// A queue of its own for each test, on an endpoint that tests may share; settings that use it.
async fn queue(sqs: &Sqs) -> (String, String, Vec<(String, String)>) {
    let name = tempfile::tempdir().unwrap().path().file_name().unwrap().to_string_lossy().replace('.', "");
    let (queue, dead_letters) = sqs.queue_with_dead_letters(&format!("golden-{name}")).await;
    let mut settings = sqs.environment();
    settings.push(("HOMEPORT_RETRY_QUEUE_URL".to_owned(), queue.clone()));
    (queue, dead_letters, settings)
}

#[tokio::test]
async fn what_waits_is_in_the_queue() {
    let sqs = Sqs::start().await;
    let (queue, _, settings) = queue(&sqs).await;
    let home = Home::start(&settings).await;
    sqs.take_sent();
    home.sber.answers(|_| Reply::status(503));
    home.report("lamp", json!({"brightness": 40})).await;
    let of_lamp = |sent: &Sent| sent.body["devices"].as_array().is_some_and(|ids| ids.contains(&json!("lamp")));
    let sent = sqs.sent_when(|sent| sent.iter().any(of_lamp)).await;
    assert!(sent.iter().all(|sent| sent.queue == queue && sent.body["platform"] == "sber"), "{sent:?}");
    home.report("lamp", json!({"brightness": 70})).await;
    home.sber.answers(|_| Reply::status(200));
    let told = home
        .sber
        .arrived_when(|arrived| arrived.iter().filter_map(|arrived| value(arrived, "lamp")).next_back() == Some(70.0));
    told.await;
    home.queue_when(|local| waiting(local, "sber") == 0).await;
    sqs.empty(&queue).await;
}

async fn redrive(settings: &[(String, String)]) -> (bool, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_homeport"));
    let command = command.arg("redrive").env_clear().envs(settings.iter().map(|(name, value)| (name, value)));
    let output = command.kill_on_drop(true).output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

#[tokio::test]
async fn dead_letters_of_sqs_are_put_back() {
    let sqs = Sqs::start().await;
    let (queue, dead_letters, settings) = queue(&sqs).await;
    let errands: Vec<Json> = (0..12)
        .map(|place| {
            json!({"platform": "sber", "user": "u1", "link_id": "u1", "devices": [format!("lamp-{place}")], "attempt": 101,
                "first_failed_at": "2026-01-01T00:00:00Z", "not_before": "2026-01-02T00:00:00Z"})
        })
        .collect();
    for errand in &errands {
        sqs.send(&dead_letters, &errand.to_string()).await;
    }
    sqs.send(&dead_letters, "no errand").await;
    sqs.take_sent();

    let (success, said, warned) = redrive(&settings).await;
    assert!(success, "{warned}");
    assert_eq!(said, "12 put back\n");
    assert!(warned.lines().count() == 1 && warned.contains("is no errand and stays in"), "{warned}");
    let mut sent: Vec<Json> = sqs
        .take_sent()
        .into_iter()
        .map(|sent| {
            assert_eq!((&sent.queue, sent.delay), (&queue, 0));
            sent.body
        })
        .collect();
    let mut expected: Vec<Json> = errands
        .into_iter()
        .map(|mut errand| {
            let members = errand.as_object_mut().unwrap();
            members.retain(|name, _| !["first_failed_at", "not_before"].contains(&name.as_str()));
            members.insert("attempt".to_owned(), json!(0));
            errand
        })
        .collect();
    for list in [&mut sent, &mut expected] {
        list.sort_by_key(Json::to_string);
    }
    assert_eq!(sent, expected);
    assert_eq!((sqs.count(&queue).await, sqs.count(&dead_letters).await), (12, 1));

    // A second time there is nothing to be done.
    let (success, said, _) = redrive(&settings).await;
    assert!(success);
    assert_eq!(said, "0 put back\n");
}

#[tokio::test]
async fn a_sqs_queue_that_is_not_there_is_named() {
    let sqs = Sqs::start().await;
    let (queue, dead_letters, mut settings) = queue(&sqs).await;
    for (url, problem) in [(format!("{queue}-x"), "cannot be used"), (dead_letters, "has no redrive policy")] {
        settings.push(("HOMEPORT_RETRY_QUEUE_URL".to_owned(), url.clone()));
        let (success, said, warned) = redrive(&settings).await;
        assert!(!success && said.is_empty(), "{said}");
        assert!(warned.lines().count() == 1 && warned.contains(&url) && warned.contains(problem), "{warned}");
    }
}
