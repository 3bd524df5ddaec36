//! Asking homeport, as a platform does.

use std::sync::Once;
use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;

use crate::check::Findings;
use crate::listener::BODY_MAX_BYTES;
use crate::log::{Direction, Exchange, kept};
use crate::settings::Platform;
use crate::{Simulators, json};

/// Platforms wait no longer for an answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The HTTP client.
    #[error("no HTTP client can be built: {0}")]
    Client(String),
    /// No settings for it.
    #[error("{0} is not simulated")]
    Off(Platform),
    /// No such home, or it is not linked any more.
    #[error("{user} is not linked with {platform}")]
    NotLinked {
        /// Where.
        platform: Platform,
        /// Who.
        user: String,
    },
    /// Within 3 s.
    #[error("homeport gives no answer to {message}: {reason}")]
    NoAnswer {
        /// Such as `POST /smartthings`.
        message: String,
        /// Why.
        reason: String,
    },
    /// Another status than the one that is asked for.
    #[error("homeport answers {message} with {status}")]
    Status {
        /// Such as `POST /smartthings`.
        message: String,
        /// HTTP.
        status: u16,
    },
    /// An answer that a platform cannot use, or a request that is none.
    #[error("{message}: {reason}")]
    Unusable {
        /// Such as `POST /smartthings`.
        message: String,
        /// Why.
        reason: String,
    },
}

/// A client for homeport over plain HTTP on the same machine: it trusts no certificate.
pub(crate) fn client() -> Result<reqwest::Client, Error> {
    static RING: Once = Once::new();
    // An error means that a provider is there already, which is as good.
    RING.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let tls = ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .build()
        .map_err(|error| Error::Client(error.to_string()))
}

/// A request to homeport.
pub(crate) struct Question<'a> {
    pub(crate) platform: Platform,
    pub(crate) homeport: &'a str,
    pub(crate) method: Method,
    /// With the platform's prefix.
    pub(crate) path: &'a str,
    /// In the `Authorization` header; SmartThings has it in the body.
    pub(crate) token: Option<&'a SecretString>,
    pub(crate) body: Option<Json>,
}

/// What homeport answered.
pub(crate) struct Answered {
    /// The body, where it is JSON.
    pub(crate) json: Result<Json, String>,
    /// How the request was marked.
    pub(crate) request_id: String,
}

impl Simulators {
    /// Asks; an answer with another status than 200 is an error. What `read` finds wrong with the answer is a violation.
    pub(crate) async fn ask<T>(
        &self,
        question: Question<'_>,
        read: impl FnOnce(&Answered, &mut Findings) -> T,
    ) -> Result<T, Error> {
        let (began, at) = (Instant::now(), self.now());
        let message = format!("{} {}", question.method, question.path);
        let request_id = uuid::Uuid::new_v4().to_string();
        let url = format!("{}{}", question.homeport.trim_end_matches('/'), question.path);
        let mut request = self.0.client.request(question.method.clone(), url).header("x-request-id", &request_id);
        if let Some(token) = question.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let sent = question.body.map(|body| body.to_string()).unwrap_or_default();
        if !sent.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json").body(sent.clone());
        }
        let answered = async {
            let mut response = request.send().await?;
            let (status, mut body) = (response.status(), Vec::new());
            while let Some(chunk) = response.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > BODY_MAX_BYTES {
                    break;
                }
            }
            Ok::<_, reqwest::Error>((status, body))
        };
        let answered = answered.await;
        let mut findings = Findings::default();
        let (status, body, result) = match answered {
            Err(error) => {
                let reason =
                    if error.is_timeout() { "not within 3 s".to_owned() } else { error.without_url().to_string() };
                (None, Vec::new(), Err(Error::NoAnswer { message: message.clone(), reason }))
            }
            Ok((status, body)) if status != StatusCode::OK => {
                (Some(status), body, Err(Error::Status { message: message.clone(), status: status.as_u16() }))
            }
            Ok((status, body)) if body.len() > BODY_MAX_BYTES => {
                let reason = "the answer is longer than 1 MB".to_owned();
                findings.add("", &*reason);
                (Some(status), body, Err(Error::Unusable { message: message.clone(), reason }))
            }
            Ok((status, body)) => {
                let answered = Answered { json: json::read(&body), request_id };
                (Some(status), body, Ok(read(&answered, &mut findings)))
            }
        };
        self.log(Exchange {
            number: 0,
            at,
            platform: question.platform,
            direction: Direction::ToHomeport,
            method: question.method.to_string(),
            path: question.path.to_owned(),
            status: status.map(|status| status.as_u16()),
            duration_ms: began.elapsed().as_secs_f64() * 1000.0,
            request: kept(sent.as_bytes()),
            response: kept(&body),
            faults: Vec::new(),
            violations: findings.texts(),
        });
        result
    }
}
