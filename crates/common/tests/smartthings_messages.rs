//! SmartThings messages against the store, with real tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/dynamodb.rs"]
mod dynamodb;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use common::config::{Config, Needs};
use common::model::{Device, DeviceId, Timestamp, UserId};
use common::platform::smartthings::inbound;
use common::platform::{Fault, Operation, Platform};
use common::services::{Call, Services};
use common::store::{LinkKey, LinkStatus, Sealer};
use dynamodb::TestTable;
use secrecy::ExposeSecret;
use serde_json::{Value as Json, json};
use testkit::Identity;

const CLIENT: &str = "3f1c1f2e-aa11-4d53-9c2f-8f60c2b7d001";
const TOKEN_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NOW: i64 = 1_772_359_200;

struct Fixture {
    table: TestTable,
    identity: Identity,
    services: Services,
}

impl Fixture {
    async fn new() -> Self {
        let (table, identity) = (TestTable::new().await, Identity::start().await);
        let mut settings: BTreeMap<String, String> = identity.environment().into_iter().collect();
        for (name, value) in [
            ("HOMEPORT_TABLE", table.name.as_str()),
            ("HOMEPORT_SMARTTHINGS_CLIENT_ID", CLIENT),
            ("HOMEPORT_TOKEN_KEY", TOKEN_KEY),
        ] {
            settings.insert(name.to_owned(), value.to_owned());
        }
        let needs = Needs { users: true, grants: true, ..Needs::default() };
        let config = Config::load(|name| settings.get(name).cloned(), needs).unwrap();
        let services = Services::new(config, table.client.clone()).unwrap();
        let fixture = Fixture { table, identity, services };
        for (id, owner) in [("lamp", "anna"), ("other", "boris")] {
            fixture.put(id, owner, json!({"on_off": {}, "brightness": {}})).await;
        }
        fixture
    }

    async fn put(&self, id: &str, owner: &str, traits: Json) {
        let document = json!({"owner": owner, "type": "light", "name": "Lamp", "traits": traits});
        let device = Device::parse(&DeviceId::new(id).unwrap(), &document).unwrap();
        self.table.store.put_device(&device).await.unwrap();
    }

    /// Anna's token of a session, signed in at a time.
    fn token(&self, session: &str, signed_in: i64) -> String {
        self.token_until(session, signed_in, signed_in + 3600)
    }

    fn token_until(&self, session: &str, signed_in: i64, expires: i64) -> String {
        self.identity.token_with(json!({
            "iss": Identity::ISSUER, "aud": Identity::AUDIENCE, "sub": "anna", "sid": session, "auth_time": signed_in,
            "exp": expires,
        }))
    }

    async fn send_at(&self, now: i64, token: &str, kind: &str, content: Json) -> Result<Json, Fault> {
        let mut body = json!({
            "headers": {"schema": "st-schema", "version": "1.0", "interactionType": kind, "requestId": "R-1"},
            "authentication": {"tokenType": "Bearer", "token": token},
        });
        body.as_object_mut().unwrap().extend(content.as_object().unwrap().clone());
        let now = Timestamp::from_secs(now);
        let call = Call { request_id: String::new(), now, deadline: Instant::now() + Duration::from_secs(2) };
        inbound::message(&self.services, &call, body.to_string().as_bytes()).await
    }

    async fn send(&self, token: &str, kind: &str, content: Json) -> Json {
        let answer = self.send_at(NOW, token, kind, content).await.unwrap();
        assert_eq!(answer["headers"]["requestId"], "R-1");
        assert_eq!(answer.get("authentication"), None);
        answer
    }

    /// What a refused callback leads to.
    async fn mark_broken(&self, session: &str) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = self.table.client.update_item().table_name(&self.table.name);
        let update = update.key("pk", text("USER#anna")).key("sk", text(&format!("LINK#smartthings#{session}")));
        let update = update.update_expression("SET #status = :status").expression_attribute_names("#status", "status");
        update.expression_attribute_values(":status", text("broken")).send().await.unwrap();
    }

    async fn link(&self, session: &str) -> Option<common::store::Link> {
        self.table.store.link(&key(session)).await.unwrap()
    }
}

