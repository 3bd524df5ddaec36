//! What the vectors do not show of the Sber mapping.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value
)]

use common::model::{Device, DeviceError, DeviceId, Planner, State, Target, Timestamp, Trait, Word};
use common::platform::sber::{map, wire};
use serde_json::{Value as Json, json};

const NOW: Timestamp = Timestamp::from_secs(1_750_000_000);
const LATER: Timestamp = Timestamp::from_secs(1_750_000_060);

fn device(device_type: &str, traits: Json, sber: Json) -> Device {
    let document =
        json!({"owner": "u1", "type": device_type, "name": "Thing", "traits": traits, "overrides": {"sber": sber}});
    Device::parse(&DeviceId::new("thing-1").unwrap(), &document).unwrap()
}

fn plain(device_type: &str, traits: Json) -> Device {
    device(device_type, traits, json!({}))
}

fn state(key: &str, value: impl Into<wire::Value>) -> wire::State {
    wire::State { key: key.to_owned(), value: value.into() }
}

fn model(device: &Device) -> wire::Model {
    map::describe(device).unwrap().model.unwrap()
}

#[test]
fn a_missing_function_is_named_with_its_trait() {
    let conditioner = plain("air_conditioner", json!({"swing": {}}));
    assert!(map::describe(&conditioner).is_none());
    assert!(map::render(&conditioner, &State::default()).is_empty());
    assert_eq!(
        map::review(&conditioner).warnings,
        [
            "not offered to Sber: category hvac_ac needs function on_off (trait on_off)",
            "not offered to Sber: category hvac_ac needs function hvac_temp_set (trait target_temperature)",
        ]
    );
    let [warning] = &map::review(&plain("climate_sensor", json!({"battery": {}}))).warnings[..] else { panic!() };
    assert_eq!(
        warning,
        "not offered to Sber: category sensor_temp needs function temperature (trait temperature) \
         or function humidity (trait humidity)"
    );
    let [state, set] = &map::review(&plain("curtain", json!({"battery": {}}))).warnings[..] else { panic!() };
    assert!(state.ends_with("needs function open_state (trait position or open_state)"), "{state}");
    assert!(set.contains("function open_percentage (trait position)"), "{set}");
    let [warning] = &map::review(&plain("intercom", json!({"video_stream": {}}))).warnings[..] else { panic!() };
    assert_eq!(warning, "not offered to Sber: no trait has a function of category intercom");
}

#[test]
fn a_device_that_is_not_meant_for_sber_needs_no_warning() {
    let off = device("air_conditioner", json!({"swing": {}}), json!({"enabled": false}));
    assert_eq!(map::review(&off), common::platform::Review::default());
    assert!(map::describe(&off).is_none());
    assert_eq!(map::review(&plain("lock", json!({"lock": {}}))), common::platform::Review::default());
    assert_eq!(map::review(&plain("light", json!({"on_off": {}}))), common::platform::Review::default());
}

#[test]
fn an_unknown_category_is_an_error() {
    for enabled in [true, false] {
        let lamp = device("light", json!({"on_off": {}}), json!({"category": "lamp", "enabled": enabled}));
        let [error] = &map::review(&lamp).errors[..] else { panic!() };
        assert_eq!(error.path, "$.overrides.sber.category");
        assert!(error.detail.contains("led_strip") && error.detail.contains("is lamp"), "{}", error.detail);
        assert!(map::describe(&lamp).is_none());
    }
}

#[test]
fn the_model_id_is_a_digest_of_the_variant() {
    assert_eq!(model(&plain("light", json!({"on_off": {}, "brightness": {}}))).id, "light-ad3bb3c8832a");
    assert_eq!(model(&plain("hub", json!({"battery": {}}))).id, "hub-2fb284ea5a69");
}

#[test]
fn a_range_without_a_whole_degree_gives_no_function() {
    let radiator =
        plain("radiator", json!({"on_off": {}, "target_temperature": {"min": 20.2, "max": 20.8, "step": 0.1}}));
    assert_eq!(model(&radiator).features, ["online", "on_off"]);
}

