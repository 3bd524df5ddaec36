//! A vendor's report: which of its values become state.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::{Access, Device, Number, Reported, State, Timestamp, Trait, Value, Word};

/// How many occurrences of an event trait are remembered to apply each once.
const EVENTS_KEPT: usize = 16;

/// What a vendor says of one device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// Whether it can be reached.
    pub online: Option<bool>,
    /// Values by trait name, not yet looked at: a bad one must not stop the others.
    pub values: BTreeMap<String, Json>,
    /// When this became so; the time of arrival if absent.
    pub at: Option<Timestamp>,
}

/// What became of a report. Each trait is in exactly one of the lists.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The state afterwards.
    pub state: State,
    /// Whether anything has to be written.
    pub changed: bool,
    /// Traits with a new value, and events that count.
    pub applied: Vec<Trait>,
    /// Traits that had this value already, and events that were known.
    pub unchanged: Vec<Trait>,
    /// Traits for which something newer is known.
    pub stale: Vec<Trait>,
    /// Names that cannot be taken, each with the reason.
    pub rejected: Vec<(String, String)>,
}

/// Applies a report. `now` is the time of a report that names none.
pub fn apply(device: &Device, before: &State, report: &Report, now: Timestamp) -> Outcome {
    let at = report.at.unwrap_or(now);
    let mut outcome = Outcome {
        state: before.clone(),
        changed: false,
        applied: Vec::new(),
        unchanged: Vec::new(),
        stale: Vec::new(),
        rejected: Vec::new(),
    };
    if let Some(online) = report.online
        && before.online_at.is_none_or(|known| known <= at)
        && before.online != online
    {
        outcome.state.online = online;
        outcome.state.online_at = Some(at);
    }
    for (name, json) in &report.values {
        match read(device, name, json) {
            Err(reason) => outcome.rejected.push((name.clone(), reason)),
            Ok((trait_, value)) if trait_.is_event() => take_event(&mut outcome, report.at, now, trait_, value),
            Ok((trait_, value)) => take_value(device, &mut outcome, at, trait_, value),
        }
    }
    let accepted: Vec<Trait> = outcome.applied.iter().chain(&outcome.unchanged).copied().collect();
    follow(device, &mut outcome.state, &accepted, at);
    outcome.changed = outcome.state != *before;
    outcome
}

fn read(device: &Device, name: &str, json: &Json) -> Result<(Trait, Value), String> {
    let trait_: Trait = name.parse().map_err(|_| "is not a trait".to_owned())?;
    if !trait_.is_event() && !device.keeps(trait_) {
        let reason = match (trait_.spec().access, device.options(trait_)) {
            (Access::Derived, _) => "follows from color, color_temperature and color_scene; the device keeps none",
            (Access::CommandOnly, Some(_)) => "takes commands and has no state",
            (_, Some(_)) => "is declared command_only and has no state",
            (_, None) => "is not declared by this device",
        };
        return Err(reason.to_owned());
    }
    if trait_.is_event() && !device.has(trait_) {
        return Err("is not declared by this device".to_owned());
    }
    let value = trait_.read(json).map_err(|bad| bad.0)?;
    device.check(trait_, value).map_err(|bad| bad.0)?;
    Ok((trait_, value))
}

fn take_value(device: &Device, outcome: &mut Outcome, at: Timestamp, trait_: Trait, value: Value) {
    match outcome.state.values.get(&trait_) {
        Some(known) if known.at > at => outcome.stale.push(trait_),
        Some(known) if same(device, trait_, known.value, value) => outcome.unchanged.push(trait_),
        _ => {
            outcome.state.set(trait_, value, at);
            outcome.applied.push(trait_);
        }
    }
}

/// Equality on the grid, where the device declares one.
fn same(device: &Device, trait_: Trait, left: Value, right: Value) -> bool {
    let declared = device.options(trait_).is_some_and(|options| options.step.is_some());
    match (left, right, device.range(trait_)) {
        (Value::Number(left), Value::Number(right), Some(range)) if declared => range.snap(left) == range.snap(right),
        _ => left == right,
    }
}

fn take_event(outcome: &mut Outcome, at: Option<Timestamp>, now: Timestamp, trait_: Trait, value: Value) {
    let seen = outcome.state.events.entry(trait_).or_default();
    let at = match at {
        Some(at) if seen.iter().any(|event| event.at == at) => return outcome.unchanged.push(trait_),
        Some(at) if seen.len() >= EVENTS_KEPT && seen.first().is_some_and(|oldest| at < oldest.at) => {
            return outcome.stale.push(trait_);
        }
        Some(at) => at,
        // Two presses without a time are two presses, however fast.
        None => seen.last().map_or(now, |last| now.max(Timestamp::from_micros(last.at.micros() + 1))),
    };
    seen.push(Reported { value, at });
    seen.sort_by_key(|event| event.at);
    if seen.len() > EVENTS_KEPT {
        seen.remove(0);
    }
    outcome.applied.push(trait_);
}

/// Moves the traits that follow from others: `color_mode` (model.md C4) and `open_state` from `position` (C8).
pub(super) fn follow(device: &Device, state: &mut State, given: &[Trait], at: Timestamp) {
    let modes = device.color_modes();
    let last_given =
        [(Trait::Color, Word::Color), (Trait::ColorTemperature, Word::Temperature), (Trait::ColorScene, Word::Scene)]
            .into_iter()
            .find(|(trait_, word)| given.contains(trait_) && modes.contains(word));
    if let Some((cause, mode)) = last_given {
        move_along(state, given, cause, Trait::ColorMode, mode, at);
    }
    if given.contains(&Trait::Position)
        && device.keeps(Trait::OpenState)
        && let Some(position) = state.number(Trait::Position)
    {
        let open_state = if position == Number::ZERO { Word::Closed } else { Word::Open };
        move_along(state, given, Trait::Position, Trait::OpenState, open_state, at);
    }
}

/// Gives `follower` the word that its cause leads to, unless the follower was given itself or is known from later.
fn move_along(state: &mut State, given: &[Trait], cause: Trait, follower: Trait, word: Word, at: Timestamp) {
    let newer = state.values.get(&follower).is_some_and(|known| known.at > at);
    // The time moves with a cause that is written anyway, even if the word stays: else a late report of another cause
    // would win over this one.
    let written = state.values.get(&cause).is_some_and(|cause| cause.at == at);
    if !given.contains(&follower) && !newer && (written || state.word(follower) != Some(word)) {
        state.set(follower, word, at);
    }
}
