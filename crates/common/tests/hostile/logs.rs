//! Eyes on the log: no token, key, body or device state is ever in a line of it, at the finest level.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use common::store::Store;
use common::telemetry;
use http::Response;
use serde_json::{Value as Json, json};
use testkit::{DeviceCloud, Function, Identity, Invocation, binary};
use tracing_subscriber::filter::LevelFilter;

use crate::deployment::{self, Deployment, Surroundings};
use crate::endpoints::Endpoint;
use crate::faults::{Fault, Faults};
use crate::program::Program;
use crate::world::{NOW, TOKEN_KEY, VENDOR_KEY, World, grant, smartthings, yandex_rpc};

/// What is in the requests of these tests and must not be in a log.
const CONTENT: &[&str] = &[
    "Leaky lamp",
    "Leaky hall",
    "leaky-code",
    "leaky-key",
    "leaky-token",
    "leaky-cloud",
    "leaky.example",
    "garland",
    "57.4321",
    "leaky-member",
    "c2c-eu.smartthings.com",
    // Of the settings.
    VENDOR_KEY,
    TOKEN_KEY,
    DeviceCloud::SECRET,
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "world-client-secret",
    "world-yandex-token",
    "world-sber-token",
    "test-vendor-key",
];

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Everything that this process logs from now on, also that of tests beside this one and of tasks in the background.
fn log() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = telemetry::json_lines(LevelFilter::TRACE, move || writer.clone());
        tracing::subscriber::set_global_default(subscriber).unwrap();
        lines
    })
}

fn assert_clean(log: &str, tokens: &[&str]) {
    for line in log.lines() {
        for content in CONTENT {
            assert!(!line.contains(content), "{content} is in the log: {line}");
        }
        for token in tokens {
            // Neither the whole nor one of its parts. All tokens have the same header.
            for part in token.split('.').skip(1) {
                assert!(!line.contains(part), "a token is in the log: {line}");
            }
        }
    }
}

fn lamp() -> Json {
    json!({"owner": "u1", "type": "light", "name": "Leaky lamp", "room": "Leaky hall",
        "traits": {"on_off": {}, "brightness": {"step": 0.0001}, "color_scene": {}, "video_stream": {}},
        "overrides": {"sber": {"model_id": "leaky-member"}}})
}

fn state() -> Json {
    json!({"on_off": false, "brightness": 57.4321, "color_scene": "garland"})
}

/// Good bodies made bad in many ways, each to every endpoint.
fn bad_requests(token: &str) -> Vec<(Endpoint, String)> {
    let mut bodies = Vec::new();
    for sample in Endpoint::ALL.iter().flat_map(|endpoint| endpoint.samples(token, "leaky")) {
        let text = sample.to_string();
        let mut more = sample;
        more["leaky-token"] = json!("leaky-token");
        bodies.extend([more.to_string(), text[1..].to_owned(), text.replace(':', ":leaky-member")]);
        bodies.extend([text.replace("30", "57.4321"), text.replace("true", "\"garland\"")]);
    }
    Endpoint::ALL.iter().flat_map(|endpoint| bodies.iter().map(|body| (*endpoint, body.clone()))).collect()
}

