//! Which function stands for which trait, and how their values correspond (model.md sections 3 and 4).

use super::function::Function as F;
use crate::model::{Trait, Word};

/// One trait at Sber.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The trait.
    pub trait_: Trait,
    /// The functions that stand for it. The category of a device decides which of them it has.
    pub functions: &'static [(F, Codec)],
}

/// How a trait's value and a function's value correspond.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Codec {
    /// BOOL, the same.
    Flag,
    /// BOOL, false for this word and true for every other.
    FlagUnless(Word),
    /// A number times the first, divided by the second; INTEGER rounds half away from zero.
    Scaled(i32, i32),
    /// C1: per mille, not below 50.
    Brightness,
    /// C2: hue, saturation, and brightness as value.
    Colour,
    /// C3: per mille of the device's range from warm to cold.
    ColourTemperature,
    /// C4: white or colour.
    LightMode,
    /// ENUM, word by word; words that are not there have none. A function that can only be read may have one for several.
    Words(&'static [(Word, &'static str)]),
    /// As `Words`, and `+` and `-` choose the neighbour among the device's words.
    Selection(&'static [(Word, &'static str)]),
    /// ENUM `+` and `-`: the number changes by the device's step.
    Step,
    /// INTEGER: the key with this digit.
    Digit,
    /// C8: a stopped cover is closed at position 0, else open.
    OpenState,
    /// C8: for a cover that has a position and no open_state.
    PositionAsState,
    /// C8: likewise, open and close are the ends of the range.
    PositionAsSet,
    /// ENUM with one word, when the flag becomes true.
    WhenTrue(&'static str),
}

use Codec::*;

const fn row(trait_: Trait, functions: &'static [(F, Codec)]) -> Row {
    Row { trait_, functions }
}

const SAME: Codec = Scaled(1, 1);
const LEVEL: Codec = Words(&[(Word::Low, "low"), (Word::Medium, "medium"), (Word::High, "high")]);

