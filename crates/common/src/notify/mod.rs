//! From changes of the table to callbacks at the platforms.
//!
//! [`Change::decode`] reads the stream, [`plan()`] decides (pure), [`Teller`] sends, [`retry`](mod@retry) says when to try again. What could
//! not be sent becomes an [`Errand`] in the retry queue: it names devices, not values, so that a late retry sends the newest
//! state. [`Courier`] is all of it put together.

mod batch;
mod breaker;
mod change;
mod courier;
mod deliver;
mod errand;
mod plan;
pub mod protocol;
mod redelivery;
pub mod retry;
mod settled;
pub mod sqs;
mod told;

pub use batch::NoBatch;
pub use breaker::Breaker;
pub use change::{Change, DeviceChange, LinkChange};
pub use courier::{Courier, Fault, Outlet, Queue, QueueError};
pub use deliver::{Renewal, Teller};
pub use errand::{DEVICES_MAX, Errand, ErrandListing, ErrandOccurrence};
pub use plan::{DeviceNews, Frame, Listing, News, Occurrence, plan};
pub use settled::Settled;
pub use told::{Figures, NotRenewed, Told};
