//! The deployment as the platforms reach it.

use std::net::SocketAddr;
use std::time::Instant;

use http::{Method, StatusCode};
use reqwest::Client;
use serde_json::json;
use tokio::net::TcpStream;

use super::facts::Facts;
use super::finding::Finding;
use super::{ANSWER_MAX_BYTES, PATIENCE};

pub(super) async fn examine(facts: &Facts, client: &Client) -> Vec<Finding> {
    let mut findings = vec![form(facts)];
    findings.extend(names(facts).await);
    findings.push(health(facts, client).await);
    let routes = [
        (Method::HEAD, "/yandex/v1.0", "Yandex", facts.yandex.is_some(), StatusCode::OK),
        (Method::HEAD, "/yandex/v1.0/", "Yandex", facts.yandex.is_some(), StatusCode::OK),
        (Method::GET, "/yandex/v1.0/user/devices", "Yandex", facts.yandex.is_some(), StatusCode::UNAUTHORIZED),
        (Method::GET, "/sber/v1/ping", "Sber", facts.sber.is_some(), StatusCode::OK),
        (Method::GET, "/sber/v1/devices", "Sber", facts.sber.is_some(), StatusCode::UNAUTHORIZED),
    ];
    for (method, path, platform, on, wanted) in routes {
        let sent = client.request(method.clone(), facts.at(path)).timeout(PATIENCE).send().await;
        let what = format!("{platform}: {method} {path}");
        findings.push(match sent {
            Err(error) => Finding::wrong(what, reason(&error)),
            Ok(answer) => routed(what, answer.status(), wanted, on, facts.complete),
        });
    }
    findings.push(smartthings(facts, client).await);
    findings
}

fn form(facts: &Facts) -> Finding {
    let url = &facts.url;
    let what = format!("address {url}");
    let local = url.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127."));
    if url.scheme() != "https" && !local {
        return Finding::wrong(what, "the platforms want https with a certificate of a public authority");
    }
    if ["/yandex", "/sber", "/smartthings", "/v1", "/v1.0"].iter().any(|end| url.path().ends_with(end)) {
        return Finding::wrong(what, "give the address before /yandex, /sber and /smartthings");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Finding::wrong(what, "an address has neither ? nor #");
    }
    Finding::good(what)
}

/// Yandex' check fails on an IPv6 address that is in the DNS and does not answer.
async fn names(facts: &Facts) -> Option<Finding> {
    let (host, port) = (facts.url.host_str()?, facts.url.port_or_known_default()?);
    let what = format!("DNS of {host}");
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = match tokio::net::lookup_host((host, port)).await {
        Ok(found) => found.collect(),
        Err(error) => return Some(Finding::wrong(what, format!("it has no address: {error}"))),
    };
    for address in &found {
        let connected = tokio::time::timeout(PATIENCE, TcpStream::connect(address)).await;
        if !matches!(connected, Ok(Ok(_))) && address.is_ipv6() {
            let advice = format!("{} does not answer; mend it or remove the AAAA record", address.ip());
            // This machine may have no IPv6 itself.
            return Some(Finding::doubtful(what, advice));
        }
    }
    Some(Finding::good(what))
}

async fn health(facts: &Facts, client: &Client) -> Finding {
    let began = Instant::now();
    match client.get(facts.at("/healthz")).timeout(PATIENCE).send().await {
        Err(error) => Finding::wrong("GET /healthz", reason(&error)),
        Ok(answer) if answer.status() != StatusCode::OK => {
            Finding::wrong("GET /healthz", format!("it is answered {}: is this homeport's address?", answer.status()))
        }
        Ok(_) => {
            let millis = began.elapsed().as_millis();
            let what = format!("GET /healthz in {millis} ms");
            if millis > 1500 {
                Finding::doubtful(what, "platforms wait for 3 s in all; is the region far from Moscow?")
            } else {
                Finding::good(what)
            }
        }
    }
}

