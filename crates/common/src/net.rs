//! The client for everything but AWS.

use std::sync::Once;
use std::time::Duration;

/// Connecting takes longer only when the other side is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// TLS is rustls on ring, as in the AWS clients. It follows no redirects: whoever answers must not choose where secrets go.
///
/// # Errors
/// When the system's certificates cannot be used.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    static RING: Once = Once::new();
    // An error means that a provider is there already, which is as good.
    RING.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("homeport/", env!("CARGO_PKG_VERSION")))
        .build()
}

/// The body of an answer; what is longer than `max_bytes` is cut off and not read.
///
/// # Errors
/// When the connection is lost before that.
pub async fn read_body(mut response: reqwest::Response, max_bytes: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = max_bytes.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if room < chunk.len() {
            break;
        }
    }
    Ok(body)
}

/// The kind of a failure, without the address: it may be a user's own.
pub fn describe(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "cannot be reached"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "connection was lost"
    }
}
