//! One arm per platform.

use http::StatusCode;

use crate::faults::Call;
use crate::message::{Answer, Asked, Outcome, World};
use crate::settings::{Platform, Settings};
use crate::{sber, smartthings, yandex};

impl Platform {
    /// What homeport calls.
    pub(crate) fn call(self, asked: &Asked) -> Call {
        match self {
            Platform::Yandex => yandex::call(asked),
            Platform::Sber => sber::call(asked),
            Platform::SmartThings => smartthings::call(asked),
        }
    }

    /// Whether a message is about users and devices that were never listed.
    pub(crate) fn is_of_strangers(self, world: &World, asked: &Asked) -> bool {
        match self {
            Platform::Yandex => yandex::is_of_strangers(world, asked),
            Platform::Sber => sber::is_of_strangers(world, asked),
            // Whoever has no grant has no token either.
            Platform::SmartThings => false,
        }
    }

    /// How a message is taken.
    pub(crate) fn accepted(self) -> Answer {
        match self {
            Platform::Yandex => yandex::accepted(),
            Platform::Sber | Platform::SmartThings => Answer::empty(StatusCode::OK),
        }
    }

    /// What becomes of a message. Pure.
    pub(crate) fn check(self, world: &World, settings: &Settings, asked: &Asked, now: f64) -> Outcome {
        match self {
            Platform::Yandex => yandex::check(world, settings, asked, now),
            Platform::Sber => sber::check(world, settings, asked),
            Platform::SmartThings => smartthings::check(world, settings, asked, now),
        }
    }
}
