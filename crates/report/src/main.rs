//! The vendor's API; reports also as direct events, for an IoT rule.

use std::process::ExitCode;

use common::config::Needs;
use common::{lambda, vendor};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    lambda::run(
        Needs { vendor: true, ..Needs::default() },
        async |services, call, request| vendor::answer(services, call, request).await,
        async |services, call, event| vendor::report_event(services, call, event).await,
    )
    .await
}
