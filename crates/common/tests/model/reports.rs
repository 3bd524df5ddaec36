//! What becomes of what a vendor reports.

use std::collections::BTreeSet;

use common::model::report::{Outcome, apply};
use common::model::{Device, Report, State, Timestamp, Trait, Word};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{any_value, at, device, everything, report, state, values};

/// The names of the traits that became state.
fn applied(outcome: &Outcome) -> Vec<&'static str> {
    outcome.applied.iter().map(|trait_| trait_.as_str()).collect()
}

fn lamp() -> Device {
    device(&json!({"on_off": {}, "brightness": {}, "color": {}, "color_temperature": {}, "color_scene": {}}))
}

#[test]
fn each_trait_stands_alone() {
    let device =
        device(&json!({"on_off": {}, "brightness": {}, "power": {}, "remote_key": {}, "mute": {"command_only": true}}));
    let before = State::default();
    let reported = json!({
        "on_off": true, "brightness": 200, "power": "much", "volume": 5, "remote_key": "up", "mute": true, "glow": 1,
        "color_mode": "color",
    });
    let outcome = apply(&device, &before, &report(&reported, None), at(0));
    assert_eq!(applied(&outcome), ["on_off"]);
    let reasons = [
        ("brightness", "must be from 1 to 100 %, is 200"),
        ("color_mode", "follows from color, color_temperature and color_scene; the device keeps none"),
        ("glow", "is not a trait"),
        ("mute", "is declared command_only and has no state"),
        ("power", "must be a number"),
        ("remote_key", "takes commands and has no state"),
        ("volume", "is not declared by this device"),
    ];
    let expected: Vec<_> = reasons.map(|(name, reason)| (name.to_owned(), reason.to_owned())).into();
    assert_eq!(outcome.rejected, expected);
    assert_eq!(values(&outcome.state), json!({"on_off": true}));
}

#[test]
fn what_is_older_than_what_is_known_is_stale_trait_by_trait() {
    let device = lamp();
    let known = state(&device, &json!({"on_off": true, "brightness": 40})); // at 0
    let newer = apply(&device, &known, &report(&json!({"brightness": 50}), Some(at(10))), at(10)).state;
    let late = apply(&device, &newer, &report(&json!({"on_off": false, "brightness": 45}), Some(at(5))), at(20));
    assert_eq!((applied(&late), late.stale.as_slice()), (vec!["on_off"], [Trait::Brightness].as_slice()));
    assert_eq!(late.state.values[&Trait::OnOff].at, at(5), "the vendor's time, not that of arrival");
    assert_eq!(late.state.number(Trait::Brightness), Some(50.into()));
}

#[test]
fn a_value_that_is_known_writes_nothing() {
    let device =
        device(&json!({"brightness": {}, "temperature": {}, "target_temperature": {"min": 5, "max": 35, "step": 0.5}}));
    let known = state(&device, &json!({"brightness": 40, "temperature": 20.4, "target_temperature": 21.5}));
    let again = |values: Json| apply(&device, &known, &report(&values, None), at(60));
    let same = again(json!({"brightness": 40.0, "temperature": 20.4}));
    assert!(!same.changed && same.state == known);
    assert_eq!(same.unchanged, [Trait::Brightness, Trait::Temperature]);
    // Where the device declares a step, what lies on the same point of the grid is the same value.
    assert!(!again(json!({"target_temperature": 21.6})).changed);
    assert!(again(json!({"target_temperature": 21.8})).changed);
    // Elsewhere every digit counts.
    assert!(again(json!({"temperature": 20.41})).changed);
    assert!(again(json!({"brightness": 40.1})).changed);
}

#[test]
fn online_is_like_a_trait_with_its_own_time() {
    let device = lamp();
    let say = |state: &State, online, seconds| {
        let report = Report { online: Some(online), at: Some(at(seconds)), ..Report::default() };
        apply(&device, state, &report, at(100))
    };
    let start = State::default();
    assert!(start.online, "until it is reported otherwise");
    assert!(!say(&start, true, 0).changed);
    let offline = say(&start, false, 10);
    assert!(offline.changed && !offline.state.online);
    assert!(!say(&offline.state, true, 5).changed, "older than what is known");
    assert!(say(&offline.state, true, 11).state.online);
}

#[test]
fn an_event_counts_once_per_trait_and_time() {
    let device = device(&json!({"button": {}, "vibration": {}}));
    let press =
        |state: &State, values: Json, time: Option<Timestamp>| apply(&device, state, &report(&values, time), at(50));
    let first = press(&State::default(), json!({"button": "click"}), Some(at(1)));
    assert_eq!(applied(&first), ["button"]);
    assert_eq!(values(&first.state), json!({}), "an event is never state");

    let again = press(&first.state, json!({"button": "click"}), Some(at(1)));
    assert_eq!((again.changed, again.unchanged.as_slice()), (false, [Trait::Button].as_slice()));
    let other_time = press(&first.state, json!({"button": "click"}), Some(at(2)));
    assert_eq!(applied(&other_time), ["button"]);
    let earlier = press(&first.state, json!({"button": "click"}), Some(at(0)));
    assert_eq!(applied(&earlier), ["button"], "late, but not told before");
    let other_trait = press(&first.state, json!({"vibration": "fall"}), Some(at(1)));
    assert_eq!(applied(&other_trait), ["vibration"]);
}

