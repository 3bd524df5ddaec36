//! What can be said of a trait without naming a platform.

use super::Word;

/// What kind of value a trait has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A number with a fixed unit.
    Number(NumberKind),
    /// A word of a closed vocabulary.
    Enum {
        /// The words a state can be.
        states: &'static [Word],
        /// The words a command can be, where they are others than the states.
        commands: &'static [Word],
    },
    /// Hue and saturation.
    Color,
    /// A momentary word: never state, never merged, repeated or queried.
    Event(&'static [Word]),
    /// A video stream; it has no state, its command answers an address.
    Stream,
}

/// Unit, default range and hard limits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberKind {
    /// The unit, as a person writes it; empty for a plain number.
    pub unit: &'static str,
    /// The least value when the device declares none.
    pub min: Option<i32>,
    /// The greatest value when the device declares none.
    pub max: Option<i32>,
    /// The grid when the device declares none.
    pub step: Option<i32>,
    /// What a device may declare as its least and greatest value.
    pub limits: (i32, i32),
    /// Whether the device must declare `min` and `max`.
    pub range_required: bool,
}

/// Who may change a trait, and whether it keeps a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Has a state and takes commands.
    ReadWrite,
    /// Has a state, takes no commands.
    ReadOnly,
    /// Has a state that follows from other traits; it need not be declared.
    Derived,
    /// Takes commands, keeps no state.
    CommandOnly,
    /// Happens; neither state nor command.
    Momentary,
}

/// One row of the model: everything about a trait that is not about a platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// The kind of value.
    pub kind: Kind,
    /// Who may change it.
    pub access: Access,
    /// Its change is sent to the platforms at once, not gathered with others.
    pub urgent: bool,
}

const ANY: i32 = 1_000_000_000;

impl Spec {
    pub(super) const fn new(kind: Kind, access: Access) -> Self {
        Spec { kind, access, urgent: false }
    }
    pub(super) const fn urgent(self) -> Self {
        Spec { urgent: true, ..self }
    }
}

pub(super) const RW: Access = Access::ReadWrite;
pub(super) const RO: Access = Access::ReadOnly;

pub(super) const fn switch() -> Spec {
    Spec::new(Kind::Bool, RW)
}
pub(super) const fn flag() -> Spec {
    Spec::new(Kind::Bool, RO)
}
pub(super) const fn words(access: Access, states: &'static [Word]) -> Spec {
    Spec::new(Kind::Enum { states, commands: states }, access)
}
pub(super) const fn machine(states: &'static [Word], commands: &'static [Word]) -> Spec {
    Spec::new(Kind::Enum { states, commands }, RW)
}
pub(super) const fn event(words: &'static [Word]) -> Spec {
    Spec::new(Kind::Event(words), Access::Momentary).urgent()
}
pub(super) const fn number(access: Access, kind: NumberKind) -> Spec {
    Spec::new(Kind::Number(kind), access)
}
/// A percentage: always within 0 to 100.
pub(super) const fn percent(access: Access, min: i32, max: i32, step: Option<i32>) -> Spec {
    let range = NumberKind { unit: "%", min: Some(min), max: Some(max), step, limits: (0, 100), range_required: false };
    number(access, range)
}
/// A measured quantity that cannot be negative.
pub(super) const fn quantity(unit: &'static str) -> Spec {
    number(RO, NumberKind { unit, min: Some(0), max: None, step: None, limits: (0, ANY), range_required: false })
}
