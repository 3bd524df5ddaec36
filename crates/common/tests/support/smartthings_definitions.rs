//! What SmartThings' own definitions allow for the attributes that we send, written down apart from the mapping:
//! <https://developer.smartthings.com/docs/devices/capabilities/capabilities-reference>.

use serde_json::Value as Json;

enum Is {
    Integer(i64, i64),
    Number(f64, f64),
    Text,
    OneOf(&'static [&'static str]),
    ListOf(&'static [&'static str]),
}

use Is::{Integer, ListOf, Number, OneOf, Text};

const ANY: i64 = i64::MAX;
const THERMOSTAT: &[&str] = &["auto", "cool", "dryair", "eco", "fanonly", "heat", "off"];
const CONDITIONER: &[&str] = &["auto", "cool", "dry", "fanOnly", "heat", "eco"];
const CONDITIONER_FAN: &[&str] = &["auto", "quiet", "low", "medium", "high", "turbo"];
const PURIFIER_FAN: &[&str] = &["auto", "sleep", "low", "medium", "high", "quiet", "windFree"];
const OSCILLATION: &[&str] = &["fixed", "vertical", "horizontal", "all", "swing"];
const INPUT: &[&str] = &["HDMI1", "HDMI2", "HDMI3", "HDMI4", "digitalTv", "USB", "bluetooth"];
const BUTTON: &[&str] = &["pushed", "held", "double"];

