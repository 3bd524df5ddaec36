//! The built program, driven from outside as the platforms and the vendor's cloud do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod broken_store;
mod callbacks;
mod durability;
mod isolation;
mod model;
mod platforms;
mod program;
mod wire;
