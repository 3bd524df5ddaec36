//! Metrics of the callbacks to one platform.

use std::io::Write;
use std::sync::atomic::Ordering;

use serde::Serialize;
use serde_json::json;

use super::{METRICS, namespace};
use crate::model::Timestamp;
use crate::notify::Figures;
use crate::platform::Platform;

/// How many values one metric of a line may have.
const VALUES_MAX: usize = 100;

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "_aws")]
    aws: serde_json::Value,
    platform: Platform,
    sent: u32,
    accepted: u32,
    retried: u32,
    dropped: u32,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    age_ms: &'a [f64],
}

/// Writes the metrics of a delivery: requests sent; devices accepted, to be tried again and dropped; age of what was accepted.
pub fn delivered(platform: Platform, figures: &Figures, now: Timestamp) {
    if METRICS.load(Ordering::Relaxed) && *figures != Figures::default() {
        let _ = std::io::stdout().write_all(lines(platform, figures, now).as_bytes());
    }
}

/// Counts records and messages that nobody can read: an alarm, because what they say is told to nobody.
pub fn set_aside(records: u32, now: Timestamp) {
    if METRICS.load(Ordering::Relaxed) && records > 0 {
        let _ = std::io::stdout().write_all(count("set_aside", records, None, now).as_bytes());
    }
}

/// Counts an errand that has been tried for a day.
pub fn given_up(platform: Platform, now: Timestamp) {
    if METRICS.load(Ordering::Relaxed) {
        let _ = std::io::stdout().write_all(count("given_up", 1, Some(platform), now).as_bytes());
    }
}

/// A line with one count.
fn count(name: &str, count: u32, platform: Option<Platform>, now: Timestamp) -> String {
    let dimensions = platform.map_or(json!([[]]), |_| json!([["platform"]]));
    let mut line = json!({
        "_aws": {
            "Timestamp": now.millis(),
            "CloudWatchMetrics": [{
                "Namespace": namespace(), "Dimensions": dimensions, "Metrics": [{"Name": name, "Unit": "Count"}],
            }],
        },
        name: count,
    });
    if let (Some(platform), Some(line)) = (platform, line.as_object_mut()) {
        line.insert("platform".to_owned(), json!(platform));
    }
    format!("{line}\n")
}

fn lines(platform: Platform, figures: &Figures, now: Timestamp) -> String {
    let ages: Vec<f64> = figures.ages.iter().map(|age| age.as_secs_f64() * 1000.0).collect();
    let mut chunks = ages.chunks(VALUES_MAX);
    let mut text = line(platform, figures, chunks.next().unwrap_or_default(), now);
    // What has been counted is not counted again.
    for chunk in chunks {
        text.push_str(&line(platform, &Figures::default(), chunk, now));
    }
    text
}

fn line(platform: Platform, figures: &Figures, age_ms: &[f64], now: Timestamp) -> String {
    let counts = ["sent", "accepted", "retried", "dropped"].map(|name| json!({"Name": name, "Unit": "Count"}));
    let age = json!({"Name": "age_ms", "Unit": "Milliseconds"});
    let metrics: Vec<_> = counts.into_iter().chain((!age_ms.is_empty()).then_some(age)).collect();
    let aws = json!({
        "Timestamp": now.millis(),
        "CloudWatchMetrics": [{"Namespace": namespace(), "Dimensions": [["platform"]], "Metrics": metrics}],
    });
    let Figures { sent, accepted, retried, dropped, .. } = *figures;
    let line = Line { aws, platform, sent, accepted, retried, dropped, age_ms };
    format!("{}\n", serde_json::to_string(&line).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value as Json;

    use super::*;

    #[test]
    fn a_delivery_is_one_line_of_metrics_and_more_for_many_ages() {
        let figures =
            Figures { sent: 2, accepted: 101, retried: 1, dropped: 3, ages: vec![Duration::from_micros(1500); 101] };
        let text = lines(Platform::Sber, &figures, Timestamp::from_secs(1_700_000_000));
        let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["_aws"]["Timestamp"], 1_700_000_000_000_i64);
        assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([["platform"]]));
        let counts = |line: &Json| ["sent", "accepted", "retried", "dropped"].map(|name| line[name].clone());
        assert_eq!((&lines[0]["platform"], counts(&lines[0])), (&json!("sber"), [2, 101, 1, 3].map(Json::from)));
        assert_eq!(counts(&lines[1]), [0, 0, 0, 0].map(Json::from));
        assert_eq!(lines[0]["age_ms"].as_array().unwrap().len(), VALUES_MAX);
        assert_eq!(lines[1]["age_ms"], json!([1.5]));
    }

    #[test]
    fn what_nobody_can_read_and_what_is_given_up_are_counted() {
        let line = |text: String| serde_json::from_str::<Json>(&text).unwrap();
        let aside = line(count("set_aside", 2, None, Timestamp::from_secs(1)));
        assert_eq!(
            (&aside["set_aside"], &aside["_aws"]["CloudWatchMetrics"][0]["Dimensions"]),
            (&json!(2), &json!([[]]))
        );
        let given_up = line(count("given_up", 1, Some(Platform::Sber), Timestamp::from_secs(1)));
        assert_eq!((&given_up["given_up"], &given_up["platform"]), (&json!(1), &json!("sber")));
        assert_eq!(given_up["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"], "given_up");
    }

    #[test]
    fn no_age_is_no_metric() {
        let text = lines(Platform::Yandex, &Figures { sent: 1, ..Figures::default() }, Timestamp::from_secs(0));
        let line: Json = serde_json::from_str(&text).unwrap();
        assert_eq!(line.get("age_ms"), None);
        assert_eq!(line["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().unwrap().len(), 4);
    }
}
