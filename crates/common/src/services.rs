//! What a handler works with, built once at the start of a process.

use std::time::Instant;

use crate::auth::Verifier;
use crate::command::Sender;
use crate::config::Config;
use crate::model::Timestamp;
use crate::store::Store;

/// The clients and settings that handlers share.
pub struct Services {
    /// The settings.
    pub config: Config,
    /// Devices and links.
    pub store: Store,
    /// Checks user tokens.
    pub auth: Verifier,
    /// Takes commands to the vendor's device cloud.
    pub commands: Sender,
}

/// One incoming request, as far as every handler needs it.
#[derive(Clone, Debug)]
pub struct Call {
    /// The caller's id of the request, for logs and answers; empty if it sent none.
    pub request_id: String,
    /// When it arrived.
    pub now: Timestamp,
    /// When the answer must be on its way.
    pub deadline: Instant,
}
