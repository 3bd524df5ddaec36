//! A deployment with its functions over HTTP, a table with its stream, a notifier that can be killed, and the three platforms.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodbstreams::types::ShardIteratorType;
use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use common::config::{Config, Needs};
use common::model::Timestamp;
use common::notify::{Courier, Fault};
use common::platform::{self, Operation};
use common::services::{Call, Services};
use common::store::{self, Store};
use common::{serve, telemetry, vendor};
use futures_util::future::join_all;
use http::{Request, Response};
use secrecy::SecretString;
use serde_json::{Value as Json, json};
use simulators::{Platform, Settings, Simulators};
use testkit::{DynamoDb, Identity, Serving};

use crate::clock;
use crate::queue::MemoryQueue;

const TABLE: &str = "convergence";
const VENDOR_KEY: &str = "convergence-key";
const BATCH_MAX: i32 = 100;
/// Messages that are taken up at once, as Lambda does with a batch.
const AT_ONCE: usize = 10;

/// Everything.
pub(crate) struct World {
    pub(crate) simulators: Simulators,
    pub(crate) queue: MemoryQueue,
    services: Arc<Services>,
    functions: Serving,
    identity: Identity,
    courier: Courier,
    streams: aws_sdk_dynamodbstreams::Client,
    /// Where the stream has been handled to.
    iterator: String,
    stream: String,
    /// Users whose callback access at SmartThings was broken.
    broken: BTreeSet<String>,
    _dynamodb: DynamoDb,
    _platforms: Serving,
}

impl World {
    pub(crate) async fn start() -> Self {
        let (dynamodb, identity) = (DynamoDb::start().await, Identity::start().await);
        let aws = store::local_config(dynamodb.url()).await;
        let client = store::client(&aws);
        store::ensure_table(&client, TABLE).await.unwrap();
        let (simulators, platforms) = simulators().await;
        let url = platforms.url();
        let mut settings: HashMap<String, String> = identity.environment().into_iter().collect();
        for (name, value) in [
            ("HOMEPORT_TABLE", TABLE),
            ("HOMEPORT_VENDOR_KEY", VENDOR_KEY),
            ("HOMEPORT_YANDEX_SKILL_ID", "skill"),
            ("HOMEPORT_YANDEX_TOKEN", "yandex-token"),
            ("HOMEPORT_YANDEX_URL", &url),
            ("HOMEPORT_SBER_TOKEN", "sber-token"),
            ("HOMEPORT_SBER_URL", &url),
            ("HOMEPORT_SMARTTHINGS_CLIENT_ID", "st-client"),
            ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "st-secret"),
            ("HOMEPORT_SMARTTHINGS_HOSTS", url.trim_start_matches("http://")),
            ("HOMEPORT_TOKEN_KEY", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="),
        ] {
            settings.insert(name.to_owned(), value.to_owned());
        }
        let config = Config::load(|name| settings.get(name).cloned(), Needs::ALL).unwrap();
        let services = Arc::new(Services::new(config, client.clone()).unwrap());
        let functions = Serving::start(functions(Arc::clone(&services))).await;
        let streams = aws_sdk_dynamodbstreams::Client::new(&aws);
        let described = client.describe_table().table_name(TABLE).send().await.unwrap();
        let stream = described.table.unwrap().latest_stream_arn.unwrap();
        let shards = streams.describe_stream().stream_arn(&stream).send().await.unwrap().stream_description.unwrap();
        let shard = shards.shards.unwrap().remove(0).shard_id.unwrap();
        let request = streams.get_shard_iterator().stream_arn(&stream).shard_id(shard);
        let request = request.shard_iterator_type(ShardIteratorType::TrimHorizon);
        let iterator = request.send().await.unwrap().shard_iterator.unwrap();
        let queue = MemoryQueue::default();
        let courier = courier(&services, &queue);
        World {
            simulators,
            queue,
            services,
            functions,
            identity,
            courier,
            streams,
            iterator,
            stream,
            broken: BTreeSet::new(),
            _dynamodb: dynamodb,
            _platforms: platforms,
        }
    }

    /// The user links every platform, as in their apps.
    pub(crate) async fn link(&self, user: &str) {
        let (now, url) = (clock::now().secs(), self.functions.url());
        let token = self.identity.token_with(json!({
            "iss": Identity::ISSUER, "aud": Identity::AUDIENCE, "sub": user, "iat": now, "auth_time": now, "exp": now + 30 * 86_400,
        }));
        for platform in Platform::ALL {
            self.simulators.link(platform, &url, user, token.clone().into()).await.unwrap();
        }
    }

    /// A request of the vendor's cloud; what it is answered.
    pub(crate) async fn vendor(&self, method: &str, path: &str, body: Option<&Json>) -> (u16, Json) {
        self.vendor_api().send(method, path, body).await
    }

    /// The vendor API, for whoever works beside the notifier.
    pub(crate) fn vendor_api(&self) -> VendorApi {
        VendorApi(Arc::clone(&self.services))
    }

    /// SmartThings lists the devices of those whose callback access is broken, as it does now and then, and grants it anew. Whether
    /// there were any.
    pub(crate) async fn heal(&mut self, users: &[String]) -> bool {
        let mut broken = false;
        for user in users {
            let links = self.vendor("GET", &format!("/v1/users/{user}/links"), None).await.1;
            let links = links["links"].as_array().unwrap();
            if links.iter().any(|link| link["platform"] == "smartthings" && link["status"] == "broken") {
                self.broken.insert(user.clone());
                broken = true;
                // It may fail, and is tried again the next time.
                let _ = self.simulators.rediscover(Platform::SmartThings, user).await;
            }
        }
        broken
    }

