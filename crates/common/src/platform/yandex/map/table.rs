//! The table: one row per trait.

use super::function::{Function, Machine, Signal, Switch, Words};
use crate::model::Trait::{self, *};
use crate::model::Word;

/// One trait and what it is for Yandex.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The trait.
    pub trait_: Trait,
    /// Its capabilities or properties; none for `color_mode`, which chooses among those of others.
    pub functions: &'static [Function],
}

const PERCENT: Option<&str> = Some("unit.percent");
const CELSIUS: Option<&str> = Some("unit.temperature.celsius");
const DENSITY: Option<&str> = Some("unit.density.mcg_m3");
const CUBIC_METER: Option<&str> = Some("unit.cubic_meter");

const CLEAR: Words = Words::But(&[(Word::Clear, Some("not_detected"))]);

/// Open is "on"; a cover on its way open, or stopped on its way, is too.
const OPENER: Machine = Machine {
    states: &[
        (Word::Open, true),
        (Word::Opening, true),
        (Word::Stopped, true),
        (Word::Closing, false),
        (Word::Closed, false),
    ],
    yes: Word::Open,
    no: &[Word::Close],
};
/// A stopped cover has no "go on": it is opened or closed.
const STOPPER: Machine = Machine {
    states: &[
        (Word::Open, false),
        (Word::Opening, false),
        (Word::Stopped, true),
        (Word::Closing, false),
        (Word::Closed, false),
    ],
    yes: Word::Stop,
    no: &[],
};
/// A jammed lock is neither.
const LOCK: Machine =
    Machine { states: &[(Word::Unlocked, true), (Word::Locked, false)], yes: Word::Unlocked, no: &[Word::Locked] };
const CLEANER: Machine = Machine {
    states: &[
        (Word::Cleaning, true),
        (Word::Paused, false),
        (Word::Returning, false),
        (Word::Docked, false),
        (Word::Charging, false),
        (Word::Idle, false),
        (Word::Error, false),
    ],
    yes: Word::Start,
    no: &[Word::Dock],
};
const CLEANER_PAUSE: Machine = Machine {
    states: &[
        (Word::Cleaning, false),
        (Word::Paused, true),
        (Word::Returning, false),
        (Word::Docked, false),
        (Word::Charging, false),
        (Word::Idle, false),
        (Word::Error, false),
    ],
    yes: Word::Pause,
    no: &[Word::Resume],
};
const PLAYER: Machine = Machine {
    states: &[(Word::Playing, false), (Word::Paused, true), (Word::Stopped, false)],
    yes: Word::Paused,
    no: &[Word::Playing, Word::Stopped],
};

const fn row(trait_: Trait, functions: &'static [Function]) -> Row {
    Row { trait_, functions }
}

