//! Lists a user's devices to Yandex and Sber.

use std::process::ExitCode;

use common::config::Needs;
use common::lambda;
use common::platform::{self, Operation};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let needs = Needs { users: true, ..Needs::default() };
    lambda::run_http(needs, async |services, call, request| {
        platform::answer(services, call, &[Operation::Discovery], request).await
    })
    .await
}
