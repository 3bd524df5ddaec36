//! The vendor API as a Lambda function; reports also come as direct events, for example of an IoT rule.

use std::process::ExitCode;

use common::config::Needs;
use common::lambda::{self, EventError};
use common::vendor;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let needs = Needs { vendor: true, ..Needs::default() };
    lambda::run(needs, vendor::answer, async |services, call, event| {
        vendor::report_event(services, call, event).await.map_err(|problem| {
            if problem.status.is_server_error() { EventError::Unavailable } else { EventError::Refused(problem.detail) }
        })
    })
    .await
}
