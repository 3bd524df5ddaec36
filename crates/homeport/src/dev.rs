//! The identity provider for development: `POST /dev/token`, `GET /dev/jwks.json`.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::model::{Timestamp, UserId};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use p256::SecretKey;
use p256::elliptic_curve::sec1::ToEncodedPoint;
use p256::pkcs8::EncodePrivateKey;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Lifetime of a development token when the request names none, in seconds.
const LIFETIME_SECS: i64 = 24 * 3600;
const KEY_ID: &str = "homeport-dev";

/// Issues tokens that the normal code path checks against the normal JWKS.
pub(crate) struct IdentityProvider {
    issuer: String,
    audience: String,
    key: EncodingKey,
    jwks: serde_json::Value,
}

#[derive(Deserialize)]
struct TokenRequest {
    user_id: String,
    /// SmartThings: the session that identifies a link; none = the user.
    #[serde(default)]
    sid: Option<String>,
    /// Seconds; negative for a token that has expired already.
    #[serde(default)]
    expires_in: Option<i64>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    /// With fraction (RFC 7519 NumericDate): unlinking and linking again within one second must be told apart.
    iat: f64,
    auth_time: f64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
}

impl IdentityProvider {
    /// With the key of the data folder.
    pub(crate) fn new(issuer: String, audience: String, key: &SecretKey) -> Result<Self, String> {
        let der = key.to_pkcs8_der().map_err(|error| error.to_string())?;
        let point = key.public_key().to_encoded_point(false);
        let coordinate = |bytes: Option<&p256::FieldBytes>| bytes.map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
        let jwks = json!({"keys": [{
            "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID,
            "x": coordinate(point.x()), "y": coordinate(point.y()),
        }]});
        let key = EncodingKey::from_ec_der(der.as_bytes());
        Ok(IdentityProvider { issuer, audience, key, jwks })
    }

    /// The public key, as identity providers publish it.
    pub(crate) fn jwks(&self) -> &serde_json::Value {
        &self.jwks
    }

    /// A token for a user, valid for a day.
    pub(crate) fn token_for(&self, user: &UserId, now: Timestamp) -> Result<String, String> {
        self.issue(&TokenRequest { user_id: user.to_string(), sid: None, expires_in: None }, now)
    }

    /// The same for a platform that keeps it: a year.
    pub(crate) fn long_token_for(&self, user: &UserId, now: Timestamp) -> Result<String, String> {
        let expires_in = Some(365 * 24 * 3600);
        self.issue(&TokenRequest { user_id: user.to_string(), sid: None, expires_in }, now)
    }

    /// Answers `POST /dev/token`: the answer, or what is wrong with the request.
    pub(crate) fn answer(&self, body: &[u8], now: Timestamp) -> Result<serde_json::Value, String> {
        let request: TokenRequest = serde_json::from_slice(body)
            .map_err(|error| format!("send {{\"user_id\": \"demo\"}} as JSON ({error})"))?;
        if UserId::new(&request.user_id).is_none() {
            return Err("user_id must be 1 to 128 printable characters".to_owned());
        }
        let token = self.issue(&request, now)?;
        let expires_in = request.expires_in.unwrap_or(LIFETIME_SECS);
        Ok(json!({"access_token": token, "token_type": "Bearer", "expires_in": expires_in}))
    }

    fn issue(&self, request: &TokenRequest, now: Timestamp) -> Result<String, String> {
        let seconds = Duration::from_micros(now.micros().unsigned_abs()).as_secs_f64();
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.audience,
            sub: &request.user_id,
            iat: seconds,
            auth_time: seconds,
            exp: now.secs().saturating_add(request.expires_in.unwrap_or(LIFETIME_SECS)),
            sid: request.sid.as_deref(),
        };
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(|error| error.to_string())
    }
}