fn key(session: &str) -> LinkKey {
    let user = UserId::new("anna").unwrap();
    LinkKey { platform: Platform::SmartThings, user, link_id: session.to_owned() }
}

fn grant() -> Json {
    json!({
        "callbackAuthentication": {"grantType": "authorization_code", "scope": "callback-access", "code": "grant-code-1",
            "clientId": CLIENT},
        "callbackUrls": {"oauthToken": "https://c2c-eu.smartthings.com/oauth/token",
            "stateCallback": "https://c2c-eu.smartthings.com/device/events"},
    })
}

fn devices(ids: &[&str]) -> Json {
    json!({"devices": ids.iter().map(|id| json!({"externalDeviceId": id})).collect::<Vec<_>>()})
}

fn global_error(answer: &Json) -> &str {
    answer["globalError"]["errorEnum"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_grant_is_kept_encrypted_for_its_session() {
    let fixture = Fixture::new().await;
    let token = fixture.token("s-1", NOW - 10);
    let answer = fixture.send(&token, "grantCallbackAccess", grant()).await;
    assert_eq!(
        answer,
        json!({"headers": {"schema": "st-schema", "version": "1.0", "interactionType": "grantCallbackAccess",
            "requestId": "R-1"}})
    );
    let link = fixture.link("s-1").await.unwrap();
    assert_eq!(link.status, Some(LinkStatus::Active));
    let granted = link.grant.unwrap();
    assert_eq!(granted.oauth_token, "https://c2c-eu.smartthings.com/oauth/token");
    assert_eq!(granted.state_callback, "https://c2c-eu.smartthings.com/device/events");
    let code = Sealer::from_base64(TOKEN_KEY).unwrap().open(&key("s-1"), &granted.code.unwrap()).unwrap();
    assert_eq!(code.expose_secret(), "grant-code-1");
    assert_eq!(fixture.link("s-2").await, None);
    assert_eq!(fixture.link("anna").await, None);
}

#[tokio::test]
async fn a_bad_grant_leaves_nothing() {
    let fixture = Fixture::new().await;
    let token = fixture.token("s-1", NOW - 10);
    for (path, value, expected) in [
        ("/callbackAuthentication/clientId", json!("dev-st"), "INVALID-CLIENT"),
        ("/callbackAuthentication/code", json!(5), "BAD-REQUEST"),
        ("/callbackUrls/oauthToken", json!("https://evil.example/oauth/token"), "BAD-REQUEST"),
        ("/callbackUrls", json!(null), "BAD-REQUEST"),
    ] {
        let mut bad = grant();
        *bad.pointer_mut(path).unwrap() = value;
        let answer = fixture.send(&token, "grantCallbackAccess", bad).await;
        assert_eq!(global_error(&answer), expected, "{path}");
        assert_eq!(answer["headers"]["interactionType"], "grantCallbackAccess");
    }
    assert_eq!(fixture.link("s-1").await, None);
}

#[tokio::test]
async fn discovery_lists_the_users_devices_and_asks_for_a_grant_only_when_the_link_is_broken() {
    let fixture = Fixture::new().await;
    let token = fixture.token("s-1", NOW - 10);
    let discover = || fixture.send(&token, "discoveryRequest", json!({}));
    let first = discover().await;
    assert_eq!(first["headers"]["interactionType"], "discoveryResponse");
    let ids: Vec<_> = first["devices"].as_array().unwrap().iter().map(|d| d["externalDeviceId"].clone()).collect();
    assert_eq!(ids, ["lamp"]);
    assert_eq!(first.get("requestGrantCallbackAccess"), None);
    assert_eq!(fixture.link("s-1").await, None, "only a grant makes a link");
    fixture.send(&token, "grantCallbackAccess", grant()).await;
    assert_eq!(discover().await.get("requestGrantCallbackAccess"), None);
    fixture.mark_broken("s-1").await;
    assert_eq!(discover().await["requestGrantCallbackAccess"], true);
    fixture.send(&token, "grantCallbackAccess", grant()).await;
    assert_eq!(discover().await.get("requestGrantCallbackAccess"), None);
}

#[tokio::test]
async fn each_device_has_its_entry_and_somebody_elses_is_as_good_as_none() {
    let fixture = Fixture::new().await;
    let token = fixture.token("s-1", NOW - 10);
    let answer = fixture.send(&token, "stateRefreshRequest", devices(&["ghost", "lamp", "other", "not an id"])).await;
    assert_eq!(answer["headers"]["interactionType"], "stateRefreshResponse");
    let entry = |id: &str| {
        json!({"externalDeviceId": id,
        "deviceError": [{"errorEnum": "DEVICE-DELETED", "detail": "Unknown device"}]})
    };
    let health = json!([{"component": "main", "capability": "st.healthCheck", "attribute": "healthStatus",
        "value": "online"}]);
    let expected =
        [entry("ghost"), json!({"externalDeviceId": "lamp", "states": health}), entry("other"), entry("not an id")];
    assert_eq!(answer["deviceState"], json!(expected));
}

#[tokio::test]
async fn what_is_good_is_done_and_told() {
    let fixture = Fixture::new().await;
    let token = fixture.token("s-1", NOW - 10);
    let one = |capability: &str, name: &str, arguments: Json| json!({"component": "main", "capability": capability, "command": name, "arguments": arguments});
    let commands = json!({"devices": [
        {"externalDeviceId": "lamp", "deviceCookie": {}, "commands": [
            one("st.switch", "on", json!(null)), one("st.lock", "lock", json!([])), 7,
            one("st.switchLevel", "setLevel", json!([40, 5])), one("st.switchLevel", "setLevel", json!([400]))]},
        {"externalDeviceId": "other", "commands": [one("st.switch", "on", json!([]))]}]});
    let answer = fixture.send(&token, "commandRequest", commands).await;
    assert_eq!(answer["headers"]["interactionType"], "commandResponse");
    let [lamp, other] = &answer["deviceState"].as_array().unwrap()[..] else { panic!("{answer}") };
    let shown: Vec<_> = lamp["states"].as_array().unwrap().iter().map(|state| state["value"].clone()).collect();
    assert_eq!(shown, [json!("on"), json!(40), json!("online")]);
    let codes: Vec<_> = lamp["deviceError"].as_array().unwrap().iter().map(|e| e["errorEnum"].clone()).collect();
    assert_eq!(codes, ["CAPABILITY-NOT-SUPPORTED", "RESOURCE-CONSTRAINT-VIOLATION", "RESOURCE-CONSTRAINT-VIOLATION"]);
    assert_eq!(other["deviceError"][0]["errorEnum"], "DEVICE-DELETED");
    let record = fixture.table.store.record(&DeviceId::new("lamp").unwrap()).await.unwrap().unwrap();
    let origin = record.origin.unwrap();
    assert_eq!((origin.platform, origin.link_id.as_str()), (Platform::SmartThings, "s-1"));
}

#[tokio::test]
async fn a_deleted_integration_refuses_its_tokens_until_the_user_signs_in_again() {
    let fixture = Fixture::new().await;
    let good = fixture.token_until("s-1", NOW - 7200, NOW + 3600);
    let expired = fixture.token_until("s-1", NOW - 7200, NOW - 3600);
    for token in [&good, &fixture.token("s-2", NOW - 10)] {
        fixture.send(token, "grantCallbackAccess", grant()).await;
    }
    // With an expired but genuine token, and again.
    for _ in 0..2 {
        let answer = fixture.send(&expired, "integrationDeleted", json!({})).await;
        assert_eq!(answer.as_object().unwrap().keys().collect::<Vec<_>>(), ["headers"]);
        assert_eq!(answer["headers"]["interactionType"], "integrationDeleted");
    }
    let ended = fixture.link("s-1").await.unwrap();
    assert_eq!((ended.status, ended.grant), (None, None));
    assert_eq!(fixture.link("s-2").await.unwrap().status, Some(LinkStatus::Active), "the other installation stays");
    for (kind, content) in [
        ("discoveryRequest", json!({})),
        ("stateRefreshRequest", devices(&["lamp"])),
        ("commandRequest", json!({"devices": [{"externalDeviceId": "lamp", "commands": []}]})),
        ("grantCallbackAccess", grant()),
    ] {
        assert_eq!(global_error(&fixture.send(&good, kind, content).await), "INTEGRATION-DELETED", "{kind}");
    }
    // The user signs in again in the same session; a late repetition of the old message must not end that.
    let again = fixture.token("s-1", NOW + 10);
    let later = fixture.send_at(NOW + 20, &again, "grantCallbackAccess", grant()).await.unwrap();
    assert_eq!(later.get("globalError"), None);
    fixture.send_at(NOW + 30, &expired, "integrationDeleted", json!({})).await.unwrap();
    assert_eq!(fixture.link("s-1").await.unwrap().status, Some(LinkStatus::Active));
}

#[tokio::test]
async fn bad_tokens_have_their_own_answers() {
    let fixture = Fixture::new().await;
    let stranger = Identity::start().await;
    for (token, expected) in [
        (fixture.token_until("s-1", NOW - 7200, NOW - 3600), "TOKEN-EXPIRED"),
        ("not-a-token-of-ours".to_owned(), "INVALID-TOKEN"),
        (String::new(), "INVALID-TOKEN"),
        (stranger.token("anna", NOW), "INVALID-TOKEN"),
    ] {
        // The token comes before the rest of the message.
        for content in [devices(&["lamp"]), json!({"devices": "all"})] {
            let answer = fixture.send(&token, "stateRefreshRequest", content).await;
            assert_eq!(global_error(&answer), expected);
            assert_eq!(answer["headers"]["interactionType"], "stateRefreshResponse");
        }
    }
    assert_eq!(global_error(&fixture.send("x", "integrationDeleted", json!({})).await), "INVALID-TOKEN");
    let good = fixture.token("s-1", NOW - 10);
    let answer = fixture.send(&good, "stateRefreshRequest", json!({"devices": "all"})).await;
    assert_eq!(global_error(&answer), "BAD-REQUEST");
}

#[tokio::test]
async fn a_fault_of_ours_fails_the_invocation() {
    let mut fixture = Fixture::new().await;
    let token = fixture.token("s-1", NOW - 10);
    // Nobody listens at port 9, so that no connection comes about.
    fixture.services.store = fixture.table.through("http://127.0.0.1:9").await;
    for (kind, content) in [
        ("discoveryRequest", json!({})),
        ("stateRefreshRequest", devices(&["lamp"])),
        ("grantCallbackAccess", grant()),
        ("integrationDeleted", json!({})),
    ] {
        assert_eq!(fixture.send_at(NOW, &token, kind, content).await, Err(Fault::Ours), "{kind}");
    }
    fixture.services.auth = common::auth::Verifier::unavailable();
    for kind in ["discoveryRequest", "integrationDeleted"] {
        assert_eq!(fixture.send_at(NOW, &token, kind, json!({})).await, Err(Fault::Ours), "{kind}");
    }
}

#[tokio::test]
async fn over_http_what_is_not_json_is_a_bad_request() {
    let fixture = Fixture::new().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        (deep.as_str(), 400),
        ("{}", 200),
        (r#"{"headers":{"interactionType":"interactionResult","requestId":"1"}}"#, 200),
    ] {
        let request = http::Request::post("/smartthings").body(bytes::Bytes::from(body.to_owned())).unwrap();
        let now = Timestamp::from_secs(NOW);
        let call = Call { request_id: String::new(), now, deadline: Instant::now() + Duration::from_secs(2) };
        let response = inbound::answer(&fixture.services, &call, Operation::Message, &request).await;
        assert_eq!(response.status().as_u16(), status, "{}", &body[..body.len().min(40)]);
        if status == 200 {
            assert_eq!(response.headers()["content-type"], "application/json");
            serde_json::from_slice::<Json>(response.body()).unwrap();
        }
    }
}
