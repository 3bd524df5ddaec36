//! One user with a lamp and a button, the functions that change them, and those that tell the platforms.

use aws_sdk_dynamodb::types::AttributeValue;
use common::model::Timestamp;
use serde_json::{Value as Json, json};
use testkit::{Arrived, Invocation, Reply};

use crate::deployment::{Deployment, Surroundings, TELLERS, TOKEN_KEY, VENDOR_KEY, request};

/// A brightness that is nowhere by accident.
pub(crate) const OLD: f64 = 57.4321;
/// The one after it.
pub(crate) const NEW: f64 = 61.8765;
/// When a table's record was written, for the age of a callback.
const WRITTEN: f64 = 1_772_359_199.0;

/// What SmartThings gives out.
const CODE: &str = "leaky-code";
const ACCESS_TOKEN: &str = "leaky-access-token";
const REFRESH_TOKEN: &str = "leaky-refresh-token";

/// The user `u1`.
pub(crate) struct Home {
    pub(crate) deployment: Deployment,
}

impl Home {
    /// With devices of which something is known, linked to these platforms.
    pub(crate) async fn linked(platforms: &[&str]) -> Self {
        Self::with(Surroundings::start().await, platforms, Vec::new()).await
    }

    /// The same with these settings beside the usual ones, or instead of them.
    pub(crate) async fn with(surroundings: Surroundings, platforms: &[&str], more: Vec<(String, String)>) -> Self {
        let mut settings = surroundings.settings();
        settings.push(("HOMEPORT_LOG".to_owned(), "trace".to_owned()));
        settings.extend(more);
        let mut functions = vec!["report"];
        functions.extend(platforms.iter().filter(|platform| **platform != "smartthings").map(|_| "discovery"));
        functions.extend(platforms.iter().filter(|platform| **platform == "smartthings").map(|_| "webhook"));
        functions.extend(TELLERS);
        functions.dedup();
        let home = Home { deployment: Deployment::with(surroundings, &functions, &settings).await };
        let lamp = json!({"owner": "u1", "type": "light", "name": "Leaky lamp",
            "traits": {"on_off": {}, "brightness": {"step": 0.0001}}});
        let button = json!({"owner": "u1", "type": "button", "name": "Leaky button", "traits": {"button": {}}});
        for (id, document) in [("lamp", lamp), ("button", button)] {
            home.vendor("PUT", &format!("/v1/devices/{id}"), &document).await;
        }
        home.report("lamp", json!({"online": true, "state": {"on_off": false, "brightness": 1}})).await;
        home.report("button", json!({"online": true})).await;
        for platform in platforms {
            home.link(platform).await;
        }
        home
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.deployment.surroundings
    }

    /// From now on the platforms answer by this; SmartThings' tokens come on top.
    pub(crate) fn platforms_answer(&self, mut answer: impl FnMut(&Arrived) -> Reply + Send + 'static) {
        self.surroundings().platforms.answers(move |arrived| {
            if arrived.line == "POST /oauth/token" {
                let given = json!({"tokenType": "Bearer", "accessToken": ACCESS_TOKEN, "refreshToken": REFRESH_TOKEN, "expiresIn": 86_400});
                return Reply::json(200, &json!({"callbackAuthentication": given}));
            }
            answer(arrived)
        });
    }

    /// From now on the platforms take everything.
    pub(crate) fn platforms_take_all(&self) {
        self.platforms_answer(|arrived| Reply::status(if arrived.line.contains("/api/") { 202 } else { 200 }));
    }

    async fn vendor(&self, method: &str, path: &str, body: &Json) {
        let event = request(method, path, Some(VENDOR_KEY), Some(&body.to_string()));
        let (status, answer) = self.deployment.http("report", &event).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
    }

    async fn link(&self, platform: &str) {
        let token = self.surroundings().token("u1");
        let answer = match platform {
            "yandex" => {
                let event = request("GET", "/yandex/v1.0/user/devices", Some(&token), None);
                self.deployment.http("discovery", &event).await
            }
            "sber" => {
                let event = request("GET", "/sber/v1/devices", Some(&token), None);
                self.deployment.http("discovery", &event).await
            }
            _ => {
                let here = self.surroundings().platforms.url();
                let message = json!({
                    "headers": {"schema": "st-schema", "version": "1.0", "interactionType": "grantCallbackAccess",
                        "requestId": "r-1"},
                    "authentication": {"tokenType": "Bearer", "token": token},
                    "callbackAuthentication": {"grantType": "authorization_code", "scope": "callback-access",
                        "code": CODE, "clientId": "sample-client"},
                    "callbackUrls": {"oauthToken": format!("{here}/oauth/token"),
                        "stateCallback": format!("{here}/device/events")},
                });
                let event = request("POST", "/smartthings", None, Some(&message.to_string()));
                self.deployment.http("webhook", &event).await
            }
        };
        assert_eq!(answer.0, 200, "{platform}: {}", answer.1);
    }

