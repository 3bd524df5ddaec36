use serde_json::{Value as Json, json};
use simulators::{Fault, Faults, Kind, Platform, TokenCounts};
use testkit::golden;

use crate::stand::{CLIENT, SECRET, Stand, now_millis, spoil};

pub(crate) const LINK: &str = "anna-us";
const HEADERS: [(&str, &str); 1] = [("content-type", "application/json; charset=utf-8")];
const REQUEST_ID: &str = "21aa18f7-bd4f-4b6b-8376-190bf809204d";

fn device(id: &str, handler: &str) -> Json {
    json!({"externalDeviceId": id, "friendlyName": "Device", "deviceHandlerType": handler,
        "manufacturerInfo": {"manufacturerName": "Novastra", "modelName": "NV"}})
}

pub(crate) fn devices() -> Json {
    json!([
        device("nv-lamp-7F01", "c2c-rgbw-color-bulb"),
        device("nv-contact-31AA", "c2c-contact-3"),
        device("nv-lock-9C33", "c2c-lock-2"),
        device("nv-button-0042", "c2c-button"),
        device("nv-valve-1122", "c2c-valve"),
        device("nv-climate-0B77", "c2c-humidity"),
        device("nv-air-1", "5a0c3a5e-2f0b-4c8e-9a67-0d6b2f1c7e11"),
    ])
}

fn envelope(kind: &str) -> Json {
    json!({"schema": "st-schema", "version": "1.0", "interactionType": kind, "requestId": REQUEST_ID})
}

fn for_code(code: &str) -> Json {
    json!({"headers": envelope("accessTokenRequest"), "callbackAuthentication":
        {"grantType": "authorization_code", "code": code, "clientId": CLIENT, "clientSecret": SECRET}})
}

pub(crate) fn for_refresh(refresh: &str) -> Json {
    json!({"headers": envelope("refreshAccessTokens"), "callbackAuthentication":
        {"grantType": "refresh_token", "refreshToken": refresh, "clientId": CLIENT, "clientSecret": SECRET}})
}

fn state(capability: &str, attribute: &str, value: Json) -> Json {
    json!({"component": "main", "capability": format!("st.{capability}"), "attribute": attribute, "value": value})
}

fn online() -> Json {
    state("healthCheck", "healthStatus", json!("online"))
}

pub(crate) fn switched(token: &str, on: bool) -> Json {
    let value = json!(if on { "on" } else { "off" });
    json!({"headers": envelope("stateCallback"), "authentication": {"tokenType": "Bearer", "token": token},
        "deviceState": [{"externalDeviceId": "nv-lamp-7F01", "states": [state("switch", "switch", value), online()]}]})
}

/// An access and a refresh token.
pub(crate) type Pair = (String, String);

pub(crate) fn pair(answer: &Json) -> Pair {
    let text = |name: &str| answer["callbackAuthentication"][name].as_str().unwrap().to_owned();
    (text("accessToken"), text("refreshToken"))
}

pub(crate) async fn ask(stand: &Stand, body: &Json) -> (u16, Json) {
    stand.json("POST", "/oauth/token", &HEADERS, body).await
}

pub(crate) async fn tell(stand: &Stand, body: &Json) -> (u16, Json) {
    stand.json("POST", "/device/events", &HEADERS, body).await
}

pub(crate) fn last_code(stand: &Stand) -> String {
    stand.homeport.lock().unwrap().codes.last().unwrap().clone()
}

pub(crate) async fn linked() -> (Stand, Pair) {
    let stand = Stand::start().await;
    stand.link(Platform::SmartThings, LINK, devices()).await;
    let (status, answer) = ask(&stand, &for_code(&last_code(&stand))).await;
    assert_eq!((status, &answer["headers"]["interactionType"]), (200, &json!("accessTokenResponse")));
    (stand, pair(&answer))
}

/// Times of today, and the tokens of this link, in place of the vector's.
fn of_today(body: &Json, tokens: &[(&str, &str)]) -> Json {
    let mut text = body.to_string();
    for (token, ours) in tokens {
        text = text.replace(token, ours);
    }
    let mut body: Json = serde_json::from_str(&text).unwrap();
    let mut times = now_millis();
    for entry in body.get_mut("deviceState").and_then(Json::as_array_mut).into_iter().flatten() {
        for state in entry.get_mut("states").and_then(Json::as_array_mut).into_iter().flatten() {
            if let Some(time) = state.get_mut("timestamp") {
                times += 1;
                *time = times.into();
            }
        }
    }
    body
}

