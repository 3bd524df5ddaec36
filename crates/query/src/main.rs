//! Tells Yandex and Sber what devices are doing.

use std::process::ExitCode;

use common::config::Needs;
use common::lambda;
use common::platform::{self, Operation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let needs = Needs { users: true, ..Needs::default() };
    lambda::run_http(needs, async |services, call, request| {
        platform::answer(services, call, &[Operation::Query], request).await
    })
    .await
}
