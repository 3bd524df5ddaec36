//! Functions: <https://developers.sber.ru/docs/ru/smarthome/c2c/functions>.

/// What is done with a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// It keeps state.
    State,
    /// It is commanded and keeps no state.
    Command,
    /// It happens and keeps no state.
    Event,
}

/// Its type and what its values can be when the model does not narrow them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Values {
    Bool,
    /// Smallest, largest, step.
    Integer(i64, i64, i64),
    /// Smallest, largest.
    Float(f64, f64),
    Enum(&'static [&'static str]),
    Colour,
}

impl Values {
    /// `type` of a value.
    pub(super) fn type_name(self) -> &'static str {
        match self {
            Values::Bool => "BOOL",
            Values::Integer(..) => "INTEGER",
            Values::Float(..) => "FLOAT",
            Values::Enum(_) => "ENUM",
            Values::Colour => "COLOUR",
        }
    }

    /// The member of a value beside `type`.
    pub(super) fn member(self) -> &'static str {
        match self {
            Values::Bool => "bool_value",
            Values::Integer(..) => "integer_value",
            Values::Float(..) => "float_value",
            Values::Enum(_) => "enum_value",
            Values::Colour => "colour_value",
        }
    }
}

pub(super) fn function(key: &str) -> Option<(Mode, Values)> {
    FUNCTIONS.iter().find(|(keys, ..)| keys.contains(&key)).map(|(_, mode, values)| (*mode, *values))
}

/// Functions whose change starts scenarios, beside the events.
pub(super) fn is_alarm(key: &str) -> bool {
    ["doorcontact_state", "water_leak_state", "gas_leak_state", "smoke_state", "tamper_alarm", "incoming_call"]
        .contains(&key)
}

use Mode::{Command, Event, State};
use Values::{Bool, Colour, Enum, Float, Integer};

const CLICKS: &[&str] = &["click", "double_click", "long_press"];

#[rustfmt::skip]
const FUNCTIONS: &[(&[&str], Mode, Values)] = &[
    (&["online", "on_off", "battery_low_power", "child_lock"], State, Bool),
    (&["battery_percentage"], State, Integer(0, 100, 1)),
    (&["signal_strength"], State, Enum(&["low", "medium", "high"])),
    (&["light_brightness"], State, Integer(50, 1000, 1)),
    (&["light_colour"], State, Colour),
    (&["light_colour_temp"], State, Integer(0, 1000, 1)),
    (&["light_mode"], State, Enum(&["white", "colour"])),
    (&["temperature"], State, Integer(-400, 2000, 1)),
    (&["humidity"], State, Integer(0, 100, 1)),
    (&["air_pressure"], State, Integer(200, 800, 1)),
    (&["temp_unit_view"], State, Enum(&["c", "f"])),
    (&["hvac_temp_set"], State, Integer(5, 50, 1)),
    (&["hvac_humidity_set"], State, Integer(30, 90, 1)),
    (&["hvac_work_mode"], State, Enum(&["air_purification", "auto", "comfortable_sleep", "cooling", "dehumidification",
        "eco", "fast_cooling", "fast_heating", "heating", "self_cleaning", "turbo", "ventilation"])),
    (&["hvac_thermostat_mode"], State,
        Enum(&["auto", "cooling", "eco", "fast_cooling", "fast_heating", "heating", "turbo"])),
    (&["hvac_heating_rate"], State,
        Enum(&["auto", "low", "medium", "high", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"])),
    (&["hvac_air_flow_power"], State, Enum(&["auto", "high", "low", "medium", "quiet", "turbo"])),
    (&["hvac_air_flow_direction"], State, Enum(&["auto", "horizontal", "no", "rotation", "swing", "vertical"])),
    (&["hvac_direction_set"], Command, Enum(&["left", "right", "up", "down"])),
    (&["hvac_night_mode", "hvac_ionization", "hvac_aromatization", "hvac_decontaminate", "hvac_replace_filter",
        "hvac_replace_ionizator", "hvac_water_low_level"], State, Bool),
    (&["hvac_water_level", "kitchen_water_level"], State, Float(0.0, 50.0)),
    (&["hvac_water_percentage"], State, Integer(0, 100, 1)),
    (&["open_set", "open_left_set", "open_right_set"], Command, Enum(&["open", "close", "stop"])),
    (&["open_state", "open_left_state", "open_right_state"], State, Enum(&["open", "close", "opening", "closing"])),
    (&["open_percentage", "open_left_percentage", "open_right_percentage"], State, Integer(0, 100, 5)),
    (&["open_rate"], State, Enum(&["auto", "low", "medium", "high"])),
    (&["light_transmission_percentage"], State, Integer(0, 100, 1)),
    (&["doorcontact_state", "water_leak_state", "gas_leak_state", "smoke_state", "tamper_alarm", "alarm_mute"],
        State, Bool),
    (&["pir"], Event, Enum(&["pir"])),
    (&["sensor_sensitive"], State, Enum(&["low", "medium", "high", "auto"])),
    (&["co2"], State, Integer(0, 10000, 1)),
    (&["pm1_0", "pm2_5"], State, Integer(0, 500, 1)),
    (&["pm10"], State, Integer(0, 1000, 1)),
    (&["tvoc_float"], State, Float(0.0, 9.999)),
    (&["hcho_float"], State, Float(0.0, 1.999)),
    (&["current"], State, Integer(0, 30000, 1)),
    (&["power"], State, Integer(0, 50000, 1)),
    (&["voltage"], State, Integer(0, 5000, 1)),
    (&["kitchen_water_temperature", "kitchen_water_temperature_set"], State, Integer(0, 100, 1)),
    (&["kitchen_water_low_level"], State, Bool),
    (&["incoming_call"], State, Bool),
    (&["reject_call"], Command, Enum(&["reject"])),
    (&["unlock"], Command, Enum(&["unlock"])),
    (&["button_event", "button_1_event", "button_2_event", "button_3_event", "button_4_event", "button_5_event",
        "button_6_event", "button_7_event", "button_8_event", "button_9_event", "button_10_event",
        "button_left_event", "button_right_event", "button_top_left_event", "button_top_right_event",
        "button_bottom_left_event", "button_bottom_right_event"], Event, Enum(CLICKS)),
    (&["source"], State, Enum(&["hdmi1", "hdmi2", "hdmi3", "tv", "av", "content", "screencast"])),
    (&["volume", "channel"], Command, Enum(&["+", "-"])),
    (&["volume_int"], State, Integer(0, 100, 1)),
    (&["channel_int"], State, Integer(0, 999, 1)),
    (&["mute"], Command, Bool),
    (&["direction"], Command, Enum(&["up", "down", "left", "right"])),
    (&["number"], Command, Integer(0, 9, 1)),
    (&["custom_key"], Command, Enum(&["confirm", "back", "home", "play", "pause", "previous", "next"])),
    (&["vacuum_cleaner_command"], State, Enum(&["start", "pause", "return_to_dock", "resume"])),
    (&["vacuum_cleaner_status"], State, Enum(&["cleaning", "docked", "pause", "returning_to_dock"])),
    (&["vacuum_cleaner_program"], State, Enum(&["perimeter", "spot", "smart", "random_route"])),
    (&["vacuum_cleaner_cleaning_type"], State, Enum(&["dry", "wet", "mixed"])),
];
