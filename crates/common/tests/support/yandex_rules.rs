//! Yandex's own rules for what we send, written down again from its pages, so that our table is not its own judge.

#![allow(dead_code, unreachable_pub, reason = "shared by test programs")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeSet;

use serde_json::Value as Json;

const TOGGLES: &[&str] = &["backlight", "controls_locked", "ionization", "keep_warm", "mute", "oscillation", "pause"];
const MODE_INSTANCES: &[&str] = &[
    "cleanup_mode",
    "coffee_mode",
    "dishwashing",
    "fan_speed",
    "heat",
    "input_source",
    "program",
    "swing",
    "tea_mode",
    "thermostat",
    "ventilation_mode",
    "work_speed",
];
const MODES: &str = "auto eco smart turbo cool dry fan_only heat preheat high low medium max min fast slow express normal \
    quiet horizontal stationary vertical supply_air extraction_air one two three four five six seven eight nine ten \
    americano cappuccino double espresso double_espresso latte black_tea flower_tea green_tea herbal_tea oolong_tea \
    puerh_tea red_tea white_tea glass intensive pre_rinse wet_cleaning dry_cleaning mixed_cleaning vacuum boiling baking \
    dessert baby_food fowl frying yogurt cereals macaroni milk_porridge multicooker steam pasta pizza pilaf sauce soup \
    stewing slow_cook deep_fryer bread aspic cheesecake";
const SCENES: &str = "alarm alice candle dinner fantasy garland jungle movie neon night ocean party reading rest romance \
    siren sunrise sunset";
const RANGES: &[(&str, &[&str])] = &[
    ("brightness", &["unit.percent"]),
    ("channel", &[""]),
    ("humidity", &["unit.percent"]),
    ("open", &["unit.percent"]),
    ("temperature", &["unit.temperature.celsius", "unit.temperature.kelvin"]),
    ("volume", &["unit.percent", ""]),
];
const FLOATS: &[(&str, &[&str])] = &[
    ("amperage", &["unit.ampere"]),
    ("battery_level", &["unit.percent"]),
    ("co2_level", &["unit.ppm"]),
    ("electricity_meter", &["unit.kilowatt_hour"]),
    ("food_level", &["unit.percent"]),
    ("gas_meter", &["unit.cubic_meter"]),
    ("heat_meter", &["unit.gigacalorie"]),
    ("humidity", &["unit.percent"]),
    ("illumination", &["unit.illumination.lux"]),
    ("meter", &[""]),
    ("pm1_density", &["unit.density.mcg_m3"]),
    ("pm2.5_density", &["unit.density.mcg_m3"]),
    ("pm10_density", &["unit.density.mcg_m3"]),
    ("power", &["unit.watt"]),
    ("pressure", &["unit.pressure.atm", "unit.pressure.pascal", "unit.pressure.bar", "unit.pressure.mmhg"]),
    ("temperature", &["unit.temperature.celsius", "unit.temperature.kelvin"]),
    ("tvoc", &["unit.density.mcg_m3"]),
    ("voltage", &["unit.volt"]),
    ("water_level", &["unit.percent"]),
    ("water_meter", &["unit.cubic_meter"]),
];
const EVENTS: &[(&str, &[&str])] = &[
    ("vibration", &["tilt", "fall", "vibration"]),
    ("open", &["opened", "closed"]),
    ("button", &["click", "double_click", "long_press"]),
    ("motion", &["detected", "not_detected"]),
    ("smoke", &["detected", "not_detected", "high"]),
    ("gas", &["detected", "not_detected", "high"]),
    ("battery_level", &["low", "normal"]),
    ("food_level", &["empty", "low", "normal"]),
    ("water_level", &["empty", "low", "normal"]),
    ("water_leak", &["dry", "leak"]),
];

fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json[name].as_str().unwrap_or("")
}

fn words<'a>(list: &'a Json, name: &str) -> Vec<&'a str> {
    list.as_array().into_iter().flatten().map(|item| text(item, name)).collect()
}

/// Words of one list: at least one, each once, all known.
fn check_words(list: &[&str], known: &[&str], what: &str) {
    assert!(!list.is_empty(), "{what}: no words");
    assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len(), "{what}: {list:?}");
    list.iter().for_each(|word| assert!(known.contains(word), "{what}: {word}"));
}

fn is_integer(json: &Json) -> bool {
    json.is_u64()
}

/// Checks a discovery object.
pub fn check_discovery(device: &Json) {
    assert!(no_nulls(device), "{device}");
    for name in ["id", "name", "type"] {
        assert!(!text(device, name).is_empty(), "{name}");
    }
    assert!(text(device, "type").starts_with("devices.types."));
    let lists = ["capabilities", "properties"].map(|name| device[name].as_array().cloned().unwrap_or_default());
    assert!(lists.iter().any(|list| !list.is_empty()), "a device without anything");
    let mut keys = BTreeSet::new();
    for entry in lists.iter().flatten() {
        let (kind, parameters) = (text(entry, "type"), &entry["parameters"]);
        let instance = text(parameters, "instance");
        assert!(keys.insert((kind.to_owned(), instance.to_owned())), "{kind} {instance} is there twice");
        assert!(entry["retrievable"].is_boolean() && entry["reportable"].is_boolean(), "flags are written");
        match kind {
            "devices.capabilities.on_off" => assert!(parameters["split"].is_boolean()),
            "devices.capabilities.color_setting" => check_color_setting(parameters),
            "devices.capabilities.mode" => {
                assert!(MODE_INSTANCES.contains(&instance), "{instance}");
                check_words(
                    &words(&parameters["modes"], "value"),
                    &MODES.split_whitespace().collect::<Vec<_>>(),
                    instance,
                );
            }
            "devices.capabilities.range" => check_range(instance, parameters),
            "devices.capabilities.toggle" => assert!(TOGGLES.contains(&instance), "{instance}"),
            "devices.capabilities.video_stream" => {
                assert_eq!((&entry["retrievable"], &entry["reportable"]), (&Json::Bool(false), &Json::Bool(false)));
                assert_eq!(parameters["protocols"], serde_json::json!(["hls"]));
            }
            "devices.properties.float" => {
                let (_, units) = FLOATS.iter().find(|(known, _)| *known == instance).expect(instance);
                assert!(units.contains(&text(parameters, "unit")), "{instance}");
            }
            "devices.properties.event" => {
                let (_, known) = EVENTS.iter().find(|(known, _)| *known == instance).expect(instance);
                check_words(&words(&parameters["events"], "value"), known, instance);
            }
            other => panic!("{other}"),
        }
    }
}

