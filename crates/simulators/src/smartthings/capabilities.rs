//! Attributes that a cloud connector of homes reports: <https://developer.smartthings.com/docs/devices/capabilities/capabilities-reference>.

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Integer(i64, i64),
    Number(f64, f64),
    /// At most 255 characters.
    Text,
    Word(&'static [&'static str]),
    /// An array of these words.
    Words(&'static [&'static str]),
    /// An array of strings.
    Texts,
    /// `{"minimum", "maximum", "step"?}`
    Range,
}

/// An attribute of a capability.
pub(super) struct Attribute {
    pub(super) kind: Kind,
    /// What `unit` may be.
    pub(super) units: &'static [&'static str],
    /// Whether it must be there.
    pub(super) needs_unit: bool,
}

/// By the capability's id with `st.`, and the attribute's name.
pub(super) fn attribute(capability: &str, name: &str) -> Option<Attribute> {
    let id = capability.strip_prefix("st.")?;
    let row = ATTRIBUTES.iter().find(|(of, attribute, ..)| *of == id && *attribute == name);
    row.map(|(_, _, kind, units, needs_unit)| Attribute { kind: *kind, units, needs_unit: *needs_unit })
}

/// Whether there is such a capability.
pub(super) fn is_known(capability: &str) -> bool {
    capability.strip_prefix("st.").is_some_and(|id| ATTRIBUTES.iter().any(|(of, ..)| *of == id))
}

/// Capabilities whose values start scenarios.
pub(super) fn is_event(capability: &str, attribute: &str) -> bool {
    EVENTS.contains(&(capability, attribute))
}

/// It happens, and keeps no state.
pub(super) fn is_momentary(capability: &str, attribute: &str) -> bool {
    (capability, attribute) == ("st.button", "button")
}

const EVENTS: &[(&str, &str)] = &[
    ("st.button", "button"),
    ("st.motionSensor", "motion"),
    ("st.contactSensor", "contact"),
    ("st.waterSensor", "water"),
    ("st.smokeDetector", "smoke"),
    ("st.gasDetector", "gas"),
    ("st.carbonMonoxideDetector", "carbonMonoxide"),
    ("st.tamperAlert", "tamper"),
];

use Kind::{Integer, Number, Range, Text, Texts, Word, Words};

const TEMPERATURE: Kind = Number(-460.0, 10_000.0);
const DEGREES: &[&str] = &["C", "F"];
/// U+03BC, not U+00B5.
const DUST: &[&str] = &["\u{3bc}g/m^3"];
const FAN_OSCILLATION: &[&str] = &[
    "fixed",
    "vertical",
    "horizontal",
    "all",
    "indirect",
    "direct",
    "fixedCenter",
    "fixedLeft",
    "fixedRight",
    "far",
    "wide",
    "mid",
    "spot",
    "swing",
];
const PURIFIER_FAN: &[&str] = &["auto", "sleep", "low", "medium", "high", "quiet", "windFree"];
const BUTTON: &[&str] = &[
    "pushed",
    "held",
    "double",
    "pushed_2x",
    "pushed_3x",
    "pushed_4x",
    "pushed_5x",
    "pushed_6x",
    "down",
    "down_2x",
    "down_3x",
    "down_4x",
    "down_5x",
    "down_6x",
    "down_hold",
    "up",
    "up_2x",
    "up_3x",
    "up_4x",
    "up_5x",
    "up_6x",
    "up_hold",
];
const THERMOSTAT: &[&str] = &[
    "asleep",
    "auto",
    "autowitheco",
    "autowithreset",
    "autochangeover",
    "autochangeoveractive",
    "autocool",
    "autoheat",
    "auxheatonly",
    "auxiliaryemergencyheat",
    "away",
    "cool",
    "custom",
    "dayoff",
    "dryair",
    "eco",
    "emergency heat",
    "emergencyheat",
    "emergencyheatactive",
    "energysavecool",
    "energysaveheat",
    "fanonly",
    "frostguard",
    "furnace",
    "heat",
    "heatingoff",
    "home",
    "in",
    "manual",
    "moistair",
    "off",
    "out",
    "resume",
    "rush hour",
    "rushhour",
    "schedule",
    "southernaway",
];
const INPUT: &[&str] = &[
    "AM",
    "CD",
    "FM",
    "HDMI",
    "HDMI1",
    "HDMI2",
    "HDMI3",
    "HDMI4",
    "HDMI5",
    "HDMI6",
    "digitalTv",
    "USB",
    "YouTube",
    "aux",
    "bluetooth",
    "digital",
    "melon",
    "wifi",
];
const FAN_MODE: &[&str] = &["auto", "circulate", "followschedule", "on"];
const DETECTOR: &[&str] = &["clear", "detected", "tested"];
const ROBOT_MODE: &[&str] = &["auto", "part", "repeat", "manual", "stop", "map"];
const ROBOT_MOVEMENT: &[&str] =
    &["homing", "idle", "charging", "alarm", "powerOff", "reserve", "point", "after", "cleaning", "pause"];
