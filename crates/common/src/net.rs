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
