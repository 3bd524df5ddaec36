//! The platforms: one folder each, with the same files in each.
//!
//! `wire` mirrors the vendor's JSON, `map` holds the trait tables, `error` the codes, `inbound` answers requests.

pub mod sber;
pub mod smartthings;
pub mod yandex;

use crate::model::vocabulary::vocabulary;

vocabulary! {
    /// The platforms.
    Platform { Yandex = "yandex", Sber = "sber", SmartThings = "smartthings", }
}

/// What a platform says of a device document when it is registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Why the document cannot be taken: path and detail, as in [`crate::model::FieldError`].
    pub errors: Vec<crate::model::FieldError>,
    /// What the vendor should know, for example that the device is not offered to this platform.
    pub warnings: Vec<String>,
}
