//! How often what happens, and what it takes each time. Pure.

use super::{Fleet, Prices};

const DAYS: f64 = 30.4;
const MILLION: f64 = 1e6;
/// Megabytes of a function, the template's default.
const MEMORY_GB: f64 = 0.25;
/// Billed time of a call in seconds, with the waiting for DynamoDB; see `make bench` for our own part.
const ANSWER_S: f64 = 0.012;
/// A command also waits for the device cloud.
const COMMAND_S: f64 = 0.2;
/// A notifier waits for the platforms.
const NOTIFY_S: f64 = 0.3;
/// Log lines of a call, with the metrics and Lambda's own lines, in bytes.
const LOG_BYTES: f64 = 1300.0;
/// A callback with its TLS share and headers, in bytes.
const CALLBACK_BYTES: f64 = 2500.0;
/// An answer to a platform, in bytes for each device.
const ANSWER_BYTES_A_DEVICE: f64 = 600.0;
/// X-Ray's default rule traces one request a second and this part of the rest.
const TRACED: f64 = 0.05;
/// Metrics of the functions: three for each platform and operation that occurs, six for each platform, one for all.
const METRICS_A_PLATFORM: f64 = 21.0;
const METRICS_OF_VENDOR: f64 = 22.0;
/// Metrics that alarms look at: in all, and for each platform.
const ALARM_METRICS: f64 = 26.0;
const ALARM_METRICS_A_PLATFORM: f64 = 4.0;
/// The queue is asked all the time, also when it is empty: about 0.25 requests a second by each of five pollers.
const POLLS_A_MONTH: f64 = 0.25 * 5.0 * 86_400.0 * DAYS;
/// Vendor key, token key, command secret, and one for each platform.
const SECRETS: f64 = 3.0;

/// One line of the bill.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) name: &'static str,
    pub(super) dollars: f64,
    /// The part of it that the way of a state change causes.
    pub(super) of_changes: f64,
    /// The same whatever the fleet does.
    pub(super) fixed: bool,
    pub(super) because: String,
}

/// State changes of the fleet in a month.
pub(super) fn changes_a_month(fleet: &Fleet) -> f64 {
    fleet.devices * fleet.changes * DAYS
}

/// What state changes cost in a month.
pub(super) fn of_changes(items: &[Item]) -> f64 {
    items.iter().map(|item| item.of_changes).sum()
}

/// What happens in a month.
struct Month {
    users: f64,
    changes: f64,
    repeats: f64,
    commands: f64,
    queries: f64,
    discoveries: f64,
    batches: f64,
    callbacks: f64,
    retried: f64,
}

impl Month {
    fn of(fleet: &Fleet) -> Self {
        let users = fleet.devices / fleet.devices_per_user;
        let links = users * fleet.links_per_user;
        let changes = changes_a_month(fleet);
        let commands = fleet.devices * fleet.commands * DAYS;
        // A command changes the state, which is told as well.
        let told = changes + commands;
        let callbacks = told * fleet.links_per_user;
        Month {
            users,
            changes,
            repeats: changes * fleet.repeats,
            commands,
            queries: links * fleet.queries * DAYS,
            discoveries: links * fleet.discoveries * DAYS,
            batches: told / fleet.batch,
            callbacks,
            retried: callbacks * fleet.retried,
        }
    }

    fn requests(&self) -> f64 {
        self.changes + self.repeats + self.commands + self.queries + self.discoveries
    }

    /// The part of the notifier's work that is not for commands.
    fn share_of_changes(&self) -> f64 {
        let told = self.changes + self.commands;
        if told > 0.0 { self.changes / told } else { 0.0 }
    }
}

