//! Whom the client of one platform trusts beside the usual ones.
//!
//! `testdata/tls` holds a root that nobody knows, and a certificate for 127.0.0.1 under it; both made for this test alone.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::net::{self, ClientError};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/tls").join(name)
}

/// Answers two connections as far as they get.
fn serve() -> String {
    let chain = vec![CertificateDer::from_pem_file(file("server.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
    let tls = Arc::new(ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming().take(2) {
            let mut tls = ServerConnection::new(Arc::clone(&tls)).unwrap();
            let mut connection = connection.unwrap();
            let mut stream = Stream::new(&mut tls, &mut connection);
            // Whoever does not trust us hangs up here.
            if stream.read(&mut [0; 4096]).is_ok() {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
            }
        }
    });
    url
}

#[tokio::test]
async fn only_the_client_with_the_extra_roots_trusts_them() {
    let usual = net::http_client().unwrap();
    let url = serve();
    assert!(usual.get(&url).send().await.unwrap_err().is_connect());
    let with_roots = net::http_client_with(file("ca.pem").to_str().unwrap()).unwrap();
    assert_eq!(with_roots.get(&url).send().await.unwrap().status(), 200);
}

#[test]
fn certificates_may_stand_in_the_setting_itself_and_must_be_some() {
    let pem = std::fs::read_to_string(file("ca.pem")).unwrap();
    assert!(net::http_client_with(&pem).is_ok());
    assert!(net::http_client_with(&format!("{pem}\n{pem}")).is_ok());
    for bad in
        ["/no/such/file", "-----BEGIN CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
    {
        assert!(matches!(net::http_client_with(bad), Err(ClientError::ExtraRoots(_))), "{bad}");
    }
}