#[tokio::test]
async fn golden_calls_are_answered_as_they_say() {
    for (name, vector) in golden::vectors("smartthings") {
        if vector["direction"] != "outbound" {
            continue;
        }
        let (stand, (mut access, mut refresh)) = linked().await;
        let code = if name.starts_with("39") || name.starts_with("41") {
            // A second grant, whose code is not used yet.
            stand.homeport.lock().unwrap().wants_grant = true;
            stand.simulators.rediscover(Platform::SmartThings, LINK).await.unwrap();
            last_code(&stand)
        } else {
            last_code(&stand)
        };
        if name.starts_with("50") {
            stand.simulators.expire_tokens();
        } else if name.starts_with("52") {
            (access, refresh) = pair(&ask(&stand, &for_refresh(&refresh)).await.1);
        }
        let tokens = [
            ("grant-code-anna-0001", code.as_str()),
            ("grant-code-anna-0003", &code),
            ("cbt-anna-us-01", &access),
            ("cbt-anna-us-02", &access),
            ("cbt-anna-us-03", &access),
            ("cbr-anna-us-01", &refresh),
            ("cbr-anna-us-02", &refresh),
        ];
        let body = of_today(&vector["request"]["body"], &tokens);
        let path = vector["request"]["path"].as_str().unwrap();
        let (status, answer) = stand.json("POST", path, &HEADERS, &body).await;
        let expected = &vector["response"];
        assert_eq!(status, expected["status"], "{name}: {answer}");
        assert_eq!(answer.get("headers"), expected["body"].get("headers"), "{name}");
        let error = |body: &Json| body.pointer("/globalError/errorEnum").cloned();
        assert_eq!(error(&answer), error(&expected["body"]), "{name}");
        if expected["body"]["callbackAuthentication"].is_object() {
            let given = &answer["callbackAuthentication"];
            assert_eq!((&given["tokenType"], &given["expiresIn"]), (&json!("Bearer"), &json!(86400)), "{name}");
            assert!(given["accessToken"].is_string() && given["refreshToken"] != refresh.as_str(), "{name}");
        }
        // An expired token is nobody's fault, and the code in 40 was used once before.
        let is_homeports_fault = name.starts_with("41") || name.starts_with("43");
        let violations = stand.violations();
        assert_eq!(!violations.is_empty(), is_homeports_fault, "{name}: {violations:?}");

        let home = stand.home(Platform::SmartThings, LINK);
        let is_taken = status == 200;
        for entry in body["deviceState"].as_array().into_iter().flatten() {
            let id = entry["externalDeviceId"].as_str().unwrap();
            match entry["deviceError"][0]["errorEnum"].as_str() {
                Some("DEVICE-DELETED") => assert!(!home.devices.contains_key(id), "{name}"),
                Some(_) => assert_eq!(home.devices[id].online, Some(false), "{name}"),
                None => assert_eq!(home.devices[id].online, Some(true), "{name}"),
            }
            for state in entry["states"].as_array().into_iter().flatten() {
                let text = |name: &str| state[name].as_str().unwrap();
                let key = format!("main/{}/{}", text("capability"), text("attribute"));
                if text("attribute") != "healthStatus" && text("attribute") != "button" {
                    let known = home.devices[id].values.get(&key).map(|heard| &heard.value);
                    assert_eq!(known == Some(&state["value"]), is_taken, "{name} {key}");
                }
            }
        }
        match &name[..2] {
            "47" => {
                let events = &home.devices["nv-button-0042"].events;
                assert_eq!(events.len(), 2);
                assert!(events[0].carried_at < events[1].carried_at);
            }
            "49" => {
                assert!(!home.linked);
                stand
                    .until("integrationDeleted follows", |stand| {
                        stand.homeport.lock().unwrap().asked.last().is_some_and(|asked| asked == "integrationDeleted")
                    })
                    .await;
            }
            "53" => {
                assert_eq!(home.devices["nv-motion-31AB"].description["deviceHandlerType"], "c2c-motion-2");
                stand
                    .until("a stateRefreshRequest follows", |stand| {
                        stand.home(Platform::SmartThings, LINK).devices["nv-motion-31AB"].online == Some(true)
                    })
                    .await;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn spoilt_callbacks_are_told_with_the_reason() {
    let (stand, (access, _)) = linked().await;
    let mut temperature = state("temperatureMeasurement", "temperature", json!(21.5));
    temperature["unit"] = json!("C");
    let mut dust = state("fineDustSensor", "fineDustLevel", json!(12));
    dust["unit"] = json!("μg/m^3");
    let mut press = state("button", "button", json!("pushed"));
    press["timestamp"] = now_millis().into();
    let entry = |id: &str, states: Vec<Json>| json!({"externalDeviceId": id, "states": states});
    let good = json!({"headers": envelope("stateCallback"),
    "authentication": {"tokenType": "Bearer", "token": access},
    "deviceState": [
        entry("nv-lamp-7F01", vec![state("switch", "switch", json!("on")), state("switchLevel", "level", json!(50)),
            state("colorControl", "hue", json!(66.6)), online()]),
        entry("nv-climate-0B77", vec![temperature, online()]),
        entry("nv-air-1", vec![dust, online()]),
        entry("nv-button-0042", vec![press.clone(), online()]),
        {"externalDeviceId": "nv-lock-9C33", "deviceError": [{"errorEnum": "DEVICE-OFFLINE", "detail": "Away"}]},
    ]});
    assert_eq!(tell(&stand, &good).await, (200, json!({})));
    assert_eq!(stand.violations(), Vec::<String>::new());
    let lamp = "/deviceState/0/states";
    let air = "/deviceState/2/states";
    let press_earlier = spoil(&press, "/timestamp", Some(json!(now_millis() - 60_000)));
    // Structure is refused with 400; of the rest what is good is taken, and the rest is told in an interactionResult.
    for (pointer, value, status, expected) in [
        ("/headers", None, 400, "headers.interactionType: is missing"),
        ("/headers/version", Some(json!(1.0)), 400, "headers.version: is not a string"),
        ("/headers/schema", Some(json!("schema")), 400, "none of st-schema"),
        ("/headers/requestId", Some(json!("req-1")), 400, "headers.requestId: is not a UUID"),
        ("/headers/interactionType", Some(json!("statecallback")), 400, "\"statecallback\" is no callback"),
        ("/authentication", None, 400, "authentication: is missing"),
        ("/authentication/tokenType", Some(json!("bearer")), 400, "none of Bearer"),
        ("/authentication/token", Some(json!("made-up")), 401, "authentication.token: was never given out"),
        ("/deviceState", Some(json!({})), 400, "deviceState: is not an array"),
        ("/deviceState", Some(json!([])), 200, "deviceState: is empty"),
        ("/devices", Some(json!([])), 400, "devices: is not a member"),
        ("/deviceState/0/externalDeviceId", Some(json!("nv-none")), 200, "device nv-none is not known"),
        ("/deviceState/1/externalDeviceId", Some(json!("nv-lamp-7F01")), 200, "device nv-lamp-7F01 is there twice"),
        ("/deviceState/0/cookie", Some(json!({})), 200, "cookie: is not a member"),
        ("/deviceState/0/states", None, 200, "neither states nor deviceError"),
        ("/deviceState/0/states", Some(json!([])), 200, "states: is empty"),
        ("/deviceState/0/states/3", None, 200, "healthStatus is missing"),
        ("/deviceState/4/states", Some(json!([online()])), 200, "healthStatus online and DEVICE-OFFLINE"),
        ("/deviceState/4/deviceError", Some(json!({})), 200, "deviceError: is not an array"),
        ("/deviceState/4/deviceError/0/errorEnum", Some(json!("OFFLINE")), 200, "\"OFFLINE\" is none of"),
        (&*format!("{lamp}/0/component"), Some(json!("outlet1")), 200, "none of main"),
        (&*format!("{lamp}/0/capability"), Some(json!("switch")), 200, "switch has not the prefix st."),
        (&*format!("{lamp}/0/capability"), Some(json!("st.lamp")), 200, "there is no capability"),
        (&*format!("{lamp}/0/attribute"), Some(json!("st.switch")), 200, "there is no attribute"),
        (&*format!("{lamp}/0/value"), Some(json!(true)), 200, "none of on, off"),
        (&*format!("{lamp}/0/value"), Some(Json::Null), 200, "value: is null"),
        (&*format!("{lamp}/0/stateChange"), Some(json!(true)), 200, "stateChange: is not a member"),
        (&*format!("{lamp}/1/value"), Some(json!("50")), 200, "level is \"50\" (a string), not an integer within 0"),
        (&*format!("{lamp}/1/value"), Some(json!(50.5)), 200, "not an integer within 0 and 100"),
        (&*format!("{lamp}/1/unit"), Some(json!("percent")), 200, "\"percent\" is no unit of level"),
        (&*format!("{lamp}/2/value"), Some(json!(240)), 200, "not a number within 0 and 100"),
        (&*format!("{lamp}/-"), Some(state("switch", "switch", json!("off"))), 200, "st.switch/switch is there twice"),
        (&*format!("{lamp}/-"), Some(state("lock", "lock", json!("locked"))), 200, "has no st.lock"),
        (
            &*format!("{lamp}/0/timestamp"),
            Some(json!(now_millis() / 1000)),
            200,
            "more than a day ago, in milliseconds",
        ),
        (&*format!("{lamp}/0/timestamp"), Some(json!(now_millis() + 3_600_000)), 200, "is in the future"),
        (&*format!("{lamp}/0/timestamp"), Some(json!("2026-03-01T10:00:00Z")), 200, "timestamp: is not an integer"),
        ("/deviceState/1/states/0/unit", None, 200, "unit: is missing, temperature needs it"),
        ("/deviceState/1/states/0/unit", Some(json!("°C")), 200, "is no unit of temperature"),
        (&*format!("{air}/0/unit"), Some(json!("\u{b5}g/m^3")), 200, "is no unit of fineDustLevel"),
        ("/deviceState/3/states/-", Some(press_earlier), 200, "without times in this order"),
        ("/deviceState/3/states/0/value", Some(json!("click")), 200, "button is \"click\""),
    ] {
        let answered = tell(&stand, &spoil(&good, pointer, value)).await;
        assert_eq!(answered.0, status, "{expected}: {}", answered.1);
        let violations = stand.violations();
        assert!(violations.iter().any(|text| text.contains(expected)), "{expected}: {violations:?}");
    }
    let many = vec![state("switchLevel", "level", json!(1)); 51];
    tell(&stand, &spoil(&good, lamp, Some(json!(many)))).await;
    assert!(stand.violations().iter().any(|text| text.contains("are more than 50")));
    stand
        .until("it is told in an interactionResult", |stand| {
            stand.homeport.lock().unwrap().asked.iter().any(|asked| asked == "interactionResult")
        })
        .await;
}

#[tokio::test]
async fn spoilt_devices_are_told_with_the_reason() {
    let (stand, (access, _)) = linked().await;
    let good = json!({"headers": envelope("discoveryCallback"),
        "authentication": {"tokenType": "Bearer", "token": access}, "devices": [devices()[0]]});
    assert_eq!(tell(&stand, &good).await.0, 200);
    assert_eq!(stand.violations(), Vec::<String>::new());
    for (pointer, value, expected) in [
        ("/devices", Some(json!([])), "devices: is empty"),
        ("/devices/-", Some(devices()[0].clone()), "is there twice"),
        ("/devices/0/friendlyName", None, "friendlyName: is missing"),
        ("/devices/0/friendlyName", Some(json!("x".repeat(101))), "more than 100 characters"),
        ("/devices/0/manufacturerInfo", None, "manufacturerInfo: is missing"),
        ("/devices/0/manufacturerInfo/modelName", None, "modelName: is missing"),
        ("/devices/0/deviceHandlerType", Some(json!("c2c-lamp")), "\"c2c-lamp\" is neither"),
        ("/devices/0/deviceContext", Some(json!({"roomName": ""})), "roomName: is empty"),
        ("/devices/0/components", Some(json!({})), "components: is not a member"),
        ("/devices/0/deviceCookie", Some(json!("x")), "deviceCookie: is not an object"),
    ] {
        assert_eq!(tell(&stand, &spoil(&good, pointer, value)).await.0, 200, "{expected}");
        let violations = stand.violations();
        assert!(violations.iter().any(|text| text.contains(expected)), "{expected}: {violations:?}");
    }
}

#[tokio::test]
async fn tokens_live_as_they_should() {
    let (stand, first) = linked().await;
    let error = |answer: &Json| answer["globalError"]["errorEnum"].as_str().unwrap_or_default().to_owned();
    let again = ask(&stand, &for_code(&last_code(&stand))).await;
    assert_eq!((again.0, error(&again.1)), (400, "INVALID-CODE".to_owned()), "a code is for one use");
    assert_eq!(tell(&stand, &switched(&first.0, true)).await.0, 200);

    stand.simulators.expire_tokens();
    let expired = tell(&stand, &switched(&first.0, false)).await;
    assert_eq!((expired.0, error(&expired.1)), (401, "TOKEN-EXPIRED".to_owned()));
    assert_eq!(stand.value(Platform::SmartThings, LINK, "nv-lamp-7F01", "main/st.switch/switch"), "on");

    let second = pair(&ask(&stand, &for_refresh(&first.1)).await.1);
    assert_eq!(tell(&stand, &switched(&first.0, false)).await.0, 401, "the old token stays expired");
    assert_eq!(tell(&stand, &switched(&second.0, false)).await.0, 200);
    let spent = ask(&stand, &for_refresh(&first.1)).await;
    assert_eq!((spent.0, error(&spent.1)), (400, "INVALID-TOKEN".to_owned()), "a refresh token is for one use");
    assert_eq!(stand.simulators.token_counts(), TokenCounts { exchanged: 1, refreshed: 1, living: 1 });
    assert_eq!(stand.violations(), Vec::<String>::new());

    let good = for_refresh(&second.1);
    for (pointer, value, status, enum_, expected) in [
        ("/headers/interactionType", json!("accessTokenRequest"), 400, "UNSUPPORTED-GRANT-TYPE", "grantType"),
        ("/headers/interactionType", json!("stateCallback"), 400, "INVALID-INTERACTION-TYPE", "asks for no tokens"),
        ("/callbackAuthentication/clientId", json!("x"), 401, "INVALID-CLIENT", "clientId: is another one"),
        ("/callbackAuthentication/clientSecret", json!("x"), 401, "INVALID-CLIENT-SECRET", "clientSecret: is another"),
        ("/callbackAuthentication/refreshToken", json!("x"), 400, "INVALID-TOKEN", "refreshToken: was never given out"),
        ("/callbackAuthentication/scope", json!("x"), 400, "BAD-REQUEST", "scope: is not a member"),
        ("/authentication", json!({}), 200, "", "authentication: is not a member"),
    ] {
        let answered = ask(&stand, &spoil(&good, pointer, Some(value))).await;
        assert_eq!((answered.0, &*error(&answered.1)), (status, enum_), "{expected}");
        let violations = stand.violations();
        assert!(violations.iter().any(|text| text.contains(expected)), "{expected}: {violations:?}");
    }
}

#[tokio::test]
async fn a_lost_refresh_is_healed_by_a_new_grant() {
    let (stand, first) = linked().await;
    let faults = vec![Fault::new(Kind::Reset { applied: true }).on([simulators::Call::Token]).times(1)];
    stand.simulators.set_faults(Platform::SmartThings, Faults { seed: 0, faults });
    let lost = stand.send("POST", "/oauth/token", &HEADERS, for_refresh(&first.1).to_string()).await;
    assert!(lost.is_none(), "the connection is closed");
    stand.homeport.lock().unwrap().wants_grant = true;
    assert_eq!(ask(&stand, &for_refresh(&first.1)).await.0, 400);
    stand.until("SmartThings grants again", |stand| stand.homeport.lock().unwrap().codes.len() == 2).await;
    let second = pair(&ask(&stand, &for_code(&last_code(&stand))).await.1);
    assert_eq!(tell(&stand, &switched(&second.0, true)).await.0, 200);
    assert_eq!(stand.violations(), Vec::<String>::new());
}