    /// An item of the table; null if it is not there.
    pub(crate) async fn item(&self, pk: &str, sk: &str) -> Json {
        let request = self.surroundings().client.get_item().table_name(&self.surroundings().table);
        let request = request.key("pk", AttributeValue::S(pk.into())).key("sk", AttributeValue::S(sk.into()));
        let item = request.consistent_read(true).send().await.unwrap().item.map(serde_dynamo::Item::from);
        serde_json::to_value(item).unwrap()
    }

    /// The link `u1` to a platform.
    pub(crate) async fn link_item(&self, platform: &str) -> Json {
        self.item("USER#u1", &format!("LINK#{platform}#u1")).await
    }

    /// The vendor reports a state: the record of it in the table's stream.
    pub(crate) async fn report(&self, device: &str, report: Json) -> Json {
        let pk = format!("DEVICE#{device}");
        let before = self.item(&pk, "DEVICE").await;
        self.vendor("PATCH", &format!("/v1/devices/{device}/state"), &report).await;
        record("1", &before, &self.item(&pk, "DEVICE").await)
    }

    /// Something happens to the link of a platform: the record of it in the table's stream.
    pub(crate) async fn link_change(&self, platform: &str, method: &str, path: &str) -> Json {
        let before = self.link_item(platform).await;
        self.vendor(method, path, &json!({})).await;
        record("1", &before, &self.link_item(platform).await)
    }

    /// What the notifier answers to these records.
    pub(crate) async fn notify(&self, records: &[Json]) -> Json {
        answered(self.deployment.invoke("notifier", &json!({ "Records": records })).await)
    }

    /// What the redeliverer answers to messages with these bodies; their ids are `m-0`, `m-1` and so on.
    pub(crate) async fn redeliver(&self, bodies: &[String]) -> Json {
        let record = |(place, body): (usize, &String)| json!({"messageId": format!("m-{place}"), "receiptHandle": "x", "body": body, "eventSource": "aws:sqs"});
        let records: Vec<Json> = bodies.iter().enumerate().map(record).collect();
        answered(self.deployment.invoke("redeliver", &json!({ "Records": records })).await)
    }

    /// Nothing that opens a door or says what a device does is in what the functions printed.
    pub(crate) async fn assert_the_log_is_clean(&self) {
        for function in TELLERS {
            let output = self.deployment.output_when(function, |_| true).await;
            for secret in [
                "sample-yandex-token",
                "sample-sber-token",
                "sample-client-secret",
                TOKEN_KEY,
                CODE,
                ACCESS_TOKEN,
                REFRESH_TOKEN,
                &OLD.to_string(),
                &NEW.to_string(),
                "Leaky",
                "double_click",
            ] {
                assert!(!output.contains(secret), "{secret} is in the log: {output}");
            }
        }
    }
}

/// A record of the table's stream.
pub(crate) fn record(sequence_number: &str, old: &Json, new: &Json) -> Json {
    let image = if new.is_null() { old } else { new };
    let name = if old.is_null() { "INSERT" } else { "MODIFY" };
    let mut change = json!({"ApproximateCreationDateTime": WRITTEN, "SequenceNumber": sequence_number, "SizeBytes": 1,
        "StreamViewType": "NEW_AND_OLD_IMAGES", "Keys": {"pk": image["pk"], "sk": image["sk"]}});
    for (name, image) in [("OldImage", old), ("NewImage", new)] {
        if !image.is_null() {
            change[name] = image.clone();
        }
    }
    json!({"awsRegion": "eu-west-1", "eventID": sequence_number, "eventName": name, "eventSource": "aws:dynamodb",
        "eventVersion": "1.1", "dynamodb": change})
}

/// An errand for the link `u1`, as a message's body; `more` is what it is about.
pub(crate) fn errand(platform: &str, more: &Json) -> String {
    let mut errand = json!({"platform": platform, "user": "u1", "link_id": "u1"});
    errand.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    errand.to_string()
}

/// So many seconds ago.
pub(crate) fn ago(secs: i64) -> Json {
    json!(Timestamp::from_secs(Timestamp::now().secs() - secs))
}

/// No item failed.
pub(crate) fn nothing_failed() -> Json {
    json!({"batchItemFailures": []})
}

/// These failed.
pub(crate) fn failed(ids: &[&str]) -> Json {
    let failures: Vec<Json> = ids.iter().map(|id| json!({"itemIdentifier": id})).collect();
    json!({ "batchItemFailures": failures })
}

fn answered(invocation: Invocation) -> Json {
    match invocation {
        Invocation::Answered(answer) => answer,
        Invocation::Failed(error) => panic!("{error}"),
    }
}
