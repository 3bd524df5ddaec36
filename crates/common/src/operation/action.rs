//! Commands: decode, resolve, deliver, write, for all devices of a request at once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;

use super::{Caller, Failure, query};
use crate::command::{Order, Reply};
use crate::model::{Command, Device, DeviceError, Planner, State, Targets, Trait, command, report};
use crate::services::{Call, Services};
use crate::store::{Origin, Record};

/// What of the deadline is kept for writing the new state after the devices have answered.
const WRITE_RESERVE: Duration = Duration::from_millis(250);
/// How often a write is tried when somebody else changes the device meanwhile.
const WRITE_ATTEMPTS: usize = 4;

/// What is asked of one device.
#[derive(Clone, Debug, PartialEq)]
pub struct Request<E> {
    /// The device, as the platform says it.
    pub device_id: String,
    /// The platform's entries, in their order.
    pub entries: Vec<E>,
}

/// What happens to the good entries of a device when one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// They are done; each entry has its own result.
    EachEntry,
    /// Nothing is done.
    WholeDevice,
}

/// How far a command has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// The device has done it; the record holds the state after it.
    Done,
    /// The device will do it and report; the record holds the state before it.
    Accepted,
}

/// What became of one [`Request`].
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The device, as the platform said it.
    pub device_id: String,
    /// One result per entry, in their order. Meaningful when `result` is `Ok`.
    pub entries: Vec<Result<(), DeviceError>>,
    /// The result for the device as a whole.
    pub result: Result<Done, DeviceError>,
    /// The device and its state now; `None` if it does not exist or belongs to somebody else.
    pub record: Option<Record>,
    /// The address of the video stream, if one was asked for.
    pub stream_url: Option<String>,
}

/// Commands devices.
///
/// Two sequential round trips to the store: read all, write each (at once). An offline device is not asked.
///
/// # Errors
/// [`Failure`], when nothing could be read.
pub async fn action<E: Clone>(
    services: &Services,
    call: &Call,
    caller: &Caller,
    requests: Vec<Request<E>>,
    decode: fn(&Device, &State, &E) -> Result<Command, DeviceError>,
    policy: Policy,
) -> Result<Vec<Answer>, Failure> {
    let requests = merge(requests);
    let ids: Vec<String> = requests.iter().map(|request| request.device_id.clone()).collect();
    let records = query(services, caller, &ids).await?;
    let asked = requests.into_iter().zip(records).map(|(request, record)| async move {
        match record {
            Some(record) => ask(services, call, caller, request, record, decode, policy).await,
            None => Asked::not_found(request),
        }
    });
    let mut asked = join_all(asked).await;
    // Sber answers with nothing but the failures when there are some: then nobody has been told of the successes yet, and
    // their callbacks must not be left out as an echo.
    let told = policy == Policy::EachEntry || asked.iter().all(|asked| asked.answer.result.is_ok());
    let origin = told.then(|| Origin { platform: caller.platform, link_id: caller.link_id.clone() });
    join_all(asked.iter_mut().map(|asked| asked.write(services, call, origin.as_ref()))).await;
    Ok(asked.into_iter().map(|asked| asked.answer).collect())
}

/// A device that is named twice in a request gets one command with all entries.
fn merge<E>(requests: Vec<Request<E>>) -> Vec<Request<E>> {
    let mut merged: Vec<Request<E>> = Vec::with_capacity(requests.len());
    let mut place: BTreeMap<String, usize> = BTreeMap::new();
    for request in requests {
        match place.get(&request.device_id).and_then(|index| merged.get_mut(*index)) {
            Some(earlier) => earlier.entries.extend(request.entries),
            None => {
                place.insert(request.device_id.clone(), merged.len());
                merged.push(request);
            }
        }
    }
    merged
}

/// A device that has been asked, and what has to be written because of that.
struct Asked {
    answer: Answer,
    reached: Option<Reached>,
}

struct Reached {
    targets: Targets,
    said: Option<report::Report>,
}

