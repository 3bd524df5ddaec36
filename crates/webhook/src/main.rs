//! Answers the platforms that have one endpoint for everything: SmartThings, and Yandex through a Cloud Function.

use std::process::ExitCode;

use common::config::Needs;
use common::lambda;
use common::platform::{self, Operation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let needs = Needs { users: true, commands: true, grants: true, ..Needs::default() };
    lambda::run(
        needs,
        async |services, call, request| platform::answer(services, call, &[Operation::Message], request).await,
        async |services, call, event| platform::message(services, call, event).await,
    )
    .await
}
