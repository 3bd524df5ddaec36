use std::time::Instant;

use serde_json::{Value as Json, json};
use simulators::{Body, Call, Direction, Fault, Faults, Kind, Platform};

use crate::stand::{SKILL, Stand};
use crate::{sber, smartthings, yandex};

const ON: &str = "devices.capabilities.on_off/on";
const USER: &str = "vnd-user-7f31";

async fn tell(stand: &Stand, on: bool) -> Option<(u16, http::HeaderMap, Vec<u8>)> {
    let headers = [("authorization", "OAuth y0_SkillOwnerSampleToken"), ("content-type", "application/json")];
    let path = format!("/api/v1/skills/{SKILL}/callback/state");
    stand.send("POST", &path, &headers, yandex::switched(on).to_string()).await
}

fn set(stand: &Stand, platform: Platform, fault: Fault) {
    stand.simulators.set_faults(platform, Faults { seed: 1, faults: vec![fault] });
}

#[tokio::test]
async fn each_fault_does_what_it_says() {
    let stand = yandex::linked().await;
    assert_eq!(tell(&stand, false).await.unwrap().0, 202);
    let value = |stand: &Stand| stand.value(Platform::Yandex, USER, "lamp-a1f0", ON);
    let date = |seconds| Kind::TooManyRequests { retry_after: Some(seconds), as_date: true };
    // Whether the lamp is on afterwards says whether the message was taken.
    for (kind, status, is_taken) in [
        (Kind::TooManyRequests { retry_after: None, as_date: false }, Some(429), false),
        (Kind::TooManyRequests { retry_after: Some(7), as_date: false }, Some(429), false),
        (date(90), Some(429), false),
        (Kind::Unavailable { retry_after: 3 }, Some(503), false),
        (Kind::ServerError { body: Body::Json, applied: false }, Some(500), false),
        (Kind::ServerError { body: Body::Html, applied: true }, Some(500), true),
        (Kind::ServerError { body: Body::Empty, applied: false }, Some(500), false),
        (Kind::Unauthorized, Some(401), false),
        (Kind::Reset { applied: false }, None, false),
        (Kind::Reset { applied: true }, None, true),
        (Kind::Dropped, Some(202), false),
        (Kind::Garbage, Some(200), true),
        (Kind::Oversized, Some(500), false),
        (Kind::Redirect { to: "http://127.0.0.1:1/".to_owned() }, Some(307), false),
        (Kind::DeviceErrors { code: 500, share: 1.0 }, Some(202), true),
    ] {
        assert_eq!(tell(&stand, false).await.unwrap().0, 202);
        set(&stand, Platform::Yandex, Fault::new(kind.clone()).times(1));
        let answered = tell(&stand, true).await;
        assert_eq!(answered.as_ref().map(|answered| answered.0), status, "{kind:?}");
        assert_eq!(value(&stand), is_taken, "{kind:?}");
        assert_eq!(stand.simulators.faults(Platform::Yandex).1, [1], "{kind:?}");
        assert_eq!(tell(&stand, true).await.unwrap().0, 202, "{kind:?} happens once");
        let headers = answered.as_ref().map(|answered| answered.1.clone()).unwrap_or_default();
        let body = answered.map(|answered| answered.2).unwrap_or_default();
        let retry_after = headers.get("retry-after").map(|value| value.to_str().unwrap());
        match kind {
            Kind::TooManyRequests { retry_after: Some(7), .. } => assert_eq!(retry_after, Some("7")),
            Kind::TooManyRequests { as_date: true, .. } => assert!(retry_after.unwrap().ends_with(" GMT")),
            Kind::TooManyRequests { .. } => assert_eq!(retry_after, None),
            Kind::Unavailable { .. } => assert_eq!(retry_after, Some("3")),
            Kind::ServerError { body: Body::Html, .. } => assert!(body.starts_with(b"<html>")),
            Kind::Garbage => assert!(serde_json::from_slice::<Json>(&body).is_err()),
            Kind::Oversized => assert_eq!(body.len(), 2 << 20),
            Kind::Redirect { to } => assert_eq!(headers["location"], to.as_str()),
            _ => {}
        }
    }
    assert_eq!(stand.violations(), Vec::<String>::new());
    let faults: Vec<String> =
        stand.simulators.exchanges(0).iter().flat_map(|exchange| exchange.faults.clone()).collect();
    assert!(faults.contains(&"redirect".to_owned()) && faults.contains(&"dropped".to_owned()), "{faults:?}");
}

