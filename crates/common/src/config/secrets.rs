//! Secrets that live in AWS Secrets Manager.
//!
//! A secret setting may hold `secretsmanager:<name>` or the ARN of a secret instead of the value. A bare name is not
//! looked up: it cannot be told from a value.

use std::collections::HashMap;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use futures_util::future::join_all;

use super::ConfigError;

/// What a setting refers to, if it is a reference: the name or ARN of the secret.
pub fn reference(value: &str) -> Option<&str> {
    let value = value.trim();
    if let Some(name) = value.strip_prefix("secretsmanager:") {
        return Some(name);
    }
    let mut parts = value.split(':');
    let is_arn = parts.next() == Some("arn") && parts.next().is_some() && parts.next() == Some("secretsmanager");
    is_arn.then_some(value)
}

/// Whether one of these variables refers to a secret, so that a client is needed at all.
pub fn any_reference(lookup: impl Fn(&str) -> Option<String>, names: &[&str]) -> bool {
    names.iter().any(|name| lookup(name).as_deref().and_then(reference).is_some())
}

/// The values of those variables that refer to a secret, by variable; all read at once.
///
/// # Errors
/// [`ConfigError`] naming every secret that could not be read.
pub async fn resolve(
    lookup: impl Fn(&str) -> Option<String>,
    names: &[&'static str],
    client: &Client,
) -> Result<HashMap<&'static str, String>, ConfigError> {
    let reads = names.iter().filter_map(|name| {
        let id = reference(&lookup(name)?)?.to_owned();
        Some(async move { read(client, &id).await.map(|value| (*name, value)).map_err(|why| format!("{name}: {why}")) })
    });
    let (mut values, mut problems) = (HashMap::new(), Vec::new());
    for result in join_all(reads).await {
        match result {
            Ok((name, value)) => drop(values.insert(name, value)),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(ConfigError(problems)) }
}

async fn read(client: &Client, id: &str) -> Result<String, String> {
    match client.get_secret_value().secret_id(id).send().await {
        Ok(answer) => answer.secret_string.ok_or_else(|| format!("secret {id} holds no text")),
        Err(error) => Err(format!("secret {id} cannot be read ({})", error.code().unwrap_or("no answer"))),
    }
}
