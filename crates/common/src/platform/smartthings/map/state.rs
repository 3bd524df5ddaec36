//! Neutral state → SmartThings states.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Value as Json, json};

use crate::model::{
    Device, DeviceError, DeviceType, Kind, Number, Reported, State, Timestamp, Trait, TraitOptions, Value, Word,
};

use super::super::error::device_error;
use super::super::wire;
use super::handler::{Handler, speeds};
use super::table::{Attribute, Code, Does, List};

/// What a refresh answers: every value that is known, the lists of possible values, and the health of an online device.
pub fn render(device: &Device, state: &State) -> Vec<wire::State> {
    let mut states = values(device, state, None);
    states.extend(lists(device));
    states.extend(state.online.then(health));
    states
}

/// The values that are known, of these traits only (of all, if `None`); an attribute that depends on several traits comes
/// with each of them.
pub fn values(device: &Device, state: &State, only: Option<&BTreeSet<Trait>>) -> Vec<wire::State> {
    let wanted = |trait_: Trait, attribute: &Attribute| {
        only.is_none_or(|only| {
            only.contains(&trait_) || attribute.depends_on().iter().any(|other| only.contains(other))
        })
    };
    known_values(device, state, wanted).into_iter().map(|(_, _, state)| state).collect()
}

/// What a callback can tell: the values that are known and whose changes are sent, each with its time.
pub fn report(device: &Device, state: &State) -> Vec<wire::State> {
    let reportable = |trait_, _: &Attribute| device.options(trait_).is_some_and(TraitOptions::reportable);
    let timed = |(trait_, attribute, told): (Trait, &Attribute, wire::State)| {
        let causes = std::iter::once(&trait_).chain(attribute.depends_on());
        let at = causes.filter_map(|cause| state.values.get(cause)).map(|reported| reported.at).max();
        wire::State { timestamp: at.map(Timestamp::millis), ..told }
    };
    known_values(device, state, reportable).into_iter().map(timed).collect()
}

fn known_values(
    device: &Device,
    state: &State,
    wanted: impl Fn(Trait, &Attribute) -> bool,
) -> Vec<(Trait, &'static Attribute, wire::State)> {
    let Some(handler) = Handler::of(device) else { return Vec::new() };
    handler
        .attributes(device)
        .filter(|(trait_, attribute)| wanted(*trait_, attribute))
        .filter_map(|(trait_, attribute)| {
            if device.keeps(trait_) && state.get(trait_).is_some() && state.known(device, trait_).is_none() {
                tracing::warn!(device_id = %device.id, %trait_, "value outside what the device declares is left out");
            }
            let value = encode(device, handler, state, trait_, attribute.code)?;
            Some((trait_, attribute, wire_state(attribute, value)))
        })
        .collect()
}

/// The answer for one device: its states, and why something was not done.
///
/// `known` is `None` for a device that does not exist or is somebody else's. A device that is offline says so among the
/// errors; one that is no longer offered is not found to be deleted, which would take it out of the user's routines.
pub fn entry(
    id: &str,
    known: Option<(&Device, &State)>,
    errors: &[DeviceError],
    with_lists: bool,
) -> wire::DeviceState {
    let mut errors = errors.to_vec();
    let mut states = None;
    if let Some((device, state)) = known {
        if Handler::of(device).is_none() && errors.is_empty() {
            errors.push(DeviceError::NotSupported);
        }
        if !state.online && errors.is_empty() {
            errors.push(DeviceError::Offline);
        }
        let mut known = values(device, state, None);
        if with_lists {
            known.extend(lists(device));
        }
        if state.online && !errors.contains(&DeviceError::Offline) && Handler::of(device).is_some() {
            known.push(health());
        }
        states = Some(known).filter(|states| !states.is_empty());
    }
    let device_error: Vec<_> = errors.into_iter().map(device_error).collect();
    let device_error = Some(device_error).filter(|errors| !errors.is_empty());
    wire::DeviceState { external_device_id: id.to_owned(), states, device_error }
}

/// One occurrence of an event trait; `None` if the device does not tell SmartThings of it.
pub fn event(device: &Device, trait_: Trait, event: &Reported) -> Option<wire::State> {
    let (_, attribute) = Handler::of(device)?.attributes(device).find(|(of, _)| *of == trait_ && of.is_event())?;
    let Code::Words(words) = attribute.code else { return None };
    let value = word_on_wire(words, event.value.as_word()?)?;
    // Two presses with the same value are told apart by their time.
    Some(wire::State { timestamp: Some(event.at.millis()), ..wire_state(attribute, value.into()) })
}

/// `healthStatus` of a device that is online. Without it the app shows the device as being checked, forever.
pub fn health() -> wire::State {
    wire::State {
        component: wire::MAIN.into(),
        capability: "st.healthCheck".into(),
        attribute: "healthStatus".into(),
        value: "online".into(),
        unit: None,
        data: None,
        timestamp: None,
    }
}

fn wire_state(attribute: &Attribute, value: Json) -> wire::State {
    wire::State {
        component: wire::MAIN.into(),
        capability: attribute.capability.into(),
        attribute: attribute.name.into(),
        value,
        unit: attribute.unit.map(Cow::Borrowed),
        data: None,
        timestamp: None,
    }
}

