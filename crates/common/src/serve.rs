//! What holds for every request, in a function as in the local program: its limits, and that it is always answered.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Response, StatusCode};

use crate::problem::Problem;
use crate::services::Call;
use crate::telemetry;

/// Largest body that is read.
pub const BODY_MAX_BYTES: usize = 1024 * 1024;
/// How long a request may take as a whole. Platforms wait 3 s.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(2);
/// Handlers keep the deadline themselves; this much later they are stopped, in whatever they hang.
const GRACE: Duration = Duration::from_millis(300);

/// Runs the handler of a request. One that panics or hangs is answered 500 or 503.
pub async fn answer<F>(call: &Call, handler: impl FnOnce() -> F) -> Response<Bytes>
where
    F: Future<Output = Response<Bytes>>,
{
    telemetry::answered(call, || async {
        // What a handler shares with others it changes as a whole or not at all, so a panic leaves nothing half done.
        let guarded = AssertUnwindSafe(async { handler().await }).catch_unwind();
        match tokio::time::timeout_at((call.deadline + GRACE).into(), guarded).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => problem(StatusCode::INTERNAL_SERVER_ERROR, "A fault of ours; see the log."),
            Err(_) => problem(StatusCode::SERVICE_UNAVAILABLE, "No answer in time."),
        }
    })
    .await
}

/// The answer to a body over [`BODY_MAX_BYTES`].
pub fn too_large() -> Problem {
    let detail = format!("The body must be complete and at most {BODY_MAX_BYTES} bytes long.");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail)
}

fn problem(status: StatusCode, detail: &str) -> Response<Bytes> {
    Problem::new(status, detail).into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::model::Timestamp;

    fn call() -> Call {
        Call { request_id: String::new(), now: Timestamp::from_secs(0), deadline: Instant::now() }
    }

    #[tokio::test]
    async fn a_panic_is_answered() {
        let response = answer(&call(), || async { panic!("on purpose") }).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }

    #[tokio::test]
    async fn a_handler_that_hangs_is_answered() {
        let response = answer(&call(), std::future::pending).await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    }
}
