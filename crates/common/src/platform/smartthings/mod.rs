//! SmartThings Schema.
//!
//! One endpoint; every message is a JSON body with its kind in `headers.interactionType`, the same over HTTP and as a direct
//! event of a Lambda function. Pages: <https://developer.smartthings.com/docs/devices/cloud-connected/get-started>.
//!
//! [`wire`] mirrors its JSON, [`map`] says which trait is which attribute, [`error`] names its error codes, [`inbound`]
//! answers it, [`callback`] tells it of changes, with tokens that [`token`] gets and renews.

pub mod callback;
pub mod error;
pub mod inbound;
pub mod map;
pub mod token;
pub mod wire;
