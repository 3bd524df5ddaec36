//! Which tokens are good, and what the others are called.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::auth::{TokenError, Verifier};
use common::model::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value as Json, json};

use crate::identity_provider::{IdentityProvider, NOW, claims, claims_but};
use crate::signer::Signer;

async fn error(verifier: &Verifier, token: &str) -> TokenError {
    verifier.verify_at(Some(token), NOW).await.expect_err(token)
}

#[tokio::test]
async fn every_listed_algorithm_is_accepted() {
    for algorithm in [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::EdDSA,
    ] {
        let signer = Signer::new("k", algorithm);
        let provider = IdentityProvider::start(&[&signer]).await;
        let claims = provider.verifier().verify_at(Some(&signer.sign(&claims())), NOW).await;
        assert_eq!(claims.unwrap().user.as_str(), "u1", "{algorithm:?}");
    }
}

#[tokio::test]
async fn claims_are_read() {
    let signer = Signer::new("k", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    let read = async |changes: Json| verifier.verify_at(Some(&signer.sign(&claims_but(&changes))), NOW).await.unwrap();

    let plain = read(json!({})).await;
    assert_eq!(plain.session, None);
    assert_eq!(plain.signed_in, Timestamp::from_secs(NOW.secs() - 60));
    assert_eq!(plain.expires_at, Timestamp::from_secs(NOW.secs() + 600));
    assert_eq!(read(json!({"auth_time": 5})).await.signed_in, Timestamp::from_secs(5));
    assert_eq!(read(json!({"auth_time": 5.75})).await.signed_in, Timestamp::from_micros(5_750_000));
    assert_eq!(read(json!({"iat": null})).await.signed_in, Timestamp::from_secs(0));
    assert_eq!(read(json!({"origin_jti": "o"})).await.session.as_deref(), Some("o"));
    assert_eq!(read(json!({"origin_jti": "o", "sid": "s"})).await.session.as_deref(), Some("s"));
    assert_eq!(read(json!({"origin_jti": "o", "sid": ""})).await.session.as_deref(), Some("o"));
    for for_us in [
        json!({"aud": "homeport-sber"}),
        json!({"aud": ["other", "homeport"]}),
        json!({"aud": null, "client_id": "homeport"}),
        json!({"nbf": NOW.secs() + 29}),
        json!({"exp": NOW.secs() - 29}),
    ] {
        assert_eq!(read(for_us).await.user.as_str(), "u1");
    }
}

#[tokio::test]
async fn tokens_that_are_not_for_us_are_invalid() {
    let signer = Signer::new("k", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    for wrong in [
        json!({"iss": null}),
        json!({"iss": "https://id.example.com/pool/"}),
        json!({"iss": ["https://id.example.com/pool"]}),
        json!({"aud": null}),
        json!({"aud": "other"}),
        json!({"aud": ["other"]}),
        json!({"aud": 5}),
        json!({"aud": "other", "client_id": "homeport"}),
        json!({"aud": null, "client_id": "other"}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 5}),
        json!({"sub": "a\nb"}),
        json!({"sub": "x".repeat(129)}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"exp": 1e300}),
        json!({"nbf": NOW.secs() + 31}),
        json!({"nbf": "now"}),
    ] {
        assert_eq!(error(&verifier, &signer.sign(&claims_but(&wrong))).await, TokenError::Invalid, "{wrong}");
    }
}

