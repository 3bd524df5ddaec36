//! Callbacks: what is planned, what each platform is told, what its answers mean, and how it is sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod courier;
mod deliver;
#[path = "../support/dynamodb.rs"]
mod dynamodb;
mod errand;
mod fixtures;
mod last_word;
mod plan;
mod platform;
mod receipts;
mod receiver;
mod sber;
mod smartthings;
mod tls;
mod tokens;
mod vectors;
mod yandex;
