//! The settings of the local program: those of a deployment, with defaults for development.

use std::net::{IpAddr, SocketAddr};

/// Environment variables; an empty one is not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where the program listens when `HOMEPORT_ADDR` says nothing.
pub(crate) const ADDRESS: &str = "127.0.0.1:8080";
/// Where the embedded DynamoDB listens when `HOMEPORT_DYNAMODB_ADDR` says nothing.
pub(crate) const DYNAMODB_ADDRESS: &str = "127.0.0.1:8001";
/// The data folder when `HOMEPORT_DATA` says nothing.
pub(crate) const DATA: &str = ".homeport";
/// The vendor key for development.
pub(crate) const VENDOR_KEY: &str = "dev-vendor-key";

/// Who issues development tokens. Without an address in it, they stay good when the program comes back on another port.
const ISSUER: &str = "homeport-dev";

/// The base address of this program, as it is reached from this machine.
pub(crate) fn base_url(listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        ip if ip.is_unspecified() && ip.is_ipv4() => IpAddr::from([127, 0, 0, 1]),
        ip if ip.is_unspecified() => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listening.port()))
}

/// The settings with their defaults for development.
pub(crate) struct Settings {
    base_url: String,
    token_key: String,
    external_identity: bool,
}

impl Settings {
    /// With what this process knows of itself.
    pub(crate) fn new(base_url: String, token_key: String) -> Self {
        let external_identity = ["HOMEPORT_AUTH_ISSUER", "HOMEPORT_AUTH_AUDIENCE", "HOMEPORT_AUTH_JWKS_URL"]
            .into_iter()
            .any(|name| variable(name).is_some());
        Settings { base_url, token_key, external_identity }
    }

    /// Whether this program is the identity provider.
    pub(crate) fn is_identity_provider(&self) -> bool {
        !self.external_identity
    }

    /// The value of a setting: the environment's, else the default. A variable that is set but empty has no default, which
    /// turns a platform off.
    pub(crate) fn lookup(&self, name: &str) -> Option<String> {
        match std::env::var(name) {
            Ok(value) => Some(value).filter(|value| !value.is_empty()),
            Err(_) => self.default(name),
        }
    }

    fn default(&self, name: &str) -> Option<String> {
        let value = match name {
            "HOMEPORT_TABLE" => "homeport",
            "HOMEPORT_VENDOR_KEY" => VENDOR_KEY,
            "HOMEPORT_YANDEX_SKILL_ID" => "dev-skill",
            "HOMEPORT_YANDEX_TOKEN" => "dev-yandex",
            "HOMEPORT_SBER_TOKEN" => "dev-sber",
            "HOMEPORT_SMARTTHINGS_CLIENT_ID" => "dev-st",
            "HOMEPORT_SMARTTHINGS_CLIENT_SECRET" => "dev-st-secret",
            "HOMEPORT_TOKEN_KEY" => &self.token_key,
            "HOMEPORT_AUTH_ISSUER" if !self.external_identity => ISSUER,
            "HOMEPORT_AUTH_AUDIENCE" if !self.external_identity => "homeport",
            "HOMEPORT_AUTH_JWKS_URL" if !self.external_identity => {
                return Some(format!("{}/dev/jwks.json", self.base_url));
            }
            _ => return None,
        };
        Some(value.to_owned())
    }
}
