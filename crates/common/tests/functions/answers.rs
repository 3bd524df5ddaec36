//! One home, from the registration of its devices to their removal, through all functions.

use std::collections::BTreeSet;

use testkit::Invocation;

use crate::deployment::{Deployment, Surroundings, VENDOR_KEY};
use crate::events::{agrees, all, event, expected, shown};

/// The samples in their order, each with the function that gets it.
const STORY: &[(&str, &str)] = &[
    ("report", "vendor/health"),
    ("report", "vendor/wrong-key"),
    ("report", "vendor/register-invalid"),
    ("report", "vendor/register-lamp"),
    ("report", "vendor/register-sensor"),
    ("report", "vendor/register-other"),
    ("report", "vendor/report-state"),
    ("report", "vendor/reports"),
    ("report", "vendor/direct-report"),
    ("report", "vendor/direct-reports"),
    ("report", "vendor/get-device"),
    ("report", "vendor/list-devices"),
    ("link", "yandex/liveness"),
    ("discovery", "yandex/no-token"),
    ("discovery", "yandex/bad-token"),
    ("discovery", "yandex/discovery"),
    ("discovery", "yandex/stage-before-the-path"),
    ("query", "yandex/query"),
    ("query", "yandex/malformed"),
    ("action", "yandex/action"),
    ("query", "yandex/query-after-action"),
    ("webhook", "yandex/rpc-discovery"),
    ("webhook", "yandex/direct-query"),
    ("webhook", "yandex/direct-action"),
    ("link", "sber/ping"),
    ("link", "sber/no-token"),
    ("link", "sber/user"),
    ("discovery", "sber/devices"),
    ("query", "sber/query"),
    ("query", "sber/malformed"),
    ("action", "sber/command"),
    ("webhook", "smartthings/discovery"),
    ("webhook", "smartthings/direct-grant"),
    ("webhook", "smartthings/state-refresh"),
    ("webhook", "smartthings/command"),
    ("webhook", "smartthings/no-json"),
    ("webhook", "smartthings/direct-discovery"),
    ("webhook", "smartthings/direct-state-refresh"),
    ("webhook", "smartthings/direct-command"),
    ("webhook", "smartthings/direct-interaction-result"),
    ("webhook", "smartthings/direct-bad-token"),
    ("webhook", "smartthings/direct-without-headers"),
    ("report", "vendor/list-links"),
    ("webhook", "smartthings/direct-unlink"),
    ("link", "yandex/unlink"),
    ("discovery", "yandex/after-unlink"),
    ("link", "sber/unlink"),
    ("report", "vendor/delete-link"),
    ("report", "vendor/delete-device"),
    ("report", "vendor/get-deleted-device"),
];

/// What the table's stream and the retry queue bring; there are no links, so nothing is sent.
const CALLBACKS: &[(&str, &str)] = &[
    ("notifier", "table/device-changed"),
    ("notifier", "table/unreadable"),
    ("redeliver", "queue/errand"),
    ("redeliver", "queue/no-errand"),
];

#[tokio::test]
async fn the_samples_of_callbacks_are_answered_as_they_say() {
    let surroundings = Surroundings::start().await;
    let mut settings = surroundings.settings();
    for (name, value) in [
        ("HOMEPORT_YANDEX_TOKEN", "sample-yandex-token"),
        ("HOMEPORT_RETRY_QUEUE_URL", "http://127.0.0.1:9/000000000000/retry"),
    ] {
        settings.push((name.to_owned(), value.to_owned()));
    }
    let deployment = Deployment::with(surroundings, &["notifier", "redeliver"], &settings).await;
    for (function, name) in CALLBACKS {
        let Invocation::Answered(answer) = deployment.invoke(function, &event(name, "")).await else {
            panic!("{function} fails at {name}")
        };
        assert!(agrees(&expected(name), &answer), "{name} is answered {answer:#}");
    }
}

#[tokio::test]
async fn the_samples_are_answered_as_they_say() {
    let deployment = Deployment::start().await;
    let token = deployment.surroundings.token("u1");
    let mut differences = Vec::new();
    for (function, name) in STORY {
        let answer = match deployment.invoke(function, &event(name, &token)).await {
            Invocation::Answered(answer) => shown(&answer),
            Invocation::Failed(error) => error,
        };
        let expected = expected(name);
        if !agrees(&expected, &answer) {
            differences.push(format!("{name}\nexpected {expected:#}\nanswered {answer:#}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));

    let told: BTreeSet<String> = STORY.iter().chain(CALLBACKS).map(|(_, name)| (*name).to_owned()).collect();
    assert_eq!(told, all().into_iter().collect(), "every sample has its place in the story");
    assert_the_log_is_clean(&deployment.output_of(STORY.len()).await, &token);
}

/// One line per event, and nothing that belongs to a user or opens a door.
fn assert_the_log_is_clean(log: &str, token: &str) {
    let answered = log.lines().filter(|line| line.contains("\"request answered\"")).count();
    assert_eq!(answered, STORY.len());
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
        assert!(line.is_object());
    }
    let signature = token.rsplit('.').next().unwrap();
    for secret in [signature, "not-a-token", VENDOR_KEY, "wrong-key", "sample-grant-code", "sample-client-secret"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    for content in ["Desk lamp", "brightness", "setLevel", "sample-sber-token", "AAECAwQF"] {
        assert!(!log.contains(content), "{content} is in the log");
    }
    let metrics = log.lines().filter(|line| line.contains("\"_aws\"")).count();
    assert_eq!(metrics, STORY.len());
}
