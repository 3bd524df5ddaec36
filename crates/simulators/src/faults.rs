//! Faults on request: how often, at which calls, and which.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// The faults of one platform. Replacing them starts the seeded sequence anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Faults {
    /// The same seed and the same calls in the same order: the same faults.
    #[serde(default)]
    pub seed: u64,
    /// Tried in this order; at most one that decides the answer happens, and any number of slow ones beside it.
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// 0..1.
    #[serde(default = "always")]
    pub probability: f64,
    /// How often at most; absent = without end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// At which calls; empty = at all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Call>,
}

fn always() -> f64 {
    1.0
}

impl Fault {
    /// Always, at every call.
    pub fn new(kind: Kind) -> Self {
        Fault { kind, probability: 1.0, count: None, on: Vec::new() }
    }

    /// With this probability, 0..1.
    pub fn with_probability(mut self, probability: f64) -> Self {
        self.probability = probability;
        self
    }

    /// At most so often.
    pub fn times(mut self, count: u64) -> Self {
        self.count = Some(count);
        self
    }

    /// At these calls only.
    pub fn on(mut self, calls: impl IntoIterator<Item = Call>) -> Self {
        self.on = calls.into_iter().collect();
        self
    }
}

/// What homeport calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// State of devices is told, or read back.
    State,
    /// The list of devices: discovery callbacks, Sber's devices and models.
    Devices,
    /// SmartThings' tokens.
    Token,
    /// The accounts are unlinked.
    Unlink,
    /// None of them.
    Other,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 429.
    TooManyRequests {
        /// Seconds in `Retry-After`; absent = no such header.
        #[serde(default)]
        retry_after: Option<u64>,
        /// `Retry-After` as a date.
        #[serde(default)]
        as_date: bool,
    },
    /// 500.
    ServerError {
        /// What the body is.
        #[serde(default)]
        body: Body,
        /// The message was taken all the same.
        #[serde(default)]
        applied: bool,
    },
    /// 503 with `Retry-After`.
    Unavailable {
        /// Seconds.
        retry_after: u64,
    },
    /// 401, though the token is good.
    Unauthorized,
    /// The connection is closed without an answer.
    Reset {
        /// After the message was taken.
        #[serde(default)]
        applied: bool,
    },
    /// The answer comes late.
    Slow {
        /// Milliseconds.
        millis: u64,
    },
    /// Sber: an error for some devices of the message.
    DeviceErrors {
        /// 500 and 503 are for a retry, 400, 401 and 403 are not.
        code: i64,
        /// Which part of the devices, 0..1; at least one.
        #[serde(default = "always")]
        share: f64,
    },
    /// It is answered as accepted and lost.
    Dropped,
    /// It is answered as accepted, and one value of it is stored wrong.
    Corrupted,
    /// Yandex: the user is not known until the next discovery, which comes when the user opens the app.
    ForgetUser,
    /// SmartThings: all access tokens are over from now on.
    ExpireTokens,
    /// 200 with a body that is no JSON, though the message was taken.
    Garbage,
    /// 500 with a body of 2 MB.
    Oversized,
    /// 307 to another address.
    Redirect {
        /// `Location`.
        to: String,
    },
}

/// The body of a 500.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// The platform's JSON.
    #[default]
    Json,
    /// A proxy's page.
    Html,
    /// None.
    Empty,
}

impl Kind {
    /// Whether the message is taken in spite of it.
    pub(crate) fn is_applied(&self) -> bool {
        match self {
            Kind::ServerError { applied, .. } | Kind::Reset { applied } => *applied,
            Kind::Slow { .. }
            | Kind::DeviceErrors { .. }
            | Kind::Corrupted
            | Kind::ForgetUser
            | Kind::ExpireTokens
            // Somebody in between has garbled the answer.
            | Kind::Garbage => true,
            Kind::TooManyRequests { .. }
            | Kind::Unavailable { .. }
            | Kind::Unauthorized
            | Kind::Dropped
            | Kind::Oversized
            | Kind::Redirect { .. } => false,
        }
    }

    pub(crate) fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(members)) => members.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// `Retry-After` for so many seconds.
pub(crate) fn retry_after(seconds: u64, as_date: bool, now: SystemTime) -> String {
    if as_date { httpdate::fmt_http_date(now + Duration::from_secs(seconds)) } else { seconds.to_string() }
}

