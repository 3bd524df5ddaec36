//! One arm per platform.

use crate::faults::Call;
use crate::message::{Asked, Outcome, World};
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

    /// What becomes of a message. Pure.
    pub(crate) fn check(self, world: &World, settings: &Settings, asked: &Asked, now: f64) -> Outcome {
        match self {
            Platform::Yandex => yandex::check(world, settings, asked, now),
            Platform::Sber => sber::check(world, settings, asked),
            Platform::SmartThings => smartthings::check(world, settings, asked, now),
        }
    }
}
