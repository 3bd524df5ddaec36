//! A SmartThings command → a neutral command.

use serde_json::Value as Json;

use crate::model::{Color, Command, Device, DeviceError, Number, Range, State, Target, Trait, Value, Word};

use super::super::wire;
use super::color;
use super::handler::{Handler, speeds};
use super::state::encode;
use super::table::{Attribute, Code, Does};

/// Whether a command asks for the whole state, the lists of possible values included.
pub fn is_refresh(command: &wire::Command) -> bool {
    command.capability == "st.refresh" && command.command == "refresh"
}

/// What one command asks of a device in this state.
///
/// # Errors
/// `NotSupported` for a component, capability or command that the device as it is offered does not have, `InvalidValue` for
/// arguments that say nothing or are out of range, `NotReady` for half a color on top of an unknown one. Whether the
/// device knows a word is found out by [`crate::model::Planner::add`].
pub fn decode(device: &Device, state: &State, command: &wire::Command) -> Result<Command, DeviceError> {
    let handler = Handler::of(device).ok_or(DeviceError::NotSupported)?;
    if command.component.as_deref().is_some_and(|component| component != wire::MAIN) {
        return Err(DeviceError::NotSupported);
    }
    let asks_only = is_refresh(command) || (command.capability == "st.healthCheck" && command.command == "ping");
    if asks_only {
        return Ok(Command::new());
    }
    let (trait_, attribute, does) = handler
        .attributes(device)
        .filter(|(_, attribute)| attribute.capability == command.capability)
        .find_map(|(trait_, attribute)| {
            let (_, does) = attribute.commands.iter().find(|(name, _)| *name == command.command)?;
            Some((trait_, attribute, *does))
        })
        .ok_or(DeviceError::NotSupported)?;
    let argument = || command.argument(0).ok_or(DeviceError::InvalidValue);
    let asked = Asked { device, handler, state, trait_, attribute };
    match does {
        Does::Set => asked.set(argument()?),
        Does::Flag(flag) => Ok(vec![(trait_, flag.into())]),
        Does::Word(word) => asked.word(word),
        Does::Off => Ok(vec![(Trait::OnOff, false.into())]),
        Does::Step(steps) => {
            let step = device.range(trait_).and_then(|range| range.step).unwrap_or(Number::ONE);
            let by = step.times(Number::from(steps)).ok_or(DeviceError::Internal)?;
            Ok(vec![(trait_, Target::By(by))])
        }
        Does::ColorMap => asked.color_map(argument()?),
    }
}

/// A command that is about this attribute.
struct Asked<'a> {
    device: &'a Device,
    handler: Handler<'a>,
    state: &'a State,
    trait_: Trait,
    attribute: &'static Attribute,
}

