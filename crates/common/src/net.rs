//! The clients that reach other machines, all on one TLS implementation (rustls on ring).

use std::sync::Once;
use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// Connecting takes longer only when the other side is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);

/// A client for everything but AWS. It follows no redirects: whoever answers must not choose where secrets go.
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

/// Region, credentials and endpoints from the standard AWS variables.
pub async fn aws() -> SdkConfig {
    let client = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    aws_config::defaults(BehaviorVersion::latest()).http_client(client).load().await
}
