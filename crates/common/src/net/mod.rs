//! The clients that reach other machines. TLS is rustls on ring for all of them.
//!
//! Reading and parsing the system's certificates takes longer than everything else a function does before its first request.
//! So what a function trusts is compiled in: Mozilla's roots for the world, Amazon's own for AWS. With `SSL_CERT_FILE` or
//! `SSL_CERT_DIR` set, the system's certificates are used instead.

mod answer;

pub use answer::{describe, read_body};

use std::sync::Once;
use std::time::Duration;

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Connecting takes longer only when the other side is not there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Amazon Trust Services' roots: <https://www.amazontrust.com/repository/>.
const AMAZON_ROOTS: &str = include_str!("amazon-roots.pem");

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// TLS cannot be set up.
    #[error("TLS cannot be used: {0}")]
    Tls(#[from] rustls::Error),
    /// The system's certificates cannot be used.
    #[error("none of the certificates in SSL_CERT_FILE or SSL_CERT_DIR can be used")]
    Certificates,
    /// The certificates of the setting cannot be used.
    #[error("wrong settings: HOMEPORT_SBER_CA is wrong: {0}; give PEM certificates or a file with them")]
    ExtraRoots(String),
    /// Anything else.
    #[error(transparent)]
    Client(#[from] reqwest::Error),
}

/// The client for everything but AWS. It follows no redirects: whoever answers must not choose where secrets go.
///
/// # Errors
/// When no TLS can be set up.
pub fn http_client() -> Result<reqwest::Client, ClientError> {
    client_trusting(public_roots()?)
}

/// As [`http_client`], for one platform whose certificates end at roots that nobody else has. `extra_roots` are PEM certificates
/// or the path of a file with them.
///
/// # Errors
/// When they cannot be used, or no TLS can be set up.
pub fn http_client_with(extra_roots: &str) -> Result<reqwest::Client, ClientError> {
    let mut roots = public_roots()?;
    for certificate in certificates(extra_roots)? {
        roots.add(certificate)?;
    }
    client_trusting(roots)
}

/// The certificates in a PEM text, or in the file of this path; at least one.
///
/// # Errors
/// When there is none, or one cannot be read.
fn certificates(pem_or_path: &str) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let pem = if pem_or_path.contains("-----BEGIN") {
        pem_or_path.as_bytes().to_vec()
    } else {
        std::fs::read(pem_or_path).map_err(|error| ClientError::ExtraRoots(format!("{pem_or_path}: {error}")))?
    };
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let read = read.map_err(|error| ClientError::ExtraRoots(error.to_string()))?;
    if read.is_empty() { Err(ClientError::ExtraRoots("there are none".to_owned())) } else { Ok(read) }
}

fn client_trusting(roots: RootCertStore) -> Result<reqwest::Client, ClientError> {
    static RING: Once = Once::new();
    // An error means that a provider is there already, which is as good.
    RING.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let tls = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .user_agent(concat!("homeport/", env!("CARGO_PKG_VERSION")))
        .build()?;
    Ok(client)
}

fn public_roots() -> Result<RootCertStore, ClientError> {
    if !system_certificates_asked() {
        return Ok(RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() });
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(ClientError::Certificates) } else { Ok(roots) }
}

/// The client for AWS: the SDK's own default would bring aws-lc, a second TLS library of 4 MB.
pub fn aws_http_client() -> SharedHttpClient {
    let amazon_signs = !system_certificates_asked() && !other_endpoint_asked();
    let trust = TrustStore::empty().with_native_roots(!amazon_signs).with_pem_certificate(AMAZON_ROOTS);
    let builder = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
    match TlsContext::builder().with_trust_store(trust).build() {
        Ok(context) => builder.tls_context(context).build_https(),
        Err(_) => builder.build_https(),
    }
}

fn system_certificates_asked() -> bool {
    ["SSL_CERT_FILE", "SSL_CERT_DIR"].iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Whether AWS is somewhere else than at Amazon's: another endpoint over TLS, or a partition with other roots (China).
fn other_endpoint_asked() -> bool {
    std::env::vars_os().any(|(name, value)| {
        let (name, value) = (name.to_string_lossy(), value.to_string_lossy());
        (name.starts_with("AWS_ENDPOINT_URL") && value.starts_with("https://"))
            || (matches!(&*name, "AWS_REGION" | "AWS_DEFAULT_REGION") && value.starts_with("cn-"))
            || (matches!(&*name, "AWS_PROFILE" | "AWS_CONFIG_FILE") && !value.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clients_are_built_from_what_is_compiled_in() {
        assert!(http_client().is_ok());
        assert_eq!(AMAZON_ROOTS.matches("-----BEGIN CERTIFICATE-----").count(), 5);
        assert!(public_roots().unwrap().len() > 100);
    }
}