const DEFINITIONS: &[(&str, Is, Option<&str>)] = &[
    ("switch.switch", OneOf(&["on", "off"]), None),
    ("switchLevel.level", Integer(0, 100), Some("%")),
    ("colorControl.hue", Number(0.0, 100.0), None),
    ("colorControl.saturation", Number(0.0, 100.0), None),
    ("colorTemperature.colorTemperature", Integer(1, 30_000), Some("K")),
    ("powerMeter.power", Number(f64::MIN, f64::MAX), Some("W")),
    ("energyMeter.energy", Number(f64::MIN, f64::MAX), Some("kWh")),
    ("voltageMeasurement.voltage", Number(f64::MIN, f64::MAX), Some("V")),
    ("battery.battery", Integer(0, 100), Some("%")),
    ("windowShade.windowShade", OneOf(&["closed", "closing", "open", "opening", "partially open", "unknown"]), None),
    ("windowShade.supportedWindowShadeCommands", ListOf(&["open", "close", "pause"]), None),
    ("windowShadeLevel.shadeLevel", Integer(0, 100), Some("%")),
    ("windowShadeTiltLevel.shadeTiltLevel", Integer(0, 100), Some("%")),
    ("fanSpeed.fanSpeed", Integer(0, ANY), None),
    ("fanOscillationMode.fanOscillationMode", OneOf(OSCILLATION), None),
    ("fanOscillationMode.supportedFanOscillationModes", ListOf(OSCILLATION), None),
    ("airConditionerFanMode.fanMode", OneOf(CONDITIONER_FAN), None),
    ("airConditionerFanMode.supportedAcFanModes", ListOf(CONDITIONER_FAN), None),
    ("airPurifierFanMode.airPurifierFanMode", OneOf(PURIFIER_FAN), None),
    ("airPurifierFanMode.supportedAirPurifierFanModes", ListOf(PURIFIER_FAN), None),
    ("lock.lock", OneOf(&["locked", "unknown", "unlocked", "unlocked with timeout"]), None),
    ("doorControl.door", OneOf(&["closed", "closing", "open", "opening", "unknown"]), None),
    ("valve.valve", OneOf(&["closed", "open"]), None),
    ("alarm.alarm", OneOf(&["both", "off", "siren", "strobe"]), None),
    ("contactSensor.contact", OneOf(&["closed", "open"]), None),
    ("motionSensor.motion", OneOf(&["active", "inactive"]), None),
    ("presenceSensor.presence", OneOf(&["present", "not present"]), None),
    ("tamperAlert.tamper", OneOf(&["clear", "detected"]), None),
    ("waterSensor.water", OneOf(&["dry", "wet"]), None),
    ("smokeDetector.smoke", OneOf(&["clear", "detected", "tested"]), None),
    ("carbonMonoxideDetector.carbonMonoxide", OneOf(&["clear", "detected", "tested"]), None),
    ("gasDetector.gas", OneOf(&["clear", "detected", "tested"]), None),
    ("temperatureMeasurement.temperature", Number(-460.0, 10_000.0), Some("C")),
    ("relativeHumidityMeasurement.humidity", Number(0.0, 100.0), Some("%")),
    ("illuminanceMeasurement.illuminance", Number(0.0, 100_000.0), Some("lux")),
    ("atmosphericPressureMeasurement.atmosphericPressure", Number(0.0, 110.0), Some("kPa")),
    ("carbonDioxideMeasurement.carbonDioxide", Integer(0, 1_000_000), Some("ppm")),
    ("dustSensor.dustLevel", Integer(0, ANY), Some("\u{3bc}g/m^3")),
    ("fineDustSensor.fineDustLevel", Integer(0, ANY), Some("\u{3bc}g/m^3")),
    ("veryFineDustSensor.veryFineDustLevel", Integer(0, ANY), Some("\u{3bc}g/m^3")),
    ("formaldehydeMeasurement.formaldehydeLevel", Number(0.0, 1_000_000.0), Some("mg/m^3")),
    ("gasMeter.gasMeterVolume", Number(f64::MIN, f64::MAX), Some("m^3")),
    ("filterStatus.filterStatus", OneOf(&["normal", "replace"]), None),
    ("thermostatMode.thermostatMode", OneOf(THERMOSTAT), None),
    ("thermostatMode.supportedThermostatModes", ListOf(THERMOSTAT), None),
    ("thermostatHeatingSetpoint.heatingSetpoint", Number(-460.0, 10_000.0), Some("C")),
    ("thermostatCoolingSetpoint.coolingSetpoint", Number(-460.0, 10_000.0), Some("C")),
    ("airConditionerMode.airConditionerMode", OneOf(CONDITIONER), None),
    ("airConditionerMode.supportedAcModes", ListOf(CONDITIONER), None),
    ("audioVolume.volume", Integer(0, 100), Some("%")),
    ("audioMute.mute", OneOf(&["muted", "unmuted"]), None),
    ("mediaPlayback.playbackStatus", OneOf(&["paused", "playing", "stopped"]), None),
    ("mediaPlayback.supportedPlaybackCommands", ListOf(&["pause", "play", "stop"]), None),
    ("mediaInputSource.inputSource", OneOf(INPUT), None),
    ("mediaInputSource.supportedInputSources", ListOf(INPUT), None),
    ("tvChannel.tvChannel", Text, None),
    (
        "robotCleanerMovement.robotCleanerMovement",
        OneOf(&["homing", "idle", "charging", "alarm", "powerOff", "reserve", "point", "after", "cleaning", "pause"]),
        None,
    ),
    ("robotCleanerCleaningMode.robotCleanerCleaningMode", OneOf(&["auto", "part"]), None),
    ("button.button", OneOf(BUTTON), None),
    ("button.numberOfButtons", Integer(0, ANY), None),
    ("button.supportedButtonValues", ListOf(BUTTON), None),
    ("healthCheck.healthStatus", OneOf(&["online", "offline"]), None),
];

/// What is wrong with a state, if anything is.
pub(crate) fn violation(state: &Json) -> Option<String> {
    let name = format!("{}.{}", state["capability"].as_str()?, state["attribute"].as_str()?);
    let Some((_, is, unit)) = DEFINITIONS.iter().find(|(known, _, _)| name.strip_prefix("st.") == Some(*known)) else {
        return Some(format!("{name} is not defined"));
    };
    let value = &state["value"];
    let word = |value: &Json, words: &[&str]| value.as_str().is_some_and(|value| words.contains(&value));
    let fits = match is {
        Integer(min, max) => value.as_i64().is_some_and(|value| (*min..=*max).contains(&value)),
        Number(min, max) => value.as_f64().is_some_and(|value| (*min..=*max).contains(&value)),
        Text => value.is_string(),
        OneOf(words) => word(value, words),
        ListOf(words) => value.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(|v| word(v, words))),
    };
    let unit_fits = state.get("unit").map(|unit| unit.as_str().unwrap_or_default()) == *unit;
    (!fits || !unit_fits || state["component"] != "main").then(|| format!("{name} is wrong"))
}
