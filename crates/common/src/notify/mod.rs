//! From changes of the table to callbacks at the platforms.
//!
//! [`Change::decode`] reads the stream, [`plan`] decides (pure), [`deliver`] sends, [`retry`] says when to try again. What could
//! not be sent becomes an [`Errand`] in the retry queue: it names devices, not values, so that a late retry sends the newest
//! state.

mod change;
mod plan;

pub use change::{Change, DeviceChange, LinkChange};
pub use plan::{DeviceNews, Frame, Listing, News, Occurrence, plan};