#[test]
fn an_event_without_a_time_always_counts() {
    let device = device(&json!({"button": {}}));
    let mut state = State::default();
    for _ in 0..40 {
        let outcome = apply(&device, &state, &report(&json!({"button": "click"}), None), at(0));
        assert_eq!(applied(&outcome), ["button"]);
        state = outcome.state;
    }
    assert!(state.events[&Trait::Button].len() <= 16, "only the last ones are remembered");
}

#[test]
fn color_mode_is_the_last_of_the_color_traits_that_was_reported() {
    let device = lamp();
    let color = json!({"hue": 210, "saturation": 80});
    let mode = |values: Json| state(&device, &values).word(Trait::ColorMode);
    assert_eq!(mode(json!({"on_off": true, "brightness": 5})), None);
    assert_eq!(mode(json!({"color": color})), Some(Word::Color));
    assert_eq!(mode(json!({"color_temperature": 3000})), Some(Word::Temperature));
    assert_eq!(mode(json!({"color_scene": "night"})), Some(Word::Scene));
    // Several at once are applied in the order scene, temperature, color.
    assert_eq!(mode(json!({"color_scene": "night", "color_temperature": 3000})), Some(Word::Temperature));
    assert_eq!(mode(json!({"color_scene": "night", "color_temperature": 3000, "color": color})), Some(Word::Color));
    // Unless the vendor says it.
    assert_eq!(mode(json!({"color_temperature": 3000, "color": color, "color_mode": "scene"})), Some(Word::Scene));
    // A value that is known already still says which mode it is in now.
    let white = state(&device, &json!({"color": color, "color_temperature": 3000, "color_mode": "temperature"}));
    let outcome = apply(&device, &white, &report(&json!({"color": color}), None), at(5));
    assert_eq!((outcome.changed, outcome.state.word(Trait::ColorMode)), (true, Some(Word::Color)));
}

#[test]
fn open_state_follows_position() {
    let cover = device(&json!({"open_state": {}, "position": {}}));
    let word = |values: Json| state(&cover, &values).word(Trait::OpenState);
    assert_eq!(word(json!({"position": 0})), Some(Word::Closed));
    assert_eq!(word(json!({"position": 1})), Some(Word::Open));
    assert_eq!(word(json!({"position": 40, "open_state": "opening"})), Some(Word::Opening));
    let position_only = device(&json!({"position": {}}));
    assert_eq!(values(&state(&position_only, &json!({"position": 40}))), json!({"position": 40}));
    // Not the other way round: how far "open" is only the vendor knows.
    assert_eq!(values(&state(&cover, &json!({"open_state": "open"}))), json!({"open_state": "open"}));
}

#[test]
fn a_late_report_does_not_turn_a_derived_trait_back() {
    let device = lamp();
    let mut now = State::default();
    for (values, time) in [
        (json!({"color": {"hue": 1, "saturation": 80}}), 1),
        (json!({"color": {"hue": 2, "saturation": 80}}), 3), // still mode color, but since 3
        (json!({"color_temperature": 3000}), 2),
    ] {
        now = apply(&device, &now, &report(&values, Some(at(time))), at(9)).state;
    }
    assert_eq!(now.word(Trait::ColorMode), Some(Word::Color));
}

#[test]
fn what_the_device_no_longer_declares_is_not_told() {
    let wide = device(&json!({"on_off": {}, "brightness": {}, "fan_speed": {}}));
    let known = state(&wide, &json!({"on_off": true, "brightness": 100, "fan_speed": "turbo"}));
    let narrow = device(&json!({"brightness": {"max": 50}, "fan_speed": {"values": ["low", "turbo"]}}));
    assert_eq!(known.known(&narrow, Trait::OnOff), None);
    assert_eq!(known.known(&narrow, Trait::Brightness), None, "outside the range, and not clamped");
    assert_eq!(known.known(&narrow, Trait::FanSpeed), Some(Word::Turbo.into()));
}

/// The traits that can be reported.
fn reportable() -> impl Strategy<Value = Trait> {
    let traits: Vec<_> =
        Trait::ALL.iter().copied().filter(|trait_| trait_.keeps_state() || trait_.is_event()).collect();
    proptest::sample::select(traits)
}

fn good_entry() -> impl Strategy<Value = (String, Json)> {
    reportable().prop_flat_map(|trait_| {
        any_value(everything(), trait_).prop_map(move |value| (trait_.to_string(), json!(value)))
    })
}

fn bad_entry() -> impl Strategy<Value = (String, Json)> {
    let junk = vec![json!(null), json!("glowing"), json!(-1e9), json!(1e15), json!([]), json!({"hue": 0.5})];
    let name = prop_oneof![
        proptest::sample::select(Trait::ALL).prop_map(|trait_| trait_.to_string()),
        Just("shininess".to_owned()),
    ];
    (name, proptest::sample::select(junk))
}

