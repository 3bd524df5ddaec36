//! Sber's functions: <https://developers.sber.ru/docs/ru/smarthome/c2c/functions>, one page each.

use crate::model::Number;
use crate::model::vocabulary::vocabulary;

/// The type of a function and what it may be where the model says nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Domain {
    /// BOOL.
    Bool,
    /// INTEGER, in the function's unit.
    Integer {
        /// The least.
        min: i32,
        /// The greatest.
        max: i32,
        /// The grid.
        step: i32,
    },
    /// FLOAT from 0, in the function's unit.
    Float {
        /// The greatest, in thousandths.
        max_thousandths: i32,
    },
    /// ENUM. Words for a relative change (`+`, `-` of `source`) are always allowed and not among them.
    Enum(&'static [&'static str]),
    /// COLOUR.
    Colour,
}

/// Whether a function has a state and takes commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// State and command.
    ReadWrite,
    /// State only.
    ReadOnly,
    /// Command only; never reported.
    Command,
    /// Happens; sent when it does, never answered to a query.
    Event,
}

/// One row of the functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FunctionSpec {
    /// Type and default values.
    pub domain: Domain,
    /// Direction.
    pub mode: Mode,
}

const fn spec(mode: Mode, domain: Domain) -> FunctionSpec {
    FunctionSpec { domain, mode }
}
const fn flag(mode: Mode) -> FunctionSpec {
    spec(mode, Domain::Bool)
}
const fn int(mode: Mode, min: i32, max: i32) -> FunctionSpec {
    spec(mode, Domain::Integer { min, max, step: 1 })
}
const fn percentage() -> FunctionSpec {
    spec(RW, Domain::Integer { min: 0, max: 100, step: 5 })
}
const fn float(max_thousandths: i32) -> FunctionSpec {
    spec(RO, Domain::Float { max_thousandths })
}
const fn words(mode: Mode, words: &'static [&'static str]) -> FunctionSpec {
    spec(mode, Domain::Enum(words))
}

const RW: Mode = Mode::ReadWrite;
const RO: Mode = Mode::ReadOnly;
const CMD: Mode = Mode::Command;
const EVT: Mode = Mode::Event;
const PRESS: &[&str] = &["click", "double_click", "long_press"];
const OPEN: &[&str] = &["open", "close", "opening", "closing"];
const MOVE: &[&str] = &["open", "close", "stop"];
const LEVEL: &[&str] = &["low", "medium", "high"];
const STEP: &[&str] = &["+", "-"];

macro_rules! functions {
    ($($variant:ident $text:literal => $spec:expr;)*) => {
        vocabulary! {
            /// A function of a Sber device.
            Function { $($variant = $text,)* }
        }

        impl Function {
            /// The row of this function.
            pub const fn spec(self) -> FunctionSpec {
                match self { $(Function::$variant => $spec,)* }
            }
        }
    };
}