const OPERATING: &[&str] =
    &["cooling", "fan only", "heating", "idle", "pending cool", "pending heat", "vent economizer"];
const PLAYBACK: &[&str] = &["paused", "playing", "stopped", "fast forwarding", "rewinding"];

/// Capability without `st.`, attribute, kind, units, whether one is required.
type Row = (&'static str, &'static str, Kind, &'static [&'static str], bool);

#[rustfmt::skip]
const ATTRIBUTES: &[Row] = &[
    ("healthCheck", "healthStatus", Word(&["online", "offline"]), &[], false),
    ("switch", "switch", Word(&["on", "off"]), &[], false),
    ("switchLevel", "level", Integer(0, 100), &["%"], false),
    ("switchLevel", "levelRange", Range, &["%"], false),
    ("colorControl", "hue", Number(0.0, 100.0), &[], false),
    ("colorControl", "saturation", Number(0.0, 100.0), &[], false),
    ("colorControl", "color", Text, &[], false),
    ("colorTemperature", "colorTemperature", Integer(1, 30_000), &["K"], false),
    ("colorTemperature", "colorTemperatureRange", Range, &["K"], false),
    ("powerMeter", "power", Number(f64::MIN, f64::MAX), &["W"], false),
    ("energyMeter", "energy", Number(f64::MIN, f64::MAX), &["Wh", "kWh", "mWh", "kVAh"], false),
    ("voltageMeasurement", "voltage", Number(f64::MIN, f64::MAX), &["V"], false),
    ("powerSource", "powerSource", Word(&["battery", "dc", "mains", "unknown"]), &[], false),
    ("battery", "battery", Integer(0, 100), &["%"], false),
    ("airConditionerMode", "airConditionerMode", Text, &[], false),
    ("airConditionerMode", "supportedAcModes", Texts, &[], false),
    ("thermostatMode", "thermostatMode", Word(THERMOSTAT), &[], false),
    ("thermostatMode", "supportedThermostatModes", Words(THERMOSTAT), &[], false),
    ("thermostatOperatingState", "thermostatOperatingState", Word(OPERATING), &[], false),
    ("thermostatFanMode", "thermostatFanMode", Word(FAN_MODE), &[], false),
    ("thermostatFanMode", "supportedThermostatFanModes", Words(FAN_MODE), &[], false),
    ("thermostatCoolingSetpoint", "coolingSetpoint", TEMPERATURE, DEGREES, true),
    ("thermostatCoolingSetpoint", "coolingSetpointRange", Range, DEGREES, true),
    ("thermostatHeatingSetpoint", "heatingSetpoint", TEMPERATURE, DEGREES, true),
    ("thermostatHeatingSetpoint", "heatingSetpointRange", Range, DEGREES, true),
    ("temperatureMeasurement", "temperature", TEMPERATURE, DEGREES, true),
    ("temperatureMeasurement", "temperatureRange", Range, DEGREES, true),
    ("relativeHumidityMeasurement", "humidity", Number(0.0, 100.0), &["%"], false),
    ("airConditionerFanMode", "fanMode", Text, &[], false),
    ("airConditionerFanMode", "supportedAcFanModes", Texts, &[], false),
    ("airPurifierFanMode", "airPurifierFanMode", Word(PURIFIER_FAN), &[], false),
    ("airPurifierFanMode", "supportedAirPurifierFanModes", Words(PURIFIER_FAN), &[], false),
    ("fanSpeed", "fanSpeed", Integer(0, i64::MAX), &[], false),
    ("fanOscillationMode", "fanOscillationMode", Word(FAN_OSCILLATION), &[], false),
    ("fanOscillationMode", "supportedFanOscillationModes", Words(FAN_OSCILLATION), &[], false),
    ("filterStatus", "filterStatus", Word(&["normal", "replace"]), &[], false),
    ("atmosphericPressureMeasurement", "atmosphericPressure", Number(0.0, 110.0), &["kPa"], false),
    ("illuminanceMeasurement", "illuminance", Number(0.0, 100_000.0), &["lux"], false),
    ("ultravioletIndex", "ultravioletIndex", Number(0.0, 255.0), &[], false),
    ("carbonDioxideMeasurement", "carbonDioxide", Integer(0, 1_000_000), &["ppm"], false),
    ("veryFineDustSensor", "veryFineDustLevel", Integer(0, i64::MAX), DUST, false),
    ("fineDustSensor", "fineDustLevel", Integer(0, i64::MAX), DUST, false),
    ("dustSensor", "dustLevel", Integer(0, i64::MAX), DUST, false),
    ("dustSensor", "fineDustLevel", Integer(0, i64::MAX), DUST, false),
    ("tvocMeasurement", "tvocLevel", Number(0.0, 1_000_000.0), &["ppm"], true),
    ("formaldehydeMeasurement", "formaldehydeLevel", Number(0.0, 1_000_000.0), &["ppm", "mg/m^3"], true),
    ("motionSensor", "motion", Word(&["active", "inactive"]), &[], false),
    ("accelerationSensor", "acceleration", Word(&["active", "inactive"]), &[], false),
    ("contactSensor", "contact", Word(&["closed", "open"]), &[], false),
    ("waterSensor", "water", Word(&["dry", "wet"]), &[], false),
    ("smokeDetector", "smoke", Word(DETECTOR), &[], false),
    ("gasDetector", "gas", Word(DETECTOR), &[], false),
    ("carbonMonoxideDetector", "carbonMonoxide", Word(DETECTOR), &[], false),
    ("tamperAlert", "tamper", Word(&["clear", "detected"]), &[], false),
    ("presenceSensor", "presence", Word(&["present", "not present"]), &[], false),
    ("button", "button", Word(BUTTON), &[], false),
    ("button", "numberOfButtons", Integer(0, i64::MAX), &[], false),
    ("button", "supportedButtonValues", Words(BUTTON), &[], false),
    ("alarm", "alarm", Word(&["both", "off", "siren", "strobe"]), &[], false),
    ("gasMeter", "gasMeterVolume", Number(f64::MIN, f64::MAX), &["m^3"], false),
    ("windowShade", "windowShade",
        Word(&["closed", "closing", "open", "opening", "partially open", "unknown"]), &[], false),
    ("windowShade", "supportedWindowShadeCommands", Words(&["open", "close", "pause"]), &[], false),
    ("windowShadeLevel", "shadeLevel", Integer(0, 100), &["%"], false),
    ("windowShadeTiltLevel", "shadeTiltLevel", Integer(0, 100), &["%"], false),
    ("doorControl", "door", Word(&["closed", "closing", "open", "opening", "unknown"]), &[], false),
    ("valve", "valve", Word(&["closed", "open"]), &[], false),
    ("lock", "lock", Word(&["locked", "unknown", "unlocked", "unlocked with timeout"]), &[], false),
    ("robotCleanerCleaningMode", "robotCleanerCleaningMode", Word(ROBOT_MODE), &[], false),
    ("robotCleanerMovement", "robotCleanerMovement", Word(ROBOT_MOVEMENT), &[], false),
    ("audioVolume", "volume", Integer(0, 100), &["%"], false),
    ("audioMute", "mute", Word(&["muted", "unmuted"]), &[], false),
    ("tvChannel", "tvChannel", Text, &[], false),
    ("tvChannel", "tvChannelName", Text, &[], false),
    ("mediaInputSource", "inputSource", Word(INPUT), &[], false),
    ("mediaInputSource", "supportedInputSources", Words(INPUT), &[], false),
    ("mediaPlayback", "playbackStatus", Word(PLAYBACK), &[], false),
    ("mediaPlayback", "supportedPlaybackCommands",
        Words(&["pause", "play", "stop", "fastForward", "rewind"]), &[], false),
];
