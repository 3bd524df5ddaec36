//! Runs a handler as a Lambda function.
//!
//! A function takes HTTP requests in API Gateway's payload format 2.0 (HTTP APIs and function URLs), and some take events
//! that are no HTTP request: a platform that invokes the function itself, an IoT rule.

mod events;
mod http_event;
mod init_error;

pub use events::run_events;

use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use lambda_runtime::{Context, Diagnostic, LambdaEvent, Runtime, service_fn};
use serde::Serialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::config::{self, Needs};
use crate::model::Timestamp;
use crate::problem::Problem;
use crate::services::{Call, Services};
use crate::{serve, store, telemetry};
use http_event::{HttpAnswer, HttpEvent};

/// What is kept of the function's own time limit for sending the answer.
const RESERVE: Duration = Duration::from_millis(200);

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        Diagnostic { error_type: problem.title.replace(' ', ""), error_message: problem.detail }
    }
}

/// Runs a function that takes HTTP requests only.
pub async fn run_http<H>(needs: Needs, http: H) -> ExitCode
where
    H: AsyncFn(&Services, &Call, &Request<Bytes>) -> Response<Bytes>,
{
    run(needs, http, async |_: &Services, _: &Call, _: &[u8]| {
        Err(Problem::new(StatusCode::BAD_REQUEST, "This function takes HTTP requests only."))
    })
    .await
}

/// Runs a function that takes HTTP requests and, as `direct`, every other event.
///
/// Returns only when it cannot go on: wrong settings, or no Runtime API.
pub async fn run<H, D>(needs: Needs, http: H, direct: D) -> ExitCode
where
    H: AsyncFn(&Services, &Call, &Request<Bytes>) -> Response<Bytes>,
    D: AsyncFn(&Services, &Call, &[u8]) -> Result<Json, Problem>,
{
    telemetry::init_function();
    let services = match start(needs).await {
        Ok(services) => services,
        Err(reason) => {
            tracing::error!("cannot start: {reason}");
            init_error::report(&reason).await;
            return ExitCode::FAILURE;
        }
    };
    let handler = service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        handle(&services, &http, &direct, event.payload.get().as_bytes(), &event.context).await
    });
    match Runtime::new(handler).run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = %error, "runtime ended");
            ExitCode::FAILURE
        }
    }
}

async fn start(needs: Needs) -> Result<Services, String> {
    let config = config::load(|name| std::env::var(name).ok(), needs).await.map_err(|error| error.to_string())?;
    let dynamodb = store::client(&store::sdk_config().await);
    let services = Services::new(config, dynamodb).map_err(|error| error.to_string())?;
    services.warm_up().await;
    Ok(services)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Http(HttpAnswer),
    Direct(Json),
}

async fn handle<H, D>(
    services: &Services,
    http: &H,
    direct: &D,
    event: &[u8],
    context: &Context,
) -> Result<Answer, Problem>
where
    H: AsyncFn(&Services, &Call, &Request<Bytes>) -> Response<Bytes>,
    D: AsyncFn(&Services, &Call, &[u8]) -> Result<Json, Problem>,
{
    let call = |request_id| Call { request_id, now: Timestamp::now(), deadline: deadline(context) };
    let Some(http_event) = HttpEvent::parse(event) else {
        let call = call(context.request_id.clone());
        let result = telemetry::handled(&call, || async {
            if event.len() > serve::BODY_MAX_BYTES {
                Err(serve::too_large())
            } else {
                direct(services, &call, event).await
            }
        })
        .await;
        return result.map(Answer::Direct);
    };
    let request = http_event.into_request();
    let caller_id = request.as_ref().map(|request| telemetry::request_id(request.headers())).unwrap_or_default();
    let call = call(if caller_id.is_empty() { context.request_id.clone() } else { caller_id });
    let response = serve::answer(&call, || async {
        match &request {
            Ok(request) => http(services, &call, request).await,
            Err(problem) => problem.clone().into_response(),
        }
    })
    .await;
    Ok(Answer::Http(HttpAnswer::from(response)))
}

/// When the answer must be on its way: our own limit, or the function's if that is sooner.
fn deadline(context: &Context) -> Instant {
    let left = context.deadline().duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(RESERVE);
    Instant::now() + left.min(serve::ANSWER_WITHIN)
}
