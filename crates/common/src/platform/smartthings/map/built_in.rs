//! The built-in device handler types.
//!
//! <https://developer.smartthings.com/docs/devices/cloud-connected/device-handler-types>

/// The capabilities of a built-in type; `healthCheck` and `refresh` are in all of them.
pub(super) fn built_in(id: &str) -> Option<&'static [&'static str]> {
    BUILT_IN.iter().find(|(ids, _)| ids.contains(&id)).map(|(_, capabilities)| *capabilities)
}

/// The built-in types and what they have. Cameras are not here: we have no trait for what they show.
#[rustfmt::skip]
const BUILT_IN: &[(&[&str], &[&str])] = &[
    (&["c2c-switch"], &["st.switch"]),
    (&["c2c-switch-power"], &["st.switch", "st.powerMeter"]),
    (&["c2c-switch-energy"], &["st.switch", "st.energyMeter"]),
    (&["c2c-switch-power-energy"], &["st.switch", "st.powerMeter", "st.energyMeter"]),
    (&["c2c-switch-presence"], &["st.switch", "st.presenceSensor"]),
    (&["c2c-dimmer"], &["st.switch", "st.switchLevel"]),
    (&["c2c-dimmer-2"], &["st.switch", "st.switchLevel", "st.battery"]),
    (&["c2c-dimmer-3"], &["st.switch", "st.switchLevel", "st.battery", "st.temperatureMeasurement"]),
    (&["c2c-dimmer-power"], &["st.switch", "st.switchLevel", "st.powerMeter"]),
    (&["c2c-dimmer-energy"], &["st.switch", "st.switchLevel", "st.energyMeter"]),
    (&["c2c-dimmer-power-energy"], &["st.switch", "st.switchLevel", "st.powerMeter", "st.energyMeter"]),
    (&["c2c-color-temperature-bulb"], &["st.switch", "st.switchLevel", "st.colorTemperature"]),
    (&["c2c-rgb-color-bulb"], &["st.switch", "st.switchLevel", "st.colorControl"]),
    (&["c2c-rgbw-color-bulb"], &["st.switch", "st.switchLevel", "st.colorControl", "st.colorTemperature"]),
    (&["c2c-fan-controller-2speed", "c2c-fan-controller-3speed", "c2c-fan-controller-4speed"], &[
        "st.switch", "st.fanSpeed",
    ]),
    (&["c2c-shade"], &["st.windowShade", "st.switch", "st.switchLevel"]),
    (&["c2c-valve"], &["st.valve"]),
    (&["c2c-valve-2"], &["st.valve", "st.battery", "st.powerSource"]),
    (&["c2c-valve-3"], &["st.valve", "st.switch"]),
    (&["c2c-lock-2"], &["st.lock", "st.battery"]),
    (&["c2c-lock-3"], &["st.lock", "st.battery", "st.temperatureMeasurement"]),
    (&["c2c-contact"], &["st.contactSensor", "st.battery", "st.temperatureMeasurement"]),
    (&["c2c-contact-2"], &["st.contactSensor", "st.battery", "st.temperatureMeasurement", "st.accelerationSensor"]),
    (&["c2c-contact-3"], &["st.contactSensor", "st.battery"]),
    (&["c2c-contact-4"], &["st.contactSensor", "st.doorControl", "st.garageDoorControl"]),
    (&["c2c-contact-5"], &["st.contactSensor", "st.battery", "st.tamperAlert"]),
    (&["c2c-motion"], &["st.motionSensor", "st.battery", "st.temperatureMeasurement"]),
    (&["c2c-motion-2"], &["st.motionSensor", "st.battery"]),
    (&["c2c-motion-3"], &[
        "st.motionSensor", "st.battery", "st.temperatureMeasurement", "st.accelerationSensor",
        "st.illuminanceMeasurement", "st.tamperAlert", "st.ultravioletIndex",
    ]),
    (&["c2c-motion-4"], &[
        "st.motionSensor", "st.battery", "st.temperatureMeasurement", "st.accelerationSensor",
        "st.illuminanceMeasurement",
    ]),
    (&["c2c-motion-5"], &[
        "st.motionSensor", "st.battery", "st.temperatureMeasurement", "st.illuminanceMeasurement", "st.tamperAlert",
    ]),
    (&["c2c-motion-6"], &[
        "st.motionSensor", "st.battery", "st.temperatureMeasurement", "st.relativeHumidityMeasurement",
        "st.illuminanceMeasurement",
    ]),
    (&["c2c-motion-7"], &[
        "st.motionSensor", "st.battery", "st.temperatureMeasurement", "st.relativeHumidityMeasurement",
        "st.illuminanceMeasurement", "st.ultravioletIndex", "st.powerSource", "st.tamperAlert",
    ]),
    (&["c2c-leak"], &["st.waterSensor", "st.battery", "st.temperatureMeasurement"]),
    (&["c2c-leak-2"], &["st.waterSensor", "st.battery"]),
    (&["c2c-leak-3"], &["st.waterSensor", "st.battery", "st.temperatureMeasurement", "st.tamperAlert"]),
    (&["c2c-humidity"], &["st.relativeHumidityMeasurement", "st.battery", "st.temperatureMeasurement"]),
    (&["c2c-humidity-2"], &["st.relativeHumidityMeasurement", "st.battery"]),
    (&["c2c-smoke"], &["st.smokeDetector", "st.battery"]),
    (&["c2c-smoke-2"], &["st.smokeDetector"]),
    (&["c2c-carbon-monoxide"], &["st.carbonMonoxideDetector"]),
    (&["c2c-carbon-monoxide-2"], &["st.carbonMonoxideDetector", "st.battery", "st.tamperAlert"]),
    (&["c2c-carbon-monoxide-3"], &["st.carbonMonoxideDetector", "st.battery"]),
    (&["c2c-smoke-co"], &["st.carbonMonoxideDetector", "st.smokeDetector", "st.battery"]),
    (&["c2c-smoke-co-2"], &["st.carbonMonoxideDetector", "st.smokeDetector"]),
    (&["c2c-smoke-co-3"], &[
        "st.carbonMonoxideDetector", "st.smokeDetector", "st.battery", "st.powerSource", "st.colorControl",
        "st.switch", "st.switchLevel", "st.relativeHumidityMeasurement", "st.temperatureMeasurement",
    ]),
    (&["c2c-siren"], &["st.alarm", "st.switch"]),
    (&["c2c-siren-2"], &["st.alarm"]),
    (&["c2c-siren-3"], &["st.alarm", "st.switch", "st.battery"]),
    (&["c2c-button"], &["st.button"]),
    (&["c2c-button-2"], &["st.button", "st.battery"]),
    (&["c2c-button-3"], &["st.button", "st.holdableButton"]),
    (&["c2c-button-4"], &["st.button", "st.holdableButton", "st.battery"]),
    (&["c2c-doorbell"], &["st.button", "st.motionSensor", "st.battery"]),
    (&["c2c-doorbell-2"], &["st.button", "st.motionSensor", "st.switch", "st.imageCapture"]),
    (&["c2c-doorbell-3"], &["st.button", "st.motionSensor"]),
    (&["c2c-arrival"], &["st.presenceSensor", "st.battery"]),
    (&["c2c-arrival-2"], &["st.presenceSensor", "st.battery", "st.tone"]),
    (&["c2c-arrival-3"], &["st.presenceSensor"]),
    (&["c2c-music-player"], &["st.musicPlayer", "st.switch"]),
    (&["c2c-music-player-2"], &["st.musicPlayer", "st.switch", "st.audioNotification"]),
];
