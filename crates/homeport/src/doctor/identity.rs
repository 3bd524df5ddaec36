//! The identity provider of the users.

use reqwest::{Client, Url};
use serde_json::Value as Json;

use super::address::reason;
use super::facts::Facts;
use super::finding::Finding;
use super::{ANSWER_MAX_BYTES, PATIENCE};

pub(super) async fn examine(facts: &Facts, client: &Client) -> Vec<Finding> {
    let Some(jwks_url) = &facts.jwks_url else { return Vec::new() };
    let mut findings = vec![keys(client, jwks_url).await];
    findings.extend(audience(facts));
    if let Some(issuer) = &facts.issuer {
        findings.extend(published(client, issuer, jwks_url).await);
    }
    findings
}

async fn json(client: &Client, url: &str) -> Result<Json, String> {
    let answer = client.get(url).timeout(PATIENCE).send().await.map_err(|error| reason(&error))?;
    if !answer.status().is_success() {
        return Err(format!("it is answered {}", answer.status()));
    }
    let body = common::net::read_body(answer, ANSWER_MAX_BYTES).await.map_err(|error| reason(&error))?;
    serde_json::from_slice(&body).map_err(|_| "the answer is no JSON".to_owned())
}

async fn keys(client: &Client, url: &str) -> Finding {
    let what = format!("users' keys at {url}");
    match json(client, url).await {
        Err(why) => Finding::wrong(what, format!("{why}: no user's token can be checked")),
        Ok(set) => judge_keys(what, &set),
    }
}

fn judge_keys(what: String, set: &Json) -> Finding {
    let Some(keys) = set.get("keys").and_then(Json::as_array) else {
        return Finding::wrong(what, "it is no JWK set: there is no member keys");
    };
    let kind = |key: &Json| key.get("kty").and_then(Json::as_str).unwrap_or_default().to_owned();
    let signs = |key: &Json| key.get("use").and_then(Json::as_str).is_none_or(|usage| usage == "sig");
    if keys.iter().any(|key| kind(key) == "oct") {
        return Finding::wrong(what, "it publishes a shared secret (kty oct): whoever reads it can sign in as anybody");
    }
    match keys.iter().filter(|key| signs(key) && ["RSA", "EC", "OKP"].contains(&kind(key).as_str())).count() {
        0 => Finding::wrong(what, "there is no key that signatures can be checked with (RSA, EC or OKP)"),
        usable => Finding::good(format!("{what}: {usable} of {}", keys.len())),
    }
}

fn audience(facts: &Facts) -> Option<Finding> {
    let stated = facts.audience.as_deref()?;
    let wildcards = stated.split(',').any(|name| name.trim() == "*");
    wildcards.then(|| Finding::wrong("users' audience", "* is compared as it is: give the aud of the tokens"))
}

/// What the provider says of itself, if it does.
async fn published(client: &Client, issuer: &str, jwks_url: &str) -> Option<Finding> {
    let base = issuer.parse::<Url>().ok().filter(|url| matches!(url.scheme(), "https" | "http"))?;
    let address = format!("{}/.well-known/openid-configuration", base.as_str().trim_end_matches('/'));
    let what = format!("issuer {issuer}");
    match json(client, &address).await {
        Err(why) => Some(Finding::doubtful(what, format!("{address}: {why}; the issuer could not be compared"))),
        Ok(about) => Some(judge_issuer(what, issuer, jwks_url, &about)),
    }
}

fn judge_issuer(what: String, issuer: &str, jwks_url: &str, about: &Json) -> Finding {
    let text = |name: &str| about.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    if text("issuer") != issuer {
        return Finding::wrong(
            what,
            format!("it calls itself {:?}; tokens are compared letter by letter", text("issuer")),
        );
    }
    if text("jwks_uri") != jwks_url {
        return Finding::doubtful(what, format!("its keys are at {}", text("jwks_uri")));
    }
    Finding::good(what)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn key_sets_are_judged() {
        for (set, grade) in [
            (json!({"keys": [{"kty": "RSA", "use": "sig"}]}), Grade::Good),
            (json!({"keys": [{"kty": "EC"}, {"kty": "RSA", "use": "enc"}]}), Grade::Good),
            (json!({"keys": [{"kty": "RSA", "use": "enc"}]}), Grade::Wrong),
            (json!({"keys": [{"kty": "RSA"}, {"kty": "oct", "k": "c2VjcmV0"}]}), Grade::Wrong),
            (json!({"keys": []}), Grade::Wrong),
            (json!([]), Grade::Wrong),
        ] {
            assert_eq!(judge_keys("keys".to_owned(), &set).grade, grade, "{set}");
        }
    }

    #[test]
    fn a_slash_at_the_end_makes_another_issuer() {
        let about = json!({"issuer": "https://id.example.com/", "jwks_uri": "https://id.example.com/keys"});
        let judge = |issuer: &str, keys: &str| judge_issuer("i".to_owned(), issuer, keys, &about).grade;
        assert_eq!(judge("https://id.example.com", "https://id.example.com/keys"), Grade::Wrong);
        assert_eq!(judge("https://id.example.com/", "https://id.example.com/old"), Grade::Doubtful);
        assert_eq!(judge("https://id.example.com/", "https://id.example.com/keys"), Grade::Good);
    }
}
