//! The built functions, each as a process at a Lambda Runtime API on loopback, with a DynamoDB and an identity provider.
//!
//! Builds nothing: run `cargo build --workspace --bins` before, or name a folder with the binaries in
//! `HOMEPORT_TEST_BINARIES`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod answers;
mod bad_input;
mod deployment;
mod events;
mod start;
