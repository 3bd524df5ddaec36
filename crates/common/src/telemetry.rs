//! What a process says of its work: log lines, one of them per request, and metrics.
//!
//! Never in a log: tokens, keys, bodies, device state. A function prints JSON lines; metrics are lines of CloudWatch's
//! embedded metric format
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>).

mod delivery;

pub use delivery::{delivered, given_up, set_aside};

use std::cell::Cell;
use std::future::Future;
use std::io::Write;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Response};
use serde::Serialize;
use serde_json::json;
use tracing::{Instrument, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::model::Timestamp;
use crate::problem::Problem;
use crate::services::Call;

/// The crates whose level can be chosen. Others only warn: at finer levels they may show what they send.
const OURS: [&str; 2] = ["common", "homeport"];
/// Longer request ids are cut in the log.
const REQUEST_ID_MAX_CHARS: usize = 128;

static METRICS: AtomicBool = AtomicBool::new(false);

/// The namespace of the metrics (`HOMEPORT_METRICS_NAMESPACE`): two deployments in one account are told apart by it.
fn namespace() -> &'static str {
    static NAMESPACE: OnceLock<String> = OnceLock::new();
    NAMESPACE.get_or_init(|| {
        let chosen = std::env::var("HOMEPORT_METRICS_NAMESPACE").ok().filter(|name| !name.trim().is_empty());
        chosen.unwrap_or_else(|| "homeport".to_owned())
    })
}

/// For a Lambda function: JSON lines and metrics on standard output.
pub fn init_function() {
    METRICS.store(true, Ordering::Relaxed);
    start(json_lines(level(), std::io::stdout));
}

/// For the local program: text on standard error, no metrics.
pub fn init_local() {
    start(Registry::default().with(fmt::layer().compact().with_writer(std::io::stderr).with_filter(targets(level()))));
}

fn start(subscriber: impl Subscriber + Send + Sync) {
    // Fails only if there is one already, which then serves.
    let _ = subscriber.try_init();
    // The usual message of a panic may show a value; the place is enough to find it.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// A subscriber that writes one JSON object a line.
pub fn json_lines<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let lines =
        fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false).with_writer(writer);
    Registry::default().with(lines.with_filter(targets(level)))
}

fn targets(level: LevelFilter) -> Targets {
    OURS.iter()
        // A condition that does not hold is an error to the embedded DynamoDB.
        .fold(
            Targets::new()
                .with_default(LevelFilter::WARN.min(level))
                .with_target("dynoxide", LevelFilter::ERROR.min(level)),
            |all, name| all.with_target(*name, level),
        )
}

/// The level of the log: `error`, `warn`, `info`, `debug`, `trace` or `off`. Lambda's own setting serves too.
fn level() -> LevelFilter {
    ["HOMEPORT_LOG", "AWS_LAMBDA_LOG_LEVEL", "RUST_LOG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok()?.trim().parse().ok())
        .unwrap_or(LevelFilter::INFO)
}

/// The caller's id of a request; empty if it sent none.
pub fn request_id(headers: &HeaderMap) -> String {
    headers.get("x-request-id").and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_owned()
}

/// What the line of a request says beside its outcome.
#[derive(Clone, Copy)]
struct Facts {
    platform: &'static str,
    operation: &'static str,
    devices: usize,
}

tokio::task_local! {
    static FACTS: Cell<Facts>;
}

/// Says what the present request is about; the platform is `vendor` for the vendor's API.
pub fn about(platform: &'static str, operation: &'static str) {
    let _ = FACTS.try_with(|facts| facts.set(Facts { platform, operation, ..facts.get() }));
}

/// Says how many devices the present request is about.
pub fn devices(devices: usize) {
    let _ = FACTS.try_with(|facts| facts.set(Facts { devices, ..facts.get() }));
}

/// Runs the handler of a request, then writes the line and the metrics of the request.
pub async fn answered<F>(call: &Call, handler: impl FnOnce() -> F) -> Response<Bytes>
where
    F: Future<Output = Response<Bytes>>,
{
    measured(call, handler, |response| response.status().as_u16()).await
}

/// As [`answered`], for an event that is no HTTP request.
pub async fn handled<F, T>(call: &Call, handler: impl FnOnce() -> F) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    measured(call, handler, |result| result.as_ref().map_or_else(|problem| problem.status.as_u16(), |_| 200)).await
}

async fn measured<F: Future>(
    call: &Call,
    handler: impl FnOnce() -> F,
    status: impl FnOnce(&F::Output) -> u16,
) -> F::Output {
    let started = Instant::now();
    let request_id: String = call.request_id.chars().take(REQUEST_ID_MAX_CHARS).collect();
    let span = tracing::info_span!("request", request_id);
    let nothing_known = Cell::new(Facts { platform: "none", operation: "none", devices: 0 });
    let work = async {
        let output = handler().await;
        (output, FACTS.with(Cell::get))
    };
    let (output, facts) = FACTS.scope(nothing_known, work.instrument(span)).await;
    Line { request_id: &request_id, facts, status: status(&output), duration: started.elapsed() }.write(call.now);
    output
}

/// The line of one request.
struct Line<'a> {
    request_id: &'a str,
    facts: Facts,
    status: u16,
    duration: Duration,
}

