//! The stream in, callbacks out, the rest into the queue and out of it again.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use common::model::{DeviceId, Timestamp};
use common::net;
use common::notify::{Breaker, Courier, Errand, Outlet, Queue, QueueError, Settled};
use common::platform::Platform;
use common::platform::sber::callback::Sber;
use common::platform::smartthings::callback::SmartThings;
use common::platform::smartthings::token::Tokens;
use common::platform::yandex::callback::Yandex;
use common::store::{Grant, LinkStatus, Record, Sealer};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value as Json, json};

use crate::dynamodb::TestTable;
use crate::fixtures::{NOW, device, link, reported, settings};
use crate::receiver::{Arrived, Receiver, Reply};

#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<Mutex<Vec<(Errand, Duration)>>>);

impl Waiting {
    pub(crate) fn take(&self) -> Vec<(Errand, Duration)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Queue for Waiting {
    fn put(&self, errands: Vec<(Errand, Duration)>) -> BoxFuture<'_, Result<(), QueueError>> {
        self.0.lock().unwrap().extend(errands);
        std::future::ready(Ok(())).boxed()
    }
}

fn clock() -> Timestamp {
    NOW
}

pub(crate) fn deadline() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// One user, one lamp, links to platforms that are all the same receiver.
pub(crate) struct Home {
    pub(crate) table: TestTable,
    pub(crate) platform: Receiver,
    pub(crate) queue: Waiting,
    pub(crate) courier: Courier,
}

impl Home {
    pub(crate) async fn new(answer: impl FnMut(&Arrived) -> Reply + Send + 'static) -> Self {
        let (table, platform, queue) = (TestTable::new().await, Receiver::start(answer).await, Waiting::default());
        let settings = settings(&platform.url(), "y", "s");
        let client = net::http_client().unwrap();
        let courier = Courier {
            store: table.store.clone(),
            queue: Box::new(queue.clone()),
            yandex: Some(Outlet { protocol: Yandex::new(&settings.yandex.unwrap()).unwrap(), client: client.clone() }),
            sber: Some(Outlet { protocol: Sber::new(&settings.sber.unwrap()).unwrap(), client: client.clone() }),
            smartthings: Some(Outlet { protocol: SmartThings, client: client.clone() }),
            tokens: Tokens::new(&settings.smartthings.unwrap(), table.store.clone(), client, clock),
            settled: Settled::default(),
            breaker: Mutex::new(Breaker::default()),
            clock,
            spread: || 0.5,
        };
        Home { table, platform, queue, courier }
    }

    pub(crate) async fn link(&self, platform: Platform) {
        self.table.store.touch_link(&link(platform).key, NOW, NOW).await.unwrap();
    }

    /// SmartThings grants callbacks: with a token that it takes no more, or with a code alone.
    pub(crate) async fn grant(&self, access_token: Option<&str>) {
        let key = link(Platform::SmartThings).key;
        let seal = |text: &str| Sealer::new(&[7; 32]).seal(&key, &text.into()).unwrap();
        let grant = Grant {
            state_callback: format!("{}/device/events", self.platform.url()),
            oauth_token: format!("{}/oauth/token", self.platform.url()),
            code: access_token.is_none().then(|| seal("code")),
            access_token: access_token.map(seal),
            refresh_token: access_token.map(|_| seal("refresh")),
            expires_at: None,
            renew_at: None,
        };
        self.table.store.save_grant(&key, &grant, NOW, NOW).await.unwrap();
    }

    pub(crate) async fn lamp(&self) -> Record {
        let lamp = device(&json!({"id": "lamp", "type": "light", "traits": {"on_off": {}, "brightness": {}}}));
        self.table.store.put_device(&lamp).await.unwrap().1
    }

    pub(crate) async fn report(&self, before: &Record, state: Json) -> Record {
        let after = reported(before, &json!({"state": state}), NOW);
        self.table.store.put_state(before, &after.state, None).await.unwrap()
    }

    pub(crate) async fn item(&self, pk: &str, sk: &str) -> Json {
        let request = self.table.client.get_item().table_name(&self.table.name);
        let request = request.key("pk", AttributeValue::S(pk.into())).key("sk", AttributeValue::S(sk.into()));
        let item = request.send().await.unwrap().item.map(serde_dynamo::Item::from);
        serde_json::to_value(item).unwrap()
    }

    pub(crate) async fn lamp_item(&self) -> Json {
        self.item("DEVICE#lamp", "DEVICE").await
    }

    pub(crate) async fn handle(&self, records: Vec<Json>) {
        let event = json!({"Records": records}).to_string();
        let response = self.courier.stream_batch(&event, deadline()).await.unwrap();
        assert_eq!(serde_json::to_value(response).unwrap(), json!({"batchItemFailures": []}));
    }
}

/// A record of the stream.
pub(crate) fn record(old: &Json, new: &Json) -> Json {
    let image = if new.is_null() { old } else { new };
    json!({"awsRegion": "eu", "eventID": "1", "eventName": "MODIFY", "dynamodb": {
        "ApproximateCreationDateTime": 1_772_359_199.0, "SizeBytes": 1,
        "Keys": {"pk": image["pk"], "sk": image["sk"]}, "OldImage": old, "NewImage": new}})
}