/// Every trait that Sber has, once.
pub const TABLE: &[Row] = &[
    // light and power
    row(Trait::OnOff, &[(F::OnOff, Flag)]),
    row(Trait::Brightness, &[(F::LightBrightness, Brightness)]),
    row(Trait::Color, &[(F::LightColour, Colour)]),
    row(Trait::ColorTemperature, &[(F::LightColourTemp, ColourTemperature)]),
    row(Trait::ColorMode, &[(F::LightMode, LightMode)]),
    row(Trait::Power, &[(F::Power, SAME)]),
    row(Trait::Voltage, &[(F::Voltage, SAME)]),
    row(Trait::Current, &[(F::Current, Scaled(1000, 1))]),
    row(Trait::Battery, &[(F::BatteryPercentage, SAME)]),
    row(Trait::BatteryLow, &[(F::BatteryLowPower, Flag)]),
    row(Trait::SignalStrength, &[(F::SignalStrength, LEVEL)]),
    // climate
    row(
        Trait::ThermostatMode,
        &[
            (
                F::HvacWorkMode,
                Words(&[
                    (Word::Auto, "auto"),
                    (Word::Heat, "heating"),
                    (Word::Cool, "cooling"),
                    (Word::Dry, "dehumidification"),
                    (Word::FanOnly, "ventilation"),
                    (Word::Eco, "eco"),
                ]),
            ),
            (
                F::HvacThermostatMode,
                Words(&[(Word::Auto, "auto"), (Word::Heat, "heating"), (Word::Cool, "cooling"), (Word::Eco, "eco")]),
            ),
        ],
    ),
    row(Trait::TargetTemperature, &[(F::HvacTempSet, SAME), (F::KitchenWaterTemperatureSet, SAME)]),
    row(Trait::Temperature, &[(F::Temperature, Scaled(10, 1)), (F::KitchenWaterTemperature, SAME)]),
    row(Trait::Humidity, &[(F::Humidity, SAME)]),
    row(Trait::TargetHumidity, &[(F::HvacHumiditySet, SAME)]),
    row(
        Trait::FanSpeed,
        &[(
            F::HvacAirFlowPower,
            Words(&[
                (Word::Auto, "auto"),
                (Word::Quiet, "quiet"),
                (Word::Low, "low"),
                (Word::Medium, "medium"),
                (Word::High, "high"),
                (Word::Turbo, "turbo"),
            ]),
        )],
    ),
    row(
        Trait::Swing,
        &[(
            F::HvacAirFlowDirection,
            Words(&[
                (Word::Off, "no"),
                (Word::Vertical, "vertical"),
                (Word::Horizontal, "horizontal"),
                (Word::Both, "rotation"),
                (Word::Auto, "auto"),
            ]),
        )],
    ),
    row(Trait::Ionization, &[(F::HvacIonization, Flag)]),
    row(Trait::NightMode, &[(F::HvacNightMode, Flag)]),
    row(Trait::Aromatization, &[(F::HvacAromatization, Flag)]),
    row(Trait::Decontamination, &[(F::HvacDecontaminate, Flag)]),
    row(
        Trait::HeatLevel,
        &[(
            F::HvacHeatingRate,
            Words(&[(Word::Auto, "auto"), (Word::Min, "low"), (Word::Normal, "medium"), (Word::Max, "high")]),
        )],
    ),
    row(Trait::FilterReplace, &[(F::HvacReplaceFilter, Flag)]),
    row(Trait::IonizerReplace, &[(F::HvacReplaceIonizator, Flag)]),
    row(Trait::WaterLevel, &[(F::HvacWaterPercentage, SAME)]),
    row(Trait::WaterLow, &[(F::HvacWaterLowLevel, Flag), (F::KitchenWaterLowLevel, Flag)]),
    row(Trait::WaterVolume, &[(F::HvacWaterLevel, SAME), (F::KitchenWaterLevel, SAME)]),
    // air and sensors; 133.322 Pa are one millimetre of mercury
    row(Trait::Pressure, &[(F::AirPressure, Scaled(1000, 133_322))]),
    row(Trait::Co2, &[(F::Co2, SAME)]),
    row(Trait::Pm1, &[(F::Pm1, SAME)]),
    row(Trait::Pm25, &[(F::Pm25, SAME)]),
    row(Trait::Pm10, &[(F::Pm10, SAME)]),
    row(Trait::Tvoc, &[(F::TvocFloat, Scaled(1, 1000))]),
    row(Trait::Formaldehyde, &[(F::HchoFloat, SAME)]),
    row(Trait::Motion, &[(F::Pir, WhenTrue("pir"))]),
    row(Trait::Contact, &[(F::DoorcontactState, FlagUnless(Word::Closed))]),
    row(Trait::WaterLeak, &[(F::WaterLeakState, Flag)]),
    row(Trait::Smoke, &[(F::SmokeState, FlagUnless(Word::Clear))]),
    row(Trait::Gas, &[(F::GasLeakState, FlagUnless(Word::Clear))]),
    row(Trait::Tamper, &[(F::TamperAlarm, Flag)]),
    row(Trait::AlarmMute, &[(F::AlarmMute, Flag)]),
    row(
        Trait::Button,
        &[(
            F::ButtonEvent,
            Words(&[(Word::Click, "click"), (Word::DoubleClick, "double_click"), (Word::LongPress, "long_press")]),
        )],
    ),
    // covers, appliances, media
    row(Trait::Position, &[(F::OpenPercentage, SAME), (F::OpenState, PositionAsState), (F::OpenSet, PositionAsSet)]),
    row(
        Trait::OpenState,
        &[
            (F::OpenState, OpenState),
            (F::OpenSet, Words(&[(Word::Open, "open"), (Word::Close, "close"), (Word::Stop, "stop")])),
        ],
    ),
    row(Trait::Tilt, &[(F::LightTransmissionPercentage, SAME)]),
    row(Trait::ChildLock, &[(F::ChildLock, Flag)]),
    row(
        Trait::WorkSpeed,
        &[(
            F::OpenRate,
            Words(&[(Word::Auto, "auto"), (Word::Slow, "low"), (Word::Medium, "medium"), (Word::Fast, "high")]),
        )],
    ),
    row(
        Trait::CleaningMode,
        &[(F::VacuumCleanerCleaningType, Words(&[(Word::Dry, "dry"), (Word::Wet, "wet"), (Word::Mixed, "mixed")]))],
    ),
    row(
        Trait::VacuumProgram,
        &[(
            F::VacuumCleanerProgram,
            Words(&[
                (Word::Smart, "smart"),
                (Word::Perimeter, "perimeter"),
                (Word::Spot, "spot"),
                (Word::RandomRoute, "random_route"),
            ]),
        )],
    ),
    row(
        Trait::Vacuum,
        &[
            (
                F::VacuumCleanerStatus,
                Words(&[
                    (Word::Cleaning, "cleaning"),
                    (Word::Paused, "pause"),
                    (Word::Returning, "returning_to_dock"),
                    (Word::Docked, "docked"),
                    (Word::Charging, "docked"),
                    (Word::Idle, "docked"),
                ]),
            ),
            (
                F::VacuumCleanerCommand,
                Words(&[
                    (Word::Start, "start"),
                    (Word::Pause, "pause"),
                    (Word::Resume, "resume"),
                    (Word::Dock, "return_to_dock"),
                ]),
            ),
        ],
    ),
    row(Trait::Volume, &[(F::VolumeInt, SAME), (F::Volume, Step)]),
    row(Trait::Mute, &[(F::Mute, Flag)]),
    row(Trait::Channel, &[(F::ChannelInt, SAME), (F::Channel, Step)]),
    row(
        Trait::InputSource,
        &[(
            F::Source,
            Selection(&[
                (Word::Tv, "tv"),
                (Word::Hdmi1, "hdmi1"),
                (Word::Hdmi2, "hdmi2"),
                (Word::Hdmi3, "hdmi3"),
                (Word::Av, "av"),
                (Word::Content, "content"),
                (Word::Screencast, "screencast"),
            ]),
        )],
    ),
    row(Trait::Playback, &[(F::CustomKey, Words(&[(Word::Playing, "play"), (Word::Paused, "pause")]))]),
    row(
        Trait::RemoteKey,
        &[
            (
                F::Direction,
                Words(&[(Word::Up, "up"), (Word::Down, "down"), (Word::Left, "left"), (Word::Right, "right")]),
            ),
            (F::Number, Digit),
            (
                F::CustomKey,
                Words(&[
                    (Word::Confirm, "confirm"),
                    (Word::Back, "back"),
                    (Word::Home, "home"),
                    (Word::Previous, "previous"),
                    (Word::Next, "next"),
                ]),
            ),
        ],
    ),
    row(Trait::IncomingCall, &[(F::IncomingCall, Flag)]),
    row(
        Trait::Intercom,
        &[(F::Unlock, Words(&[(Word::Unlock, "unlock")])), (F::RejectCall, Words(&[(Word::Reject, "reject")]))],
    ),
];

/// The function names of a trait for the support matrix; `None` where Sber has nothing like it.
pub fn support(trait_: Trait) -> Option<String> {
    let row = TABLE.iter().find(|row| row.trait_ == trait_)?;
    Some(row.functions.iter().map(|(function, _)| function.as_str()).collect::<Vec<_>>().join(", "))
}
