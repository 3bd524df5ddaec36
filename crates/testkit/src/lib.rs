//! Real parts around the functions, for tests and benchmarks: each listens on a loopback port of its own and stops when dropped.
//!
//! It knows nothing of the code under test, only the protocols around it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod device_cloud;
mod dynamodb;
mod function;
pub mod golden;
mod identity;
mod receiver;
mod runtime_api;
mod serving;
mod sqs;

pub use device_cloud::{DeviceCloud, Received};
pub use dynamodb::DynamoDb;
pub use function::{Function, binary};
pub use identity::Identity;
pub use receiver::{Arrived, Receiver, Reply};
pub use runtime_api::{Invocation, RuntimeApi};
pub use serving::Serving;
pub use sqs::{Sent, Sqs};