#[tokio::test]
async fn a_change_reaches_every_platform_and_is_noted_on_the_links() {
    let home = Home::new(|arrived| Reply::status(if arrived.line.contains("/api/") { 202 } else { 200 })).await;
    for platform in [Platform::Yandex, Platform::Sber] {
        home.link(platform).await;
    }
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    let lit = home.report(&registered, json!({"on_off": true})).await;
    let unreadable = json!({"pk": {"S": "DEVICE#x"}, "sk": {"S": "DEVICE"}, "version": {"S": "?"}});
    let records = vec![record(&Json::Null, &unreadable), record(&old, &home.lamp_item().await)];
    // The one that cannot be read does not stop the other.
    home.handle(records).await;
    let mut lines = home.platform.lines();
    lines.sort();
    assert_eq!(lines, ["POST /api/v1/skills/2f6a1c58-9b0e-4d7a-8c41-7e35d0a9b612/callback/state", "POST /v1/state"]);
    assert!(home.queue.take().is_empty());
    for platform in [Platform::Yandex, Platform::Sber] {
        let link = home.table.store.link(&link(platform).key).await.unwrap().unwrap();
        assert_eq!((link.last_delivery, link.last_error), (Some(NOW), None));
    }
    assert_eq!(lit.version, 2);
}

#[tokio::test]
async fn what_could_not_be_told_is_told_from_the_newest_state() {
    let mut count = 0;
    let home = Home::new(move |_| {
        count += 1;
        Reply::status(if count == 1 { 500 } else { 200 })
    })
    .await;
    home.link(Platform::Sber).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    let lit = home.report(&registered, json!({"on_off": true, "brightness": 10})).await;
    home.handle(vec![record(&old, &home.lamp_item().await)]).await;
    let left = home.queue.take();
    assert_eq!(left.len(), 1);
    assert_eq!((left[0].0.attempt, left[0].1), (1, Duration::from_secs(2)));
    assert_eq!(left[0].0.devices, [DeviceId::new("lamp").unwrap()].into());
    let failed = home.table.store.link(&link(Platform::Sber).key).await.unwrap().unwrap();
    assert!(failed.last_error.is_some());

    home.report(&lit, json!({"brightness": 90})).await;
    home.courier.redeliver(left[0].0.clone(), deadline()).await.unwrap();
    assert!(home.queue.take().is_empty());
    let last = home.platform.arrived().pop().unwrap().body.to_string();
    assert!(last.contains("\"900\"") && !last.contains("\"100\""), "{last}");
    assert_eq!(home.table.store.link(&failed.key).await.unwrap().unwrap().last_error, None);
}

#[tokio::test]
async fn a_new_link_gets_a_full_report_and_a_dead_one_nothing() {
    let home = Home::new(|_| Reply::json(400, &json!({"error_code": "UNKNOWN_USER"}))).await;
    home.link(Platform::Yandex).await;
    let registered = home.lamp().await;
    home.report(&registered, json!({"on_off": true})).await;
    let item = home.item("USER#u1", "LINK#yandex#u1").await;
    home.handle(vec![record(&Json::Null, &item)]).await;
    let (errand, delay) = home.queue.take().remove(0);
    assert!(errand.all && delay.is_zero());
    home.courier.redeliver(errand.clone(), deadline()).await.unwrap();
    assert!(home.platform.arrived()[0].body.to_string().contains("\"status\":\"online\""));
    // The platform did not know the user: what is left is dropped, and nothing more is sent.
    let dead = home.table.store.link(&link(Platform::Yandex).key).await.unwrap().unwrap();
    assert_eq!(dead.status, Some(LinkStatus::UnknownUser));
    home.courier.redeliver(errand, deadline()).await.unwrap();
    assert!(home.queue.take().is_empty());
    assert_eq!(home.platform.arrived().len(), 1);
}

#[tokio::test]
async fn a_link_ended_by_the_vendor_is_ended_at_the_platform() {
    let mut count = 0;
    let home = Home::new(move |_| {
        count += 1;
        Reply::status(if count == 1 { 503 } else { 200 })
    })
    .await;
    for platform in [Platform::Yandex, Platform::Sber] {
        home.link(platform).await;
        let sk = format!("LINK#{platform}#u1");
        let before = home.item("USER#u1", &sk).await;
        home.table.store.dismiss(&link(platform).key, NOW).await.unwrap();
        home.handle(vec![record(&before, &home.item("USER#u1", &sk).await)]).await;
    }
    // Yandex has no call for it.
    assert_eq!(home.platform.lines(), ["POST /v1/unlink"]);
    let farewell = async |platform| home.table.store.link(&link(platform).key).await.unwrap().unwrap().farewell;
    assert_eq!((farewell(Platform::Yandex).await, farewell(Platform::Sber).await), (None, Some(NOW)));
    let (errand, _) = home.queue.take().remove(0);
    home.courier.redeliver(errand, deadline()).await.unwrap();
    assert_eq!(home.platform.lines().len(), 2);
    assert_eq!(home.platform.arrived()[1].body, json!({"user_id": "u1"}));
    assert_eq!(farewell(Platform::Sber).await, None);
}

