//! What a vendor may register, and how it learns what is wrong.

use common::model::{Device, DeviceId, FieldError, Number, Trait, Word};
use serde_json::{Value as Json, json};

use super::ID;

fn parse(document: &Json) -> Result<Device, Vec<FieldError>> {
    Device::parse(&DeviceId::new(ID).unwrap(), document)
}

/// A good document in which some members are replaced.
fn lamp_with(members: &Json) -> Json {
    let mut document = json!({"owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}}});
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

/// A good document with one trait.
fn thing_with(trait_: &str, options: &Json) -> Json {
    lamp_with(&json!({"traits": {trait_: options}}))
}

#[test]
fn the_smallest_document_has_owner_type_name_and_one_trait() {
    let device = parse(&lamp_with(&json!({}))).unwrap();
    assert_eq!(device.id.as_str(), ID, "the id comes from the address");
    assert!(device.has(Trait::OnOff));
    assert_eq!(device.room, None);
}

#[test]
fn null_and_empty_text_stand_for_absent() {
    let document = lamp_with(&json!({
        "id": null, "parent": null, "room": null, "home": "", "model": "", "overrides": {"yandex": null, "sber": {"category": ""}},
        "traits": {"brightness": {"min": null, "max": 90, "step": null, "reportable": null}},
    }));
    let plain = lamp_with(&json!({"traits": {"brightness": {"max": 90}}}));
    assert_eq!(parse(&document), parse(&plain));
}

#[test]
fn what_is_not_declared_has_the_default() {
    let device =
        parse(&lamp_with(&json!({"traits": {"brightness": {"max": 90}, "fan_speed": {}, "on_off": {}}}))).unwrap();
    let range = device.range(Trait::Brightness).unwrap();
    assert_eq!((range.min, range.max, range.step), (Some(Number::ONE), Some(Number::from(90)), Some(Number::ONE)));
    assert_eq!(device.words(Trait::FanSpeed).len(), 6);
    let options = device.options(Trait::OnOff).unwrap();
    assert!(options.retrievable() && options.reportable() && !options.command_only());
}

#[test]
fn declared_words_keep_their_order() {
    let device = parse(&thing_with("fan_speed", &json!({"values": ["high", "auto", "low"]}))).unwrap();
    assert_eq!(device.words(Trait::FanSpeed), [Word::High, Word::Auto, Word::Low]);
}

#[test]
fn command_only_means_that_nothing_is_known_nor_told() {
    let device = parse(&thing_with("on_off", &json!({"command_only": true, "retrievable": true}))).unwrap();
    let options = device.options(Trait::OnOff).unwrap();
    assert!(!options.retrievable() && !options.reportable());
    assert!(!device.keeps(Trait::OnOff));
}

#[test]
fn color_mode_follows_from_the_color_traits_declared_or_not() {
    let undeclared = parse(&lamp_with(&json!({"traits": {"color": {}, "color_temperature": {}}}))).unwrap();
    let declared =
        parse(&lamp_with(&json!({"traits": {"color": {}, "color_temperature": {}, "color_mode": {}}}))).unwrap();
    for device in [undeclared, declared] {
        assert_eq!(device.color_modes(), [Word::Color, Word::Temperature]);
        assert!(device.keeps(Trait::ColorMode));
    }
    assert!(!parse(&thing_with("on_off", &json!({}))).unwrap().keeps(Trait::ColorMode));
}

#[test]
fn each_mistake_is_named_by_its_path_with_what_would_be_right() {
    let long = |length: usize| Json::from("x".repeat(length));
    let device_id = "must be a device id";
    let text = "must be a text of at most 256 characters";
    let table = [
        // the device
        (json!([]), "$", "must be an object"),
        (json!(null), "$", "must be an object"),
        (lamp_with(&json!({"id": "d-2"})), "$.id", "must be the id of the address, d-1"),
        (lamp_with(&json!({"owner": null})), "$.owner", "is required: a text of 1 to 128 printable characters"),
        (lamp_with(&json!({"owner": 7})), "$.owner", "must be a text of 1 to 128 printable characters"),
        (lamp_with(&json!({"owner": ""})), "$.owner", "1 to 128"),
        (lamp_with(&json!({"owner": long(129)})), "$.owner", "1 to 128"),
        (lamp_with(&json!({"owner": "u\n1"})), "$.owner", "printable"),
        (lamp_with(&json!({"type": null})), "$.type", "is required: one of the device types"),
        (lamp_with(&json!({"type": "lamp"})), "$.type", "must be one of the device types"),
        (lamp_with(&json!({"type": ["light"]})), "$.type", "must be one of the device types"),
        (lamp_with(&json!({"name": null})), "$.name", "is required: a text of 1 to 100 characters"),
        (lamp_with(&json!({"name": ""})), "$.name", "1 to 100"),
        (lamp_with(&json!({"name": long(101)})), "$.name", "1 to 100"),
        (lamp_with(&json!({"name": "Lamp\u{7}"})), "$.name", "without control characters"),
        (lamp_with(&json!({"room": 1})), "$.room", text),
        (lamp_with(&json!({"home": long(257)})), "$.home", text),
        (lamp_with(&json!({"manufacturer": {}})), "$.manufacturer", text),
        (lamp_with(&json!({"model": true})), "$.model", text),
        (lamp_with(&json!({"hw_version": 1.0})), "$.hw_version", text),
        (lamp_with(&json!({"sw_version": "1\t"})), "$.sw_version", text),
        (lamp_with(&json!({"parent": "a hub"})), "$.parent", device_id),
        (lamp_with(&json!({"parent": ""})), "$.parent", device_id),
        (lamp_with(&json!({"parent": ID})), "$.parent", "must be another device"),
        (lamp_with(&json!({"nickname": "L"})), "$.nickname", "is unknown here; known are id, owner"),
        // traits
        (lamp_with(&json!({"traits": null})), "$.traits", "is required: an object with at least one trait"),
        (lamp_with(&json!({"traits": {}})), "$.traits", "must have at least one trait"),
        (lamp_with(&json!({"traits": ["on_off"]})), "$.traits", "must be an object whose members are traits"),
        (thing_with("on_of", &json!({})), "$.traits.on_of", "is not a trait"),
        (thing_with("on off", &json!({})), "$.traits[\"on off\"]", "is not a trait"),
        (thing_with("", &json!({})), "$.traits[\"\"]", "is not a trait"),
        (thing_with("on_off", &json!(true)), "$.traits.on_off", "must be an object"),
        (thing_with("on_off", &json!(null)), "$.traits.on_off", "must be an object"),
        (thing_with("color_mode", &json!({})), "$.traits.color_mode", "needs one of color, color_temperature"),
        // options
        (thing_with("on_off", &json!({"min": 1})), "$.traits.on_off.min", "is unknown here; known are retrievable"),
        (thing_with("on_off", &json!({"split": 1})), "$.traits.on_off.split", "must be true or false"),
        (thing_with("mute", &json!({"split": true})), "$.traits.mute.split", "is unknown here"),
        (thing_with("mute", &json!({"command_only": "yes"})), "$.traits.mute.command_only", "must be true or false"),
        (thing_with("power", &json!({"command_only": true})), "$.traits.power.command_only", "is unknown here"),
        (thing_with("button", &json!({"command_only": true})), "$.traits.button.command_only", "is unknown here"),
        (thing_with("position", &json!({"stop": true})), "$.traits.position.stop", "is unknown here"),
        (thing_with("open_state", &json!({"stop": "yes"})), "$.traits.open_state.stop", "must be true or false"),
        (
            thing_with("color", &json!({"color_model": "xyz"})),
            "$.traits.color.color_model",
            "must be \"hsv\" or \"rgb\"",
        ),
        (thing_with("brightness", &json!({"min": -1})), "$.traits.brightness.min", "must be a number from 0 to 100 %"),
        (thing_with("brightness", &json!({"max": 101})), "$.traits.brightness.max", "must be a number from 0 to 100 %"),
        (thing_with("brightness", &json!({"min": "5"})), "$.traits.brightness.min", "must be a number from 0 to 100 %"),
        (thing_with("brightness", &json!({"step": 0})), "$.traits.brightness.step", "must be a number above 0"),
        (thing_with("brightness", &json!({"step": -5})), "$.traits.brightness.step", "must be a number above 0"),
        (
            thing_with("brightness", &json!({"step": 100})),
            "$.traits.brightness.step",
            "larger than the range from 1 to 100",
        ),
        (
            thing_with("volume", &json!({"min": 50, "max": 50})),
            "$.traits.volume.max",
            "must be above min, which is 50, is 50",
        ),
        (
            thing_with("volume", &json!({"min": 100})),
            "$.traits.volume.min",
            "must be below max, which is 100 where nothing is said",
        ),
        (
            thing_with("color_temperature", &json!({"max": 1500})),
            "$.traits.color_temperature.max",
            "must be above min, which is 2000",
        ),
        (
            thing_with("target_temperature", &json!({"max": 30})),
            "$.traits.target_temperature.min",
            "is required: a number from",
        ),
        (
            thing_with("fan_speed", &json!({"values": []})),
            "$.traits.fan_speed.values",
            "a list of at least one of auto, quiet",
        ),
        (thing_with("fan_speed", &json!({"values": "low"})), "$.traits.fan_speed.values", "a list of at least one of"),
        (
            thing_with("fan_speed", &json!({"values": ["low", "warp"]})),
            "$.traits.fan_speed.values[1]",
            "must be one of auto, quiet",
        ),
        (
            thing_with("fan_speed", &json!({"values": ["low", 1]})),
            "$.traits.fan_speed.values[1]",
            "must be one of auto, quiet",
        ),
        (
            thing_with("fan_speed", &json!({"values": ["low", "low"]})),
            "$.traits.fan_speed.values[1]",
            "low is there twice",
        ),
        (
            thing_with("button", &json!({"values": ["triple"]})),
            "$.traits.button.values[0]",
            "click, double_click, long_press",
        ),
        (
            thing_with("vacuum", &json!({"values": ["start"]})),
            "$.traits.vacuum.values[0]",
            "must be one of cleaning, paused",
        ),
        // overrides
        (lamp_with(&json!({"overrides": 5})), "$.overrides", "must be an object"),
        (lamp_with(&json!({"overrides": {"alisa": {}}})), "$.overrides.alisa", "known are yandex, sber, smartthings"),
        (lamp_with(&json!({"overrides": {"yandex": false}})), "$.overrides.yandex", "must be an object"),
        (lamp_with(&json!({"overrides": {"yandex": {"enabled": 0}}})), "$.overrides.yandex.enabled", "true or false"),
        (
            lamp_with(&json!({"overrides": {"yandex": {"type": "light"}}})),
            "$.overrides.yandex.type",
            "devices.types.light",
        ),
        (
            lamp_with(&json!({"overrides": {"sber": {"type": "light"}}})),
            "$.overrides.sber.type",
            "known are enabled, category",
        ),
        (lamp_with(&json!({"overrides": {"sber": {"model_id": 5}}})), "$.overrides.sber.model_id", text),
        (
            lamp_with(&json!({"overrides": {"smartthings": {"capabilities": ["st.switch"]}}})),
            "$.overrides.smartthings.capabilities",
            "without st.",
        ),
        (
            lamp_with(&json!({"overrides": {"smartthings": {"capabilities": vec!["switch"; 101]}}})),
            "$.overrides.smartthings.capabilities",
            "at most 100",
        ),
    ];
    for (document, path, right) in table {
        let errors = parse(&document).expect_err(&document.to_string());
        let [FieldError { path: found, detail }] = errors.as_slice() else { panic!("{document}: {errors:#?}") };
        assert_eq!(found, path, "{document}");
        assert!(detail.contains(right), "{document}: {detail}");
    }
}

#[test]
fn all_mistakes_are_named_at_once() {
    let document = json!({
        "name": 5, "owner": "u1", "color": "red",
        "traits": {"target_temperature": {}, "brightness": {"min": 500, "stp": 1}, "lamp": {}},
    });
    let paths: Vec<String> = parse(&document).unwrap_err().into_iter().map(|error| error.path).collect();
    let expected = [
        "$.type",
        "$.name",
        "$.traits.brightness.min",
        "$.traits.brightness.stp",
        "$.traits.lamp",
        "$.traits.target_temperature.min",
        "$.traits.target_temperature.max",
        "$.color",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn what_is_stored_reads_as_the_same_device() {
    for document in super::schema::vector_documents() {
        let id = DeviceId::new(document["id"].as_str().unwrap()).unwrap();
        let device = Device::parse(&id, &document).unwrap_or_else(|errors| panic!("{document}: {errors:?}"));
        assert_eq!(Device::parse(&id, &json!(device)).as_ref(), Ok(&device));
        assert_eq!(serde_json::from_value::<Device>(json!(device)).unwrap(), device);
    }
}
