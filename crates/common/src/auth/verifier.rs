//! Users' tokens: JWTs signed by the vendor's identity provider.

use std::time::Duration;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::Value as Json;

use super::cache::{FetchFailed, KeyCache};
use super::keys::KeySet;
use super::{Claims, TokenError};
use crate::config::Auth;
use crate::model::{Timestamp, UserId};

/// Asymmetric algorithms only: with HMAC a public key would be the secret.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
/// How far our clock and the identity provider's may be apart.
const LEEWAY: Duration = Duration::from_secs(30);
/// Platforms send at most 4096 characters; longer texts are not worth the work.
const TOKEN_MAX_BYTES: usize = 8 * 1024;
const SESSION_MAX_CHARS: usize = 256;

type Payload = serde_json::Map<String, Json>;

/// Checks users' tokens.
pub struct Verifier(Option<Provider>);

struct Provider {
    issuer: String,
    audiences: Vec<String>,
    keys: KeyCache,
}

impl Verifier {
    /// For tokens of this identity provider. The client must not follow redirects.
    pub fn new(auth: Auth, client: reqwest::Client) -> Self {
        let Auth { issuer, audiences, jwks_url } = auth;
        Verifier(Some(Provider { issuer, audiences, keys: KeyCache::new(jwks_url, client) }))
    }

    /// For a function that takes no user tokens: none can be checked.
    pub fn unavailable() -> Self {
        Verifier(None)
    }

    /// Fetches the keys, so that the first request need not. A failure shows when a token has to be checked.
    pub async fn prefetch(&self) {
        if let Some(provider) = &self.0 {
            let _ = provider.keys.current(Timestamp::now()).await;
        }
    }

    /// What the token says, if it is good.
    ///
    /// # Errors
    /// [`TokenError`]
    pub async fn verify(&self, token: Option<&str>) -> Result<Claims, TokenError> {
        self.verify_at(token, Timestamp::now()).await
    }

    /// As [`Verifier::verify`], at a given time.
    ///
    /// # Errors
    /// [`TokenError`]
    pub async fn verify_at(&self, token: Option<&str>, now: Timestamp) -> Result<Claims, TokenError> {
        let claims = self.verify_even_expired(token, now).await?;
        if now.since(claims.expires_at) >= LEEWAY { Err(TokenError::Expired) } else { Ok(claims) }
    }

    /// What the token says, even if it has expired: enough to end a link, for nothing else.
    ///
    /// # Errors
    /// [`TokenError`], but not `Expired`
    pub async fn verify_even_expired(&self, token: Option<&str>, now: Timestamp) -> Result<Claims, TokenError> {
        let token = token.ok_or(TokenError::Missing)?;
        if token.len() > TOKEN_MAX_BYTES {
            return Err(TokenError::Malformed);
        }
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        // `crit` names extensions that must be understood (RFC 7515 section 4.1.11); none are.
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(TokenError::Invalid);
        }
        let provider = self.0.as_ref().ok_or(TokenError::Unavailable)?;
        let payload = provider.payload(token, &header, now).await?;
        provider.claims(&payload, now).ok_or(TokenError::Invalid)
    }
}

impl From<FetchFailed> for TokenError {
    fn from(_: FetchFailed) -> Self {
        TokenError::Unavailable
    }
}

impl Provider {
    /// The payload of a token whose signature is good.
    async fn payload(&self, token: &str, header: &Header, now: Timestamp) -> Result<Payload, TokenError> {
        let keys = self.keys.current(now).await?;
        if let Some(payload) = signed(token, header, &keys)? {
            return Ok(payload);
        }
        // A key with this id is there and did not sign it. Without an id the right key may be one that is not here yet.
        if keys.knows(header) {
            return Err(TokenError::Invalid);
        }
        let keys = self.keys.beyond(&keys, now).await?;
        signed(token, header, &keys)?.ok_or(TokenError::Invalid)
    }

    fn claims(&self, payload: &Payload, now: Timestamp) -> Option<Claims> {
        let issuer_fits = text(payload, "iss") == Some(&self.issuer);
        let started = payload.get("nbf").is_none_or(|nbf| time(nbf).is_some_and(|nbf| nbf <= now.plus(LEEWAY)));
        if !issuer_fits || !started || !self.is_for_us(payload) {
            return None;
        }
        let session =
            ["sid", "origin_jti"].into_iter().find_map(|name| text(payload, name).filter(|id| is_session(id)));
        let signed_in = ["auth_time", "iat"].into_iter().find_map(|name| time(payload.get(name)?));
        Some(Claims {
            user: UserId::new(text(payload, "sub")?)?,
            session: session.map(str::to_owned),
            signed_in: signed_in.unwrap_or(Timestamp::from_secs(0)),
            expires_at: time(payload.get("exp")?)?,
        })
    }

    /// Cognito's access tokens have `client_id` in the place of `aud`.
    fn is_for_us(&self, payload: &Payload) -> bool {
        let ours = |audience: &Json| audience.as_str().is_some_and(|text| self.audiences.iter().any(|one| one == text));
        match payload.get("aud") {
            Some(Json::Array(several)) => several.iter().any(ours),
            Some(one) => ours(one),
            None => payload.get("client_id").is_some_and(ours),
        }
    }
}

/// The payload if one of the keys signed it, `None` if none did.
fn signed(token: &str, header: &Header, keys: &KeySet) -> Result<Option<Payload>, TokenError> {
    for key in keys.candidates(header) {
        match check(token, header.alg, key) {
            Ok(payload) => return Ok(Some(payload)),
            Err(ErrorKind::InvalidSignature) => {}
            Err(_) => return Err(TokenError::Invalid),
        }
    }
    Ok(None)
}

/// Checks the signature alone; the claims are looked at afterwards, to tell expired tokens from wrong ones.
fn check(token: &str, algorithm: Algorithm, key: &DecodingKey) -> Result<Payload, ErrorKind> {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    decode::<Payload>(token, key, &validation).map(|data| data.claims).map_err(jsonwebtoken::errors::Error::into_kind)
}

fn text<'a>(payload: &'a Payload, name: &str) -> Option<&'a str> {
    payload.get(name)?.as_str()
}

/// `NumericDate` of RFC 7519: seconds, possibly with a fraction, which is kept: it orders a sign-in and an unlink.
fn time(json: &Json) -> Option<Timestamp> {
    if let Some(secs) = json.as_i64() {
        return Some(Timestamp::from_secs(secs));
    }
    let secs = json.as_f64().filter(|secs| secs.abs() < 1e11)?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    Some(Timestamp::from_micros((secs * 1e6).round() as i64))
}

fn is_session(id: &str) -> bool {
    (1..=SESSION_MAX_CHARS).contains(&id.chars().count()) && !id.chars().any(char::is_control)
}
