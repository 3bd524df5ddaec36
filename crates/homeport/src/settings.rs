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

/// Why an address cannot be listened on, and what to do.
pub(crate) fn cannot_listen(who: &str, address: &str, error: &std::io::Error, variable: &str) -> String {
    if address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
        format!("{who} cannot listen on {address}: {error}. Set {variable} to a free address.")
    } else {
        format!("{variable} is wrong: {address:?} is no address; give host:port, for example 127.0.0.1:8080")
    }
}

/// The settings that turn a platform on; set but empty they turn it off.
const SWITCHES: [&str; 3] = ["HOMEPORT_YANDEX_SKILL_ID", "HOMEPORT_SBER_TOKEN", "HOMEPORT_SMARTTHINGS_CLIENT_ID"];

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
    /// Where the simulated platforms are.
    simulators_url: String,
    external_identity: bool,
}

impl Settings {
    /// With what this process knows of itself.
    pub(crate) fn new(base_url: String, token_key: String, simulators_url: String) -> Self {
        let external_identity = ["HOMEPORT_AUTH_ISSUER", "HOMEPORT_AUTH_AUDIENCE", "HOMEPORT_AUTH_JWKS_URL"]
            .into_iter()
            .any(|name| variable(name).is_some());
        Settings { base_url, token_key, simulators_url, external_identity }
    }

    /// Whether this program is the identity provider.
    pub(crate) fn is_identity_provider(&self) -> bool {
        !self.external_identity
    }

    /// The value of a setting: the environment's, else the default. An empty one counts as not set, except that it turns a
    /// platform off.
    pub(crate) fn lookup(&self, name: &str) -> Option<String> {
        match std::env::var(name) {
            Ok(value) if !value.is_empty() => Some(value),
            Ok(_) if SWITCHES.contains(&name) => None,
            _ => self.default(name),
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
            "HOMEPORT_YANDEX_URL" | "HOMEPORT_SBER_URL" => &self.simulators_url,
            "HOMEPORT_SMARTTHINGS_HOSTS" => {
                return Some(format!("*.smartthings.com, {}", self.simulators_url.trim_start_matches("http://")));
            }
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
