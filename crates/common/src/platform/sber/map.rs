//! Traits and functions: what Sber is told and what it asks.
//!
//! [`TABLE`] says which function stands for which trait; the category of a device decides which of them it has. Then
//! [`describe`] tells what the device is, [`render`] how it is, and [`decode`] what Sber wants of it.

mod category;
mod command;
mod discovery;
mod function;
mod link;
mod state;
mod table;

pub use self::category::{Category, CategorySpec, category};
pub use self::command::{decode, entries, reply};
pub use self::discovery::{describe, review};
pub use self::function::{Domain, Function, FunctionSpec, Mode};
pub use self::state::{occurrence, online, render, render_traits, report};
pub use self::table::{Codec, Row, TABLE, support};
