//! What the golden vectors leave open in the mapping of SmartThings.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![allow(clippy::needless_pass_by_value, reason = "the tables of the tests are written with json!")]

use common::model::{Device, DeviceError, DeviceId, Planner, Reported, State, Timestamp, Trait, Value, Word};
use common::platform::smartthings::{map, wire};
use serde_json::{Value as Json, json};

const NOW: Timestamp = Timestamp::from_secs(1_772_359_200);
const PROFILE: &str = "6f0c2f0e-1d7b-4c55-9a63-1f6d0c9a7e11";

fn device(device_type: &str, traits: Json) -> Device {
    with_overrides(device_type, traits, json!({}))
}

fn with_overrides(device_type: &str, traits: Json, overrides: Json) -> Device {
    let document = json!({
        "owner": "u1", "type": device_type, "name": "Thing", "traits": traits, "overrides": {"smartthings": overrides},
    });
    Device::parse(&DeviceId::new("thing").unwrap(), &document).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn profile(device_type: &str, traits: Json, capabilities: &[&str]) -> Device {
    with_overrides(device_type, traits, json!({"device_handler_type": PROFILE, "capabilities": capabilities}))
}

fn state(device: &Device, values: Json) -> State {
    let mut state = State::default();
    for (name, value) in values.as_object().unwrap() {
        let trait_: Trait = name.parse().unwrap();
        let value = trait_.read(value).unwrap();
        device.check(trait_, value).unwrap();
        state.set(trait_, value, NOW);
    }
    state
}

fn handler(device: &Device) -> Option<String> {
    map::describe(device).map(|described| described.device_handler_type)
}

/// `attribute=value` of each state, without the health.
fn shown(device: &Device, values: Json) -> Vec<String> {
    let states = map::values(device, &state(device, values), None);
    states.iter().map(|state| format!("{}={}", state.attribute, state.value.to_string().replace('"', ""))).collect()
}

fn command(capability: &str, name: &str, arguments: Json) -> wire::Command {
    serde_json::from_value(json!({
        "component": "main", "capability": format!("st.{capability}"), "command": name, "arguments": arguments,
    }))
    .unwrap()
}

/// What the device is asked, as JSON.
fn asked(device: &Device, values: Json, command: &wire::Command) -> Result<Json, DeviceError> {
    let mut planner = Planner::new(device, &state(device, values), NOW);
    planner.add(&map::decode(device, planner.state(), command)?)?;
    Ok(serde_json::to_value(planner.targets()).unwrap())
}

#[test]
fn the_handler_with_the_most_of_the_devices_traits_wins() {
    for (device_type, traits, expected) in [
        ("light", json!({"on_off": {}, "color": {}, "color_temperature": {}}), "c2c-rgbw-color-bulb"),
        ("light", json!({"brightness": {}}), "c2c-dimmer"),
        ("socket", json!({"on_off": {}, "power": {}, "voltage": {}}), "c2c-switch-power"),
        ("climate_sensor", json!({"temperature": {}, "humidity": {}, "co2": {}}), "c2c-humidity"),
        ("climate_sensor", json!({"humidity": {}}), "c2c-humidity-2"),
        ("motion_sensor", json!({"motion": {}}), "c2c-motion-2"),
        ("contact_sensor", json!({"contact": {}, "tamper": {}}), "c2c-contact-5"),
        ("contact_sensor", json!({"contact": {}, "battery": {}, "temperature": {}, "tamper": {}}), "c2c-contact"),
        ("siren", json!({"siren": {}, "on_off": {}}), "c2c-siren-2"),
        ("blind", json!({"position": {}}), "c2c-shade"),
        ("fan", json!({"fan_speed": {"values": ["low", "high", "auto"]}}), "c2c-fan-controller-2speed"),
        ("lock", json!({"lock": {}}), "c2c-lock-2"),
    ] {
        assert_eq!(handler(&device(device_type, traits.clone())).as_deref(), Some(expected), "{device_type} {traits}");
    }
}

#[test]
fn without_a_fitting_handler_there_is_a_warning_that_helps() {
    for (device, said) in [
        (device("thermostat", json!({"on_off": {}})), "device_handler_type"),
        (device("climate_sensor", json!({"temperature": {}, "battery": {}})), "device_handler_type"),
        (device("camera", json!({"on_off": {}})), "device_handler_type"),
        (device("heat_meter", json!({"heat_meter": {}})), "no capability"),
        (profile("tv", json!({"mute": {}}), &["switch"]), PROFILE),
    ] {
        assert_eq!(map::describe(&device), None);
        let review = map::review(&device);
        assert_eq!(review.errors, []);
        assert_eq!(review.warnings.len(), 1, "{review:?}");
        assert!(review.warnings[0].contains(said), "{review:?}");
    }
}

#[test]
fn a_review_says_nothing_of_what_is_in_order_or_off() {
    let off = json!({"enabled": false});
    for device in [
        device("light", json!({"on_off": {}})),
        with_overrides("thermostat", json!({"on_off": {}}), off),
        profile("tv", json!({"mute": {}}), &["audioMute", "refresh", "healthCheck", "ultravioletIndex"]),
    ] {
        assert_eq!(map::review(&device), common::platform::Review::default());
    }
}

#[test]
fn misspelt_capabilities_are_errors_with_their_path() {
    let device = profile("light", json!({"on_off": {}}), &["switch", "SwitchLevel", "lamp"]);
    let paths: Vec<_> = map::review(&device).errors.into_iter().map(|error| error.path).collect();
    let path = |index: usize| format!("$.overrides.smartthings.capabilities[{index}]");
    assert_eq!(paths, [path(1), path(2)]);
}

#[test]
fn names_that_smartthings_demands_are_there_and_not_too_long() {
    let long = "x".repeat(200);
    let document = json!({"owner": "u1", "type": "light", "name": "Lamp", "model": long, "room": "Кухня",
        "traits": {"on_off": {}}});
    let device = Device::parse(&DeviceId::new("lamp").unwrap(), &document).unwrap();
    let described = map::describe(&device).unwrap();
    assert_eq!(described.manufacturer_info.manufacturer_name, "Unknown");
    assert_eq!(described.manufacturer_info.model_name.len(), 100);
    let context = described.device_context.unwrap();
    assert_eq!((context.room_name.as_deref(), context.groups), (Some("Кухня"), None));
}

#[test]
fn a_cover_with_only_a_position_is_a_shade_too() {
    let shade = device("curtain", json!({"position": {"min": 0, "max": 90}}));
    assert_eq!(shown(&shade, json!({"position": 0})), ["level=0", "windowShade=closed", "switch=off"]);
    assert_eq!(shown(&shade, json!({"position": 40})), ["level=40", "windowShade=partially open", "switch=on"]);
    for (capability, name, expected) in [
        ("windowShade", "open", Ok(json!({"position": 90}))),
        ("windowShade", "close", Ok(json!({"position": 0}))),
        ("windowShade", "pause", Err(DeviceError::NotSupported)),
        ("switch", "on", Ok(json!({"position": 90}))),
        ("switch", "off", Ok(json!({"position": 0}))),
        ("windowShadeLevel", "setShadeLevel", Err(DeviceError::NotSupported)),
    ] {
        assert_eq!(asked(&shade, json!({"position": 40}), &command(capability, name, json!([10]))), expected, "{name}");
    }
    let level = command("switchLevel", "setLevel", json!([0]));
    assert_eq!(asked(&shade, json!({}), &level), Ok(json!({"position": 0})));
    // A profile of which only the id is known is not promised a switch that nobody asked for.
    let profile = with_overrides("curtain", json!({"position": {}}), json!({"device_handler_type": PROFILE}));
    assert_eq!(shown(&profile, json!({"position": 40})), ["shadeLevel=40"]);
}

#[test]
fn off_is_a_mode_and_a_speed() {
    let thermostat = profile(
        "boiler",
        json!({"on_off": {}, "thermostat_mode": {"values": ["heat", "preheat"]}}),
        &["thermostatMode", "switch"],
    );
    assert_eq!(shown(&thermostat, json!({"on_off": false})), ["switch=off", "thermostatMode=off"]);
    let heat = command("thermostatMode", "heat", json!([]));
    assert_eq!(asked(&thermostat, json!({}), &heat), Ok(json!({"thermostat_mode": "heat", "on_off": true})));
    assert_eq!(asked(&thermostat, json!({"on_off": true}), &heat), Ok(json!({"thermostat_mode": "heat"})));
    let cool = command("thermostatMode", "setThermostatMode", json!(["cool"]));
    assert_eq!(asked(&thermostat, json!({}), &cool), Err(DeviceError::InvalidValue));
    let emergency = command("thermostatMode", "emergencyHeat", json!([]));
    assert_eq!(asked(&thermostat, json!({}), &emergency), Err(DeviceError::NotSupported));

    let fan = device("fan", json!({"on_off": {}, "fan_speed": {"values": ["auto", "low", "high"]}}));
    assert_eq!(shown(&fan, json!({"on_off": false, "fan_speed": "auto"})), ["switch=off", "fanSpeed=0"]);
    let set = |speed: Json| command("fanSpeed", "setFanSpeed", json!([speed]));
    let off = json!({"on_off": false});
    assert_eq!(asked(&fan, off.clone(), &set(json!(2))), Ok(json!({"on_off": true, "fan_speed": "high"})));
    for bad in [json!(3), json!(-1), json!(1.5), json!("1"), json!(null)] {
        assert_eq!(asked(&fan, off.clone(), &set(bad)), Err(DeviceError::InvalidValue));
    }
    let always_on = device("fan", json!({"fan_speed": {"values": ["low", "high"]}}));
    assert_eq!(asked(&always_on, json!({}), &set(json!(0))), Err(DeviceError::NotSupported));
}

#[test]
fn the_setpoint_is_where_the_profile_has_one() {
    let traits = json!({"target_temperature": {"min": 5, "max": 35}, "thermostat_mode": {}});
    let both = ["thermostatHeatingSetpoint", "thermostatCoolingSetpoint"];
    let values = |mode: &str| json!({"target_temperature": 21, "thermostat_mode": mode});
    for (device_type, capabilities, mode, expected) in [
        ("thermostat", &both[..], "heat", "heatingSetpoint=21"),
        ("thermostat", &both[..], "cool", "coolingSetpoint=21"),
        ("thermostat", &both[..1], "cool", "heatingSetpoint=21"),
        ("heater", &both[..], "cool", "heatingSetpoint=21"),
        ("air_conditioner", &both[..], "heat", "coolingSetpoint=21"),
        ("air_conditioner", &both[..1], "heat", "heatingSetpoint=21"),
    ] {
        let device = profile(device_type, traits.clone(), capabilities);
        assert_eq!(shown(&device, values(mode)), [expected], "{device_type} {mode}");
        for (capability, name) in [(both[0], "setHeatingSetpoint"), (both[1], "setCoolingSetpoint")] {
            let set = asked(&device, values(mode), &command(capability, name, json!([22])));
            let has = capabilities.contains(&capability);
            let expected = if has { Ok(json!({"target_temperature": 22})) } else { Err(DeviceError::NotSupported) };
            assert_eq!(set, expected, "{device_type} {name}");
        }
    }
}

#[test]
fn a_color_map_sets_what_it_has_and_the_device_knows() {
    let lamp = device("light", json!({"on_off": {}, "brightness": {}, "color": {}}));
    let plain = device("light", json!({"color": {}}));
    let known = json!({"color": {"hue": 210, "saturation": 80}});
    let set = |map: Json| command("colorControl", "setColor", json!([map]));
    let color = |hue: i32, saturation: i32| json!({"hue": hue, "saturation": saturation});
    for (device, map, expected) in [
        (&lamp, json!({"hue": 50}), Ok(json!({"color": color(180, 80)}))),
        (&lamp, json!({"saturation": 12.6, "hue": null}), Ok(json!({"color": color(210, 13)}))),
        (&lamp, json!({"hue": 0, "saturation": 100, "hex": "#00FF00"}), Ok(json!({"color": color(0, 100)}))),
        (&lamp, json!({"level": 30}), Ok(json!({"brightness": 30}))),
        (&lamp, json!({"hex": "#0000ff", "level": 0}), Ok(json!({"color": color(240, 100), "on_off": false}))),
        (&lamp, json!({"switch": "off"}), Ok(json!({"on_off": false}))),
        (
            &plain,
            json!({"hue": 50, "saturation": 50, "level": 30, "switch": "on"}),
            Ok(json!({"color": color(180, 50)})),
        ),
        (&plain, json!({"level": 30}), Err(DeviceError::InvalidValue)),
        (&lamp, json!({}), Err(DeviceError::InvalidValue)),
        (&lamp, json!("#0000ff"), Err(DeviceError::InvalidValue)),
        (&lamp, json!({"hue": 101, "saturation": 1}), Err(DeviceError::InvalidValue)),
        (&lamp, json!({"hue": 1, "saturation": 101}), Err(DeviceError::InvalidValue)),
        (&lamp, json!({"hue": 1, "saturation": 1, "level": 101}), Err(DeviceError::InvalidValue)),
        (&lamp, json!({"hue": 1, "saturation": 1, "switch": true}), Err(DeviceError::InvalidValue)),
    ] {
        assert_eq!(asked(device, known.clone(), &set(map.clone())), expected, "{map}");
    }
    assert_eq!(asked(&lamp, json!({}), &set(json!({"hue": 50}))), Err(DeviceError::NotReady));
    assert_eq!(asked(&lamp, json!({}), &command("colorControl", "setHue", json!([50]))), Err(DeviceError::NotReady));
}

#[test]
fn a_level_of_zero_is_off_only_where_the_device_can_be_off() {
    let zero = command("switchLevel", "setLevel", json!([0]));
    let lamp = device("light", json!({"on_off": {}, "brightness": {"min": 0}}));
    assert_eq!(asked(&lamp, json!({}), &zero), Ok(json!({"on_off": false})));
    let always_on = device("light", json!({"brightness": {"min": 0}}));
    assert_eq!(asked(&always_on, json!({}), &zero), Ok(json!({"brightness": 0})));
    let dim = device("light", json!({"brightness": {}}));
    assert_eq!(asked(&dim, json!({}), &zero), Err(DeviceError::InvalidValue));
}

#[test]
fn an_infrared_device_is_commanded_without_a_state() {
    let infrared = json!({"command_only": true});
    let tv = profile(
        "tv",
        json!({"on_off": infrared, "volume": {"command_only": true, "step": 5}, "channel": infrared}),
        &["switch", "audioVolume", "tvChannel"],
    );
    assert_eq!(shown(&tv, json!({})), Vec::<String>::new());
    assert_eq!(asked(&tv, json!({}), &command("switch", "on", json!(null))), Ok(json!({"on_off": true})));
    let up = command("audioVolume", "volumeUp", json!([]));
    assert_eq!(asked(&tv, json!({}), &up), Ok(json!({"volume": {"by": 5}})));
    let channel = command("tvChannel", "setTvChannel", json!([" 007 "]));
    assert_eq!(asked(&tv, json!({}), &channel), Ok(json!({"channel": 7})));
}

#[test]
fn refresh_and_ping_are_always_understood_and_ask_nothing() {
    let lamp = device("light", json!({"on_off": {}}));
    for (capability, name) in [("refresh", "refresh"), ("healthCheck", "ping")] {
        assert_eq!(asked(&lamp, json!({}), &command(capability, name, json!([]))), Ok(json!({})));
    }
    assert_eq!(asked(&lamp, json!({}), &command("refresh", "ping", json!([]))), Err(DeviceError::NotSupported));
    let without_prefix = wire::Command { capability: "switch".to_owned(), ..command("switch", "on", json!([])) };
    assert_eq!(asked(&lamp, json!({}), &without_prefix), Err(DeviceError::NotSupported));
    let elsewhere = wire::Command { component: Some("outlet1".to_owned()), ..command("refresh", "refresh", json!([])) };
    assert_eq!(asked(&lamp, json!({}), &elsewhere), Err(DeviceError::NotSupported));
}

#[test]
fn a_refresh_lists_what_the_device_can_be() {
    let lists = |device: &Device| -> Json {
        let states = map::render(device, &State::default());
        states
            .into_iter()
            .filter(|s| s.attribute != "healthStatus")
            .map(|s| (s.attribute.into_owned(), s.value))
            .collect()
    };
    let conditioner = profile(
        "air_conditioner",
        json!({"on_off": {}, "thermostat_mode": {"values": ["preheat", "cool", "fan_only"]},
            "fan_speed": {"values": ["low", "turbo"]}, "swing": {"values": ["off", "auto"]}}),
        &["switch", "airConditionerMode", "airConditionerFanMode", "fanOscillationMode"],
    );
    assert_eq!(
        lists(&conditioner),
        json!({"supportedAcModes": ["cool", "fanOnly"], "supportedAcFanModes": ["low", "turbo"],
            "supportedFanOscillationModes": ["fixed", "swing"]})
    );
    let boiler = profile("boiler", json!({"on_off": {}, "thermostat_mode": {"values": ["heat"]}}), &["thermostatMode"]);
    assert_eq!(lists(&boiler), json!({"supportedThermostatModes": ["off", "heat"]}));
    let curtain = device("curtain", json!({"open_state": {"stop": true}}));
    assert_eq!(lists(&curtain), json!({"supportedWindowShadeCommands": ["open", "close", "pause"]}));
    let blind = device("blind", json!({"position": {}}));
    assert_eq!(lists(&blind), json!({"supportedWindowShadeCommands": ["open", "close"]}));
    let player = profile("media_device", json!({"playback": {"values": ["paused", "playing"]}}), &["mediaPlayback"]);
    assert_eq!(lists(&player), json!({"supportedPlaybackCommands": ["play", "pause"]}));
    let tv = profile("tv", json!({"input_source": {"values": ["av", "hdmi2"]}}), &["mediaInputSource"]);
    assert_eq!(lists(&tv), json!({"supportedInputSources": ["HDMI2"]}));
    let button = device("button", json!({"button": {"values": ["long_press", "click"]}}));
    assert_eq!(lists(&button), json!({"numberOfButtons": 1, "supportedButtonValues": ["held", "pushed"]}));
    let av_only = profile("tv", json!({"input_source": {"values": ["av"]}}), &["mediaInputSource"]);
    assert_eq!(lists(&av_only), json!({}));
}

#[test]
fn events_are_told_one_by_one_with_their_time() {
    let button = device("button", json!({"button": {}}));
    let press = Reported { value: Value::Word(Word::DoubleClick), at: Timestamp::from_micros(1_772_359_203_250_999) };
    let told = serde_json::to_value(map::event(&button, Trait::Button, &press).unwrap()).unwrap();
    assert_eq!(
        told,
        json!({"component": "main", "capability": "st.button", "attribute": "button", "value": "double",
            "timestamp": 1_772_359_203_250_i64})
    );
    let mut state = State::default();
    state.events.insert(Trait::Button, vec![press]);
    assert_eq!(map::render(&button, &state).iter().filter(|state| state.attribute == "button").count(), 0);
    let sensor = profile("vibration_sensor", json!({"vibration": {}, "battery": {}}), &["battery"]);
    let fall = Reported { value: Value::Word(Word::Fall), at: NOW };
    assert_eq!(map::event(&sensor, Trait::Vibration, &fall), None);
    assert_eq!(map::event(&device("light", json!({"on_off": {}})), Trait::OnOff, &press), None);
}

#[test]
fn what_smartthings_cannot_take_is_left_out() {
    let sensor = profile(
        "climate_sensor",
        json!({"illuminance": {}, "pressure": {}, "co2": {}}),
        &["illuminanceMeasurement", "atmosphericPressureMeasurement", "carbonDioxideMeasurement"],
    );
    let extreme = json!({"illuminance": 100_001, "pressure": 110_001, "co2": 1_000_000.4});
    assert_eq!(shown(&sensor, extreme), ["carbonDioxide=1000000"]);
}

#[test]
fn the_support_matrix_names_attributes() {
    assert_eq!(map::support(Trait::Brightness).as_deref(), Some("st.switchLevel.level"));
    assert_eq!(map::support(Trait::Color).as_deref(), Some("st.colorControl.hue, st.colorControl.saturation"));
    assert_eq!(map::support(Trait::Backlight), None);
}
