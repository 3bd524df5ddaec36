//! Tells the platforms what changed in the table.

use std::process::ExitCode;

use common::lambda;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run_events(async |courier, event, deadline| courier.stream_batch(event, deadline).await).await
}
