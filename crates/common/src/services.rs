//! What a handler works with, built once at the start of a process.

use std::time::Instant;

use aws_sdk_dynamodb::Client;

use crate::auth::Verifier;
use crate::command::{BadSecret, Sender};
use crate::config::Config;
use crate::model::Timestamp;
use crate::net;
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

/// Why the clients cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The HTTP client.
    #[error(transparent)]
    Http(#[from] net::ClientError),
    /// The secret that signs commands.
    #[error(transparent)]
    Command(#[from] BadSecret),
}

impl Services {
    /// Builds the clients for these settings. Nothing is connected yet, see [`Services::warm_up`].
    ///
    /// # Errors
    /// [`StartError`]
    pub fn new(config: Config, dynamodb: Client) -> Result<Self, StartError> {
        let client = net::http_client()?;
        let auth = config.auth.clone().map_or_else(Verifier::unavailable, |auth| Verifier::new(auth, client.clone()));
        let commands = match &config.command {
            Some(cloud) => Sender::to(cloud.url.clone(), &cloud.secret, client)?,
            None => Sender::assuming(),
        };
        Ok(Services { store: Store::new(dynamodb, config.table.clone()), config, auth, commands })
    }

    /// Opens connections and fetches keys, so that the first request need not. Nothing here has to succeed.
    pub async fn warm_up(&self) {
        let (warm, ()) = tokio::join!(self.store.warm_up(), self.auth.prefetch());
        if let Err(error) = warm {
            tracing::warn!(error = %error, "the table could not be read at the start");
        }
    }
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
