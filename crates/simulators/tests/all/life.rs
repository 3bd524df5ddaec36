use serde_json::{Value as Json, json};
use simulators::{Direction, Error, Platform, Source};

use crate::stand::{SKILL, Stand, now, spoil};
use crate::{sber, smartthings, yandex};

const USER: &str = "vnd-user-7f31";
const ON: &str = "devices.capabilities.on_off/on";

fn on(value: bool) -> Json {
    json!({"capabilities": [{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": value}}]})
}

async fn list_changed(stand: &Stand) {
    let headers = [("authorization", "OAuth y0_SkillOwnerSampleToken"), ("content-type", "application/json")];
    let path = format!("/api/v1/skills/{SKILL}/callback/discovery");
    let body = json!({"ts": now(), "payload": {"user_id": USER}});
    assert_eq!(stand.json("POST", &path, &headers, &body).await.0, 202);
}

#[tokio::test]
async fn linking_lists_and_reads() {
    let stand = Stand::start().await;
    stand.homeport.lock().unwrap().states.extend([
        ("lamp-a1f0".to_owned(), on(true)),
        ("ac-3390".to_owned(), json!({"error_code": "DEVICE_UNREACHABLE"})),
    ]);
    stand.link(Platform::Yandex, USER, yandex::devices()).await;
    let home = stand.home(Platform::Yandex, USER);
    assert!(home.linked);
    assert_eq!(home.devices.len(), 4);
    assert_eq!(home.devices["ac-3390"].online, Some(false));
    let lamp = &home.devices["lamp-a1f0"];
    assert_eq!(
        (lamp.online, &lamp.values[ON].value, lamp.values[ON].source),
        (Some(true), &json!(true), Source::Query)
    );
    let asked = stand.homeport.lock().unwrap().asked.clone();
    let paths = ["HEAD /yandex/v1.0", "GET /yandex/v1.0/user/devices", "POST /yandex/v1.0/user/devices/query"];
    assert_eq!(asked, paths);
    assert!(stand.simulators.exchanges(0).iter().all(|exchange| exchange.direction == Direction::ToHomeport));
}

#[tokio::test]
async fn a_wrong_list_is_a_violation_and_no_link() {
    let stand = Stand::start().await;
    stand.homeport.lock().unwrap().user = "somebody-else".to_owned();
    let token = || "user-token".to_owned().into();
    let linked = stand.simulators.link(Platform::Yandex, &stand.homeport_url(), USER, token()).await;
    assert!(matches!(linked, Err(Error::Unusable { .. })), "{linked:?}");
    assert_eq!(stand.violations(), [format!("payload.user_id: is not {USER}")]);
    assert!(!stand.home(Platform::Yandex, USER).linked);
    let nobody = stand.simulators.link(Platform::Sber, "http://127.0.0.1:1", USER, token()).await;
    assert!(matches!(nobody, Err(Error::NoAnswer { .. })), "{nobody:?}");

    let broken = spoil(&yandex::devices(), "/0/type", Some(json!("devices.types.lamp")));
    {
        let mut homeport = stand.homeport.lock().unwrap();
        homeport.user = USER.to_owned();
        homeport.devices = broken.as_array().unwrap().clone();
    }
    stand.simulators.link(Platform::Yandex, &stand.homeport_url(), USER, token()).await.unwrap();
    assert!(stand.violations()[0].contains("is no device type"));
    assert_eq!(stand.home(Platform::Yandex, USER).devices.len(), 3, "the device is skipped, the others are not");
}

#[tokio::test]
async fn a_discovery_callback_makes_the_platform_list_again() {
    let stand = yandex::linked().await;
    {
        let mut homeport = stand.homeport.lock().unwrap();
        let new = spoil(&yandex::devices()[0], "/id", Some(json!("lamp-new")));
        homeport.devices.remove(1);
        homeport.devices.push(new);
        homeport.states.insert("lamp-new".to_owned(), on(true));
    }
    list_changed(&stand).await;
    stand
        .until("the new lamp is listed and read", |stand| {
            stand.home(Platform::Yandex, USER).devices.get("lamp-new").is_some_and(|lamp| lamp.values.contains_key(ON))
        })
        .await;
    let home = stand.home(Platform::Yandex, USER);
    assert!(home.devices.contains_key("ac-3390"), "Yandex forgets no device");
    assert!(!home.devices["ac-3390"].listed);
    assert_eq!(stand.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn commands_change_the_view() {
    let stand = yandex::linked().await;
    let answer = stand.simulators.command(Platform::Yandex, USER, "lamp-a1f0", &on(true)).await.unwrap();
    assert_eq!(answer["action_result"]["status"], "DONE");
    assert_eq!(stand.value(Platform::Yandex, USER, "lamp-a1f0", ON), true);
    let unknown = stand.simulators.command(Platform::Yandex, USER, "lamp-zzz", &on(true)).await;
    assert!(matches!(unknown, Err(Error::Unusable { .. })));

    let stand = sber::linked().await;
    let value = json!({"type": "BOOL", "bool_value": true});
    let command = json!({"states": [{"key": "on_off", "value": value}]});
    stand.simulators.command(Platform::Sber, sber::USER, "nl-plug-5", &command).await.unwrap();
    assert_eq!(stand.value(Platform::Sber, sber::USER, "nl-plug-5", "on_off"), value);

    let (stand, _) = smartthings::linked().await;
    let state = |capability: &str, attribute: &str, value: &str| json!({"component": "main", "capability": capability, "attribute": attribute, "value": value});
    let states = [state("st.switch", "switch", "on"), state("st.healthCheck", "healthStatus", "online")];
    stand.homeport.lock().unwrap().states.insert("nv-lamp-7F01".to_owned(), json!({"states": states}));
    let command = json!({"commands": [{"component": "main", "capability": "st.switch", "command": "on"}]});
    let link = smartthings::LINK;
    stand.simulators.command(Platform::SmartThings, link, "nv-lamp-7F01", &command).await.unwrap();
    assert_eq!(stand.value(Platform::SmartThings, link, "nv-lamp-7F01", "main/st.switch/switch"), "on");
    assert_eq!(stand.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_unlinked_is_not_known_any_more() {
    let stand = yandex::linked().await;
    stand.simulators.unlink(Platform::Yandex, USER).await.unwrap();
    let told = yandex::tell(&stand, &yandex::switched(true)).await;
    assert_eq!((told.0, &told.1["error_code"]), (400, &json!("UNKNOWN_USER")));
    // On its way when the user unlinked, perhaps.
    assert_eq!(stand.violations(), Vec::<String>::new());
    assert!(matches!(stand.simulators.refresh(Platform::Yandex, USER).await, Err(Error::NotLinked { .. })));

    let (stand, (access, _)) = smartthings::linked().await;
    stand.simulators.unlink(Platform::SmartThings, smartthings::LINK).await.unwrap();
    assert_eq!(smartthings::tell(&stand, &smartthings::switched(&access, true)).await.0, 401);
    assert_eq!(stand.homeport.lock().unwrap().asked.last().unwrap(), "integrationDeleted");
}

#[tokio::test]
async fn a_list_of_sber_is_authoritative() {
    let stand = sber::linked().await;
    stand.homeport.lock().unwrap().devices.truncate(2);
    stand.simulators.rediscover(Platform::Sber, sber::USER).await.unwrap();
    assert_eq!(stand.home(Platform::Sber, sber::USER).devices.len(), 2);
    assert_eq!(stand.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn everything_can_be_had_over_http() {
    let stand = Stand::start().await;
    {
        let mut homeport = stand.homeport.lock().unwrap();
        homeport.user = USER.to_owned();
        homeport.devices = yandex::devices().as_array().unwrap().clone();
    }
    let call = async |method: &str, path: &str, body: Json| stand.json(method, path, &[], &body).await;
    let link = json!({"homeport": stand.homeport_url(), "user": USER, "token": "user-token", "platform": "yandex"});
    assert_eq!(call("POST", "/sim/link", link).await, (204, Json::Null));
    let overview = call("GET", "/sim", Json::Null).await.1;
    assert_eq!(overview["platforms"]["yandex"]["homes"][0]["devices"], 4);
    assert_eq!(overview["violations"], 0);

    let home = format!("/sim/yandex/homes/{USER}");
    let command = json!({"device": "lamp-a1f0", "command": on(true)});
    assert_eq!(call("POST", &format!("{home}/command"), command).await.0, 200);
    let view = call("GET", &home, Json::Null).await.1;
    assert_eq!(view["devices"]["lamp-a1f0"]["values"][ON]["value"], true);
    assert_eq!(view["devices"]["lamp-a1f0"]["values"][ON]["source"], "command");
    assert!(!view.to_string().contains("user-token"));

    let faults = json!({"seed": 4, "faults": [{"kind": "unauthorized", "count": 1}]});
    assert_eq!(call("PUT", "/sim/yandex/faults", faults).await, (204, Json::Null));
    assert_eq!(yandex::tell(&stand, &yandex::switched(true)).await.0, 401);
    let faults = call("GET", "/sim/yandex/faults", Json::Null).await.1;
    assert_eq!((&faults["seed"], &faults["happened"]), (&json!(4), &json!([1])));
    assert_eq!(call("DELETE", "/sim/yandex/faults", Json::Null).await.0, 204);
    assert_eq!(call("GET", "/sim/yandex/faults", Json::Null).await.1["faults"], json!([]));

    assert_eq!(yandex::tell(&stand, &json!({})).await.0, 400);
    let violations = call("GET", "/sim/violations", Json::Null).await.1;
    assert!(violations["total"].as_u64().unwrap() >= 2);
    let number = violations["violations"][0]["exchange"].as_u64().unwrap();
    let exchanges = call("GET", &format!("/sim/exchanges?after={}", number - 1), Json::Null).await.1;
    assert_eq!(exchanges["exchanges"][0]["number"], number);
    assert_eq!(exchanges["exchanges"][0]["status"], 400);
    assert_eq!(call("DELETE", "/sim/violations", Json::Null).await.0, 204);

    for (method, path, body, status) in [
        ("PUT", "/sim/yandex/faults", json!({"faults": [{"kind": "unknown"}]}), 400),
        ("PUT", "/sim/yandex/faults", json!({"faults": [{"kind": "dropped", "probability": 2}]}), 400),
        ("GET", "/sim/alexa/faults", Json::Null, 404),
        ("GET", "/sim/yandex/homes/nobody", Json::Null, 404),
        ("GET", "/sim/exchanges?after=x", Json::Null, 400),
        ("POST", "/sim/link", json!({"homeport": "x"}), 400),
        ("POST", "/sim/smartthings/expire-tokens", Json::Null, 204),
        ("POST", &format!("{home}/refresh"), Json::Null, 204),
        ("POST", &format!("{home}/discover"), Json::Null, 204),
        ("DELETE", &format!("{home}/link"), Json::Null, 204),
        ("DELETE", &format!("{home}/link"), Json::Null, 404),
    ] {
        assert_eq!(call(method, path, body).await.0, status, "{method} {path}");
    }
}
