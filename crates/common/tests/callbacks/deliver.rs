//! Sending: what is done with answers, and what is left to do.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::model::{DeviceId, Timestamp};
use common::net;
use common::notify::protocol::Protocol;
use common::notify::{Change, Listing, News, NotRenewed, Teller, Told};
use common::platform::Platform;
use common::platform::sber::callback::Sber;
use common::platform::smartthings::callback::{Access, SmartThings};
use common::platform::yandex::callback::Yandex;
use common::store::LinkStatus;
use common::telemetry;
use futures_util::FutureExt;
use serde_json::{Value as Json, json};
use tracing::instrument::WithSubscriber;

use crate::fixtures::{NOW, at, change, known, link, planned, registered, reported, settings};
use testkit::{Arrived, Receiver, Reply};

const PATIENCE: Duration = Duration::from_secs(20);

fn now() -> Timestamp {
    at(5_000)
}

fn id(text: &str) -> DeviceId {
    DeviceId::new(text).unwrap()
}

/// Lamps that were switched on.
fn lamps(count: usize) -> Vec<Change> {
    let document =
        |number: usize| json!({"id": format!("lamp-{number:02}"), "type": "light", "traits": {"on_off": {}}});
    let before = (0..count).map(|number| known(&document(number), &json!({"on_off": false})));
    before.map(|lamp| change(Some(&lamp), Some(&reported(&lamp, &json!({"state": {"on_off": true}}), NOW)))).collect()
}

fn news(platform: Platform, changes: &[Change]) -> News {
    planned(changes, &[&link(platform)]).remove(0)
}

async fn tell_by<P: Protocol>(
    protocol: &P,
    news: &News,
    access: P::Access,
    renew: impl Fn() -> Result<P::Access, NotRenewed> + Sync,
    patience: Duration,
) -> Told {
    let client = &net::http_client().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    let renew = || std::future::ready(renew()).boxed();
    Teller { protocol, client, link: &news.link, renew, patience, deadline, clock: now }.tell(news, access).await
}

async fn tell<P: Protocol<Access = ()>>(protocol: &P, news: &News) -> Told {
    tell_by(protocol, news, (), || panic!("nothing to renew"), PATIENCE).await
}

fn yandex(receiver: &Receiver) -> Yandex {
    Yandex::new(&settings(&receiver.url(), "secret-yandex", "x").yandex.unwrap()).unwrap()
}

fn sber(receiver: &Receiver) -> Sber {
    Sber::new(&settings(&receiver.url(), "x", "secret-sber").sber.unwrap()).unwrap()
}

