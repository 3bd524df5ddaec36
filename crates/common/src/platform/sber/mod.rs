//! Sber Smart Home, Cloud-to-Cloud: <https://developers.sber.ru/docs/ru/smarthome/c2c/overview>.
//!
//! Sber calls the vendor's webhook with the user's token; callbacks go to Sber's API with one key per vendor. A device is
//! a category with functions; values are typed, and integers travel as texts.

pub mod callback;
pub mod error;
pub mod inbound;
pub mod map;
pub mod wire;
