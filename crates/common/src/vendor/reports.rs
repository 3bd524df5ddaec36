//! Reports: what devices say of their state.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Response, StatusCode};
use serde::Serialize;
use serde_json::Value as Json;

use super::body::{self, Item};
use super::{device_id, json, no_device};
use crate::model::{DeviceId, Report, Trait, report};
use crate::problem::Problem;
use crate::services::{Call, Services};
use crate::store::{Record, StoreError};
use crate::telemetry;

/// How often a report is applied anew when somebody else changes the device meanwhile.
const ATTEMPTS: usize = 8;

/// What became of a report.
#[derive(Debug, Serialize)]
struct Applied {
    version: u64,
    applied: Vec<Trait>,
    unchanged: Vec<Trait>,
    stale: Vec<Trait>,
    rejected: Vec<Rejected>,
}

#[derive(Debug, Serialize)]
struct Rejected {
    #[serde(rename = "trait")]
    name: String,
    reason: String,
}

/// One entry of `results`: what became of the report, or the problem with it.
#[derive(Serialize)]
struct Outcome<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<&'a DeviceId>,
    #[serde(flatten)]
    applied: Option<&'a Applied>,
    #[serde(flatten)]
    problem: Option<&'a Problem>,
}

#[derive(Serialize)]
struct Results<'a> {
    results: Vec<Outcome<'a>>,
}

impl<'a> From<&'a [Entry]> for Results<'a> {
    fn from(entries: &'a [Entry]) -> Self {
        let outcome = |entry: &'a Entry| Outcome {
            device_id: entry.device_id.as_ref(),
            applied: entry.result.as_ref().ok(),
            problem: entry.result.as_ref().err(),
        };
        Results { results: entries.iter().map(outcome).collect() }
    }
}

/// A report of a list and what became of it.
struct Entry {
    device_id: Option<DeviceId>,
    result: Result<Applied, Problem>,
}

pub(super) async fn patch(
    services: &Services,
    call: &Call,
    id: &str,
    body: &Bytes,
) -> Result<Response<Bytes>, Problem> {
    let report = body::report(&body::json(body)?, call.now)?;
    let record = services.store.record(&device_id(id)?).await?.ok_or_else(|| no_device(id))?;
    let (_, applied) = apply(services, call, record, &report).await?;
    Ok(json(StatusCode::OK, &applied))
}

pub(super) async fn post(services: &Services, call: &Call, body: &Bytes) -> Result<Response<Bytes>, Problem> {
    let items = body::reports(&body::json(body)?, call.now)?;
    let entries = apply_all(services, call, items).await?;
    Ok(json(StatusCode::OK, &Results::from(entries.as_slice())))
}

/// Takes the body of `POST /v1/reports`, or one of its reports alone, as a direct event (an IoT rule).
///
/// # Errors
/// When the event as a whole cannot be taken, and when a report should be sent again because of a fault of ours: Lambda then
/// repeats the event. That does no harm, what was applied is found unchanged.
pub async fn report_event(services: &Services, call: &Call, event: &[u8]) -> Result<Json, Problem> {
    telemetry::about("vendor", "report");
    let event = &body::json(event)?;
    let is_list = event.get("reports").is_some();
    let items = if is_list { body::reports(event, call.now)? } else { vec![body::item("$", event, call.now)] };
    let mut entries = apply_all(services, call, items).await?;
    let ours = |entry: &Entry| entry.result.as_ref().is_err_and(|problem| problem.status.is_server_error());
    // Nobody reads the answer to a rule's single report, so its fault must be the invocation's.
    if let Some(failed) = entries.iter().position(|entry| ours(entry) || !is_list && entry.result.is_err())
        && let Err(problem) = entries.swap_remove(failed).result
    {
        return Err(problem);
    }
    let results = Results::from(entries.as_slice());
    let answer = if is_list { serde_json::to_value(results) } else { serde_json::to_value(results.results.first()) };
    answer.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours; see the log."))
}

/// Applies reports: devices side by side, the reports of one device in their order.
///
/// # Errors
/// When nothing could be read.
async fn apply_all(services: &Services, call: &Call, items: Vec<Item>) -> Result<Vec<Entry>, Problem> {
    let mut by_device: BTreeMap<DeviceId, Vec<(usize, Report)>> = BTreeMap::new();
    let mut entries: BTreeMap<usize, Entry> = BTreeMap::new();
    for (index, item) in items.into_iter().enumerate() {
        match item {
            Ok((id, report)) => by_device.entry(id).or_default().push((index, report)),
            Err(problem) => {
                entries.insert(index, Entry { device_id: None, result: Err(problem) });
            }
        }
    }
    let ids: Vec<DeviceId> = by_device.keys().cloned().collect();
    telemetry::devices(ids.len());
    let (records, _) = services.store.records(&ids, None).await?;
    let devices = by_device.into_iter().zip(records);
    let work = devices.map(|((id, reports), record)| apply_in_order(services, call, id, record, reports));
    // All at once, at most as many as a list may have: in waves they would be more than two round trips.
    entries.extend(join_all(work).await.into_iter().flatten());
    Ok(entries.into_values().collect())
}

async fn apply_in_order(
    services: &Services,
    call: &Call,
    id: DeviceId,
    record: Option<Record>,
    reports: Vec<(usize, Report)>,
) -> Vec<(usize, Entry)> {
    let mut record = record;
    let mut entries = Vec::with_capacity(reports.len());
    for (index, report) in reports {
        let result = match record.take() {
            None => Err(no_device(id.as_str())),
            Some(before) => apply(services, call, before.clone(), &report)
                .await
                .map(|(after, applied)| {
                    record = Some(after);
                    applied
                })
                .inspect_err(|problem| {
                    if problem.status != StatusCode::NOT_FOUND {
                        record = Some(before);
                    }
                }),
        };
        entries.push((index, Entry { device_id: Some(id.clone()), result }));
    }
    entries
}

/// Applies one report, on top of what others have written meanwhile.
async fn apply(
    services: &Services,
    call: &Call,
    mut record: Record,
    report: &Report,
) -> Result<(Record, Applied), Problem> {
    for _ in 0..ATTEMPTS {
        if Instant::now() >= call.deadline {
            let detail = "There was no time left for this report; send it again.";
            return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail));
        }
        let outcome = report::apply(&record.device, &record.state, report, call.now);
        match services.store.put_state(&record, &outcome.state, None).await {
            Ok(after) => {
                let rejected = outcome.rejected.into_iter().map(|(name, reason)| Rejected { name, reason }).collect();
                let applied = Applied {
                    version: after.version,
                    applied: outcome.applied,
                    unchanged: outcome.unchanged,
                    stale: outcome.stale,
                    rejected,
                };
                return Ok((after, applied));
            }
            Err(error) if error.is_conflict() => {
                let id = &record.device.id;
                record = services.store.record(id).await?.ok_or_else(|| no_device(id.as_str()))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoreError::Conflict.into())
}
