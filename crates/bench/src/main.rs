//! Measures the built functions as Lambda runs them: a process at a Runtime API, here on loopback with an embedded
//! DynamoDB and an identity provider. Figures of one run belong together; compare ratios, not milliseconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a benchmark stops at the first surprise")]

mod throughput;

use std::path::Path;
use std::time::{Duration, Instant};

use common::store;
use serde_json::{Value, json};
use testkit::{DynamoDb, Function, Identity, Invocation, Receiver, Reply, Sqs, binary};

const STARTS: usize = 15;
const WARM_CALLS: usize = 1500;
const VENDOR_KEY: &str = "bench-vendor-key";
const DO_NOTHING: &str = "do-nothing";
/// Does nothing either, but has a DynamoDB client.
const WITH_SDK: &str = "do-nothing-sdk";

/// A function and the sample in `events/` that is its typical work.
const FUNCTIONS: [(&str, &str); 10] = [
    (DO_NOTHING, "yandex/liveness"),
    (WITH_SDK, "yandex/liveness"),
    ("link", "sber/user"),
    ("discovery", "yandex/discovery"),
    ("query", "yandex/query"),
    ("action", "yandex/action"),
    ("webhook", "smartthings/direct-state-refresh"),
    ("report", "vendor/report-state"),
    ("notifier", "notifier/state"),
    ("redeliver", "redeliver/full-report"),
];

struct Figures {
    name: &'static str,
    to_first_next: Duration,
    to_first_answer: Duration,
    warm_median: Duration,
    warm_99: Duration,
    resident_bytes: u64,
    binary_bytes: u64,
    zipped_bytes: u64,
}

#[tokio::main]
async fn main() {
    let (identity, dynamodb) = (Identity::start().await, DynamoDb::start().await);
    let client = store::client(&store::local_config(dynamodb.url()).await);
    store::ensure_table(&client, "bench").await.unwrap();
    let sqs = Sqs::start().await;
    let (queue, _) = sqs.queue_with_dead_letters("bench").await;
    let platforms =
        Receiver::start(|arrived| Reply::status(if arrived.line.contains("/api/") { 202 } else { 200 })).await;
    let platforms_url = platforms.url();
    let settings = [
        ("HOMEPORT_TABLE", "bench"),
        ("HOMEPORT_RETRY_QUEUE_URL", queue.as_str()),
        ("HOMEPORT_YANDEX_TOKEN", "bench"),
        ("HOMEPORT_YANDEX_URL", &platforms_url),
        ("HOMEPORT_SBER_URL", &platforms_url),
        ("HOMEPORT_VENDOR_KEY", VENDOR_KEY),
        ("HOMEPORT_YANDEX_SKILL_ID", "bench"),
        ("HOMEPORT_SBER_TOKEN", "bench"),
        ("HOMEPORT_SMARTTHINGS_CLIENT_ID", "bench"),
        ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "bench"),
        ("HOMEPORT_TOKEN_KEY", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
        // As in production, where log lines go to a pipe; at this level they are one line a request.
        ("HOMEPORT_LOG", "info"),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment: Vec<(String, String)> =
        settings.chain(identity.environment()).chain(dynamodb.environment()).chain(sqs.environment()).collect();
    let token = identity.token("u1", common::model::Timestamp::now().secs());

    let report = Function::start(&binary("report"), &environment).await;
    for sample in ["vendor/register-lamp", "vendor/register-other", "vendor/register-sensor", "vendor/report-state"] {
        report.api.invoke(&event(sample, &token)).await;
    }
    drop(report);
    let discovery = Function::start(&binary("discovery"), &environment).await;
    for sample in ["yandex/discovery", "sber/devices"] {
        discovery.api.invoke(&event(sample, &token)).await;
    }
    drop(discovery);

    let mut all = Vec::new();
    for (name, sample) in FUNCTIONS {
        eprintln!("measuring {name} …");
        all.push(measure(name, &event(sample, &token), &environment).await);
    }
    print(&all);
    let begun = Instant::now();
    eprintln!("measuring throughput of the notifier …");
    let figures = throughput::measure(&store::Store::new(client, "bench"), &platforms, &environment).await;
    throughput::print(&figures, begun);
}

fn event(sample: &str, token: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events").join(format!("{sample}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text.replace("<token>", token).replace("<vendor key>", VENDOR_KEY)).unwrap()
}