async fn drive(world: &World, tokens: &[&str]) {
    world.vendor("PUT", "/v1/devices/leaky", lamp()).await;
    let mut bad = lamp();
    bad["name"] = json!(["Leaky lamp"]);
    bad["leaky-token"] = json!("leaky-token");
    world.vendor("PUT", "/v1/devices/leaky", bad).await;
    let reports = json!({"reports": [{"device_id": "leaky", "state": state()}, {"device_id": "Leaky lamp", "state": state()},
        {"device_id": "leaky", "state": {"brightness": 157.4321, "color_scene": "leaky-member"}}]});
    world.vendor("POST", "/v1/reports", reports.clone()).await;
    world.report_event(reports.to_string().as_bytes()).await;
    let wrong = json!({"device_id": "leaky", "state": ["garland"], "at": "leaky-token"});
    world.report_event(wrong.to_string().as_bytes()).await;
    world.http("GET", "/v1/devices/leaky", "leaky-key", "").await;
    for path in
        ["/v1/devices/leaky", "/v1/users/u1/devices", "/v1/users/u1/links", "/v1/users/u1/devices?cursor=leaky-token"]
    {
        world.vendor("GET", path, Json::Null).await;
    }
    for token in tokens {
        for (method, path) in [
            ("GET", "/yandex/v1.0/user/devices"),
            ("GET", "/sber/v1/user"),
            ("GET", "/sber/v1/devices"),
            ("GET", "/sber/v1/leaky-token"),
        ] {
            world.http(method, path, token, "leaky-token").await;
        }
        let messages = [
            smartthings(token, "discoveryRequest", json!({})),
            smartthings(token, "grantCallbackAccess", grant("leaky-code")),
            smartthings(token, "grantCallbackAccess", json!({"callbackAuthentication": {"code": "leaky-code"}})),
            smartthings(
                token,
                "grantCallbackAccess",
                json!({"callbackAuthentication": grant("leaky-code")["callbackAuthentication"],
                "callbackUrls": {"oauthToken": "https://leaky.example/", "stateCallback": "https://leaky.example/"}}),
            ),
            smartthings(
                token,
                "interactionResult",
                json!({"globalError": {"errorEnum": "Leaky lamp", "detail": "leaky-token"}}),
            ),
            yandex_rpc(token, "discovery", Json::Null),
            yandex_rpc(token, "leaky-token", Json::Null),
        ];
        for message in messages {
            world.message(message.to_string().as_bytes()).await;
        }
        for (endpoint, body) in
            Endpoint::ALL.iter().flat_map(|e| e.samples(token, "leaky").into_iter().map(|b| (*e, b)))
        {
            endpoint.send(world, token, "leaky", body.to_string()).await;
        }
    }
}

#[tokio::test]
async fn whatever_is_asked_the_log_tells_no_secrets() {
    let log = log();
    let cloud = DeviceCloud::start().await;
    let mut world = World::commanding(&cloud).await;
    let stranger = Identity::start().await;
    let (good, strange) = (world.token("u1"), stranger.token("u1", NOW));
    let expired = world.identity.token("u1", NOW - 9999);
    let tokens = [&*good, &*expired, &*strange, "leaky-token", ""];
    drive(&world, &tokens).await;
    for (endpoint, body) in bad_requests(&good) {
        endpoint.send(&world, &good, "leaky", body).await;
    }
    // A device cloud that says more than it should.
    let done = json!({"status": "done", "state": {"brightness": 57.4321, "color_scene": 5, "leaky-member": 1}});
    for body in [
        done.to_string(),
        json!({"status": "done", "stream_url": "https://leaky.example/garland"}).to_string(),
        json!({"status": "error", "code": "leaky-cloud", "message": "leaky-cloud"}).to_string(),
        json!({"status": "leaky-cloud"}).to_string(),
        "leaky-cloud".to_owned(),
        format!("{}leaky-cloud", " ".repeat(100_000)),
    ] {
        for status in [200, 302, 500] {
            let response = Response::builder().status(status).header("location", "http://leaky.example/");
            let response = response.body(Bytes::from(body.clone())).unwrap();
            cloud.responds(move |_| std::future::ready(response.clone()));
            drive(&world, &[&good]).await;
        }
    }
    // Items that cannot be read.
    spoil(&world).await;
    drive(&world, &[&good]).await;
    // A store that fails, one that is not there, and an identity provider that is not there.
    let proxy = Faults::start(&world.table.endpoint).await;
    world.services.store = world.table.through(&proxy.endpoint).await;
    proxy.always(Some(Fault::Throttle));
    world.vendor("GET", "/v1/devices/leaky", Json::Null).await;
    proxy.always(Some(Fault::ServerError));
    world.vendor("PUT", "/v1/devices/leaky-2", lamp()).await;
    world.services.store = Store::new(world.table.client_through("http://127.0.0.1:9").await, "leaky-table");
    drive(&world, &[&good]).await;
    let mut lost = World::with(&[("HOMEPORT_AUTH_JWKS_URL", "http://127.0.0.1:9/leaky-token")]).await;
    lost.services.store = world.services.store;
    drive(&lost, &[&good]).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let said = |what: &str| assert!(log.contains(what), "not even tried: {what}");
    for what in [
        "request answered",
        "device cloud refused a command",
        "command could not be delivered",
        "SmartThings could not digest a message",
        "stored trait is not known to this version",
        "cannot be read",
        "the table cannot be reached",
        "identity provider's keys could not be fetched",
    ] {
        said(what);
    }
    assert_clean(&log, &tokens);
}