/// The value on the wire, if it is known and can be told.
pub(super) fn encode(device: &Device, handler: Handler<'_>, state: &State, trait_: Trait, code: Code) -> Option<Json> {
    let known = || state.known(device, trait_);
    let off = || state.known(device, Trait::OnOff) == Some(Value::Bool(false));
    match code {
        Code::Flag(yes, no) => Some(if known()?.as_bool()? { yes } else { no }.into()),
        Code::Words(words) | Code::Movement(words) => Some(word_on_wire(words, known()?.as_word()?)?.into()),
        Code::Whole(min, max) => within(Number::from(known()?.as_number()?.round()), min, max),
        Code::Level => within(Number::from(known()?.as_number()?.round()), 0, 100),
        Code::Exact(min, max) => within(known()?.as_number()?, min, max),
        Code::Thousandth(min, max) => within(known()?.as_number()?.times(Number::from_parts(1, 3))?, min, max),
        Code::Text => Some(known()?.as_number()?.to_string().into()),
        Code::Hue => Some(hue_on_wire(known()?.as_color()?.hue()).to_json()),
        Code::Saturation => Some(known()?.as_color()?.saturation().into()),
        Code::Heating => within(known()?.as_number()?, -460, 10_000).filter(|_| !shows_cooling(device, handler, state)),
        Code::Cooling => within(known()?.as_number()?, -460, 10_000).filter(|_| shows_cooling(device, handler, state)),
        Code::WordsOrOff(words) => {
            if off() {
                Some("off".into())
            } else {
                Some(word_on_wire(words, known()?.as_word()?)?.into())
            }
        }
        Code::Speed => {
            if off() {
                return Some(0.into());
            }
            let word = known()?.as_word()?;
            let place = speeds(device).iter().position(|speed| *speed == word)?;
            Some((place + 1).into())
        }
        Code::Shade => Some(shade(cover(device, state)?, state.known(device, Trait::Position)).into()),
        Code::ShadeSwitch => {
            let closed = matches!(cover(device, state)?, Word::Closed | Word::Closing);
            Some(if closed { "off" } else { "on" }.into())
        }
    }
}

fn within(number: Number, min: i32, max: i32) -> Option<Json> {
    let inside = number >= Number::from(min) && number <= Number::from(max);
    if !inside {
        tracing::warn!("value outside what the SmartThings capability allows is left out");
    }
    inside.then(|| number.to_json())
}

fn word_on_wire(words: &[(Word, &'static str)], word: Word) -> Option<&'static str> {
    words.iter().find(|(known, _)| *known == word).map(|(_, wire)| *wire)
}

/// Degrees in hundredths of the circle, two decimals; the end of the circle is its start.
pub(super) fn hue_on_wire(degrees: u16) -> Number {
    let hundredths = Number::from(i64::from(degrees) * 100).divided_by(Number::from(360)).unwrap_or(Number::ZERO);
    let rounded = hundredths.round_to(2);
    if rounded == Number::from(100) { Number::ZERO } else { rounded }
}

/// Which of the two setpoints shows the target temperature.
fn shows_cooling(device: &Device, handler: Handler<'_>, state: &State) -> bool {
    let cools = match device.device_type {
        DeviceType::AirConditioner => true,
        DeviceType::Thermostat => {
            state.known(device, Trait::ThermostatMode).and_then(Value::as_word) == Some(Word::Cool)
        }
        _ => false,
    };
    // A profile with one setpoint shows it there.
    match (handler.has("st.thermostatHeatingSetpoint"), handler.has("st.thermostatCoolingSetpoint")) {
        (true, false) => false,
        (false, true) => true,
        _ => cools,
    }
}

/// The open_state of a cover; of one that has only a position, what follows from it.
fn cover(device: &Device, state: &State) -> Option<Word> {
    if device.has(Trait::OpenState) {
        return state.known(device, Trait::OpenState)?.as_word();
    }
    let position = state.known(device, Trait::Position)?.as_number()?;
    Some(if position == Number::ZERO { Word::Closed } else { Word::Open })
}

fn shade(open_state: Word, position: Option<Value>) -> &'static str {
    let between = position
        .and_then(Value::as_number)
        .is_some_and(|position| position > Number::ZERO && position < Number::from(100));
    match open_state {
        Word::Open if between => "partially open",
        Word::Stopped => "partially open",
        Word::Open => "open",
        Word::Closed => "closed",
        Word::Opening => "opening",
        Word::Closing => "closing",
        _ => "unknown",
    }
}

/// The lists of possible values.
fn lists(device: &Device) -> Vec<wire::State> {
    let Some(handler) = Handler::of(device) else { return Vec::new() };
    let mut states = Vec::new();
    for (trait_, attribute) in handler.attributes(device) {
        let words = || words_known(device, trait_, attribute.code);
        let (name, known) = match attribute.list {
            None => continue,
            Some(List::Words(name)) => (name, words()),
            Some(List::Commands(name)) => (name, commands_known(device, trait_, attribute)),
            Some(List::Buttons) => {
                states.push(wire_state(&Attribute { name: "numberOfButtons", ..*attribute }, json!(1)));
                ("supportedButtonValues", words())
            }
        };
        if !known.is_empty() {
            states.push(wire_state(&Attribute { name, unit: None, ..*attribute }, known.into()));
        }
    }
    states
}

fn words_known(device: &Device, trait_: Trait, code: Code) -> Vec<&'static str> {
    let (words, off) = match code {
        Code::Words(words) => (words, false),
        Code::WordsOrOff(words) => (words, device.has(Trait::OnOff)),
        _ => return Vec::new(),
    };
    let known = device.words(trait_).iter().filter_map(|word| word_on_wire(words, *word));
    off.then_some("off").into_iter().chain(known).collect()
}

fn commands_known(device: &Device, trait_: Trait, attribute: &Attribute) -> Vec<&'static str> {
    // A cover that has only a position opens and closes, and cannot stop.
    let known = match trait_.spec().kind {
        Kind::Enum { .. } => device.command_words(trait_),
        _ => vec![Word::Open, Word::Close],
    };
    let does = |does: &Does| matches!(does, Does::Word(word) if known.contains(word));
    attribute.commands.iter().filter(|(_, effect)| does(effect)).map(|(name, _)| *name).collect()
}