fn no_nulls(json: &Json) -> bool {
    match json {
        Json::Null => false,
        Json::Array(items) => items.iter().all(no_nulls),
        Json::Object(members) => members.values().all(no_nulls),
        _ => true,
    }
}

fn check_color_setting(parameters: &Json) {
    assert!(!parameters.as_object().unwrap().is_empty(), "color_setting without any part");
    if let Some(model) = parameters.get("color_model") {
        assert!(model == "rgb" || model == "hsv");
    }
    if let Some(range) = parameters.get("temperature_k") {
        assert!(is_integer(&range["min"]) && is_integer(&range["max"]), "{range}");
        assert!(range["min"].as_u64() <= range["max"].as_u64(), "{range}");
    }
    if let Some(scenes) = parameters.get("color_scene") {
        check_words(&words(&scenes["scenes"], "id"), &SCENES.split_whitespace().collect::<Vec<_>>(), "scene");
    }
}

fn check_range(instance: &str, parameters: &Json) {
    let (_, units) = RANGES.iter().find(|(known, _)| *known == instance).expect(instance);
    let unit = text(parameters, "unit");
    assert!(units.contains(&unit), "{instance}: {unit}");
    assert!(parameters["random_access"].is_boolean());
    let [min, max, precision] =
        ["min", "max", "precision"].map(|name| parameters["range"][name].as_f64().expect("min, max and precision"));
    assert!(min < max && precision > 0.0, "{min} {max} {precision}");
    if unit == "unit.percent" {
        assert!(min >= 0.0 && max <= 100.0, "{instance}: {min} {max}");
    }
}

/// Checks the states of a device against its discovery object.
pub fn check_states(device: &Json, states: &Json) {
    assert!(no_nulls(states), "{states}");
    let mut keys = BTreeSet::new();
    let mut colors = 0;
    for list in ["capabilities", "properties"] {
        for entry in states[list].as_array().into_iter().flatten() {
            let (kind, instance, value) =
                (text(entry, "type"), text(&entry["state"], "instance"), &entry["state"]["value"]);
            assert!(keys.insert((kind, instance)), "{kind} {instance} is there twice");
            let described = device[list].as_array().unwrap().iter().find(|described| {
                let said = text(&described["parameters"], "instance");
                text(described, "type") == kind && (said.is_empty() || said == instance)
            });
            let described = described.unwrap_or_else(|| panic!("{kind} {instance} is not described"));
            let parameters = &described["parameters"];
            match kind {
                "devices.capabilities.on_off" => assert!(instance == "on" && value.is_boolean()),
                "devices.capabilities.toggle" => assert!(value.is_boolean()),
                "devices.capabilities.color_setting" => {
                    colors += 1;
                    check_color(parameters, instance, value);
                }
                "devices.capabilities.mode" => {
                    assert!(words(&parameters["modes"], "value").contains(&value.as_str().unwrap()), "{value}");
                }
                "devices.capabilities.range" => {
                    let range = &parameters["range"];
                    let value = value.as_f64().unwrap();
                    assert!(
                        range["min"].as_f64().unwrap() <= value && value <= range["max"].as_f64().unwrap(),
                        "{value}"
                    );
                }
                "devices.properties.float" => {
                    let value = value.as_f64().unwrap();
                    assert!(value >= 0.0 || instance == "temperature", "{instance} {value}");
                    assert!(value <= 100.0 || text(parameters, "unit") != "unit.percent", "{instance} {value}");
                }
                "devices.properties.event" => {
                    assert!(words(&parameters["events"], "value").contains(&value.as_str().unwrap()), "{value}");
                    assert!(!["button", "vibration"].contains(&instance), "{instance} has no lasting state");
                }
                other => panic!("{other} has no state"),
            }
        }
    }
    assert!(colors <= 1, "color_setting has one state");
}

fn check_color(parameters: &Json, instance: &str, value: &Json) {
    match instance {
        "rgb" => {
            assert_eq!(parameters["color_model"], "rgb");
            assert!(is_integer(value) && value.as_u64().unwrap() <= 0xFF_FF_FF, "{value}");
        }
        "hsv" => {
            assert_eq!(parameters["color_model"], "hsv");
            for (name, max) in [("h", 360), ("s", 100), ("v", 100)] {
                assert!(is_integer(&value[name]) && value[name].as_u64().unwrap() <= max, "{value}");
            }
        }
        "temperature_k" => {
            let range = &parameters["temperature_k"];
            assert!(is_integer(value), "{value}");
            let inside = range["min"].as_u64()..=range["max"].as_u64();
            assert!(inside.contains(&value.as_u64()), "{value} {range}");
        }
        "scene" => {
            let scenes = words(&parameters["color_scene"]["scenes"], "id");
            assert!(scenes.contains(&value.as_str().unwrap()), "{value}");
        }
        other => panic!("{other}"),
    }
}