#[test]
fn a_value_on_a_grid_of_halves_is_found_again() {
    let range = json!({"min": 16.5, "max": 29.5, "step": 1});
    let radiator = plain("radiator", json!({"on_off": {}, "target_temperature": range}));
    let wire::AllowedValues::Integer { integer_values } = &model(&radiator).allowed_values["hvac_temp_set"] else {
        panic!()
    };
    assert_eq!((integer_values.min.0, integer_values.max.0, integer_values.step.0), (17, 29, 1));
    let command = map::decode(&radiator, &State::default(), &state("hvac_temp_set", 18)).unwrap();
    let mut planner = Planner::new(&radiator, &State::default(), NOW);
    planner.add(&command).unwrap();
    assert_eq!(map::render(&radiator, planner.state())[1], state("hvac_temp_set", 18));
}

#[test]
fn what_is_not_retrievable_is_told_when_it_changes_and_not_when_it_is_asked_for() {
    let lamp = plain("light", json!({"on_off": {"retrievable": false}, "brightness": {}}));
    let mut known = State::default();
    known.set(Trait::OnOff, true, NOW);
    known.set(Trait::Brightness, common::model::Number::from(40), NOW);
    let (online, on) = (state("online", true), state("on_off", true));
    let brightness = state("light_brightness", 400);
    assert_eq!(map::render(&lamp, &known), [online, brightness]);
    assert_eq!(map::render_traits(&lamp, &known, |trait_| trait_ == Trait::OnOff), [on]);
}

#[test]
fn events_are_told_once_they_happen() {
    let sensor = plain("motion_sensor", json!({"motion": {}}));
    assert_eq!(map::occurrence(&sensor, Trait::Motion, true.into()), Some(state("pir", "pir")));
    assert_eq!(map::occurrence(&sensor, Trait::Motion, false.into()), None);
    let button = plain("button", json!({"button": {"values": ["click"]}, "battery": {}}));
    assert_eq!(map::occurrence(&button, Trait::Button, Word::Click.into()), Some(state("button_event", "click")));
    assert_eq!(map::occurrence(&button, Trait::Button, Word::LongPress.into()), None);
    assert_eq!(map::occurrence(&button, Trait::Battery, common::model::Number::ONE.into()), None);
}

#[test]
fn the_mode_follows_the_colour() {
    let (white, colour) = (state("light_mode", "white"), state("light_mode", "colour"));
    let (red, warm) = (state("light_colour", wire::Colour::default()), state("light_colour_temp", 0));
    for (given, kept) in [
        (vec![white.clone(), red.clone()], vec![red.clone()]),
        (vec![red.clone(), colour.clone()], vec![red.clone(), colour.clone()]),
        (vec![warm.clone(), colour.clone()], vec![warm.clone()]),
        (vec![white.clone()], vec![white.clone()]),
        (vec![red.clone(), warm.clone(), white.clone()], vec![red, warm, white]),
    ] {
        assert_eq!(map::entries(given), kept);
    }
}

#[test]
fn infrared_takes_steps_as_they_are() {
    let tv = plain("tv", json!({"on_off": {}, "volume": {"command_only": true, "step": 2}, "input_source": {}}));
    let minus = common::model::Number::from(-2);
    assert_eq!(
        map::decode(&tv, &State::default(), &state("volume", "-")),
        Ok(vec![(Trait::Volume, Target::By(minus))])
    );
    let source = state("source", "+");
    assert_eq!(map::decode(&tv, &State::default(), &source), Err(DeviceError::NotReady));
    let mut last = State::default();
    last.set(Trait::InputSource, Word::Screencast, NOW);
    assert_eq!(map::decode(&tv, &last, &source), Ok(vec![(Trait::InputSource, Word::Screencast.into())]));
}

#[test]
fn the_answer_to_a_command_has_all_that_changed_with_it() {
    let lamp = plain("light", json!({"on_off": {}, "brightness": {}, "color": {}}));
    let mut after = State::default();
    after.set(Trait::OnOff, true, NOW);
    after.set(Trait::Brightness, common::model::Number::from(40), LATER);
    let commanded = [state("on_off", true)];
    let expected = [state("on_off", true), state("light_brightness", 400)];
    assert_eq!(map::reply(&lamp, &after, &commanded, LATER), expected);
    assert_eq!(map::reply(&lamp, &after, &[], Timestamp::from_secs(0)), []);
}
