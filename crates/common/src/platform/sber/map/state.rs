//! What a device is, in Sber's words.

use super::function::{Domain, Function, Mode};
use super::link::{Link, Span, offered, text};
use super::table::Codec;
use crate::model::{Color, Device, Number, Range, State, Trait, Value, Word};
use crate::platform::sber::wire;

/// The answer to a query: `online` and every function whose value is known. Empty for a device that is not offered.
pub fn render(device: &Device, state: &State) -> Vec<wire::State> {
    let retrievable = |trait_| device.options(trait_).is_none_or(|options| options.retrievable());
    let Some((_, links)) = offered(device) else { return Vec::new() };
    let mut states = vec![online(state.online)];
    states.extend(states_of(&links, state, retrievable));
    states
}

/// What a callback can tell: `online` and every function whose changes are sent. Empty for a device that is not offered.
pub fn report(device: &Device, state: &State) -> Vec<wire::State> {
    let reportable = |trait_| device.options(trait_).is_none_or(|options| options.reportable());
    let Some((_, links)) = offered(device) else { return Vec::new() };
    let mut states = vec![online(state.online)];
    states.extend(states_of(&links, state, reportable));
    states
}

/// The functions of some traits whose values are known, without `online`: what changed, or what was commanded.
pub fn render_traits(device: &Device, state: &State, wanted: impl Fn(Trait) -> bool) -> Vec<wire::State> {
    offered(device).map(|(_, links)| states_of(&links, state, wanted)).unwrap_or_default()
}

/// The state that tells an occurrence: a pressed button, a motion that begins. `None` for everything else.
pub fn occurrence(device: &Device, trait_: Trait, value: Value) -> Option<wire::State> {
    let (_, links) = offered(device)?;
    let link = links.iter().find(|link| link.trait_ == trait_ && link.function.spec().mode == Mode::Event)?;
    device.check(trait_, value).ok()?;
    Some(state_of(link.function, link.encode_value(&State::default(), value)?))
}

/// Whether the device can be reached.
pub fn online(online: bool) -> wire::State {
    state_of(Function::Online, online.into())
}

fn state_of(function: Function, value: wire::Value) -> wire::State {
    wire::State { key: function.as_str().to_owned(), value }
}

fn states_of(links: &[Link<'_>], state: &State, wanted: impl Fn(Trait) -> bool) -> Vec<wire::State> {
    links
        .iter()
        .filter(|link| matches!(link.function.spec().mode, Mode::ReadWrite | Mode::ReadOnly) && wanted(link.trait_))
        .filter_map(|link| Some(state_of(link.function, link.encode(state)?)))
        .collect()
}

impl Link<'_> {
    /// The function's value now.
    pub(super) fn encode(&self, state: &State) -> Option<wire::Value> {
        self.encode_value(state, state.known(self.device, self.trait_)?)
    }

    /// The function's value for a value of the trait. `state` has what else of the device counts.
    fn encode_value(&self, state: &State, value: Value) -> Option<wire::Value> {
        match (self.codec, value) {
            (Codec::Flag, Value::Bool(flag)) => Some(flag.into()),
            (Codec::FlagUnless(off), Value::Word(word)) => Some((word != off).into()),
            (Codec::WhenTrue(word), Value::Bool(true)) => Some(word.into()),
            (Codec::Scaled(..) | Codec::Brightness | Codec::ColourTemperature, Value::Number(number)) => {
                self.encode_number(number)
            }
            (Codec::Colour, Value::Color(color)) => Some(colour(self.device, state, color).into()),
            (Codec::LightMode, Value::Word(mode)) => Some(if mode == Word::Color { "colour" } else { "white" }.into()),
            (Codec::Words(pairs) | Codec::Selection(pairs), Value::Word(word)) => {
                text(pairs, word).map(wire::Value::from)
            }
            (Codec::OpenState, Value::Word(word)) => open_state(self.device, state, word).map(wire::Value::from),
            (Codec::PositionAsState, Value::Number(position)) => Some(open_at(position).into()),
            _ => None,
        }
    }

    pub(super) fn encode_number(&self, number: Number) -> Option<wire::Value> {
        let range = self.device.range(self.trait_)?;
        let number = range.snap(number);
        let scaled = match self.codec {
            Codec::ColourTemperature => {
                let (min, max) = (range.min?, range.max?);
                number.minus(min).times(1000.into())?.divided_by(max.minus(min))?
            }
            _ => self.scale(number)?,
        };
        let span = self.span()?;
        match self.function.spec().domain {
            Domain::Integer { .. } => whole(span, scaled).map(wire::Value::from),
            _ => span.fit(scaled).map(wire::Value::from),
        }
    }
}

fn whole(span: Span, number: Number) -> Option<i64> {
    span.fit(number.round().into()).map(Number::round)
}

/// C2. The value is brightness, full where none is known.
fn colour(device: &Device, state: &State, color: Color) -> wire::Colour {
    let brightness = state.known(device, Trait::Brightness).and_then(Value::as_number);
    let value = device.range(Trait::Brightness).zip(brightness).map(|(range, number)| colour_value(range, number));
    wire::Colour { h: color.hue().into(), s: i64::from(color.saturation()) * 10, v: value.unwrap_or(1000) }
}

/// C2. A brightness as the value of a colour, which begins at 100.
pub(super) fn colour_value(range: Range, brightness: Number) -> i64 {
    range.snap(brightness).times(10.into()).map_or(1000, Number::round).clamp(100, 1000)
}

/// C8.
fn open_state(device: &Device, state: &State, word: Word) -> Option<&'static str> {
    match word {
        Word::Open => Some("open"),
        Word::Closed => Some("close"),
        Word::Opening => Some("opening"),
        Word::Closing => Some("closing"),
        Word::Stopped => Some(state.known(device, Trait::Position).and_then(Value::as_number).map_or("open", open_at)),
        _ => None,
    }
}

fn open_at(position: Number) -> &'static str {
    if position == Number::ZERO { "close" } else { "open" }
}