fn routed(what: String, is: StatusCode, wanted: StatusCode, on: bool, complete: bool) -> Finding {
    match is {
        is if is == wanted && (on || !complete) => Finding::good(what),
        StatusCode::NOT_FOUND if on => {
            Finding::wrong(what, "not found: the request is not routed, or an older version runs")
        }
        StatusCode::NOT_FOUND if complete => Finding::good(format!("{what}: the platform is off")),
        StatusCode::NOT_FOUND => {
            Finding::doubtful(what, "not found: the platform is off, or the request is not routed")
        }
        is => Finding::wrong(what, format!("it is answered {is} in place of {wanted}")),
    }
}

/// A message with a token that nobody issued is answered with a global error, in SmartThings' own form.
async fn smartthings(facts: &Facts, client: &Client) -> Finding {
    let what = "SmartThings: POST /smartthings";
    let message = json!({
        "headers": {"schema": "st-schema", "version": "1.0", "interactionType": "discoveryRequest", "requestId": "doctor"},
        "authentication": {"tokenType": "Bearer", "token": "doctor"},
    });
    let request = client.post(facts.at("/smartthings")).timeout(PATIENCE).header("content-type", "application/json");
    let answer = match request.body(message.to_string()).send().await {
        Ok(answer) => answer,
        Err(error) => return Finding::wrong(what, reason(&error)),
    };
    let status = answer.status();
    if status == StatusCode::OK {
        let body = common::net::read_body(answer, ANSWER_MAX_BYTES).await.unwrap_or_default();
        let understood =
            serde_json::from_slice::<serde_json::Value>(&body).is_ok_and(|body| body.get("globalError").is_some());
        return if understood {
            Finding::good(what)
        } else {
            Finding::wrong(what, "the answer is not SmartThings' global error: is this homeport's address?")
        };
    }
    routed(what.to_owned(), status, StatusCode::OK, facts.smartthings.is_some(), facts.complete)
}

/// Why there was no answer, in words that say what to do.
pub(super) fn reason(error: &reqwest::Error) -> String {
    let details = format!("{error:?}");
    let certificate = ["UnknownIssuer", "certificate", "Certificate"].iter().any(|word| details.contains(word));
    match (certificate, details.contains("Expired"), details.contains("NotValidForName")) {
        (_, true, _) => "its certificate has expired".to_owned(),
        (_, _, true) => "its certificate is for another name".to_owned(),
        (true, ..) => {
            "its certificate does not lead to an authority that is trusted: is the chain sent whole, are extra roots needed?".to_owned()
        }
        _ => common::net::describe(error).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    fn grade(is: u16, wanted: u16, on: bool, complete: bool) -> Grade {
        let status = |code| StatusCode::from_u16(code).unwrap();
        routed("x".to_owned(), status(is), status(wanted), on, complete).grade
    }

    #[test]
    fn a_route_is_judged_by_what_is_known_of_the_platform() {
        for (is, wanted, on, complete, judged) in [
            (200, 200, true, true, Grade::Good),
            (404, 200, true, true, Grade::Wrong),
            (404, 200, false, true, Grade::Good),
            (404, 200, false, false, Grade::Doubtful),
            (401, 401, false, false, Grade::Good),
            (500, 200, true, true, Grade::Wrong),
            (200, 401, true, true, Grade::Wrong),
            (200, 200, false, true, Grade::Wrong),
        ] {
            assert_eq!(grade(is, wanted, on, complete), judged, "{is} {wanted} {on} {complete}");
        }
    }

    #[test]
    fn addresses_are_judged() {
        let facts = |url: &str| Facts {
            url: url.parse().unwrap(),
            complete: false,
            yandex: None,
            sber: None,
            smartthings: None,
            issuer: None,
            audience: None,
            jwks_url: None,
        };
        for (url, judged) in [
            ("https://home.example.com", Grade::Good),
            ("https://home.example.com/prod", Grade::Good),
            ("http://127.0.0.1:8080", Grade::Good),
            ("http://home.example.com", Grade::Wrong),
            ("https://home.example.com/yandex", Grade::Wrong),
            ("https://home.example.com/yandex/v1.0", Grade::Wrong),
            ("https://home.example.com?q=", Grade::Wrong),
        ] {
            assert_eq!(form(&facts(url)).grade, judged, "{url}");
        }
    }
}
