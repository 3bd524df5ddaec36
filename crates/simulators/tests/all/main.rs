//! The simulators against golden messages, spoilt messages, faults and a homeport that answers from a table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::needless_pass_by_value, reason = "builders of JSON")]

mod faults;
mod life;
mod model;
mod sber;
mod smartthings;
mod stand;
mod yandex;
