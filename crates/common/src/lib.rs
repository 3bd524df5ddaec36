//! What the functions of homeport share: the device model, the platforms, the store.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

pub mod auth;
pub mod command;
pub mod config;
pub mod lambda;
pub mod model;
pub mod net;
pub mod notify;
mod object;
pub mod operation;
pub mod platform;
pub mod problem;
pub mod serve;
pub mod services;
pub mod store;
pub mod telemetry;
pub mod vendor;