#[tokio::test]
async fn expired_is_said_only_of_good_tokens() {
    let signer = Signer::new("k", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    let token = signer.sign(&claims());
    let end = NOW.plus(Duration::from_secs(600));
    assert!(verifier.verify_at(Some(&token), end.plus(Duration::from_secs(29))).await.is_ok());
    let after = end.plus(Duration::from_secs(30));
    assert_eq!(verifier.verify_at(Some(&token), after).await, Err(TokenError::Expired));
    assert_eq!(verifier.verify_even_expired(Some(&token), after).await.unwrap().user.as_str(), "u1");

    for wrong in [json!({"aud": "other"}), json!({"iss": "x"}), json!({"sub": null})] {
        let mut claims = claims_but(&wrong);
        claims["exp"] = json!(NOW.secs() - 1000);
        assert_eq!(error(&verifier, &signer.sign(&claims)).await, TokenError::Invalid, "{wrong}");
    }
    let stranger = Signer::new("k", Algorithm::ES256);
    let forged = stranger.sign(&claims_but(&json!({"exp": NOW.secs() - 1000})));
    assert_eq!(error(&verifier, &forged).await, TokenError::Invalid);
}

#[tokio::test]
async fn what_is_no_token_is_malformed_or_missing() {
    let signer = Signer::new("k", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    assert_eq!(verifier.verify_at(None, NOW).await, Err(TokenError::Missing));
    let part = |json: Json| URL_SAFE_NO_PAD.encode(json.to_string());
    let unsigned = format!("{}.{}.", part(json!({"alg": "none", "typ": "JWT"})), part(claims()));
    let long = signer.sign(&claims_but(&json!({"padding": "x".repeat(8 * 1024)})));
    for token in ["", "abc", "a.b", "a.b.c", "....", "\u{0}.\u{0}.\u{0}", &unsigned, &long, &"a.".repeat(5000)] {
        assert_eq!(error(&verifier, token).await, TokenError::Malformed, "{token:.40}");
    }
    assert_eq!(provider.fetches(), 0, "none of them needs a key");
}

#[tokio::test]
async fn signatures_are_checked() {
    let signer = Signer::new("k", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    let token = signer.sign(&claims());
    let parts: Vec<&str> = token.split('.').collect();
    let other = signer.sign(&claims_but(&json!({"sub": "u2"})));
    let other: Vec<&str> = other.split('.').collect();
    let stranger = Signer::new("k", Algorithm::ES256).sign(&claims());
    for forged in [
        format!("{}.{}.{}", parts[0], other[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!("{}.{}.{}", parts[0], parts[1], URL_SAFE_NO_PAD.encode([0; 64])),
        format!("{}.{}.{}x", parts[0], parts[1], parts[2]),
        stranger,
    ] {
        assert_eq!(error(&verifier, &forged).await, TokenError::Invalid);
    }
    let critical = Header { crit: Some(vec!["exp".into()]), ..signer.header() };
    assert_eq!(error(&verifier, &signer.sign_with(&critical, &claims())).await, TokenError::Invalid);
}

#[tokio::test]
async fn the_token_does_not_choose_the_algorithm() {
    let rsa = Signer::new("rsa", Algorithm::RS256);
    let curve = Signer::new("curve", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&rsa, &curve]).await;
    let verifier = provider.verifier();

    // The public key is known to everybody: whoever takes it for an HMAC secret believes anybody.
    let modulus = rsa.jwk["n"].as_str().unwrap();
    let secrets = [
        rsa.jwk.to_string().into_bytes(),
        modulus.as_bytes().to_vec(),
        URL_SAFE_NO_PAD.decode(modulus).unwrap(),
        Vec::new(),
    ];
    for secret in secrets {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            for kid in [Some("rsa".to_owned()), None] {
                let header = Header { kid, ..Header::new(algorithm) };
                let token = encode(&header, &claims(), &EncodingKey::from_secret(&secret)).unwrap();
                assert_eq!(error(&verifier, &token).await, TokenError::Invalid);
            }
        }
    }
    // The set says RS256 for this key.
    let other = Signer::new("rsa", Algorithm::PS256).sign(&claims());
    assert_eq!(error(&verifier, &other).await, TokenError::Invalid);
    let crossed = Signer::new("curve", Algorithm::RS256).sign(&claims());
    assert_eq!(error(&verifier, &crossed).await, TokenError::Invalid);
}

#[tokio::test]
async fn a_token_without_key_id_fits_any_key() {
    let first = Signer::new("first", Algorithm::ES256);
    let second = Signer::new("second", Algorithm::ES256);
    let provider = IdentityProvider::start(&[&first]).await;
    let verifier = provider.verifier();
    let token = Signer::named(first, None).sign(&claims());
    assert!(verifier.verify_at(Some(&token), NOW).await.is_ok());

    let both = Signer::new("x", Algorithm::RS256);
    provider.has(&[&both, &second]);
    let token = second.named(None).sign(&claims());
    assert!(verifier.verify_at(Some(&token), NOW).await.is_ok(), "a rotation is seen without an id, too");
}

#[tokio::test]
async fn a_function_without_users_calls_no_token_bad() {
    let token = Signer::new("k", Algorithm::ES256).sign(&claims());
    assert_eq!(error(&Verifier::unavailable(), &token).await, TokenError::Unavailable);
}
