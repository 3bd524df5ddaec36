//! Commands: from what a platform asks to what the device is asked, and the state once it is done.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{BadValue, Device, DeviceError, Kind, Number, State, Timestamp, Trait, Value, Word, report};

/// What a trait shall become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This value; for `open_state`, `lock` and `vacuum` a word of the command vocabulary.
    Value(Value),
    /// This much more (or less) than now, in the trait's unit. In JSON `{"by": n}`.
    By(Number),
    /// A video stream in one of the protocols the platform understands. In JSON `{"protocols": ["hls"]}`.
    Stream,
}

impl<T: Into<Value>> From<T> for Target {
    fn from(value: T) -> Self {
        Target::Value(value.into())
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Target::Value(value) => value.serialize(serializer),
            Target::By(number) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("by", number)?;
                map.end()
            }
            Target::Stream => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("protocols", &["hls"])?;
                map.end()
            }
        }
    }
}

/// One entry of a platform's request, in the neutral model: traits and their targets, applied together.
pub type Command = Vec<(Trait, Target)>;

/// What the device is asked: traits and their targets, checked and resolved.
pub type Targets = BTreeMap<Trait, Target>;

/// Gathers the entries of one request to one device, in their order.
///
/// Each entry sees the state that the entries before it lead to, so that two `volumeUp` are two steps.
#[derive(Clone, Debug)]
pub struct Planner<'a> {
    device: &'a Device,
    state: State,
    targets: Targets,
    now: Timestamp,
}

impl<'a> Planner<'a> {
    /// Starts with the state as it is known.
    pub fn new(device: &'a Device, state: &State, now: Timestamp) -> Self {
        Planner { device, state: state.clone(), targets: Targets::new(), now }
    }

    /// The state that the entries so far lead to.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What the device is asked.
    pub fn targets(&self) -> &Targets {
        &self.targets
    }

    /// Adds one entry; an entry that is refused changes nothing.
    ///
    /// # Errors
    /// `NotSupported` for a trait that the device does not declare or that takes no commands, `InvalidValue` for a value of
    /// a wrong kind or outside what the device declares, `NotReady` for a relative change of an unknown value.
    pub fn add(&mut self, command: &Command) -> Result<(), DeviceError> {
        let mut resolved = Targets::new();
        for (trait_, target) in command {
            resolved.insert(*trait_, self.resolve(*trait_, *target)?);
        }
        self.switch_on_with_brightness(&mut resolved);
        assume(self.device, &mut self.state, &resolved, self.now);
        for (trait_, target) in resolved {
            let target = match (self.targets.get(&trait_), target) {
                (Some(Target::By(before)), Target::By(more)) => Target::By(before.plus(more)),
                _ => target,
            };
            self.targets.insert(trait_, target);
        }
        Ok(())
    }

    fn resolve(&self, trait_: Trait, target: Target) -> Result<Target, DeviceError> {
        if trait_ == Trait::ColorMode {
            return match target {
                _ if !self.device.keeps(trait_) => Err(DeviceError::NotSupported),
                Target::Value(Value::Word(word)) if self.device.color_modes().contains(&word) => Ok(target),
                _ => Err(DeviceError::InvalidValue),
            };
        }
        let options =
            self.device.options(trait_).filter(|_| trait_.can_be_commanded()).ok_or(DeviceError::NotSupported)?;
        match (target, trait_.spec().kind) {
            (Target::Stream, Kind::Stream) => Ok(target),
            (Target::Value(Value::Word(word)), Kind::Enum { .. }) => {
                if self.device.command_words(trait_).contains(&word) {
                    Ok(target)
                } else {
                    Err(DeviceError::InvalidValue)
                }
            }
            (Target::Value(value), _) => {
                self.device.check(trait_, value).map_err(|BadValue(_)| DeviceError::InvalidValue)?;
                Ok(self.on_grid(trait_, value).into())
            }
            (Target::By(by), Kind::Number(_)) => {
                let range = self.device.range(trait_).ok_or(DeviceError::Internal)?;
                let base = match self.targets.get(&trait_) {
                    Some(Target::Value(Value::Number(asked))) => *asked,
                    _ if options.command_only() => return Ok(target),
                    _ => self.state.number(trait_).ok_or(DeviceError::NotReady)?,
                };
                Ok(Value::Number(range.snap(range.clamp(base.plus(by)))).into())
            }
            (Target::By(_) | Target::Stream, _) => Err(DeviceError::InvalidValue),
        }
    }

    fn on_grid(&self, trait_: Trait, value: Value) -> Value {
        match (value, self.device.range(trait_)) {
            // A value that is known already stays as it is, also between two points of the grid.
            (Value::Number(number), Some(range)) if self.state.number(trait_) != Some(number) => {
                Value::Number(range.snap(number))
            }
            _ => value,
        }
    }

    /// A lamp that is off and is given a brightness goes on, unless the request says itself what becomes of on_off.
    fn switch_on_with_brightness(&self, resolved: &mut Targets) {
        let brighter =
            matches!(resolved.get(&Trait::Brightness), Some(Target::Value(Value::Number(n))) if *n > Number::ZERO);
        let said = resolved.contains_key(&Trait::OnOff) || self.targets.contains_key(&Trait::OnOff);
        if brighter && !said && self.device.keeps(Trait::OnOff) && self.state.flag(Trait::OnOff) == Some(false) {
            resolved.insert(Trait::OnOff, true.into());
        }
    }
}

/// The state once the targets are reached; what keeps no state is not in it.
pub fn assume(device: &Device, state: &mut State, targets: &Targets, at: Timestamp) {
    let mut given = Vec::new();
    for (trait_, target) in targets {
        let Target::Value(value) = *target else { continue };
        if !device.keeps(*trait_) {
            continue;
        }
        let reached = match (*trait_, value) {
            (Trait::OpenState, Value::Word(Word::Close)) => Word::Closed.into(),
            (Trait::OpenState, Value::Word(Word::Stop)) => Word::Stopped.into(),
            (Trait::Vacuum, Value::Word(Word::Start | Word::Resume)) => Word::Cleaning.into(),
            (Trait::Vacuum, Value::Word(Word::Pause)) => Word::Paused.into(),
            (Trait::Vacuum, Value::Word(Word::Dock)) => Word::Docked.into(),
            (Trait::Vacuum, Value::Word(Word::Stop)) => Word::Idle.into(),
            _ => value,
        };
        given.push(*trait_);
        if state.get(*trait_) != Some(reached) {
            state.set(*trait_, reached, at);
        }
    }
    if !given.contains(&Trait::Position)
        && device.keeps(Trait::Position)
        && let Some(range) = device.range(Trait::Position)
    {
        let position = match targets.get(&Trait::OpenState) {
            Some(Target::Value(Value::Word(Word::Open))) => range.max,
            Some(Target::Value(Value::Word(Word::Close))) => range.min,
            _ => None,
        };
        if let Some(position) = position.filter(|position| state.number(Trait::Position) != Some(*position)) {
            state.set(Trait::Position, position, at);
        }
    }
    report::follow(device, state, &given, at);
}