functions! {
    // common
    Online "online" => flag(RO);
    OnOff "on_off" => flag(RW);
    BatteryLowPower "battery_low_power" => flag(RO);
    BatteryPercentage "battery_percentage" => int(RO, 0, 100);
    SignalStrength "signal_strength" => words(RO, LEVEL);
    ChildLock "child_lock" => flag(RW);
    // light, in thousandths
    LightBrightness "light_brightness" => int(RW, 50, 1000);
    LightColour "light_colour" => spec(RW, Domain::Colour);
    LightColourTemp "light_colour_temp" => int(RW, 0, 1000);
    LightMode "light_mode" => words(RW, &["white", "colour"]);
    // climate: temperature in tenths of a degree, the set ones in whole degrees
    Temperature "temperature" => int(RO, -400, 2000);
    Humidity "humidity" => int(RO, 0, 100);
    AirPressure "air_pressure" => int(RO, 200, 800);
    TempUnitView "temp_unit_view" => words(RO, &["c", "f"]);
    HvacTempSet "hvac_temp_set" => int(RW, 5, 50);
    HvacHumiditySet "hvac_humidity_set" => int(RW, 30, 90);
    HvacWorkMode "hvac_work_mode" => words(RW, &[
        "air_purification", "auto", "comfortable_sleep", "cooling", "dehumidification", "eco", "fast_cooling",
        "fast_heating", "heating", "self_cleaning", "turbo", "ventilation"]);
    HvacThermostatMode "hvac_thermostat_mode" => words(RW, &[
        "auto", "cooling", "eco", "fast_cooling", "fast_heating", "heating", "turbo"]);
    HvacHeatingRate "hvac_heating_rate" => words(RW, &[
        "auto", "low", "medium", "high", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    HvacAirFlowPower "hvac_air_flow_power" => words(RW, &["auto", "high", "low", "medium", "quiet", "turbo"]);
    HvacAirFlowDirection "hvac_air_flow_direction" => words(RW, &[
        "auto", "horizontal", "no", "rotation", "swing", "vertical"]);
    HvacDirectionSet "hvac_direction_set" => words(CMD, &["left", "right", "up", "down"]);
    HvacNightMode "hvac_night_mode" => flag(RW);
    HvacIonization "hvac_ionization" => flag(RW);
    HvacAromatization "hvac_aromatization" => flag(RW);
    HvacDecontaminate "hvac_decontaminate" => flag(RW);
    HvacReplaceFilter "hvac_replace_filter" => flag(RO);
    HvacReplaceIonizator "hvac_replace_ionizator" => flag(RO);
    HvacWaterLevel "hvac_water_level" => float(50_000);
    HvacWaterPercentage "hvac_water_percentage" => int(RO, 0, 100);
    HvacWaterLowLevel "hvac_water_low_level" => flag(RO);
    // covers and valves
    OpenSet "open_set" => words(CMD, MOVE);
    OpenLeftSet "open_left_set" => words(CMD, MOVE);
    OpenRightSet "open_right_set" => words(CMD, MOVE);
    OpenState "open_state" => words(RO, OPEN);
    OpenLeftState "open_left_state" => words(RO, OPEN);
    OpenRightState "open_right_state" => words(RO, OPEN);
    OpenPercentage "open_percentage" => percentage();
    OpenLeftPercentage "open_left_percentage" => percentage();
    OpenRightPercentage "open_right_percentage" => percentage();
    OpenRate "open_rate" => words(RW, &["auto", "low", "medium", "high"]);
    LightTransmissionPercentage "light_transmission_percentage" => int(RW, 0, 100);
    // sensors
    DoorcontactState "doorcontact_state" => flag(RO);
    Pir "pir" => words(EVT, &["pir"]);
    WaterLeakState "water_leak_state" => flag(RO);
    GasLeakState "gas_leak_state" => flag(RO);
    SmokeState "smoke_state" => flag(RO);
    TamperAlarm "tamper_alarm" => flag(RO);
    AlarmMute "alarm_mute" => flag(RO);
    SensorSensitive "sensor_sensitive" => words(RO, LEVEL);
    Co2 "co2" => int(RO, 0, 10_000);
    Pm1 "pm1_0" => int(RO, 0, 500);
    Pm25 "pm2_5" => int(RO, 0, 500);
    Pm10 "pm10" => int(RO, 0, 1000);
    TvocFloat "tvoc_float" => float(9999);
    HchoFloat "hcho_float" => float(1999);
    // energy, kitchen, intercom
    Current "current" => int(RO, 0, 30_000);
    Power "power" => int(RO, 0, 50_000);
    Voltage "voltage" => int(RO, 0, 5000);
    KitchenWaterTemperature "kitchen_water_temperature" => int(RO, 0, 100);
    KitchenWaterTemperatureSet "kitchen_water_temperature_set" => int(RW, 0, 100);
    KitchenWaterLevel "kitchen_water_level" => float(50_000);
    KitchenWaterLowLevel "kitchen_water_low_level" => flag(RO);
    IncomingCall "incoming_call" => flag(RO);
    RejectCall "reject_call" => words(CMD, &["reject"]);
    Unlock "unlock" => words(CMD, &["unlock"]);
    // buttons: the pages say that they keep a state, they behave as events
    ButtonEvent "button_event" => words(EVT, PRESS);
    Button1Event "button_1_event" => words(EVT, PRESS);
    Button2Event "button_2_event" => words(EVT, PRESS);
    Button3Event "button_3_event" => words(EVT, PRESS);
    Button4Event "button_4_event" => words(EVT, PRESS);
    Button5Event "button_5_event" => words(EVT, PRESS);
    Button6Event "button_6_event" => words(EVT, PRESS);
    Button7Event "button_7_event" => words(EVT, PRESS);
    Button8Event "button_8_event" => words(EVT, PRESS);
    Button9Event "button_9_event" => words(EVT, PRESS);
    Button10Event "button_10_event" => words(EVT, PRESS);
    ButtonLeftEvent "button_left_event" => words(EVT, PRESS);
    ButtonRightEvent "button_right_event" => words(EVT, PRESS);
    ButtonTopLeftEvent "button_top_left_event" => words(EVT, PRESS);
    ButtonTopRightEvent "button_top_right_event" => words(EVT, PRESS);
    ButtonBottomLeftEvent "button_bottom_left_event" => words(EVT, PRESS);
    ButtonBottomRightEvent "button_bottom_right_event" => words(EVT, PRESS);
    // television: the header of volume_int says 999, its text 100; a model that states its range is right either way
    Source "source" => words(RW, &["hdmi1", "hdmi2", "hdmi3", "tv", "av", "content", "screencast"]);
    Volume "volume" => words(CMD, STEP);
    VolumeInt "volume_int" => int(RW, 0, 999);
    Channel "channel" => words(CMD, STEP);
    ChannelInt "channel_int" => int(RW, 0, 999);
    Mute "mute" => flag(CMD);
    Direction "direction" => words(CMD, &["up", "down", "left", "right"]);
    Number "number" => int(CMD, 0, 9);
    CustomKey "custom_key" => words(CMD, &["confirm", "back", "home", "play", "pause", "previous", "next"]);
    // vacuum cleaner: the pages say that both keep a state and take commands
    VacuumCleanerCommand "vacuum_cleaner_command" => words(CMD, &["start", "pause", "return_to_dock", "resume"]);
    VacuumCleanerStatus "vacuum_cleaner_status" => words(RO, &["cleaning", "docked", "pause", "returning_to_dock"]);
    VacuumCleanerProgram "vacuum_cleaner_program" => words(RW, &["perimeter", "spot", "smart", "random_route"]);
    VacuumCleanerCleaningType "vacuum_cleaner_cleaning_type" => words(RW, &["dry", "wet", "mixed"]);
}

impl Function {
    /// Least, greatest and grid of a number where the model says nothing; `None` for other types.
    pub fn bounds(self) -> Option<(Number, Number, Number)> {
        match self.spec().domain {
            Domain::Integer { min, max, step } => Some((min.into(), max.into(), step.into())),
            Domain::Float { max_thousandths } => {
                Some((Number::ZERO, Number::from_parts(max_thousandths, 3), Number::ONE))
            }
            Domain::Bool | Domain::Enum(_) | Domain::Colour => None,
        }
    }
}