async fn measure(name: &'static str, event: &Value, environment: &[(String, String)]) -> Figures {
    let path = binary(name);
    let (mut next, mut answer) = (Vec::new(), Vec::new());
    let mut last = None;
    for _ in 0..STARTS {
        let function = Function::start(&path, environment).await;
        let first = function.api.invoke(event).await;
        answer.push(function.spawned.elapsed());
        check(name, &first);
        next.push(function.api.first_next().await.duration_since(function.spawned));
        last = Some(function);
    }
    let function = last.unwrap();
    let mut warm = Vec::with_capacity(WARM_CALLS);
    for _ in 0..WARM_CALLS {
        let start = Instant::now();
        let result = function.api.invoke(event).await;
        warm.push(start.elapsed());
        check(name, &result);
    }
    let bytes = std::fs::read(&path).unwrap();
    Figures {
        name,
        to_first_next: quantile(&mut next, 0.5),
        to_first_answer: quantile(&mut answer, 0.5),
        warm_median: quantile(&mut warm, 0.5),
        warm_99: quantile(&mut warm, 0.99),
        resident_bytes: resident(function.id().unwrap()),
        binary_bytes: bytes.len() as u64,
        zipped_bytes: zipped(&bytes),
    }
}

/// A benchmark of errors would be fast and worth nothing.
fn check(name: &str, result: &Invocation) {
    let Invocation::Answered(answer) = result else { panic!("{name} failed: {result:?}") };
    let status = answer.get("statusCode").map_or(&Value::Null, |status| status);
    assert!(status.is_null() || status == &json!(200), "{name} answered {answer}");
    let failed = answer.get("batchItemFailures").and_then(Value::as_array);
    assert!(failed.is_none_or(Vec::is_empty), "{name} answered {answer}");
    assert!(answer.get("globalError").is_none(), "{name} answered {answer}");
}

fn quantile(values: &mut [Duration], q: f64) -> Duration {
    values.sort();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index within the slice")]
    let index = ((values.len() - 1) as f64 * q).round() as usize;
    values.get(index).copied().unwrap()
}

/// What the process holds in memory (`VmRSS`).
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").trim().parse().unwrap();
    kilobytes * 1024
}

/// The size of the binary in a zip; a zip adds some hundred bytes to it.
fn zipped(bytes: &[u8]) -> u64 {
    use std::io::Write;
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap().len() as u64
}

fn print(all: &[Figures]) {
    let start_of = |name| all.iter().find(|figures| figures.name == name).unwrap().to_first_next.as_secs_f64();
    let (bare, with_sdk) = (start_of(DO_NOTHING), start_of(WITH_SDK));
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "\n{:<14} {:>13} {:>7} {:>8} {:>15} {:>8} {:>8} {:>8} {:>10} {:>8}",
        "function",
        "first next ms",
        "÷ bare",
        "÷ sdk",
        "first answer ms",
        "p50 ms",
        "p99 ms",
        "RSS MB",
        "binary MB",
        "zip MB"
    );
    for figures in all {
        let start = figures.to_first_next.as_secs_f64();
        println!(
            "{:<14} {:>13.1} {:>7.2} {:>8.2} {:>15.1} {:>8.2} {:>8.2} {:>8.1} {:>10.2} {:>8.2}",
            figures.name,
            ms(figures.to_first_next),
            start / bare,
            start / with_sdk,
            ms(figures.to_first_answer),
            ms(figures.warm_median),
            ms(figures.warm_99),
            mb(figures.resident_bytes),
            mb(figures.binary_bytes),
            mb(figures.zipped_bytes),
        );
    }
    println!(
        "\nmedians of {STARTS} starts, {WARM_CALLS} warm calls; the first answer includes the first calls to DynamoDB and the \
         identity provider on loopback.\n÷ bare: beside a function that only has the runtime; ÷ sdk: beside one that also has a DynamoDB client.\n\
         targets: ratio ≤ 1.5, zip ≤ 3 MB, RSS ≤ 25 MB"
    );
}
