//! What a check found.

use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Good,
    /// Could not be told, or may be meant so.
    Doubtful,
    /// Users will see it.
    Wrong,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) grade: Grade,
    /// What was looked at.
    pub(super) what: String,
    /// What to do about it; empty when it is good.
    pub(super) advice: String,
}

impl Finding {
    pub(super) fn good(what: impl Into<String>) -> Self {
        Finding { grade: Grade::Good, what: what.into(), advice: String::new() }
    }

    pub(super) fn doubtful(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { grade: Grade::Doubtful, what: what.into(), advice: advice.into() }
    }

    pub(super) fn wrong(what: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { grade: Grade::Wrong, what: what.into(), advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grade = match self.grade {
            Grade::Good => "ok   ",
            Grade::Doubtful => "hm   ",
            Grade::Wrong => "wrong",
        };
        write!(f, "{grade} {}", self.what)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "\n        {}", self.advice) }
    }
}