/// The bill of a month.
pub(super) fn bill(fleet: &Fleet, prices: &Prices) -> Vec<Item> {
    let month = Month::of(fleet);
    let share = month.share_of_changes();
    let writes_each = fleet.device_kb.ceil();
    // A consistent read takes one unit for each 4 kB.
    let reads_each = (fleet.device_kb / 4.0).ceil();
    let per_million = |count: f64, price: f64| count / MILLION * price;
    let item = |name, dollars, of_changes, because| Item { name, dollars, of_changes, fixed: false, because };
    let fixed = |name, dollars, because| Item { name, dollars, of_changes: 0.0, fixed: true, because };

    let notified_s = month.batches * NOTIFY_S + month.retried * NOTIFY_S;
    let answered_s = (month.requests() - month.commands) * ANSWER_S + month.commands * COMMAND_S;
    let calls = month.requests() + month.batches + month.retried;
    let calls_of_changes = month.changes + (month.batches + month.retried) * share;
    let seconds_of_changes = month.changes * ANSWER_S + notified_s * share;
    // The state; the time of the last delivery is written at most twice a minute, so hardly ever in comparison.
    let writes = (month.changes + month.commands) * writes_each + month.discoveries;
    // The device before it is changed; the link with it when a platform asks; the links of a user when there is something to tell.
    let reads = (month.changes + month.repeats) * reads_each
        + month.commands * (reads_each + 1.0)
        + month.queries * (fleet.devices_per_user * reads_each + 1.0)
        + month.discoveries * (fleet.devices_per_user * reads_each / 2.0).max(1.0)
        + (month.changes + month.commands)
        + month.retried * 2.0 * reads_each;
    let reads_of_changes = month.changes * (reads_each + 1.0) + month.retried * share * 2.0 * reads_each;
    // Put in, taken out, taken away.
    let queued = month.retried * 3.0;
    let gigabytes = fleet.devices * fleet.device_kb * 1.5 / MILLION;
    let logs_gb = calls * LOG_BYTES / 1e9;
    let sent_gb = month.callbacks * CALLBACK_BYTES / 1e9;
    let answered_gb = (month.queries + month.discoveries) * fleet.devices_per_user * ANSWER_BYTES_A_DEVICE / 1e9;
    let signed_in = if fleet.own_sign_in { 0.0 } else { (month.users - prices.sign_in_free_users).max(0.0) };
    let lambda = |calls: f64, seconds: f64| {
        per_million(calls, prices.lambda_million_requests) + seconds * MEMORY_GB * prices.lambda_gb_second
    };
    let metrics = fleet.platforms * METRICS_A_PLATFORM + METRICS_OF_VENDOR;
    let alarms = ALARM_METRICS + fleet.platforms * ALARM_METRICS_A_PLATFORM;
    let secrets = SECRETS + fleet.platforms;
    vec![
        item(
            "HTTP API",
            per_million(month.requests(), prices.api_million_requests),
            per_million(month.changes, prices.api_million_requests),
            format!("{:.2} million requests", month.requests() / MILLION),
        ),
        item(
            "Lambda",
            lambda(calls, answered_s + notified_s),
            lambda(calls_of_changes, seconds_of_changes),
            format!("{:.2} million calls", calls / MILLION),
        ),
        item(
            "DynamoDB writes",
            per_million(writes, prices.table_million_writes),
            per_million(month.changes * writes_each, prices.table_million_writes),
            format!("{:.2} million units", writes / MILLION),
        ),
        item(
            "DynamoDB reads",
            per_million(reads, prices.table_million_reads),
            per_million(reads_of_changes, prices.table_million_reads),
            format!("{:.2} million units", reads / MILLION),
        ),
        item(
            "DynamoDB storage, backup",
            gigabytes * (prices.table_gb_month + prices.backup_gb_month),
            0.0,
            format!("{gigabytes:.3} GB"),
        ),
        item(
            "SQS, retries",
            per_million(queued, prices.queue_million_requests),
            per_million(queued * share, prices.queue_million_requests),
            format!("{:.3} million requests", queued / MILLION),
        ),
        item(
            "Logs",
            logs_gb * prices.log_gb,
            calls_of_changes * LOG_BYTES / 1e9 * prices.log_gb,
            format!("{logs_gb:.2} GB"),
        ),
        item(
            "X-Ray",
            per_million(calls * TRACED, prices.trace_million),
            per_million(calls_of_changes * TRACED, prices.trace_million),
            format!("{:.3} million traces", calls * TRACED / MILLION),
        ),
        item(
            "Traffic to the internet",
            (sent_gb + answered_gb) * prices.transfer_gb,
            sent_gb * share * prices.transfer_gb,
            format!("{:.2} GB", sent_gb + answered_gb),
        ),
        item(
            "Sign-in",
            signed_in * prices.sign_in_user_month,
            0.0,
            format!("{signed_in:.0} users above the free ones"),
        ),
        fixed("SQS, polling", per_million(POLLS_A_MONTH, prices.queue_million_requests), "empty receives".to_owned()),
        fixed("Metrics", metrics * prices.metric_month, format!("{metrics:.0} metrics")),
        fixed("Alarms", alarms * prices.alarm_metric_month, format!("{alarms:.0} metrics watched")),
        fixed("Secrets", secrets * prices.secret_month, format!("{secrets:.0} secrets")),
    ]
}
