//! The functions behind the table's stream and behind the retry queue.

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;

use super::init_error;
use crate::config::{self, Needs};
use crate::notify::sqs::{self, SqsQueue};
use crate::notify::{Courier, NoBatch};
use crate::{store, telemetry};

/// What is kept of the function's time for putting what is left into the queue.
const RESERVE: Duration = Duration::from_secs(3);

impl From<NoBatch> for Diagnostic {
    fn from(error: NoBatch) -> Self {
        Diagnostic { error_type: "NoBatch".to_owned(), error_message: error.to_string() }
    }
}

/// Runs a function that sends callbacks. `handler` takes an event as JSON, and when it has to be done.
///
/// Returns only when it cannot go on: wrong settings, or no Runtime API.
pub async fn run_events<H, T>(handler: H) -> ExitCode
where
    H: AsyncFn(&Courier, &str, Instant) -> Result<T, NoBatch>,
    T: Serialize,
{
    telemetry::init_function();
    let courier = match start().await {
        Ok(courier) => courier,
        Err(reason) => {
            tracing::error!("cannot start: {reason}");
            init_error::report(&reason).await;
            return ExitCode::FAILURE;
        }
    };
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        handler(&courier, event.payload.get(), deadline(&event.context)).await
    });
    match Runtime::new(handler).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %error, "runtime ended");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<Courier, String> {
    let needs = Needs { callbacks: true, retry_queue: true, ..Needs::default() };
    let config = config::load(|name| std::env::var(name).ok(), needs).await.map_err(|error| error.to_string())?;
    let queue = config.retry_queue.as_ref().ok_or("HOMEPORT_RETRY_QUEUE_URL is not set")?;
    let aws = store::sdk_config().await;
    let store = store::Store::new(store::client(&aws), config.table.clone());
    let queue = Box::new(SqsQueue::new(sqs::client(&aws), queue));
    let courier = Courier::new(&config.platforms, store, queue).map_err(|error| error.to_string())?;
    if let Err(error) = courier.store.warm_up().await {
        tracing::warn!(error = %error, "the table could not be read at the start");
    }
    Ok(courier)
}

/// When nothing more may be sent.
fn deadline(context: &Context) -> Instant {
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default();
    // A short time limit is not used up by the reserve.
    Instant::now() + left.saturating_sub(RESERVE.min(left / 4))
}