impl Asked<'_> {
    /// The attribute shall become this.
    fn set(&self, json: &Json) -> Result<Command, DeviceError> {
        let one = |value: Value| Ok(vec![(self.trait_, value.into())]);
        match self.attribute.code {
            Code::Flag(yes, _) if json == yes => one(true.into()),
            Code::Flag(_, no) if json == no => one(false.into()),
            Code::Words(words) | Code::WordsOrOff(words) if find(words, json).is_some() => {
                self.word(find(words, json).ok_or(DeviceError::InvalidValue)?)
            }
            Code::WordsOrOff(_) if json == "off" => Ok(vec![(Trait::OnOff, false.into())]),
            Code::Whole(..) => one(self.whole(self.trait_, number(json)?)?.into()),
            Code::Level => self.level(number(json)?),
            Code::Exact(..) | Code::Heating | Code::Cooling => one(number(json)?.into()),
            Code::Text => match json {
                Json::String(text) => one(Number::parse(text.trim()).ok_or(DeviceError::InvalidValue)?.into()),
                _ => one(number(json)?.into()),
            },
            Code::Hue => self.color(Some(json), None),
            Code::Saturation => self.color(None, Some(json)),
            Code::Speed => self.speed(number(json)?),
            Code::Movement(words) => self.movement(words, json),
            Code::Flag(..)
            | Code::Words(_)
            | Code::WordsOrOff(_)
            | Code::Thousandth(..)
            | Code::Shade
            | Code::ShadeSwitch => Err(DeviceError::InvalidValue),
        }
    }

    /// The trait shall become this word.
    fn word(&self, word: Word) -> Result<Command, DeviceError> {
        if self.trait_ == Trait::Position {
            return self.move_to_end(word);
        }
        let mut command = vec![(self.trait_, word.into())];
        if matches!(self.attribute.code, Code::WordsOrOff(_)) {
            self.switch_on(&mut command);
        }
        Ok(command)
    }

    /// A cover that has only a position opens and closes by going to the ends of its range.
    fn move_to_end(&self, word: Word) -> Result<Command, DeviceError> {
        let range = self.device.range(Trait::Position).ok_or(DeviceError::Internal)?;
        let end = match word {
            Word::Open => range.max,
            Word::Close => range.min,
            _ => None,
        };
        Ok(vec![(Trait::Position, end.ok_or(DeviceError::NotSupported)?.into())])
    }

    fn switch_on(&self, command: &mut Command) {
        if self.device.has(Trait::OnOff) && self.state.flag(Trait::OnOff) != Some(true) {
            command.push((Trait::OnOff, true.into()));
        }
    }

    /// The value of a trait that the app shows as this integer.
    fn whole(&self, trait_: Trait, shown: Number) -> Result<Number, DeviceError> {
        let range = self.device.range(trait_).ok_or(DeviceError::Internal)?;
        let rounded = |number: Number| Number::from(number.round());
        let stored = self.state.known(self.device, trait_).and_then(Value::as_number);
        if let Some(stored) = stored.filter(|stored| rounded(*stored) == shown) {
            return Ok(stored);
        }
        // The ends of the range are shown rounded, and then may lie outside of it.
        let is_end = [range.min, range.max].into_iter().flatten().any(|end| rounded(end) == shown);
        if !range.contains(shown) && !is_end {
            return Err(DeviceError::InvalidValue);
        }
        Ok(nearest_shown_as(range, shown))
    }

    /// 0 means off and keeps the level, where the device can be off.
    fn level(&self, level: Number) -> Result<Command, DeviceError> {
        if level == Number::ZERO && self.device.has(Trait::OnOff) {
            return Ok(vec![(Trait::OnOff, false.into())]);
        }
        Ok(vec![(Trait::Brightness, self.whole(Trait::Brightness, level)?.into())])
    }

    fn speed(&self, speed: Number) -> Result<Command, DeviceError> {
        if speed == Number::ZERO {
            return Ok(vec![(Trait::OnOff, false.into())]);
        }
        let place = usize::try_from(speed.round()).ok().filter(|_| speed.is_integer());
        let word = place.and_then(|place| speeds(self.device).get(place.checked_sub(1)?).copied());
        let mut command = vec![(Trait::FanSpeed, word.ok_or(DeviceError::InvalidValue)?.into())];
        self.switch_on(&mut command);
        Ok(command)
    }

    fn movement(&self, words: &[(Word, &str)], json: &Json) -> Result<Command, DeviceError> {
        let word = match find(words, json) {
            Some(Word::Cleaning) if self.state.word(Trait::Vacuum) == Some(Word::Paused) => Word::Resume,
            Some(Word::Cleaning) => Word::Start,
            Some(Word::Paused) => Word::Pause,
            Some(Word::Idle) => Word::Stop,
            // What it does already is no change, even where nothing could be commanded to do it.
            Some(_) if self.shown().as_ref() == Some(json) => return Ok(Command::new()),
            Some(Word::Returning) => Word::Dock,
            _ => return Err(DeviceError::InvalidValue),
        };
        Ok(vec![(Trait::Vacuum, word.into())])
    }

    fn shown(&self) -> Option<Json> {
        encode(self.device, self.handler, self.state, self.trait_, self.attribute.code)
    }

    /// Hue and saturation as the app shows them; what is absent stays.
    fn color(&self, hue: Option<&Json>, saturation: Option<&Json>) -> Result<Command, DeviceError> {
        let known = || self.state.color().ok_or(DeviceError::NotReady);
        let hue = match hue {
            Some(json) => color::degrees(number(json)?)?,
            None => i64::from(known()?.hue()),
        };
        let saturation = match saturation {
            Some(json) => number(json)?.round(),
            None => i64::from(known()?.saturation()),
        };
        let color = Color::new(hue, saturation).ok_or(DeviceError::InvalidValue)?;
        Ok(vec![(Trait::Color, Value::Color(color).into())])
    }

    /// Any of hue, saturation, hex, level, switch; level and switch only where the device has such a trait.
    fn color_map(&self, json: &Json) -> Result<Command, DeviceError> {
        let map = json.as_object().ok_or(DeviceError::InvalidValue)?;
        let get = |name: &str| map.get(name).filter(|value| !value.is_null());
        let mut command = match (get("hue"), get("saturation"), get("hex")) {
            (None, None, None) => Command::new(),
            (hue @ Some(_), saturation @ Some(_), _) | (hue, saturation, None) => self.color(hue, saturation)?,
            (_, _, Some(hex)) => {
                let color = hex.as_str().and_then(color::from_hex).ok_or(DeviceError::InvalidValue)?;
                vec![(Trait::Color, Value::Color(color).into())]
            }
        };
        if let Some(level) = get("level").filter(|_| self.device.has(Trait::Brightness)) {
            command.extend(self.level(number(level)?)?);
        }
        if let Some(switch) = get("switch").filter(|_| self.device.has(Trait::OnOff)) {
            let on = match switch.as_str() {
                Some("on") => true,
                Some("off") => false,
                _ => return Err(DeviceError::InvalidValue),
            };
            command.push((Trait::OnOff, on.into()));
        }
        if command.is_empty() { Err(DeviceError::InvalidValue) } else { Ok(command) }
    }
}

fn number(json: &Json) -> Result<Number, DeviceError> {
    match json {
        Json::Number(number) => Number::from_json(number).ok_or(DeviceError::InvalidValue),
        _ => Err(DeviceError::InvalidValue),
    }
}

fn find(words: &[(Word, &str)], json: &Json) -> Option<Word> {
    words.iter().find(|(_, wire)| json == wire).map(|(word, _)| *word)
}

/// The point of the grid that is shown as this integer; the nearest, if none is.
///
/// On a grid of halves 49.5 and 50.5 are equally far from 50, but only one of them is shown as 50.
fn nearest_shown_as(range: Range, shown: Number) -> Number {
    let nearest = range.snap(range.clamp(shown));
    let step = range.step.unwrap_or(Number::ONE);
    [nearest, nearest.minus(step), nearest.plus(step)]
        .into_iter()
        .find(|point| range.contains(*point) && Number::from(point.round()) == shown)
        .unwrap_or(nearest)
}
