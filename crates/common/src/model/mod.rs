//! The device model: traits, values, units and the device document. No I/O, no AWS, no platform.
//!
//! A device has a type and a set of [traits](Trait); each trait has at most one value. The vendor [registers](Device::parse) a
//! device and [reports](report::apply) its state; a platform's request becomes a [`Command`], resolved by a [`Planner`].

pub mod command;
mod device;
mod device_type;
mod error;
pub(crate) mod fields;
mod number;
mod parse;
pub mod report;
mod schema;
mod spec;
mod state;
mod time;
mod traits;
mod value;
pub(crate) mod vocabulary;
mod word;

pub use command::{Command, Planner, Target, Targets};
pub use device::{
    BadValue, ColorModel, Device, DeviceId, Overrides, Range, SberOverrides, SmartThingsOverrides, TraitOptions,
    UserId, YandexOverrides,
};
pub use device_type::DeviceType;
pub use error::DeviceError;
pub use fields::FieldError;
pub use number::Number;
pub use report::Report;
pub use schema::{device_schema, report_schema};
pub use spec::{Access, Kind, NumberKind, Spec};
pub use state::{Reported, State};
pub use time::Timestamp;
pub use traits::Trait;
pub use value::{Color, Value};
pub use word::Word;
