//! Categories: <https://developers.sber.ru/docs/ru/smarthome/c2c/devices>. `online` is obligatory in all of them.

/// What the devices of a category have.
pub(super) struct Category {
    pub(super) name: &'static str,
    pub(super) mandatory: &'static [&'static str],
    /// At least one of them; empty = none is asked for.
    pub(super) any_of: &'static [&'static str],
    pub(super) optional: &'static [&'static str],
}

impl Category {
    pub(super) fn named(name: &str) -> Option<&'static Category> {
        CATEGORIES.iter().find(|category| category.name == name)
    }

    pub(super) fn has(&self, function: &str) -> bool {
        function == "online" || [self.mandatory, self.any_of, self.optional].iter().any(|list| list.contains(&function))
    }
}

const OPENERS: &[&str] = &["open_set", "open_percentage"];
const LAMP: &[&str] = &["light_brightness", "light_colour", "light_colour_temp", "light_mode"];
const WIRELESS: &[&str] = &["battery_low_power", "battery_percentage", "signal_strength"];

const fn category(
    name: &'static str,
    mandatory: &'static [&'static str],
    any_of: &'static [&'static str],
    optional: &'static [&'static str],
) -> Category {
    Category { name, mandatory, any_of, optional }
}

#[rustfmt::skip]
const CATEGORIES: &[Category] = &[
    category("curtain", &["open_state"], OPENERS, &["open_rate", "open_left_set", "open_left_state",
        "open_left_percentage", "open_right_set", "open_right_state", "open_right_percentage", "battery_low_power",
        "battery_percentage", "signal_strength"]),
    category("gate", &["open_state"], OPENERS, &["open_rate", "open_left_set", "open_left_state",
        "open_left_percentage", "open_right_set", "open_right_state", "open_right_percentage", "signal_strength"]),
    category("hub", &[], &[], &[]),
    category("hvac_ac", &["on_off", "hvac_temp_set"], &[], &["hvac_work_mode", "hvac_air_flow_power",
        "hvac_air_flow_direction", "hvac_humidity_set", "hvac_ionization", "hvac_night_mode", "humidity",
        "temperature"]),
    category("hvac_air_purifier", &["on_off"], &[], &["hvac_air_flow_power", "hvac_aromatization",
        "hvac_decontaminate", "hvac_ionization", "hvac_night_mode", "hvac_replace_filter", "hvac_replace_ionizator"]),
    category("hvac_boiler", &["on_off"], &[], &["hvac_temp_set", "hvac_thermostat_mode", "hvac_heating_rate",
        "temperature"]),
    category("hvac_fan", &["on_off"], &[], &["hvac_air_flow_power", "hvac_direction_set"]),
    category("hvac_heater", &["on_off"], &[], &["hvac_temp_set", "hvac_thermostat_mode", "hvac_air_flow_power",
        "temperature"]),
    category("hvac_humidifier", &["on_off"], &[], &["humidity", "hvac_humidity_set", "hvac_air_flow_power",
        "hvac_ionization", "hvac_night_mode", "hvac_replace_filter", "hvac_replace_ionizator", "hvac_water_level",
        "hvac_water_low_level", "hvac_water_percentage"]),
    category("hvac_radiator", &["on_off"], &[], &["hvac_temp_set", "temperature"]),
    category("hvac_underfloor_heating", &["on_off"], &[], &["hvac_temp_set", "hvac_thermostat_mode",
        "hvac_heating_rate", "temperature"]),
    category("intercom", &[], &[], &["incoming_call", "reject_call", "unlock"]),
    category("kettle", &["on_off"], &[], &["kitchen_water_temperature", "kitchen_water_temperature_set",
        "kitchen_water_level", "kitchen_water_low_level", "child_lock"]),
    category("led_strip", &["on_off"], &[], LAMP),
    category("light", &["on_off"], &[], LAMP),
    category("relay", &["on_off"], &[], &["current", "power", "voltage"]),
    category("scenario_button", &[], &["button_event", "button_1_event", "button_2_event", "button_3_event",
        "button_4_event", "button_5_event", "button_6_event", "button_7_event", "button_8_event", "button_9_event",
        "button_10_event", "button_left_event", "button_right_event", "button_top_left_event",
        "button_top_right_event", "button_bottom_left_event", "button_bottom_right_event"], WIRELESS),
    category("sensor_air", &[], &["temperature", "humidity", "co2", "pm1_0", "pm2_5", "pm10", "tvoc_float",
        "hcho_float"], &["temp_unit_view", "battery_low_power", "battery_percentage", "signal_strength"]),
    category("sensor_door", &["doorcontact_state"], &[], &["tamper_alarm", "sensor_sensitive", "battery_low_power",
        "battery_percentage", "signal_strength"]),
    category("sensor_gas", &["gas_leak_state"], &[], &["alarm_mute", "sensor_sensitive", "battery_low_power",
        "battery_percentage", "signal_strength"]),
    category("sensor_pir", &["pir"], &[], &["sensor_sensitive", "battery_low_power", "battery_percentage",
        "signal_strength"]),
    category("sensor_smoke", &["smoke_state"], &[], &["alarm_mute", "battery_low_power", "battery_percentage",
        "signal_strength"]),
    category("sensor_temp", &[], &["temperature", "humidity"], &["air_pressure", "temp_unit_view",
        "sensor_sensitive", "battery_low_power", "battery_percentage", "signal_strength"]),
    category("sensor_water_leak", &["water_leak_state"], &[], WIRELESS),
    category("socket", &["on_off"], &[], &["child_lock", "current", "power", "voltage"]),
    category("tv", &["on_off"], &[], &["source", "volume", "volume_int", "mute", "channel", "channel_int",
        "direction", "number", "custom_key"]),
    category("vacuum_cleaner", &[], &[], &["vacuum_cleaner_command", "vacuum_cleaner_status",
        "vacuum_cleaner_program", "vacuum_cleaner_cleaning_type", "battery_percentage", "child_lock"]),
    category("valve", &["open_state"], OPENERS, WIRELESS),
    category("window_blind", &["open_state"], OPENERS, &["open_rate", "light_transmission_percentage",
        "battery_low_power", "battery_percentage", "signal_strength"]),
];
