//! The settings of a process, read once at its start.
//!
//! Everything comes from environment variables (design: one table in the README). A variable that is empty counts as not
//! set. A secret may be the name of a Secrets Manager secret instead of its value, see [`secrets`].

mod address;
mod platforms;
mod reader;
pub mod secrets;

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Url;
use secrecy::SecretString;
use standardwebhooks::Webhook;

pub use address::CallbackHosts;
pub use platforms::{Platforms, Sber, SmartThings, TokenKey, Yandex};

use crate::store;
use address::{endpoint, http_endpoint};
use reader::Reader;

/// What a function needs beside the table. What it does not need is neither demanded nor read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Users' tokens are checked.
    pub users: bool,
    /// The vendor's key is checked.
    pub vendor: bool,
    /// Commands go to the vendor's device cloud.
    pub commands: bool,
    /// SmartThings grants callback access, which is stored encrypted.
    pub grants: bool,
    /// Callbacks are sent to the platforms.
    pub callbacks: bool,
    /// Those that could not be sent go into an SQS queue.
    pub retry_queue: bool,
}

impl Needs {
    /// Everything: the local program. Its retry queue is its own, unless it is given another.
    pub const ALL: Needs =
        Needs { users: true, vendor: true, commands: true, grants: true, callbacks: true, retry_queue: false };

    /// The variables that hold a secret that is needed.
    pub fn secrets(self) -> Vec<&'static str> {
        let parts = [
            (self.vendor, "HOMEPORT_VENDOR_KEY"),
            (self.commands, "HOMEPORT_COMMAND_SECRET"),
            (self.grants || self.callbacks, "HOMEPORT_TOKEN_KEY"),
            (self.callbacks, "HOMEPORT_YANDEX_TOKEN"),
            (self.callbacks, "HOMEPORT_SBER_TOKEN"),
            (self.callbacks, "HOMEPORT_SMARTTHINGS_CLIENT_SECRET"),
        ];
        parts.into_iter().filter_map(|(needed, name)| needed.then_some(name)).collect()
    }
}

/// The settings. What [`Needs`] asks for is there.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name or ARN of the DynamoDB table.
    pub table: String,
    /// The identity provider of the vendor's users.
    pub auth: Option<Auth>,
    /// What the vendor's cloud sends as bearer token.
    pub vendor_key: Option<SecretString>,
    /// The vendor's device cloud; without one, what is commanded becomes the state at once.
    pub command: Option<CommandCloud>,
    /// The platforms that are on.
    pub platforms: Platforms,
    /// The queue of callbacks that have to be sent again.
    pub retry_queue: Option<Url>,
}

/// The identity provider of the vendor's users.
#[derive(Clone, Debug)]
pub struct Auth {
    /// `iss` of its tokens, compared exactly.
    pub issuer: String,
    /// A token must be for one of these.
    pub audiences: Vec<String>,
    /// Where its public keys are.
    pub jwks_url: Url,
}

/// The vendor's device cloud.
#[derive(Clone, Debug)]
pub struct CommandCloud {
    /// Where commands are posted.
    pub url: Url,
    /// Signs them; always base64, with or without `whsec_` before it.
    pub secret: SecretString,
}

/// Settings that cannot be used: everything that is wrong, in one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("wrong settings: {}", .0.join("; "))]
pub struct ConfigError(Vec<String>);

/// Reads what is needed, secrets from Secrets Manager included. `lookup` gives the value of a variable.
///
/// # Errors
/// [`ConfigError`]
pub async fn load(lookup: impl Fn(&str) -> Option<String>, needs: Needs) -> Result<Config, ConfigError> {
    let secrets = needs.secrets();
    // The client is made only if it is needed: it costs start-up time.
    let resolved = if secrets::any_reference(&lookup, &secrets) {
        let client = aws_sdk_secretsmanager::Client::new(&store::sdk_config().await);
        secrets::resolve(&lookup, &secrets, &client).await?
    } else {
        HashMap::new()
    };
    Config::load(|name| resolved.get(name).cloned().or_else(|| lookup(name)), needs)
}

impl Config {
    /// Reads what is needed. `lookup` gives the value of a variable.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(lookup: impl Fn(&str) -> Option<String>, needs: Needs) -> Result<Config, ConfigError> {
        let mut reader = Reader::new(&lookup);
        let table = reader.require("HOMEPORT_TABLE", "the name of the DynamoDB table", table_name);
        let auth = if needs.users { read_auth(&mut reader) } else { None };
        let vendor_key =
            if needs.vendor { reader.require("HOMEPORT_VENDOR_KEY", "the vendor's key", bearer_key) } else { None };
        let command = if needs.commands { read_command(&mut reader) } else { None };
        let platforms = Platforms::read(&mut reader, needs);
        let queue = ("HOMEPORT_RETRY_QUEUE_URL", "the address of an SQS queue");
        let retry_queue = match needs {
            Needs { retry_queue: true, .. } => reader.require(queue.0, queue.1, http_endpoint),
            Needs { callbacks: true, .. } => reader.optional(queue.0, queue.1, http_endpoint),
            _ => None,
        };
        match (reader.finish(), table) {
            (problems, Some(table)) if problems.is_empty() => {
                Ok(Config { table, auth, vendor_key, command, platforms, retry_queue })
            }
            (problems, _) => Err(ConfigError(problems)),
        }
    }
}

fn read_auth(reader: &mut Reader) -> Option<Auth> {
    let issuer = reader.require("HOMEPORT_AUTH_ISSUER", "the iss of users' tokens", any_text);
    let audiences = reader.require("HOMEPORT_AUTH_AUDIENCE", "the aud of users' tokens, several with commas", list);
    let jwks_url = reader.require("HOMEPORT_AUTH_JWKS_URL", "the address of the identity provider's keys", endpoint);
    Some(Auth { issuer: issuer?, audiences: audiences?, jwks_url: jwks_url? })
}

fn read_command(reader: &mut Reader) -> Option<CommandCloud> {
    if !reader.is_set("HOMEPORT_COMMAND_URL") {
        return None;
    }
    let url = reader.require("HOMEPORT_COMMAND_URL", "the address of the device cloud", endpoint);
    let secret = reader.require("HOMEPORT_COMMAND_SECRET", "the secret that signs commands", webhook_secret);
    Some(CommandCloud { url: url?, secret: secret? })
}

fn any_text(text: &str) -> Result<String, &'static str> {
    Ok(text.to_owned())
}

fn list(text: &str) -> Result<Vec<String>, &'static str> {
    let items: Vec<String> =
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect();
    if items.is_empty() { Err("it names none") } else { Ok(items) }
}

fn table_name(text: &str) -> Result<String, &'static str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.:/".contains(c);
    if (3..=1024).contains(&text.len()) && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("a table name has 3 to 255 of A-Z a-z 0-9 _ - .")
    }
}

/// A key that can stand in an `Authorization` header.
fn bearer_key(text: &str) -> Result<SecretString, &'static str> {
    if text.chars().all(|c| c.is_ascii_graphic()) {
        Ok(text.to_owned().into())
    } else {
        Err("only ASCII letters, digits and signs can be sent as a bearer token")
    }
}

/// Standard Webhooks secrets are base64 after `whsec_`; any other text is taken as the bytes of the key.
fn webhook_secret(text: &str) -> Result<SecretString, &'static str> {
    if Webhook::new(text).is_ok() {
        Ok(text.to_owned().into())
    } else if text.starts_with("whsec_") {
        Err("what follows whsec_ is not base64")
    } else {
        Ok(STANDARD.encode(text).into())
    }
}

#[cfg(test)]
mod tests;
