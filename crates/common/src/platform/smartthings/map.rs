//! The mapping between the model and SmartThings: a constant table, and what reads it in each direction.

mod built_in;
mod capabilities;
mod color;
mod command;
mod discovery;
mod handler;
mod rows;
mod state;
mod table;

pub use command::{decode, is_refresh};
pub use discovery::{describe, review};
pub use handler::Handler;
pub use rows::TABLE;
pub use state::{entry, event, health, render, report, values};
pub use table::{Attribute, Code, Does, List, Row, Used};

use std::collections::BTreeSet;

use crate::model::Trait;

/// The attributes of a trait for the support matrix: `st.switchLevel.level`; `None` if SmartThings has nothing for it.
pub fn support(trait_: Trait) -> Option<String> {
    let row = TABLE.iter().find(|row| row.trait_ == trait_)?;
    let names: Vec<String> =
        row.attributes.iter().map(|attribute| format!("{}.{}", attribute.capability, attribute.name)).collect();
    let mut seen = BTreeSet::new();
    Some(names.iter().filter(|name| seen.insert(*name)).map(String::as_str).collect::<Vec<_>>().join(", "))
}
