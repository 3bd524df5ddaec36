//! How the keys are fetched: seldom, at once when they change, and never at the caller's cost when that fails.

use std::time::Duration;

use common::auth::{TokenError, Verifier};
use common::model::Timestamp;
use futures_util::future::join_all;
use http::StatusCode;
use jsonwebtoken::{Algorithm, Header};
use serde_json::json;

use crate::identity_provider::{Answer, IdentityProvider, NOW, claims, claims_but};
use crate::signer::Signer;

fn es256(kid: &str) -> Signer {
    Signer::new(kid, Algorithm::ES256)
}

fn later(secs: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(secs))
}

/// The result for a token of this signer that is good at that time.
async fn ask(verifier: &Verifier, signer: &Signer, at: Timestamp) -> Result<(), TokenError> {
    let token = signer.sign(&claims_but(&json!({"exp": at.secs() + 60})));
    verifier.verify_at(Some(&token), at).await.map(drop)
}

/// The results for tokens that arrive together.
async fn ask_together(verifier: &Verifier, tokens: &[String]) -> Vec<Result<(), TokenError>> {
    join_all(tokens.iter().map(async |token| verifier.verify_at(Some(token), NOW).await.map(drop))).await
}

fn tokens(signer: &Signer, count: usize) -> Vec<String> {
    vec![signer.sign(&claims()); count]
}

#[tokio::test]
async fn keys_are_fetched_once() {
    let signer = es256("a");
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    verifier.prefetch().await;
    assert_eq!(provider.fetches(), 1);
    let now = Timestamp::now();
    for _ in 0..20 {
        assert_eq!(ask(&verifier, &signer, now).await, Ok(()));
    }
    assert_eq!(provider.fetches(), 1);
}

#[tokio::test]
async fn requests_that_come_together_share_a_fetch() {
    let signer = es256("a");
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    let results = ask_together(&verifier, &tokens(&signer, 50)).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(provider.fetches(), 1);

    let next = es256("b");
    provider.has(&[&next]);
    let results = ask_together(&verifier, &tokens(&next, 50)).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(provider.fetches(), 2);
}

#[tokio::test]
async fn a_rotation_is_seen_at_once() {
    let (old, new, newest) = (es256("old"), es256("new"), es256("newest"));
    let provider = IdentityProvider::start(&[&old]).await;
    let verifier = provider.verifier();
    assert_eq!(ask(&verifier, &old, NOW).await, Ok(()));
    provider.has(&[&old, &new]);
    assert_eq!(ask(&verifier, &new, NOW).await, Ok(()));
    assert_eq!(ask(&verifier, &old, NOW).await, Ok(()));
    provider.has(&[&newest]);
    assert_eq!(ask(&verifier, &newest, NOW).await, Ok(()));
    assert_eq!(provider.fetches(), 3);
    assert_eq!(ask(&verifier, &old, later(10)).await, Err(TokenError::Invalid), "withdrawn");
}

#[tokio::test]
async fn made_up_key_ids_cause_few_fetches() {
    let (signer, next) = (es256("a"), es256("b"));
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    let stranger = es256("");
    let flood: Vec<String> = (0..200)
        .map(|number| {
            let header = Header { kid: Some(format!("made-up-{number}")), ..stranger.header() };
            stranger.sign_with(&header, &claims())
        })
        .collect();
    let (together, one_by_one) = flood.split_at(100);
    let results = ask_together(&verifier, together).await;
    assert!(results.iter().all(|result| *result == Err(TokenError::Invalid)));
    for token in one_by_one {
        assert_eq!(verifier.verify_at(Some(token), NOW).await.map(drop), Err(TokenError::Invalid));
    }
    assert!(provider.fetches() <= 4, "{} fetches", provider.fetches());
    assert_eq!(ask(&verifier, &signer, NOW).await, Ok(()), "good tokens do not suffer");

    provider.has(&[&next]);
    assert_eq!(ask(&verifier, &next, later(6)).await, Ok(()), "a rotation is seen soon after");
}

#[tokio::test]
async fn without_keys_no_token_is_called_bad() {
    let signer = es256("a");
    let provider = IdentityProvider::start(&[&signer]).await;
    let mut time = NOW;
    for answer in [
        Answer::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Answer::Status(StatusCode::NOT_FOUND),
        Answer::RedirectToKeys(vec![signer.jwk.clone()]),
        Answer::Body("<html>".into()),
        Answer::Body("{}".into()),
        Answer::Keys(Vec::new()),
        Answer::Body(json!({"keys": [signer.jwk], "padding": "x".repeat(300 * 1024)}).to_string()),
    ] {
        provider.answers(answer);
        let verifier = provider.verifier();
        assert_eq!(ask(&verifier, &signer, time).await, Err(TokenError::Unavailable));
        assert_eq!(ask(&verifier, &es256("unknown"), time).await, Err(TokenError::Unavailable));
        provider.has(&[&signer]);
        time = time.plus(Duration::from_secs(1));
        assert_eq!(ask(&verifier, &signer, time).await, Ok(()), "and it is good again when the keys are there");
    }
}

#[tokio::test]
async fn an_identity_provider_that_hangs_is_not_waited_for() {
    let signer = es256("a");
    let provider = IdentityProvider::start(&[&signer]).await;
    provider.answers(Answer::Nothing);
    let verifier = provider.verifier();
    let results = ask_together(&verifier, &tokens(&signer, 10)).await;
    assert!(results.iter().all(|result| *result == Err(TokenError::Unavailable)));
    assert_eq!(provider.fetches(), 1);
}

#[tokio::test]
async fn known_keys_outlive_an_outage() {
    let signer = es256("a");
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    assert_eq!(ask(&verifier, &signer, NOW).await, Ok(()));
    provider.answers(Answer::Status(StatusCode::SERVICE_UNAVAILABLE));
    for secs in [601, 602, 1_000, 100_000] {
        assert_eq!(ask(&verifier, &signer, later(secs)).await, Ok(()));
    }
    assert_eq!(provider.fetches(), 4, "tried again, but not with every request");
    for _ in 0..10 {
        assert_eq!(ask(&verifier, &es256("unknown"), later(100_001)).await, Err(TokenError::Unavailable));
    }
}

#[tokio::test]
async fn old_keys_are_fetched_again() {
    let (signer, next) = (es256("a"), es256("b"));
    let provider = IdentityProvider::start(&[&signer]).await;
    let verifier = provider.verifier();
    assert_eq!(ask(&verifier, &signer, NOW).await, Ok(()));
    provider.has(&[&next]);
    assert_eq!(ask(&verifier, &signer, later(599)).await, Ok(()));
    assert_eq!(ask(&verifier, &signer, later(600)).await, Err(TokenError::Invalid), "withdrawn");
    let token = next.sign(&claims());
    assert!(verifier.verify_at(Some(&token), later(300)).await.is_ok());
}