    /// Whether the platform did not take callbacks of this user for a while: what happened then has reached nobody.
    pub(crate) fn was_deaf(&self, platform: Platform, user: &str) -> bool {
        let refused = self.simulators.home(platform, user).is_some_and(|home| home.unknown_user_answers > 0);
        refused || platform == Platform::SmartThings && self.broken.contains(user)
    }

    /// Handles one batch of the stream; how many records it had. With `killed_after`, the notifier dies after that time, wherever
    /// it is, and the next one begins anew.
    pub(crate) async fn notify(&mut self, killed_after: Option<Duration>) -> usize {
        let request = self.streams.get_records().shard_iterator(&self.iterator).limit(BATCH_MAX);
        let answer = request.send().await.unwrap();
        let records = answer.records.unwrap_or_default();
        if !records.is_empty() {
            let written: Vec<Json> =
                records.iter().map(|record| homeport::lambda_record(record, &self.stream)).collect();
            let event = json!({"Records": written}).to_string();
            let work = self.courier.stream_batch(&event, Instant::now() + Duration::from_secs(20));
            let lived = tokio::time::timeout(killed_after.unwrap_or(Duration::from_secs(60)), work).await;
            let Ok(response) = lived else {
                self.restart();
                return records.len();
            };
            if !response.unwrap().batch_item_failures.is_empty() {
                return records.len();
            }
        }
        self.iterator = answer.next_shard_iterator.unwrap();
        records.len()
    }

    /// Takes the messages up that are due first, at the same time, skipping the time until the last of them is due. Whether there were
    /// any.
    pub(crate) async fn redeliver(&mut self, until: Timestamp, killed_after: Option<Duration>) -> bool {
        let messages = self.queue.first(AT_ONCE, until);
        let Some((last, ..)) = messages.last() else { return false };
        clock::skip_to(*last);
        let deadline = Instant::now() + Duration::from_secs(20);
        let (courier, queue) = (&self.courier, &self.queue);
        let work = join_all(messages.into_iter().map(|(due, id, errand)| async move {
            match courier.redeliver(errand, deadline).await {
                Ok(()) => queue.remove(due, id),
                Err(Fault::GivenUp(errand)) => panic!("given up: {errand:?}"),
                // The table is slow on a busy machine: the message comes again, as on AWS.
                Err(fault) => println!("{fault}"),
            }
        }));
        if tokio::time::timeout(killed_after.unwrap_or(Duration::from_secs(60)), work).await.is_err() {
            self.restart();
        }
        true
    }

    /// Nothing of what the notifier remembers is left.
    fn restart(&mut self) {
        self.courier = courier(&self.services, &self.queue);
    }
}

/// The vendor's side.
pub(crate) struct VendorApi(Arc<Services>);

impl VendorApi {
    /// A request; what it is answered. One that a slow table keeps from being answered is sent again, as the vendor would.
    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Json>) -> (u16, Json) {
        let mut answer = self.send_once(method, path, body).await;
        for _ in 0..5 {
            if answer.0 == 503 {
                answer = self.send_once(method, path, body).await;
            }
        }
        answer
    }

    async fn send_once(&self, method: &str, path: &str, body: Option<&Json>) -> (u16, Json) {
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let request =
            Request::builder().method(method).uri(path).header("authorization", format!("Bearer {VENDOR_KEY}"));
        let response = vendor::answer(&self.0, &call(String::new()), &request.body(body).unwrap()).await;
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap_or_default())
    }
}

fn courier(services: &Services, queue: &MemoryQueue) -> Courier {
    let store: Store = services.store.clone();
    let courier = Courier::new(&services.config.platforms, store, Box::new(queue.clone())).unwrap();
    courier.with_clock(clock::now)
}

async fn simulators() -> (Simulators, Serving) {
    // The address has to be known before the simulators are made, because SmartThings' grants name it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut settings = Settings::new(url);
    settings.clock = clock::system_now;
    settings.heal_after = Duration::from_millis(50);
    settings.yandex_skill_id = Some("skill".to_owned());
    settings.yandex_token = Some(SecretString::from("yandex-token"));
    settings.sber_token = Some(SecretString::from("sber-token"));
    settings.smartthings_client_id = Some("st-client".to_owned());
    settings.smartthings_client_secret = Some(SecretString::from("st-secret"));
    let simulators = Simulators::new(settings).unwrap();
    let serving = Serving::on(listener, simulators.router());
    (simulators, serving)
}

fn call(request_id: String) -> Call {
    Call { request_id, now: clock::now(), deadline: Instant::now() + serve::ANSWER_WITHIN }
}

fn functions(services: Arc<Services>) -> Router {
    Router::new().fallback(move |request: Request<Body>| {
        let services = Arc::clone(&services);
        async move {
            let (head, body) = request.into_parts();
            let request = Request::from_parts(head, to_bytes(body, 1024 * 1024).await.unwrap());
            let response: Response<Bytes> =
                platform::answer(&services, &call(telemetry::request_id(request.headers())), Operation::ALL, &request)
                    .await;
            response.map(Body::from)
        }
    })
}