impl Asked {
    fn not_found<E>(request: Request<E>) -> Self {
        let entries = vec![Err(DeviceError::NotFound); request.entries.len()];
        let result = Err(DeviceError::NotFound);
        let answer = Answer { device_id: request.device_id, entries, result, record: None, stream_url: None };
        Asked { answer, reached: None }
    }

    async fn write(&mut self, services: &Services, call: &Call, origin: Option<&Origin>) {
        // One after the other: what is taken is gone, and an answer without its record says that there is no such device.
        let Some(reached) = self.reached.take() else { return };
        let Some(record) = self.answer.record.take() else { return };
        match write(services, call, record, &reached, origin).await {
            Ok(record) => self.answer.record = Some(record),
            Err((error, record)) => {
                self.answer.result = Err(error);
                self.answer.record = Some(record);
            }
        }
    }
}

async fn ask<E>(
    services: &Services,
    call: &Call,
    caller: &Caller,
    request: Request<E>,
    record: Record,
    decode: fn(&Device, &State, &E) -> Result<Command, DeviceError>,
    policy: Policy,
) -> Asked {
    let mut planner = Planner::new(&record.device, &record.state, call.now);
    let mut entries = Vec::with_capacity(request.entries.len());
    for entry in &request.entries {
        let command = decode(&record.device, planner.state(), entry);
        entries.push(command.and_then(|command| planner.add(&command)));
    }
    let targets = planner.targets().clone();
    let refused = entries.iter().find_map(|entry| entry.err());

    let reply = if !record.state.online {
        Reply::Failed(DeviceError::Offline)
    } else if let (Some(error), Policy::WholeDevice) = (refused, policy) {
        Reply::Failed(error)
    } else if targets.is_empty() {
        Reply::Done { report: None, stream_url: None }
    } else {
        let order = Order { device: &record.device, platform: caller.platform, targets: &targets };
        services.commands.deliver(&order, call.deadline.checked_sub(WRITE_RESERVE).unwrap_or(call.deadline)).await
    };
    let (result, stream_url, reached) = match reply {
        Reply::Failed(error) => (Err(error), None, None),
        Reply::Accepted => (Ok(Done::Accepted), None, None),
        Reply::Done { report, stream_url } => (Ok(Done::Done), stream_url, Some(Reached { targets, said: report })),
    };
    let answer = Answer { device_id: request.device_id, entries, result, record: Some(record), stream_url };
    Asked { answer, reached }
}

/// Writes what the device has become; on top of what others have written meanwhile.
async fn write(
    services: &Services,
    call: &Call,
    mut record: Record,
    reached: &Reached,
    origin: Option<&Origin>,
) -> Result<Record, (DeviceError, Record)> {
    for _ in 0..WRITE_ATTEMPTS {
        let state = after(&record, reached, call);
        if state == record.state {
            return Ok(record);
        }
        match services.store.put_state(&record, &state, origin).await {
            Ok(written) => return Ok(written),
            Err(error) if error.is_conflict() => match services.store.record(&record.device.id).await {
                Ok(Some(newer)) if newer.device.owner == record.device.owner => record = newer,
                Ok(_) => return Err((DeviceError::NotFound, record)),
                Err(error) => {
                    tracing::error!(error = %error, "store failed");
                    return Err((DeviceError::Internal, record));
                }
            },
            Err(error) => {
                tracing::error!(error = %error, "store failed");
                return Err((DeviceError::Internal, record));
            }
        }
    }
    tracing::error!("state could not be written: others kept changing the device");
    Err((DeviceError::Busy, record))
}

/// The targets are reached, except where the device itself says what has become of it.
fn after(record: &Record, reached: &Reached, call: &Call) -> State {
    let mut state = record.state.clone();
    let said = reached.said.as_ref();
    let said_of = |trait_: &Trait| said.is_some_and(|report| report.values.contains_key(trait_.as_str()));
    let assumed: Targets =
        reached.targets.iter().filter(|(trait_, _)| !said_of(trait_)).map(|(t, v)| (*t, *v)).collect();
    command::assume(&record.device, &mut state, &assumed, call.now);
    match said {
        Some(report) => report::apply(&record.device, &state, report, call.now).state,
        None => state,
    }
}
