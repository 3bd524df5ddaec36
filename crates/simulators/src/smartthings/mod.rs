//! SmartThings Schema: <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>.

mod answer;
mod ask;
mod capabilities;
mod describe;
mod handlers;
mod state;
mod token;
mod validate;

pub(crate) use answer::refusal;
pub(crate) use ask::{command, complain, confirm_deletion, grant, list, query, unlink};
pub use token::TokenCounts;
pub(crate) use token::{Issued, Tokens};
pub(crate) use validate::{call, check};
