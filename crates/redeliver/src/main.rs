//! Tells the platforms again what they could not take.

use std::process::ExitCode;

use common::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run_events(async |courier, event, deadline| courier.queue_batch(event, deadline).await).await
}