fn ids_in(arrived: &Arrived) -> Vec<String> {
    let devices = arrived.body["payload"]["devices"].as_array().into_iter().flatten();
    devices.map(|device| device["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn what_is_accepted_is_done_and_its_age_known() {
    let platform = Receiver::start(|_| Reply::status(202)).await;
    let told = tell(&yandex(&platform), &news(Platform::Yandex, &lamps(3))).await;
    assert!(told.left.is_empty() && told.accepted && told.error.is_none() && !told.unanswered);
    assert_eq!((told.figures.sent, told.figures.accepted), (1, 3));
    assert_eq!(told.figures.ages, [Duration::from_secs(5); 3]);
}

#[tokio::test]
async fn a_named_entry_is_left_out_and_the_rest_arrives() {
    let platform = Receiver::start(|arrived| {
        let has_humidity = arrived.body.to_string().contains("humidity");
        let message = "Invalid field value: \"payload.devices.0.properties.2.state\"";
        let refusal = json!({"status": "error", "error_code": "BAD_REQUEST", "error_message": message});
        if has_humidity { Reply::json(400, &refusal) } else { Reply::status(202) }
    })
    .await;
    // Traits are told in the order of the model: humidity is the last of this device.
    let document =
        json!({"id": "aa", "type": "climate_sensor", "traits": {"battery": {}, "humidity": {}, "temperature": {}}});
    let before = known(&document, &json!({"battery": 1, "humidity": 1, "temperature": 1}));
    let now = reported(&before, &json!({"state": {"battery": 2, "humidity": 2, "temperature": 2}}), NOW);
    let mut changes = lamps(1);
    changes.push(change(Some(&before), Some(&now)));
    let told = tell(&yandex(&platform), &news(Platform::Yandex, &changes)).await;
    assert!(told.left.is_empty() && told.accepted);
    assert_eq!((told.figures.sent, told.figures.accepted, told.figures.dropped), (2, 2, 1));
    let last = platform.arrived().remove(1).body.to_string();
    assert!(last.contains("battery_level") && last.contains("temperature") && last.contains("lamp-00"), "{last}");
}

#[tokio::test]
async fn the_device_a_request_is_refused_for_is_found_by_sending_fewer() {
    let platform = Receiver::start(|arrived| {
        let bad = ids_in(arrived).iter().any(|id| id == "lamp-05");
        Reply::status(if bad { 400 } else { 202 })
    })
    .await;
    let told = tell(&yandex(&platform), &news(Platform::Yandex, &lamps(16))).await;
    assert!(told.left.is_empty() && told.accepted);
    assert_eq!((told.figures.accepted, told.figures.dropped), (15, 1));
    assert_eq!(told.error.as_deref(), Some("lamp-05: 400 BAD_REQUEST"));
    let accepted: Vec<String> =
        platform.arrived().iter().map(ids_in).filter(|ids| !ids.contains(&"lamp-05".to_owned())).flatten().collect();
    assert_eq!(accepted.len(), 15);
    assert!(told.figures.sent <= 9, "{}", told.figures.sent);
}

#[tokio::test]
async fn trouble_stops_everything_for_this_link_until_later() {
    let busy = || Reply { status: 503, header: Some(("retry-after", "77".to_owned())), ..Reply::default() };
    let platform = Receiver::start(move |_| busy()).await;
    let told = tell(&sber(&platform), &news(Platform::Sber, &lamps(60))).await;
    assert_eq!(platform.lines(), ["POST /v1/state"]);
    assert_eq!(told.left.devices.len(), 60);
    assert_eq!((told.after, told.status, told.unanswered), (Some(Duration::from_secs(77)), None, true));
    assert_eq!((told.figures.sent, told.figures.retried), (1, 60));
}

#[tokio::test]
async fn no_answer_and_no_connection_are_trouble() {
    let slow = Receiver::start(|_| Reply { delay: Duration::from_secs(30), ..Reply::status(202) }).await;
    let news = news(Platform::Yandex, &lamps(1));
    let nothing_to_renew = || panic!("nothing to renew");
    let told = tell_by(&yandex(&slow), &news, (), nothing_to_renew, Duration::from_millis(50)).await;
    assert!(told.unanswered && told.left.devices.len() == 1);
    assert_eq!(told.error.as_deref(), Some("no answer in time"));
    let address = slow.url();
    drop(slow);
    let gone = Yandex::new(&settings(&address, "t", "x").yandex.unwrap()).unwrap();
    let told = tell(&gone, &news).await;
    assert!(told.unanswered && told.left.devices.len() == 1);
    assert_eq!(told.error.as_deref(), Some("cannot be reached"));
}

#[tokio::test]
async fn a_refused_key_is_tried_again_and_is_no_trouble_of_the_platform() {
    let platform = Receiver::start(|_| Reply::status(401)).await;
    let told = tell(&sber(&platform), &news(Platform::Sber, &lamps(1))).await;
    assert_eq!((told.unanswered, told.status, told.left.devices.len()), (false, None, 1));
    assert_eq!(told.after, Some(Duration::from_secs(60)));
}

#[tokio::test]
async fn an_unknown_user_leaves_nothing_to_do() {
    let platform = Receiver::start(|_| Reply::json(400, &json!({"error_code": "UNKNOWN_USER"}))).await;
    let lamp = registered(&json!({"id": "new", "type": "light", "traits": {"on_off": {}}}));
    let told = tell(&yandex(&platform), &news(Platform::Yandex, &[change(None, Some(&lamp))])).await;
    assert_eq!(told.status, Some(LinkStatus::UnknownUser));
    assert!(told.left.is_empty());
    assert_eq!(platform.arrived().len(), 1, "the states are not sent after the list");
}

#[tokio::test]
async fn only_the_devices_that_failed_are_tried_again() {
    let platform = Receiver::start(|_| {
        let errors =
            json!([{"id": "lamp-01", "code": 500, "message": "-"}, {"id": "lamp-02", "code": 400, "message": "-"}]);
        Reply::json(200, &json!({"errors": errors}))
    })
    .await;
    let told = tell(&sber(&platform), &news(Platform::Sber, &lamps(4))).await;
    assert_eq!(told.left.devices, [id("lamp-01")].into());
    assert_eq!((told.figures.accepted, told.figures.retried, told.figures.dropped), (2, 1, 1));
    assert_eq!(told.figures.ages.len(), 2);
}

#[tokio::test]
async fn what_happened_is_kept_from_the_first_that_could_not_be_told() {
    let mut count = 0;
    let platform = Receiver::start(move |_| {
        count += 1;
        Reply::status(if count == 2 { 500 } else { 200 })
    })
    .await;
    let mut records = vec![registered(&json!({"id": "b", "type": "button", "traits": {"button": {}}}))];
    for millis in 1..=4 {
        records.push(reported(records.last().unwrap(), &json!({"state": {"button": "click"}}), at(millis)));
    }
    let changes: Vec<Change> = records.windows(2).map(|pair| change(Some(&pair[0]), Some(&pair[1]))).collect();
    let told = tell(&sber(&platform), &news(Platform::Sber, &changes)).await;
    assert_eq!(platform.arrived().len(), 2);
    let kept: Vec<Timestamp> = told.left.occurrences.iter().map(|item| item.occurrence.at).collect();
    assert_eq!(kept, [at(2), at(3), at(4)]);
    assert_eq!(told.left.devices, [id("b")].into());
}

#[tokio::test]
async fn a_list_that_could_not_be_told_is_told_later_with_the_states() {
    let platform = Receiver::start(|_| Reply::status(500)).await;
    let lamp = registered(&json!({"id": "new", "type": "light", "traits": {"on_off": {}}}));
    let lamp = reported(&lamp, &json!({"state": {"on_off": true}}), NOW);
    let gone = registered(&json!({"id": "gone", "type": "light", "traits": {"on_off": {}}}));
    let changes = [change(None, Some(&lamp)), change(Some(&gone), None)];
    let told = tell(&sber(&platform), &news(Platform::Sber, &changes)).await;
    assert_eq!(platform.lines(), ["DELETE /v1/devices"]);
    let listings: Vec<_> = told.left.listings.iter().map(|l| (l.device_id.as_str(), l.change)).collect();
    assert_eq!(listings, [("gone", Listing::Removed), ("new", Listing::Added)]);
    assert_eq!(told.left.devices, [id("new")].into());
}

fn token(receiver: &Receiver, token: &str) -> Access {
    let hosts = settings("https://x.example", "x", "x").smartthings.unwrap().hosts;
    Access::new(&hosts, &format!("{}/device/events", receiver.url()), token.into()).unwrap()
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_the_same_is_sent_again() {
    let expects = |good: &'static str| {
        move |arrived: &Arrived| Reply::status(if arrived.body["authentication"]["token"] == good { 200 } else { 401 })
    };
    let news = news(Platform::SmartThings, &lamps(30));
    let platform = Receiver::start(expects("new")).await;
    let new = || Ok(token(&platform, "new"));
    let told = tell_by(&SmartThings, &news, token(&platform, "old"), new, PATIENCE).await;
    assert!(told.left.is_empty() && told.status.is_none());
    let tokens: Vec<Json> =
        platform.arrived().into_iter().map(|arrived| arrived.body["authentication"]["token"].clone()).collect();
    assert_eq!(tokens, ["old", "new", "new"]);
    assert_eq!(told.figures.accepted, 30);

    let platform = Receiver::start(expects("another")).await;
    let new = || Ok(token(&platform, "new"));
    let told = tell_by(&SmartThings, &news, token(&platform, "old"), new, PATIENCE).await;
    assert_eq!((told.status, told.left.is_empty()), (Some(LinkStatus::Broken), true));
    assert_eq!(platform.arrived().len(), 2);
}

#[tokio::test]
async fn a_token_that_cannot_be_renewed_is_later_or_the_end() {
    let platform = Receiver::start(|_| Reply::status(401)).await;
    let news = news(Platform::SmartThings, &lamps(1));
    let after = Some(Duration::from_secs(3));
    let later = || Err(NotRenewed::Later { after, unanswered: true, reason: "busy".to_owned() });
    let told = tell_by(&SmartThings, &news, token(&platform, "old"), later, PATIENCE).await;
    assert_eq!((told.status, told.after, told.unanswered), (None, after, true));
    assert_eq!(told.left.devices.len(), 1);
    let broken = || Err(NotRenewed::Broken { reason: "400 INVALID-TOKEN".to_owned() });
    let told = tell_by(&SmartThings, &news, token(&platform, "old"), broken, PATIENCE).await;
    assert_eq!((told.status, told.left.is_empty()), (Some(LinkStatus::Broken), true));

    let why = NotRenewed::Later { after, unanswered: true, reason: "busy".to_owned() };
    let told = Told::without_access(&news, why);
    assert!(told.unanswered && told.left.devices.len() == 1 && told.figures.retried == 1);
    let told = Told::without_access(&news, NotRenewed::Broken { reason: "gone".to_owned() });
    assert_eq!((told.status, told.left.is_empty()), (Some(LinkStatus::Broken), true));
}

#[tokio::test]
async fn redirects_are_not_followed_and_endless_answers_not_read() {
    let elsewhere = Receiver::start(|_| Reply::status(202)).await;
    let location = format!("{}/stolen", elsewhere.url());
    let platform = Receiver::start(move |_| Reply {
        status: 307,
        header: Some(("location", location.clone())),
        ..Reply::default()
    })
    .await;
    let news = news(Platform::Yandex, &lamps(1));
    let told = tell(&yandex(&platform), &news).await;
    assert!(!told.accepted && told.left.devices.len() == 1);
    assert!(elsewhere.arrived().is_empty());
    let long = "x".repeat(10_000_000);
    let platform = Receiver::start(move |_| Reply { status: 202, body: long.clone(), ..Reply::default() }).await;
    assert!(tell(&yandex(&platform), &news).await.accepted);
}

#[tokio::test]
async fn nothing_is_begun_after_the_deadline() {
    let platform = Receiver::start(|_| Reply::status(202)).await;
    let news = news(Platform::Yandex, &lamps(2));
    let (protocol, client) = (&yandex(&platform), &net::http_client().unwrap());
    let renew = || std::future::pending().boxed();
    let (patience, deadline) = (PATIENCE, Instant::now());
    let teller = Teller { protocol, client, link: &news.link, renew, patience, deadline, clock: now };
    let told = teller.tell(&news, ()).await;
    assert!(platform.arrived().is_empty());
    assert_eq!((told.left.devices.len(), told.unanswered), (2, false));
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_tokens_nor_states_get_into_the_log() {
    let lines = Lines::default();
    let writer = lines.clone();
    // With one subscriber alone, what other threads find uninteresting first is lost for all.
    let _another = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let subscriber = telemetry::json_lines(tracing_subscriber::filter::LevelFilter::TRACE, move || writer.clone());
    let work = async {
        let message = "json: unexpected type at 6: number 4711";
        let refusal = json!({"error_code": "BAD_REQUEST", "error_message": message, "request_id": "r-1"});
        let platform = Receiver::start(move |_| Reply::json(400, &refusal)).await;
        let document = json!({"id": "meter", "type": "socket", "traits": {"on_off": {}, "power": {}}});
        let before = known(&document, &json!({"power": 1}));
        let changes = [change(Some(&before), Some(&reported(&before, &json!({"state": {"power": 4711}}), NOW)))];
        tell(&yandex(&platform), &news(Platform::Yandex, &changes)).await;
        let common = json!({"code": 400, "message": "4711 is wrong", "details": ["4711"]});
        let platform = Receiver::start(move |_| Reply::json(400, &common)).await;
        tell(&sber(&platform), &news(Platform::Sber, &changes)).await;
        let error = json!({"globalError": {"errorEnum": "BAD-REQUEST", "detail": "secret-st 4711"}});
        let platform = Receiver::start(move |_| Reply::json(400, &error)).await;
        let renew = || panic!("nothing to renew");
        tell_by(&SmartThings, &news(Platform::SmartThings, &changes), token(&platform, "secret-st"), renew, PATIENCE)
            .await;
    };
    work.with_subscriber(subscriber).await;
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for word in ["meter", "r-1", "BAD-REQUEST", "code 400"] {
        assert!(log.contains(word), "{word} is missing in {log}");
    }
    for secret in ["4711", "secret-"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
