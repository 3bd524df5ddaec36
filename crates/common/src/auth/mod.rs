//! Who asks: users by tokens of the vendor's identity provider, the vendor's cloud by its key.
//!
//! A 401 makes platforms show a user's devices as unlinked, so a token is called bad only when that is certain; when its
//! keys cannot be fetched the answer is [`TokenError::Unavailable`], a fault of ours.

mod cache;
mod keys;
mod verifier;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::model::{Timestamp, UserId};

pub use verifier::Verifier;

/// What a good token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// The vendor's user: `sub`.
    pub user: UserId,
    /// The session the token belongs to, the same after a refresh: `sid`, else Cognito's `origin_jti`.
    pub session: Option<String>,
    /// When the user signed in: `auth_time`, else `iat`. A token that says neither counts as very old.
    pub signed_in: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
}

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is none.
    #[error("no token")]
    Missing,
    /// It is not a JWT.
    #[error("token cannot be read")]
    Malformed,
    /// It is not from this identity provider, not for us, or not signed by a known key.
    #[error("token is not accepted")]
    Invalid,
    /// All of it is good, but it has expired.
    #[error("token has expired")]
    Expired,
    /// It could not be checked, because the identity provider's keys could not be fetched. No fault of the caller.
    #[error("identity provider's keys are not available")]
    Unavailable,
}

/// The bearer token of a request, if it has one. The empty text is one that cannot be read.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION).map(|value| value.to_str().map_or("", |value| bearer_token(value).unwrap_or("")))
}

/// The token in the value of an `Authorization` header, where a message carries that value in its body.
pub fn bearer_token(value: &str) -> Option<&str> {
    let (scheme, token) = value.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim_start())
}

/// Whether the presented key is the expected one, in a time that does not depend on where they differ.
pub fn same_key(expected: &SecretString, presented: &str) -> bool {
    // Digests have one length, so that the key's length does not show either.
    let digests = [expected.expose_secret(), presented].map(|text| Sha256::digest(text.as_bytes()));
    let [expected, presented] = &digests;
    expected.ct_eq(presented).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bearer_tokens_are_found() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer abc", Some("abc")),
            (" BEARER  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(bearer_token(value), token, "{value:?}");
        }
        let mut headers = HeaderMap::new();
        assert_eq!(bearer(&headers), None);
        headers.insert(AUTHORIZATION, http::HeaderValue::from_bytes(b"Bearer \xff").unwrap());
        assert_eq!(bearer(&headers), Some(""), "unreadable, but not missing");
        headers.insert(AUTHORIZATION, http::HeaderValue::from_static("Bearer abc"));
        assert_eq!(bearer(&headers), Some("abc"));
    }

    #[test]
    fn keys_are_compared_whole() {
        let expected = SecretString::from("dev-vendor-key");
        assert!(same_key(&expected, "dev-vendor-key"));
        for wrong in ["", "dev-vendor-ke", "dev-vendor-key ", "dev-vendor-kez"] {
            assert!(!same_key(&expected, wrong), "{wrong:?}");
        }
    }
}