#[tokio::test]
async fn a_slow_answer_comes_after_its_delay_and_another_fault_beside_it() {
    let stand = yandex::linked().await;
    let faults = vec![
        Fault::new(Kind::Slow { millis: 60 }),
        Fault::new(Kind::Unauthorized).on([Call::Devices]),
        Fault::new(Kind::Dropped).on([Call::State]),
    ];
    stand.simulators.set_faults(Platform::Yandex, Faults { seed: 0, faults });
    let began = Instant::now();
    assert_eq!(tell(&stand, true).await.unwrap().0, 202);
    assert!(began.elapsed().as_millis() >= 60);
    assert_eq!(stand.value(Platform::Yandex, USER, "lamp-a1f0", ON), Json::Null);
    assert_eq!(stand.simulators.faults(Platform::Yandex).1, [1, 0, 1]);
}

#[tokio::test]
async fn a_corrupted_value_is_stored_wrong() {
    let stand = yandex::linked().await;
    set(&stand, Platform::Yandex, Fault::new(Kind::Corrupted));
    assert_eq!(tell(&stand, true).await.unwrap().0, 202);
    assert_eq!(stand.value(Platform::Yandex, USER, "lamp-a1f0", ON), false);

    let stand = sber::linked().await;
    set(&stand, Platform::Sber, Fault::new(Kind::Corrupted));
    let power = json!({"devices": {"nl-plug-5": {"states": [
        {"key": "power", "value": {"type": "INTEGER", "integer_value": "40"}}]}}});
    assert_eq!(sber::call(&stand, "POST", "/v1/state", &power).await, (200, Json::Null));
    let stored = sber::call(&stand, "GET", "/v1/state?user_id=u-20417&device_ids=nl-plug-5", &Json::Null).await.1;
    let stored = &stored["devices"]["nl-plug-5"]["states"][1];
    assert_eq!(stored, &json!({"key": "power", "value": {"type": "INTEGER", "integer_value": "39"}}));
}

#[tokio::test]
async fn device_errors_leave_out_their_devices() {
    let stand = sber::linked().await;
    let on = json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": true}}]});
    let body = json!({"devices": {"nl-plug-5": on, "nl-lamp-77": on, "nl-tv-1": on, "nl-mist-2": on}});
    let failures = async |seed| {
        let faults = vec![Fault::new(Kind::DeviceErrors { code: 503, share: 0.5 })];
        stand.simulators.set_faults(Platform::Sber, Faults { seed, faults });
        let before = stand.home(Platform::Sber, sber::USER);
        let (status, answer) = sber::call(&stand, "POST", "/v1/state", &body).await;
        assert_eq!(status, 200);
        let failed: Vec<String> = answer["errors"]
            .as_array()
            .unwrap()
            .iter()
            .inspect(|error| assert_eq!(error["code"], 503))
            .map(|error| error["id"].as_str().unwrap().to_owned())
            .collect();
        let after = stand.home(Platform::Sber, sber::USER);
        for id in body["devices"].as_object().unwrap().keys() {
            let is_same = before.devices[id].history == after.devices[id].history;
            assert_eq!(is_same, failed.contains(id), "{id}");
        }
        failed
    };
    let first = failures(3).await;
    assert_eq!(failures(3).await, first, "the same seed");
    let mut others = Vec::new();
    for seed in 4..12 {
        others.push(failures(seed).await);
    }
    assert!(others.iter().any(|other| *other != first), "other seeds");
    assert_eq!(stand.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn tokens_expire_on_request() {
    let (stand, (access, refresh)) = smartthings::linked().await;
    set(&stand, Platform::SmartThings, Fault::new(Kind::ExpireTokens).on([Call::State]).times(1));
    let expired = smartthings::tell(&stand, &smartthings::switched(&access, true)).await;
    assert_eq!((expired.0, &expired.1["globalError"]["errorEnum"]), (401, &json!("TOKEN-EXPIRED")));
    let (access, _) = smartthings::pair(&smartthings::ask(&stand, &smartthings::for_refresh(&refresh)).await.1);
    assert_eq!(smartthings::tell(&stand, &smartthings::switched(&access, true)).await.0, 200);
    assert_eq!(stand.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn a_forgotten_user_is_known_again_after_a_discovery() {
    let stand = yandex::linked().await;
    set(&stand, Platform::Yandex, Fault::new(Kind::ForgetUser).times(1));
    let forgotten = tell(&stand, true).await.unwrap();
    assert_eq!(forgotten.0, 400);
    assert_eq!(serde_json::from_slice::<Json>(&forgotten.2).unwrap()["error_code"], "UNKNOWN_USER");
    stand.until("the user opens the app", |stand| !stand.home(Platform::Yandex, USER).forgotten).await;
    assert_eq!(tell(&stand, true).await.unwrap().0, 202);
    assert_eq!(stand.violations(), Vec::<String>::new());
    let asked = stand.simulators.exchanges(0);
    let listed = asked
        .iter()
        .filter(|exchange| exchange.direction == Direction::ToHomeport && exchange.path == "/yandex/v1.0/user/devices");
    assert!(listed.count() >= 1);
}
