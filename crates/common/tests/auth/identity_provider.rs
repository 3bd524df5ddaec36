//! Serves the keys, in every way that it can go wrong.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use common::auth::Verifier;
use common::config::Auth;
use common::model::Timestamp;
use common::net::http_client;
use http::{Response, StatusCode, header};
use serde_json::{Value as Json, json};
use testkit::Serving;

use crate::signer::Signer;

pub(crate) const ISSUER: &str = "https://id.example.com/pool";

/// The time at which the tests take place.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_770_000_000);

/// What the keys' address answers.
#[derive(Clone)]
pub(crate) enum Answer {
    Keys(Vec<Json>),
    Body(String),
    Status(StatusCode),
    RedirectToKeys(Vec<Json>),
    Nothing,
}

pub(crate) struct IdentityProvider {
    serving: Serving,
    answer: Arc<Mutex<Answer>>,
    fetches: Arc<AtomicUsize>,
}

impl IdentityProvider {
    pub(crate) async fn start(signers: &[&Signer]) -> Self {
        let answer = Arc::new(Mutex::new(keys(signers)));
        let fetches = Arc::new(AtomicUsize::new(0));
        let (at_address, counter) = (Arc::clone(&answer), Arc::clone(&fetches));
        let at_redirect = Arc::clone(&answer);
        let router = Router::new()
            .route(
                "/keys",
                get(move || {
                    counter.fetch_add(1, Ordering::Relaxed);
                    let answer = at_address.lock().unwrap().clone();
                    respond(answer)
                }),
            )
            .route(
                "/elsewhere",
                get(move || {
                    let answer = at_redirect.lock().unwrap().clone();
                    async move {
                        let Answer::RedirectToKeys(keys) = answer else { panic!("nothing was redirected") };
                        json!({ "keys": keys }).to_string()
                    }
                }),
            );
        IdentityProvider { serving: Serving::start(router).await, answer, fetches }
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// From now on these are the keys.
    pub(crate) fn has(&self, signers: &[&Signer]) {
        self.answers(keys(signers));
    }

    pub(crate) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }

    pub(crate) fn verifier(&self) -> Verifier {
        let auth = Auth {
            issuer: ISSUER.into(),
            audiences: vec!["homeport".into(), "homeport-sber".into()],
            jwks_url: format!("{}/keys", self.serving.url()).parse().unwrap(),
        };
        Verifier::new(auth, http_client().unwrap())
    }
}

fn keys(signers: &[&Signer]) -> Answer {
    Answer::Keys(signers.iter().map(|signer| signer.jwk.clone()).collect())
}

async fn respond(answer: Answer) -> Response<Body> {
    let builder = Response::builder();
    match answer {
        Answer::Keys(keys) => builder.body(Body::from(json!({ "keys": keys }).to_string())).unwrap(),
        Answer::Body(body) => builder.body(Body::from(body)).unwrap(),
        Answer::Status(status) => builder.status(status).body(Body::empty()).unwrap(),
        Answer::RedirectToKeys(_) => {
            builder.status(StatusCode::FOUND).header(header::LOCATION, "/elsewhere").body(Body::empty()).unwrap()
        }
        Answer::Nothing => std::future::pending().await,
    }
}

/// The claims of a good token.
pub(crate) fn claims() -> Json {
    json!({
        "iss": ISSUER, "aud": "homeport", "sub": "u1",
        "iat": NOW.secs() - 60, "exp": NOW.secs() + 600,
    })
}

/// The claims of a good token, with some members changed or, where null, taken out.
pub(crate) fn claims_but(changes: &Json) -> Json {
    let mut claims = claims();
    let members = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => drop(members.remove(name)),
            value => drop(members.insert(name.clone(), value.clone())),
        }
    }
    claims
}
