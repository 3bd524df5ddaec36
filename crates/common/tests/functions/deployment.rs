//! All functions over one table.

use std::collections::BTreeMap;
use std::sync::Mutex;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};
use common::model::Timestamp;
use common::store;
use futures_util::future::join_all;
use serde_json::{Value as Json, json};
use testkit::{DynamoDb, Function, Identity, Invocation, Receiver, Reply, Sqs, binary};

/// Functions that answer requests.
pub(crate) const FUNCTIONS: [&str; 6] = ["discovery", "query", "action", "link", "webhook", "report"];
/// Functions that tell the platforms.
pub(crate) const TELLERS: [&str; 2] = ["notifier", "redeliver"];
pub(crate) const VENDOR_KEY: &str = "test-vendor-key";
pub(crate) const TOKEN_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What the functions need around them.
pub(crate) struct Surroundings {
    pub(crate) identity: Identity,
    pub(crate) dynamodb: DynamoDb,
    /// The callback APIs of all platforms.
    pub(crate) platforms: Receiver,
    pub(crate) sqs: Sqs,
    /// The retry queue.
    pub(crate) queue: String,
    /// A table of its own for each test, on an endpoint that tests may share.
    pub(crate) table: String,
    pub(crate) client: Client,
}

impl Surroundings {
    /// An empty table, empty queues, an identity provider, and platforms that take everything.
    pub(crate) async fn start() -> Self {
        let table = format!("functions-{}", uuid::Uuid::new_v4());
        let platforms =
            Receiver::start(|arrived| Reply::status(if arrived.line.contains("/api/") { 202 } else { 200 }));
        let (platforms, sqs) = (platforms.await, Sqs::start().await);
        let (queue, _) = sqs.queue_with_dead_letters(&table).await;
        let (identity, dynamodb) = (Identity::start().await, DynamoDb::start().await);
        let config =
            store::sdk_config().await.into_builder().endpoint_url(dynamodb.url()).region(Region::new("eu-west-1"));
        let keys = Credentials::new("test", "test", None, None, "test");
        let config = config.credentials_provider(SharedCredentialsProvider::new(keys)).build();
        let client = store::client(&config);
        store::ensure_table(&client, &table).await.unwrap();
        Surroundings { identity, dynamodb, platforms, sqs, queue, table, client }
    }

    /// The complete settings, every platform on.
    pub(crate) fn settings(&self) -> Vec<(String, String)> {
        let platforms = self.platforms.url();
        let ours = [
            ("HOMEPORT_TABLE", self.table.as_str()),
            ("HOMEPORT_VENDOR_KEY", VENDOR_KEY),
            ("HOMEPORT_RETRY_QUEUE_URL", &self.queue),
            ("HOMEPORT_YANDEX_SKILL_ID", "sample-skill"),
            ("HOMEPORT_YANDEX_TOKEN", "sample-yandex-token"),
            ("HOMEPORT_YANDEX_URL", &platforms),
            ("HOMEPORT_SBER_TOKEN", "sample-sber-token"),
            ("HOMEPORT_SBER_URL", &platforms),
            ("HOMEPORT_SMARTTHINGS_HOSTS", "*.smartthings.com,127.0.0.1"),
            ("HOMEPORT_SMARTTHINGS_CLIENT_ID", "sample-client"),
            ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "sample-client-secret"),
            ("HOMEPORT_TOKEN_KEY", TOKEN_KEY),
        ];
        let ours = ours.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let aws = self.dynamodb.environment().into_iter().chain(self.sqs.environment());
        ours.chain(self.identity.environment()).chain(aws).collect()
    }

    /// A good token of this user, signed in just now.
    pub(crate) fn token(&self, user: &str) -> String {
        self.identity.token(user, Timestamp::now().secs())
    }
}

/// Running functions.
pub(crate) struct Deployment {
    pub(crate) surroundings: Surroundings,
    functions: BTreeMap<&'static str, Function>,
    invoked: Mutex<BTreeMap<String, usize>>,
}

impl Deployment {
    /// All functions, ready for work.
    pub(crate) async fn start() -> Self {
        let surroundings = Surroundings::start().await;
        let settings = surroundings.settings();
        Self::with(surroundings, &FUNCTIONS, &settings).await
    }

    /// These functions with these settings.
    pub(crate) async fn with(
        surroundings: Surroundings,
        names: &[&'static str],
        settings: &[(String, String)],
    ) -> Self {
        let starting = names.iter().map(async |name| (*name, Function::start(&binary(name), settings).await));
        let functions: BTreeMap<_, _> = join_all(starting).await.into_iter().collect();
        for function in functions.values() {
            function.api.first_next().await;
        }
        Deployment { surroundings, functions, invoked: Mutex::default() }
    }

    /// What comes of an event.
    pub(crate) async fn invoke(&self, function: &str, event: &Json) -> Invocation {
        *self.invoked.lock().unwrap().entry(function.to_owned()).or_default() += 1;
        self.functions[function].api.invoke(event).await
    }

    /// The HTTP answer to an event: status, body as JSON where it is JSON, else as text.
    pub(crate) async fn http(&self, function: &str, event: &Json) -> (u16, Json) {
        let Invocation::Answered(answer) = self.invoke(function, event).await else { panic!("{function} failed") };
        let status = answer["statusCode"].as_u64().unwrap();
        (u16::try_from(status).unwrap(), body(&answer))
    }

    /// Everything that a function has printed, once that is complete.
    pub(crate) async fn output_when(&self, function: &str, complete: impl Fn(&str) -> bool) -> String {
        self.functions[function].output_when(complete).await
    }

    /// What the functions have printed for this many events, all together.
    pub(crate) async fn output_of(&self, events: usize) -> String {
        let mut printed = 0;
        let mut output = String::new();
        for (name, function) in &self.functions {
            let invoked = self.invoked.lock().unwrap().get(*name).copied().unwrap_or(0);
            // The metrics are the last line of each.
            output += &function.output_when(|output| output.matches("\"_aws\"").count() >= invoked).await;
            printed += invoked;
        }
        assert_eq!(printed, events);
        output
    }
}

/// The body of an HTTP answer.
pub(crate) fn body(answer: &Json) -> Json {
    assert_eq!(answer["isBase64Encoded"], false);
    let text = answer["body"].as_str().unwrap();
    serde_json::from_str(text).unwrap_or_else(|_| json!(text))
}

/// An API Gateway event.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: Option<&str>) -> Json {
    let mut event = json!({
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"x-request-id": "test-request"},
        "requestContext": {"stage": "$default", "http": {"method": method, "path": path}},
        "isBase64Encoded": false,
    });
    if let Some(token) = token {
        event["headers"]["authorization"] = json!(format!("Bearer {token}"));
    }
    if let Some(body) = body {
        event["body"] = json!(body);
    }
    event
}
