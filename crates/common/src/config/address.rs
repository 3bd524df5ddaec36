//! Addresses: what may be called, and how.

use std::net::IpAddr;

use reqwest::Url;

/// Whether the host is this machine.
fn loopback_host(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    ip.map_or(host.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

/// An address with path that secrets or keys travel to: TLS, except on this machine.
pub(super) fn endpoint(text: &str) -> Result<Url, &'static str> {
    let url = http_endpoint(text)?;
    if url.scheme() == "http" && !url.host_str().is_some_and(loopback_host) {
        return Err("plain http is for loopback addresses only");
    }
    Ok(url)
}

/// Any http or https address.
pub(super) fn http_endpoint(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "it is not an address")?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("it begins neither with https nor with http");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it holds a user name or password");
    }
    Ok(url)
}

/// The address of a platform: scheme, host and port only.
pub(super) fn origin(text: &str) -> Result<Url, &'static str> {
    let url = endpoint(text)?;
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err("it has more than scheme, host and port");
    }
    Ok(url)
}

/// Hosts that callback addresses of SmartThings may name.
///
/// The addresses come with a message whose sender has nothing but a user's token, so they are not followed blindly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackHosts(Vec<Entry>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    host: Host,
    /// Any, if absent.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Exact(String),
    /// With its leading dot.
    Suffix(String),
}

impl CallbackHosts {
    /// Reads a list with commas or spaces: `host`, `*.suffix`, each with `:port` if only that port is meant.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let entries: Result<Vec<Entry>, _> =
            text.split([',', ' ']).map(str::trim).filter(|item| !item.is_empty()).map(Entry::parse).collect();
        match entries? {
            entries if entries.is_empty() => Err("it names no host"),
            entries => Ok(CallbackHosts(entries)),
        }
    }

    /// Whether a callback may go there: a named host over TLS, or without TLS to a named loopback address.
    pub fn allows(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return false };
        let secure = url.scheme() == "https" || (url.scheme() == "http" && loopback_host(host));
        let plain_user = url.username().is_empty() && url.password().is_none();
        secure && plain_user && self.0.iter().any(|entry| entry.matches(host, port))
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (name, suffix) = match text.strip_prefix("*.") {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        // A scheme may stand before a host; an address is the easiest way to have names and ports checked.
        let address = if name.contains("://") { name.to_owned() } else { format!("https://{name}") };
        let url = origin(&address)?;
        let Some(host) = url.host_str().filter(|host| !host.contains('*')) else {
            return Err("a host is a name, an address, or *. before a name");
        };
        let port = match name.rsplit_once(':') {
            Some((_, digits)) if !digits.ends_with([']', '/']) && !digits.is_empty() => url.port_or_known_default(),
            _ => None,
        };
        let host = if suffix { Host::Suffix(format!(".{host}")) } else { Host::Exact(host.to_owned()) };
        Ok(Entry { host, port })
    }

    fn matches(&self, host: &str, port: u16) -> bool {
        let host_fits = match &self.host {
            Host::Exact(name) => name == host,
            Host::Suffix(suffix) => host.len() > suffix.len() && host.ends_with(suffix.as_str()),
        };
        host_fits && self.port.is_none_or(|known| known == port)
    }
}