/// Stores what no version of this program has written, and asks for it.
async fn spoil(world: &World) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let object = |members: &[(&str, &str)]| {
        AttributeValue::M(members.iter().map(|(name, value)| ((*name).to_owned(), text(value))).collect())
    };
    let set = async |expression: &str, names: &[(&str, &str)], value: AttributeValue| {
        let names = names.iter().map(|(alias, name)| ((*alias).to_owned(), (*name).to_owned())).collect();
        let update = world.table.client.update_item().table_name(&world.table.name);
        let update = update.key("pk", text("DEVICE#leaky")).key("sk", text("DEVICE")).update_expression(expression);
        let update = update.set_expression_attribute_names(Some(names)).expression_attribute_values(":value", value);
        update.send().await.unwrap();
        world.vendor("GET", "/v1/devices/leaky", Json::Null).await;
    };
    let place = [("#state", "state"), ("#trait", "brightness")];
    set("SET #state.#trait = :value", &place, object(&[("value", "leaky-member"), ("reported_at", "57.4321")])).await;
    let desc = object(&[("id", "leaky"), ("name", "Leaky lamp"), ("type", "leaky-member")]);
    set("SET #desc = :value", &[("#desc", "desc")], desc).await;
}

#[tokio::test]
async fn functions_print_no_secrets() {
    let surroundings = Surroundings::start().await;
    let cloud = DeviceCloud::start().await;
    cloud.answers(|_| (200, json!({"status": "error", "code": "leaky-cloud"}), std::time::Duration::ZERO));
    let mut settings = surroundings.settings();
    settings.extend([
        ("HOMEPORT_LOG".to_owned(), "trace".to_owned()),
        ("HOMEPORT_COMMAND_URL".to_owned(), cloud.url()),
        ("HOMEPORT_COMMAND_SECRET".to_owned(), DeviceCloud::SECRET.to_owned()),
    ]);
    let key = deployment::VENDOR_KEY;
    let deployment = Deployment::with(surroundings, &["report", "webhook", "action"], &settings).await;
    let token = deployment.surroundings.token("u1");
    let mut events = Vec::new();
    let http =
        |method, path, key: &str, body: &Json| deployment::request(method, path, Some(key), Some(&body.to_string()));
    for key in [key, "leaky-key"] {
        events.push(("report", http("PUT", "/v1/devices/leaky", key, &lamp())));
        events.push(("report", http("PATCH", "/v1/devices/leaky/state", key, &json!({ "state": state() }))));
    }
    events.push(("report", json!({"device_id": "leaky", "state": state()})));
    events.push((
        "report",
        json!({"device_id": "Leaky lamp", "state": state(), "at": "leaky-token", "online": "57.4321"}),
    ));
    events.push(("report", json!("leaky-token")));
    for token in [&*token, "leaky-token"] {
        for endpoint in [Endpoint::SmartThings, Endpoint::MessageEvent, Endpoint::YandexRpc] {
            for message in endpoint.samples(token, "leaky") {
                events.push(("webhook", http("POST", "/smartthings", token, &message)));
                events.push(("webhook", http("POST", "/yandex/rpc", token, &message)));
                events.push(("webhook", message));
            }
        }
        events.push(("webhook", yandex_rpc(token, "leaky-token", json!("leaky-token"))));
        for sample in Endpoint::YandexAction.samples(token, "leaky") {
            events.push(("action", http("POST", "/yandex/v1.0/user/devices/action", token, &sample)));
            events.push(("action", sample));
        }
        events.push(("action", json!({"body": "leaky-token"})));
    }
    let mut failed = 0;
    for (function, event) in &events {
        failed += usize::from(matches!(deployment.invoke(function, event).await, Invocation::Failed(_)));
    }
    assert!(failed >= 5, "{failed}");
    let output = deployment.output_of(events.len()).await;
    assert!(output.contains("device cloud refused a command"), "{output}");
    assert_clean(&output, &[&token]);
}

