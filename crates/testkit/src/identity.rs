//! An identity provider with one key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::SecretKey;
use p256::elliptic_curve::rand_core::OsRng;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::EncodePrivateKey;
use serde_json::{Value, json};

use crate::Serving;

/// Signs tokens and serves the public key at `/jwks.json`.
pub struct Identity {
    serving: Serving,
    key: EncodingKey,
    fetches: Arc<AtomicUsize>,
}

impl Identity {
    /// `iss` of its tokens.
    pub const ISSUER: &'static str = "https://id.example.test";
    /// `aud` of its tokens.
    pub const AUDIENCE: &'static str = "homeport-test";

    /// Starts with a fresh key.
    pub async fn start() -> Self {
        let secret = SecretKey::random(&mut OsRng);
        let point = secret.public_key().to_encoded_point(false);
        let coordinate = |bytes: Option<&p256::FieldBytes>| URL_SAFE_NO_PAD.encode(bytes.unwrap());
        let jwks = json!({"keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "test-key",
            "x": coordinate(point.x()), "y": coordinate(point.y()),
        }]});
        let fetches = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&fetches);
        let answer = move || {
            counter.fetch_add(1, Ordering::Relaxed);
            let jwks = jwks.clone();
            async move { Json(jwks) }
        };
        let serving = Serving::start(Router::new().route("/jwks.json", get(answer))).await;
        let der = secret.to_pkcs8_der().unwrap();
        Identity { serving, key: EncodingKey::from_ec_der(der.as_bytes()), fetches }
    }

    /// Where the keys are.
    pub fn jwks_url(&self) -> String {
        format!("{}/jwks.json", self.serving.url())
    }

    /// How often the keys were fetched.
    pub fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }

    /// What a process needs in its environment to trust it.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![
            ("HOMEPORT_AUTH_ISSUER".to_owned(), Self::ISSUER.to_owned()),
            ("HOMEPORT_AUTH_AUDIENCE".to_owned(), Self::AUDIENCE.to_owned()),
            ("HOMEPORT_AUTH_JWKS_URL".to_owned(), self.jwks_url()),
        ]
    }

    /// A good token for a user, signed in at `now` (seconds since the epoch), valid for an hour.
    pub fn token(&self, user: &str, now: i64) -> String {
        self.token_with(json!({
            "iss": Self::ISSUER, "aud": Self::AUDIENCE, "sub": user, "iat": now, "auth_time": now, "exp": now + 3600,
        }))
    }

    /// A token with exactly these claims.
    #[expect(clippy::needless_pass_by_value, reason = "tests write the claims in place")]
    pub fn token_with(&self, claims: Value) -> String {
        let header = Header { kid: Some("test-key".to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &claims, &self.key).unwrap()
    }
}