impl Line<'_> {
    fn write(&self, now: Timestamp) {
        let Line { request_id, facts: Facts { platform, operation, devices }, status, duration } = self;
        let duration_ms = duration.as_secs_f64() * 1000.0;
        if self.is_error() {
            tracing::error!(parent: None, request_id, platform, operation, status, duration_ms, devices, "request answered");
        } else {
            tracing::info!(parent: None, request_id, platform, operation, status, duration_ms, devices, "request answered");
        }
        if METRICS.load(Ordering::Relaxed) {
            let line = format!("{}\n", self.metrics(now));
            let _ = std::io::stdout().write_all(line.as_bytes());
        }
    }

    fn is_error(&self) -> bool {
        self.status >= 500
    }

    fn metrics(&self, now: Timestamp) -> String {
        let metric = |name: &str, unit: &str| json!({"Name": name, "Unit": unit});
        let metrics = Metrics {
            aws: json!({
                "Timestamp": now.millis(),
                "CloudWatchMetrics": [{
                    "Namespace": namespace(),
                    "Dimensions": [["platform", "operation"]],
                    "Metrics": [metric("requests", "Count"), metric("errors", "Count"), metric("latency_ms", "Milliseconds")],
                }],
            }),
            platform: self.facts.platform,
            operation: self.facts.operation,
            requests: 1,
            errors: u8::from(self.is_error()),
            latency_ms: self.duration.as_secs_f64() * 1000.0,
        };
        serde_json::to_string(&metrics).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Metrics {
    #[serde(rename = "_aws")]
    aws: serde_json::Value,
    platform: &'static str,
    operation: &'static str,
    requests: u8,
    errors: u8,
    latency_ms: f64,
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use serde_json::Value as Json;
    use tracing::instrument::WithSubscriber;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Lines {
        fn subscriber(&self, level: LevelFilter) -> impl Subscriber + Send + Sync + use<> {
            let lines = self.clone();
            json_lines(level, move || lines.clone())
        }

        fn read(&self) -> Vec<Json> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        }
    }

    fn call() -> Call {
        Call { request_id: "r-1".into(), now: Timestamp::from_secs(1_700_000_000), deadline: Instant::now() }
    }

    async fn answer_with(status: u16) -> Response<Bytes> {
        about("yandex", "query");
        devices(3);
        tracing::debug!("detail");
        tracing::warn!("trouble");
        Response::builder().status(status).body(Bytes::new()).unwrap()
    }

    #[tokio::test]
    async fn a_request_has_one_line() {
        let lines = Lines::default();
        answered(&call(), || answer_with(200)).with_subscriber(lines.subscriber(LevelFilter::INFO)).await;
        let lines = lines.read();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert_eq!(lines[0]["message"], "trouble");
        assert_eq!(lines[0]["span"]["request_id"], "r-1");
        let line = lines[1].as_object().unwrap();
        assert_eq!(line["message"], "request answered");
        assert_eq!(line["level"], "INFO");
        assert_eq!(line["request_id"], "r-1");
        assert_eq!(line["platform"], "yandex");
        assert_eq!(line["operation"], "query");
        assert_eq!(line["status"], 200);
        assert_eq!(line["devices"], 3);
        assert!(line["duration_ms"].as_f64().unwrap() >= 0.0);
    }

    #[tokio::test]
    async fn a_fault_of_ours_is_an_error() {
        let lines = Lines::default();
        let subscriber = lines.subscriber(LevelFilter::ERROR);
        answered(&call(), || answer_with(503)).with_subscriber(subscriber).await;
        let lines = lines.read();
        assert_eq!(lines.len(), 1);
        assert_eq!((&lines[0]["level"], &lines[0]["status"]), (&json!("ERROR"), &json!(503)));
    }

    #[test]
    fn metrics_are_in_the_embedded_format() {
        let facts = Facts { platform: "sber", operation: "action", devices: 2 };
        let line = Line { request_id: "r", facts, status: 500, duration: Duration::from_micros(1_500) };
        let metrics: Json = serde_json::from_str(&line.metrics(call().now)).unwrap();
        assert_eq!(
            metrics,
            json!({
                "_aws": {
                    "Timestamp": 1_700_000_000_000_i64,
                    "CloudWatchMetrics": [{
                        "Namespace": "homeport",
                        "Dimensions": [["platform", "operation"]],
                        "Metrics": [
                            {"Name": "requests", "Unit": "Count"},
                            {"Name": "errors", "Unit": "Count"},
                            {"Name": "latency_ms", "Unit": "Milliseconds"},
                        ],
                    }],
                },
                "platform": "sber", "operation": "action", "requests": 1, "errors": 1, "latency_ms": 1.5,
            })
        );
    }

    #[test]
    fn dependencies_only_warn() {
        let filter = targets(LevelFilter::TRACE);
        assert!(filter.would_enable("common::store", &tracing::Level::TRACE));
        assert!(!filter.would_enable("hyper::proto", &tracing::Level::INFO));
        assert!(filter.would_enable("hyper::proto", &tracing::Level::WARN));
        assert!(!targets(LevelFilter::OFF).would_enable("hyper::proto", &tracing::Level::ERROR));
    }
}