/// The mapping, used in both directions.
pub const TABLE: &[Row] = &[
    // light and power
    row(OnOff, &[Function::OnOff(Switch::Flag)]),
    row(Brightness, &[Function::Range("brightness", PERCENT)]),
    row(Color, &[Function::Color]),
    row(ColorTemperature, &[Function::Temperature]),
    row(ColorScene, &[Function::Scene]),
    row(ColorMode, &[]),
    row(Backlight, &[Function::Toggle("backlight", Switch::Flag)]),
    row(Power, &[Function::Float("power", Some("unit.watt"))]),
    row(Energy, &[Function::Float("electricity_meter", Some("unit.kilowatt_hour"))]),
    row(Voltage, &[Function::Float("voltage", Some("unit.volt"))]),
    row(Current, &[Function::Float("amperage", Some("unit.ampere"))]),
    row(Battery, &[Function::Float("battery_level", PERCENT)]),
    row(BatteryLow, &[Function::Event("battery_level", Signal::Flag("low", "normal"))]),
    // climate
    row(ThermostatMode, &[Function::Mode("thermostat", Words::Same)]),
    row(TargetTemperature, &[Function::Range("temperature", CELSIUS)]),
    row(Temperature, &[Function::Float("temperature", CELSIUS)]),
    row(Humidity, &[Function::Float("humidity", PERCENT)]),
    row(TargetHumidity, &[Function::Range("humidity", PERCENT)]),
    row(FanSpeed, &[Function::Mode("fan_speed", Words::Same)]),
    row(Swing, &[Function::Mode("swing", Words::But(&[(Word::Off, Some("stationary")), (Word::Both, None)]))]),
    row(Oscillation, &[Function::Toggle("oscillation", Switch::Flag)]),
    row(Ionization, &[Function::Toggle("ionization", Switch::Flag)]),
    row(HeatLevel, &[Function::Mode("heat", Words::Same)]),
    row(VentilationMode, &[Function::Mode("ventilation_mode", Words::Same)]),
    row(WaterLevel, &[Function::Float("water_level", PERCENT)]),
    row(WaterLow, &[Function::Event("water_level", Signal::Flag("low", "normal"))]),
    // air and sensors
    row(Pressure, &[Function::Float("pressure", Some("unit.pressure.pascal"))]),
    row(Illuminance, &[Function::Float("illumination", Some("unit.illumination.lux"))]),
    row(Co2, &[Function::Float("co2_level", Some("unit.ppm"))]),
    row(Pm1, &[Function::Float("pm1_density", DENSITY)]),
    row(Pm25, &[Function::Float("pm2.5_density", DENSITY)]),
    row(Pm10, &[Function::Float("pm10_density", DENSITY)]),
    row(Tvoc, &[Function::Float("tvoc", DENSITY)]),
    row(Motion, &[Function::Event("motion", Signal::Flag("detected", "not_detected"))]),
    row(Contact, &[Function::Event("open", Signal::Words(Words::But(&[(Word::Open, Some("opened"))])))]),
    row(WaterLeak, &[Function::Event("water_leak", Signal::Flag("leak", "dry"))]),
    row(Smoke, &[Function::Event("smoke", Signal::Words(CLEAR))]),
    row(Gas, &[Function::Event("gas", Signal::Words(CLEAR))]),
    row(Button, &[Function::Event("button", Signal::Words(Words::Same))]),
    row(Vibration, &[Function::Event("vibration", Signal::Words(Words::Same))]),
    row(Meter, &[Function::Float("meter", None)]),
    row(GasMeter, &[Function::Float("gas_meter", CUBIC_METER)]),
    row(WaterMeter, &[Function::Float("water_meter", CUBIC_METER)]),
    row(HeatMeter, &[Function::Float("heat_meter", Some("unit.gigacalorie"))]),
    row(FoodLevel, &[Function::Float("food_level", PERCENT)]),
    // covers, locks, appliances, media
    row(Position, &[Function::Range("open", PERCENT)]),
    row(OpenState, &[Function::OnOff(Switch::Machine(&OPENER)), Function::Toggle("pause", Switch::Machine(&STOPPER))]),
    row(Lock, &[Function::OnOff(Switch::Machine(&LOCK))]),
    row(ChildLock, &[Function::Toggle("controls_locked", Switch::Flag)]),
    row(Pause, &[Function::Toggle("pause", Switch::Flag)]),
    row(KeepWarm, &[Function::Toggle("keep_warm", Switch::Flag)]),
    row(WorkSpeed, &[Function::Mode("work_speed", Words::Same)]),
    row(Program, &[Function::Mode("program", Words::Same)]),
    row(Dishwashing, &[Function::Mode("dishwashing", Words::Same)]),
    row(CoffeeMode, &[Function::Mode("coffee_mode", Words::Same)]),
    row(TeaMode, &[Function::Mode("tea_mode", Words::Same)]),
    row(
        CleaningMode,
        &[Function::Mode(
            "cleanup_mode",
            Words::But(&[
                (Word::Dry, Some("dry_cleaning")),
                (Word::Wet, Some("wet_cleaning")),
                (Word::Mixed, Some("mixed_cleaning")),
            ]),
        )],
    ),
    row(
        Vacuum,
        &[Function::OnOff(Switch::Machine(&CLEANER)), Function::Toggle("pause", Switch::Machine(&CLEANER_PAUSE))],
    ),
    row(Volume, &[Function::Range("volume", PERCENT)]),
    row(Mute, &[Function::Toggle("mute", Switch::Flag)]),
    row(Channel, &[Function::Range("channel", None)]),
    row(InputSource, &[Function::Mode("input_source", Words::Place)]),
    row(Playback, &[Function::Toggle("pause", Switch::Machine(&PLAYER))]),
    row(VideoStream, &[Function::VideoStream]),
];

/// The traits for which Yandex has nothing.
pub const ABSENT: &[Trait] = &[
    SignalStrength,
    NightMode,
    Aromatization,
    Decontamination,
    FilterReplace,
    IonizerReplace,
    WaterVolume,
    Formaldehyde,
    CarbonMonoxide,
    Tamper,
    AlarmMute,
    Presence,
    Siren,
    Tilt,
    VacuumProgram,
    RemoteKey,
    IncomingCall,
    Intercom,
];
