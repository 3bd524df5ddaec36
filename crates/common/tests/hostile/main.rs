//! What must hold whatever comes from outside: hostile requests, device clouds that misbehave, and eyes on the log.
//!
//! Everything goes through the entry points of the functions, over an embedded DynamoDB. Some tests start built binaries:
//! build them first with `cargo build --workspace --bins`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

#[allow(dead_code, reason = "used by another test program as well")]
#[path = "../functions/deployment.rs"]
mod deployment;
#[path = "../support/dynamodb.rs"]
mod dynamodb;
#[path = "../support/endpoints.rs"]
mod endpoints;
#[path = "../support/faults.rs"]
mod faults;
#[path = "../support/nodes.rs"]
mod nodes;
#[path = "../support/world.rs"]
mod world;

mod bad_input;
mod commands;
mod edge;
mod logs;
mod neighbours;
mod program;
mod round_trips;
