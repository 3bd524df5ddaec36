//! The built functions, each as a process at a Lambda Runtime API on loopback, with a DynamoDB, an SQS, an identity provider and platforms.
//!
//! Builds nothing: run `cargo build --workspace --bins` before, or name a folder with the binaries in
//! `HOMEPORT_TEST_BINARIES`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod bad_input;
mod callbacks;
mod deployment;
mod events;
#[path = "../support/faults.rs"]
mod faults;
mod home;
mod notifier;
mod redeliver;
mod start;