#[tokio::test]
async fn wrong_settings_are_named_without_their_values() {
    let surroundings = Surroundings::start().await;
    let secret = "leaky-key secret";
    let mut settings = surroundings.settings();
    for (name, value) in [
        ("HOMEPORT_VENDOR_KEY", secret),
        ("HOMEPORT_TOKEN_KEY", secret),
        ("HOMEPORT_COMMAND_URL", "https://leaky-token:leaky-key@leaky.example/"),
        ("HOMEPORT_COMMAND_SECRET", "whsec_leaky-key"),
        ("HOMEPORT_AUTH_JWKS_URL", "leaky-token"),
        ("HOMEPORT_SMARTTHINGS_HOSTS", "https://leaky-key@leaky.example"),
    ] {
        settings.push((name.to_owned(), value.to_owned()));
    }
    for function in ["webhook", "report"] {
        let process = Function::start(&binary(function), &settings).await;
        let reported = process.api.init_error().await.to_string();
        let (status, output) = process.ended().await;
        assert!(!status.success() && output.contains("wrong"), "{output}");
        assert_clean(&format!("{output}\n{reported}"), &[]);
    }
}

#[tokio::test]
async fn the_program_prints_no_secret_that_was_supplied() {
    let cloud = DeviceCloud::start().await;
    let program = Program::start(&[
        ("HOMEPORT_LOG", "trace"),
        ("HOMEPORT_VENDOR_KEY", VENDOR_KEY),
        ("HOMEPORT_YANDEX_TOKEN", "world-yandex-token"),
        ("HOMEPORT_SBER_TOKEN", "world-sber-token"),
        ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "world-client-secret"),
        ("HOMEPORT_TOKEN_KEY", TOKEN_KEY),
        ("HOMEPORT_COMMAND_URL", &cloud.url()),
        ("HOMEPORT_COMMAND_SECRET", DeviceCloud::SECRET),
    ])
    .await;
    let (_, issued) = program.send("POST", "/dev/token", "", json!({"user_id": "u1"}).to_string()).await;
    let issued: Json = serde_json::from_str(&issued).unwrap();
    let token = issued["access_token"].as_str().unwrap();
    assert_eq!(program.send("PUT", "/v1/devices/leaky", VENDOR_KEY, lamp().to_string()).await.0, 201);
    program.send("PATCH", "/v1/devices/leaky/state", VENDOR_KEY, json!({ "state": state() }).to_string()).await;
    program.send("PUT", "/v1/devices/leaky", "leaky-key", lamp().to_string()).await;
    for path in ["/yandex/v1.0/user/devices", "/sber/v1/devices", "/dev/leaky-token"] {
        assert_eq!(program.send("GET", path, token, "").await.0 == 200, !path.contains("leaky"));
        program.send("GET", path, "leaky-token", "").await;
    }
    for message in Endpoint::SmartThings.samples(token, "leaky") {
        assert_eq!(program.send("POST", "/smartthings", "", message.to_string()).await.0, 200);
    }
    let (_, welcome) = program.send("GET", "/", "", "").await;
    let output = program.process.output_when(|output| output.contains("SmartThings could not digest")).await;
    assert!(output.matches("request answered").count() >= 12, "{output}");
    assert_clean(&format!("{output}\n{welcome}"), &[token]);
    // The development key is printed where it is the one that counts.
    assert!(!output.contains("dev-vendor-key") && !output.contains(&STANDARD.encode(VENDOR_KEY)));
}
