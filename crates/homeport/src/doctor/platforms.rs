//! Whether the platforms would take callbacks.

use common::model::Timestamp;
use http::StatusCode;
use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::json;
use uuid::Uuid;

use super::address::reason;
use super::facts::{Facts, Sber, SmartThings, Yandex};
use super::finding::Finding;
use super::{ANSWER_MAX_BYTES, PATIENCE};

/// A user that nobody has.
const NOBODY: &str = "homeport-doctor";
/// Where SmartThings invokes functions
/// (<https://developer.smartthings.com/docs/devices/cloud-connected/schema-app>).
const SMARTTHINGS_REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-northeast-1"];

pub(super) async fn examine(facts: &Facts, client: &Client) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(yandex) = &facts.yandex {
        findings.push(skill_id(&yandex.skill_id));
        findings.extend(ask_yandex(yandex, client).await);
    }
    if let Some(sber) = &facts.sber {
        findings.extend(ask_sber(sber).await);
    }
    findings.extend(facts.smartthings.as_ref().and_then(region));
    findings
}

fn skill_id(id: &str) -> Finding {
    let what = format!("Yandex: skill id {id}");
    if id.ends_with("-draft") {
        return Finding::wrong(
            what,
            "callbacks do not reach drafts: publish the skill, privately if you like, and give its id",
        );
    }
    match Uuid::parse_str(id) {
        Ok(_) => Finding::good(what),
        Err(_) => Finding::wrong(what, "the id is the UUID on the console's general tab, not the skill's name"),
    }
}

/// A callback about nobody: a token and a skill that belong together get the answer that the user is not known
/// (<https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/responses-codes-alerts>).
async fn ask_yandex(yandex: &Yandex, client: &Client) -> Option<Finding> {
    let what = format!("Yandex: callbacks at {}", yandex.api);
    let Some(token) = &yandex.token else {
        return Some(Finding::doubtful(what, "the token is not in the environment, so it is not checked"));
    };
    let url = format!("{}/api/v1/skills/{}/callback/discovery", yandex.api.trim_end_matches('/'), yandex.skill_id);
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
    let body = json!({"ts": Timestamp::now().secs() as f64, "payload": {"user_id": NOBODY}});
    let request = client.post(url).timeout(PATIENCE).header("content-type", "application/json");
    let request = request.header("authorization", format!("OAuth {}", token.expose_secret())).body(body.to_string());
    Some(match request.send().await {
        Err(error) => Finding::wrong(what, reason(&error)),
        Ok(answer) => {
            let status = answer.status();
            let body = common::net::read_body(answer, ANSWER_MAX_BYTES).await.unwrap_or_default();
            judge_yandex(what, status, &String::from_utf8_lossy(&body))
        }
    })
}

fn judge_yandex(what: String, status: StatusCode, body: &str) -> Finding {
    match status.as_u16() {
        202 => Finding::good(what),
        400 if body.contains("UNKNOWN_USER") => Finding::good(what),
        400 => Finding::doubtful(what, "400: the request was not understood"),
        401 => {
            Finding::wrong(what, "401: the token has ended or is none; get a new one as docs/platforms/yandex.md says")
        }
        403 => Finding::wrong(what, "403: the token's account does not own this skill, or the skill id is another's"),
        404 => Finding::wrong(what, "404: there is no such skill"),
        500..=599 => {
            Finding::doubtful(what, format!("{status}: a fault of Yandex, or a skill's name in place of its id"))
        }
        _ => Finding::doubtful(what, format!("{status}, which is not documented")),
    }
}

/// The list of models needs the key and no user
/// (<https://developers.sber.ru/docs/ru/smarthome/c2c/api-get-models>).
async fn ask_sber(sber: &Sber) -> Option<Finding> {
    let what = format!("Sber: callbacks at {}", sber.api);
    let client = match &sber.roots {
        Some(roots) => common::net::http_client_with(roots),
        None => common::net::http_client(),
    };
    let client = match client {
        Ok(client) => client,
        Err(error) => return Some(Finding::wrong("Sber: extra certificates", error.to_string())),
    };
    let Some(token) = &sber.token else {
        return Some(Finding::doubtful(what, "the key is not in the environment, so it is not checked"));
    };
    let request = client.get(format!("{}/v1/models", sber.api.trim_end_matches('/'))).timeout(PATIENCE);
    let request = request.header("authorization", format!("Bearer {}", token.expose_secret()));
    Some(match request.send().await {
        Err(error) => Finding::wrong(what, format!("{}; see infra/certificates/README.md", reason(&error))),
        Ok(answer) => judge_sber(what, answer.status()),
    })
}

fn judge_sber(what: String, status: StatusCode) -> Finding {
    match status.as_u16() {
        200 => Finding::good(what),
        401 | 403 => Finding::wrong(what, format!("{status}: the key is not that of the project; Studio shows it")),
        _ => Finding::doubtful(what, format!("{status}: a fault of Sber?")),
    }
}

fn region(smartthings: &SmartThings) -> Option<Finding> {
    let region = smartthings.region.as_deref()?;
    let what = format!("SmartThings: function in {region}");
    Some(if SMARTTHINGS_REGIONS.contains(&region) {
        Finding::good(what)
    } else {
        let regions = SMARTTHINGS_REGIONS.join(", ");
        Finding::doubtful(what, format!("SmartThings invokes functions in {regions} only: register the webhook"))
    })
}

#[cfg(test)]
mod tests {
    use super::super::finding::Grade;
    use super::*;

    #[test]
    fn skill_ids_are_judged() {
        let id = "01234567-89ab-cdef-0123-456789abcdef";
        assert_eq!(skill_id(id).grade, Grade::Good);
        assert_eq!(skill_id(&format!("{id}-draft")).grade, Grade::Wrong);
        assert_eq!(skill_id("My home").grade, Grade::Wrong);
    }

    #[test]
    fn answers_of_yandex_are_judged() {
        for (status, body, grade) in [
            (400, r#"{"status":"error","error_code":"UNKNOWN_USER"}"#, Grade::Good),
            (400, r#"{"status":"error","error_code":"BAD_REQUEST"}"#, Grade::Doubtful),
            (401, "Unauthorized\n", Grade::Wrong),
            (403, "Forbidden\n", Grade::Wrong),
            (500, "Internal Server Error\n", Grade::Doubtful),
        ] {
            assert_eq!(
                judge_yandex("y".to_owned(), StatusCode::from_u16(status).unwrap(), body).grade,
                grade,
                "{status}"
            );
        }
    }

    #[test]
    fn answers_of_sber_are_judged() {
        for (status, grade) in [(200, Grade::Good), (401, Grade::Wrong), (403, Grade::Wrong), (503, Grade::Doubtful)] {
            assert_eq!(judge_sber("s".to_owned(), StatusCode::from_u16(status).unwrap()).grade, grade, "{status}");
        }
    }

    #[test]
    fn smartthings_has_its_regions() {
        let grade = |name: &str| region(&SmartThings { region: Some(name.to_owned()) }).unwrap().grade;
        assert_eq!((grade("eu-west-1"), grade("eu-central-1")), (Grade::Good, Grade::Doubtful));
    }
}