fn any_report(entries: impl Strategy<Value = (String, Json)>) -> impl Strategy<Value = Report> {
    (proptest::collection::vec(entries, 0..8), proptest::option::of(any::<bool>()), 0_i64..20).prop_map(
        |(entries, online, time)| Report { online, values: entries.into_iter().collect(), at: Some(at(time)) },
    )
}

/// A state that some reports have led to.
fn any_state() -> impl Strategy<Value = State> {
    proptest::collection::vec(any_report(good_entry()), 0..4).prop_map(|reports| {
        reports.iter().fold(State::default(), |state, report| apply(everything(), &state, report, at(0)).state)
    })
}

proptest! {
    #[test]
    fn each_name_is_in_exactly_one_list(
        before in any_state(), report in any_report(prop_oneof![good_entry(), bad_entry()]),
    ) {
        let outcome = apply(everything(), &before, &report, at(0));
        let taken = [&outcome.applied, &outcome.unchanged, &outcome.stale].into_iter().flatten().map(Trait::to_string);
        let mut names: Vec<String> = taken.chain(outcome.rejected.iter().map(|(name, _)| name.clone())).collect();
        names.sort();
        prop_assert_eq!(names, report.values.keys().cloned().collect::<Vec<_>>());
    }

    /// What is bad or stale might as well have been left out.
    #[test]
    fn bad_entries_do_not_spoil_their_neighbours(
        before in any_state(), report in any_report(prop_oneof![good_entry(), bad_entry()]),
    ) {
        let outcome = apply(everything(), &before, &report, at(0));
        let taken: BTreeSet<_> = outcome.applied.iter().chain(&outcome.unchanged).map(Trait::to_string).collect();
        let mut good = report;
        good.values.retain(|name, _| taken.contains(name));
        prop_assert_eq!(apply(everything(), &before, &good, at(0)).state, outcome.state);
    }

    /// A report that is delivered twice, at once or later, is applied once.
    #[test]
    fn the_same_report_again_changes_nothing(before in any_state(), report in any_report(good_entry())) {
        let first = apply(everything(), &before, &report, at(0));
        let second = apply(everything(), &first.state, &report, at(100));
        prop_assert!(!second.changed);
        prop_assert_eq!(&second.state, &first.state);
        prop_assert_eq!(second.applied, []);
        prop_assert_eq!(second.stale, first.stale);
    }

    #[test]
    fn every_good_value_becomes_state((name, value) in good_entry()) {
        let trait_: Trait = name.parse().unwrap();
        let outcome = apply(everything(), &State::default(), &report(&json!({&name: value}), None), at(0));
        prop_assert_eq!(outcome.applied, [trait_]);
        if trait_.is_event() {
            prop_assert_eq!(outcome.state.values.len(), 0);
        } else {
            prop_assert_eq!(outcome.state.known(everything(), trait_), Some(trait_.read(&value).unwrap()));
        }
    }

    /// Reports may overtake one another: in whatever order they arrive, the state is the same.
    ///
    /// This holds for reports that say something new, as all of these do. One that repeats the known value is not written
    /// (that is the rule), so its time is not known when an older report arrives after it.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        told in proptest::collection::vec((0_usize..6, any::<prop::sample::Index>()), 1..12),
    ) {
        let device = device(&json!({
            "brightness": {}, "color": {}, "color_temperature": {}, "color_scene": {}, "open_state": {}, "position": {},
            "button": {},
        }));
        let mut on_the_way = ["opening", "closing", "stopped"].into_iter();
        let reports: Vec<Report> = told.iter().enumerate().map(|(index, (which, _))| {
            let values = match which {
                0 => json!({"color": {"hue": index, "saturation": 50}, "brightness": index + 1}),
                1 => json!({"color_temperature": 3000 + index}),
                2 => json!({"color_scene": device.words(Trait::ColorScene)[index]}),
                3 => on_the_way.next().map_or(json!({"brightness": index + 1}), |word| json!({"open_state": word})),
                4 => json!({"position": index}),
                _ => json!({"button": "click"}),
            };
            report(&values, Some(at(i64::try_from(index).unwrap())))
        }).collect();
        let deliver = |reports: &[&Report]| reports.iter().fold(State::default(), |state, report| {
            let outcome = apply(&device, &state, report, at(1000));
            assert_eq!(outcome.unchanged, []);
            outcome.state
        });
        let in_order: Vec<&Report> = reports.iter().collect();
        let mut shuffled: Vec<(usize, &Report)> = told.iter().map(|(_, place)| place.index(1000)).zip(&reports).collect();
        shuffled.sort_by_key(|(place, _)| *place);
        let out_of_order: Vec<&Report> = shuffled.into_iter().map(|(_, report)| report).collect();
        prop_assert_eq!(deliver(&in_order), deliver(&out_of_order));
    }
}
