//! The simulators against golden messages, spoilt messages, faults and a homeport that answers from a table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod faults;
mod life;
mod sber;
mod smartthings;
mod stand;
mod yandex;
