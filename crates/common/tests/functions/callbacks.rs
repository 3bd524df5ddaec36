//! The samples of the functions that tell the platforms.

use testkit::Invocation;

use crate::deployment::{Deployment, FUNCTIONS, Surroundings, TELLERS};
use crate::events::{agrees, event, expected};

const YANDEX: &str = "POST /api/v1/skills/sample-skill/callback/state";
const YANDEX_LIST: &str = "POST /api/v1/skills/sample-skill/callback/discovery";
const SBER: &str = "POST /v1/state";
const SBER_LIST: &str = "POST /v1/devices";

/// What has to be there before.
const BEFORE: &[(&str, &str)] = &[
    ("report", "vendor/register-lamp"),
    ("report", "vendor/register-sensor"),
    ("report", "vendor/report-state"),
    ("report", "vendor/reports"),
    ("discovery", "yandex/discovery"),
    ("discovery", "sber/devices"),
];

/// Each sample, the callbacks that it causes, and how many messages it leaves in the retry queue.
pub(crate) const SAMPLES: &[(&str, &[&str], usize)] = &[
    ("notifier/state", &[YANDEX, SBER], 0),
    ("notifier/device-added", &[YANDEX_LIST, YANDEX, SBER_LIST, SBER], 0),
    ("notifier/new-link", &[], 1),
    ("notifier/unreadable-record", &[YANDEX, SBER], 0),
    ("redeliver/state", &[SBER], 0),
    ("redeliver/device-added", &[SBER_LIST], 0),
    ("redeliver/no-errand", &[YANDEX], 0),
    ("redeliver/full-report", &[YANDEX], 0),
];

#[tokio::test]
async fn the_samples_cause_the_callbacks_they_should() {
    let surroundings = Surroundings::start().await;
    let settings = surroundings.settings();
    let functions: Vec<&str> = FUNCTIONS.into_iter().chain(TELLERS).collect();
    let deployment = Deployment::with(surroundings, &functions, &settings).await;
    let token = deployment.surroundings.token("u1");
    for (function, name) in BEFORE {
        let Invocation::Answered(_) = deployment.invoke(function, &event(name, &token)).await else { panic!("{name}") };
    }
    let mut told = 0;
    for (name, callbacks, messages) in SAMPLES {
        let function = name.split('/').next().unwrap();
        let Invocation::Answered(answer) = deployment.invoke(function, &event(name, &token)).await else {
            panic!("{name}")
        };
        assert!(agrees(&expected(name), &answer), "{name}: {answer}");
        let mut lines = deployment.surroundings.platforms.lines().split_off(told);
        told += lines.len();
        lines.sort();
        let mut callbacks = callbacks.to_vec();
        callbacks.sort_unstable();
        assert_eq!(lines, callbacks, "{name}");
        assert_eq!(deployment.surroundings.sqs.take_sent().len(), *messages, "{name}");
    }
}