/// Gives the token `new`, and takes no other.
fn smartthings(arrived: &Arrived) -> Reply {
    if arrived.line == "POST /oauth/token" {
        let given = json!({"accessToken": "new", "refreshToken": "next", "expiresIn": 86_400});
        return Reply::json(200, &json!({"callbackAuthentication": given}));
    }
    Reply::status(if arrived.body["authentication"]["token"] == "new" { 200 } else { 401 })
}

#[tokio::test]
async fn smartthings_is_told_with_the_tokens_that_it_gives() {
    let (events, tokens) = ("POST /device/events", "POST /oauth/token");
    for (granted, lines) in [(Some("old"), vec![events, tokens, events]), (None, vec![tokens, events])] {
        let home = Home::new(smartthings).await;
        home.grant(granted).await;
        let (registered, old) = (home.lamp().await, home.lamp_item().await);
        home.report(&registered, json!({"on_off": true})).await;
        let change = record(&old, &home.lamp_item().await);
        home.handle(vec![change.clone()]).await;
        assert_eq!(home.platform.lines(), lines);
        // The next one needs no token.
        home.handle(vec![change]).await;
        assert_eq!(home.platform.lines().len(), lines.len() + 1);
        assert!(home.queue.take().is_empty());

        let key = link(Platform::SmartThings).key;
        let before = home.item("USER#u1", "LINK#smartthings#u1").await;
        home.table.store.dismiss(&key, NOW).await.unwrap();
        home.handle(vec![record(&before, &home.item("USER#u1", "LINK#smartthings#u1").await)]).await;
        let last = home.platform.arrived().pop().unwrap();
        assert_eq!(last.body["globalError"]["errorEnum"], "INTEGRATION-DELETED");
        let ended = home.table.store.link(&key).await.unwrap().unwrap();
        assert_eq!((ended.grant, ended.farewell), (None, None));
    }
}

#[tokio::test]
async fn a_refused_grant_breaks_the_link_until_the_next() {
    let home = Home::new(|_| Reply::json(400, &json!({"globalError": {"errorEnum": "INVALID-CODE"}}))).await;
    home.grant(None).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    home.report(&registered, json!({"on_off": true})).await;
    home.handle(vec![record(&old, &home.lamp_item().await)]).await;
    assert!(home.queue.take().is_empty(), "a full report comes with the next grant");
    let broken = home.table.store.link(&link(Platform::SmartThings).key).await.unwrap().unwrap();
    assert_eq!((broken.status, broken.last_error.as_deref()), (Some(LinkStatus::Broken), Some("400 INVALID-CODE")));
}

#[tokio::test]
async fn a_device_leaves_one_home_before_it_comes_into_the_other() {
    let home = Home::new(|_| Reply::status(200)).await;
    home.link(Platform::Sber).await;
    let mut other = link(Platform::Sber).key;
    other.user = common::model::UserId::new("u0").unwrap();
    home.table.store.touch_link(&other, NOW, NOW).await.unwrap();
    let registered = home.lamp().await;
    let old = home.lamp_item().await;
    let mut sold = registered.device.clone();
    sold.owner = other.user.clone();
    home.table.store.put_device(&sold).await.unwrap();
    home.handle(vec![record(&old, &home.lamp_item().await)]).await;
    assert_eq!(home.platform.lines(), ["DELETE /v1/devices", "POST /v1/devices", "POST /v1/state"]);
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_left_to_the_queue() {
    let home = Home::new(|_| Reply::status(503)).await;
    home.link(Platform::Sber).await;
    let (registered, old) = (home.lamp().await, home.lamp_item().await);
    home.report(&registered, json!({"on_off": true})).await;
    let change = record(&old, &home.lamp_item().await);
    for _ in 0..3 {
        home.handle(vec![change.clone()]).await;
        assert_eq!(home.queue.take().len(), 1);
    }
    assert_eq!(home.platform.arrived().len(), 1, "the stream does not try it again at once");
}

/// The work is spawned by the local program.
#[tokio::test]
async fn the_work_can_move_between_threads() {
    fn movable<T: Send>(work: T) -> T {
        work
    }
    let home = Home::new(|_| Reply::status(200)).await;
    movable(home.courier.stream_batch(r#"{"Records": []}"#, deadline())).await.unwrap();
    let courier =
        Courier::new(&settings("https://x.example", "y", "s"), home.table.store.clone(), Box::new(home.queue));
    let courier = courier.unwrap();
    assert!(courier.yandex.is_some() && courier.sber.is_some() && courier.smartthings.is_some());
    movable(courier.redeliver(Errand::full_report(&link(Platform::Sber).key), deadline())).await.unwrap();
}
