//! Users' tokens, against an identity provider on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod identity_provider;
mod keys;
mod signer;
mod tokens;