/// What happens at one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) delay: Duration,
    pub(crate) decisive: Option<Kind>,
    /// For what the fault itself chooses.
    pub(crate) seed: u64,
}

/// Draws faults.
#[derive(Debug)]
pub(crate) struct Dice {
    faults: Faults,
    /// How often each has happened.
    happened: Vec<u64>,
    random: fastrand::Rng,
}

impl Default for Dice {
    fn default() -> Self {
        Dice::new(Faults::default())
    }
}

impl Dice {
    pub(crate) fn new(faults: Faults) -> Self {
        let random = fastrand::Rng::with_seed(faults.seed);
        Dice { happened: vec![0; faults.faults.len()], faults, random }
    }

    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(crate) fn happened(&self) -> &[u64] {
        &self.happened
    }

    pub(crate) fn draw(&mut self, call: Call) -> Drawn {
        let mut drawn = Drawn { seed: self.random.u64(..), ..Drawn::default() };
        for (fault, happened) in self.faults.faults.iter().zip(&mut self.happened) {
            // Drawn even where it cannot happen, so that the sequence depends on the calls alone.
            let hit = self.random.f64() < fault.probability;
            let is_slow = matches!(fault.kind, Kind::Slow { .. });
            let here = fault.on.is_empty() || fault.on.contains(&call);
            let left = fault.count.is_none_or(|count| *happened < count);
            if !hit || !here || !left || !is_slow && drawn.decisive.is_some() {
                continue;
            }
            *happened += 1;
            match &fault.kind {
                Kind::Slow { millis } => drawn.delay += Duration::from_millis(*millis),
                kind => drawn.decisive = Some(kind.clone()),
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(faults: &Faults, calls: usize) -> Vec<Drawn> {
        let mut dice = Dice::new(faults.clone());
        (0..calls).map(|_| dice.draw(Call::State)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let faults = |seed| Faults {
            seed,
            faults: vec![
                Fault::new(Kind::Unauthorized).with_probability(0.3),
                Fault::new(Kind::Dropped).with_probability(0.3),
            ],
        };
        let (one, other) = (draws(&faults(7), 400), draws(&faults(8), 400));
        assert_eq!(one, draws(&faults(7), 400));
        assert_ne!(one, other);
        let count = |kind: Kind| one.iter().filter(|drawn| drawn.decisive.as_ref() == Some(&kind)).count();
        // 0.3 and 0.7 × 0.3 of 400
        assert!((90..150).contains(&count(Kind::Unauthorized)), "{}", count(Kind::Unauthorized));
        assert!((55..115).contains(&count(Kind::Dropped)), "{}", count(Kind::Dropped));
    }

    #[test]
    fn counts_calls_and_never() {
        let faults = Faults {
            seed: 1,
            faults: vec![
                Fault::new(Kind::Garbage).with_probability(0.0),
                Fault::new(Kind::Unauthorized).on([Call::Token]),
                Fault::new(Kind::Dropped).times(2),
                Fault::new(Kind::Slow { millis: 30 }),
                Fault::new(Kind::Slow { millis: 12 }).times(1),
            ],
        };
        let drawn = draws(&faults, 4);
        let decisive: Vec<Option<Kind>> = drawn.iter().map(|drawn| drawn.decisive.clone()).collect();
        assert_eq!(decisive, [Some(Kind::Dropped), Some(Kind::Dropped), None, None]);
        let delays: Vec<u128> = drawn.iter().map(|drawn| drawn.delay.as_millis()).collect();
        assert_eq!(delays, [42, 30, 30, 30]);
    }

    #[test]
    fn faults_are_json() {
        let text = r#"{"seed": 3, "faults": [{"kind": {"too_many_requests": {"retry_after": 5}}, "probability": 0.1},
            {"kind": "dropped", "count": 2, "on": ["state"]}, {"kind": {"reset": {"applied": true}}}]}"#;
        let faults: Faults = serde_json::from_str(text).unwrap();
        let [first, second, third] = faults.faults.as_slice() else { panic!("{faults:?}") };
        assert_eq!(first.kind, Kind::TooManyRequests { retry_after: Some(5), as_date: false });
        assert_eq!(second, &Fault::new(Kind::Dropped).times(2).on([Call::State]));
        assert!(third.kind.is_applied());
        assert_eq!(third.kind.name(), "reset");
        assert_eq!(serde_json::from_str::<Faults>(&serde_json::to_string(&faults).unwrap()).unwrap(), faults);
    }
}
