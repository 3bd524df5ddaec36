//! The names of SmartThings' capabilities.

/// Every capability a device profile can have, without `st.`; to find misspelt overrides.
///
/// <https://developer.smartthings.com/docs/devices/capabilities/capabilities-reference>
#[rustfmt::skip]
pub(super) const CAPABILITIES: &[&str] = &[
    "accelerationSensor", "activityLightingMode", "airConditionerFanMode", "airConditionerMode", "airPurifierFanMode",
    "airQualityHealthConcern", "airQualitySensor", "alarm", "atmosphericPressureMeasurement", "audioMute",
    "audioNotification", "audioTrackData", "audioVolume", "battery", "batteryLevel", "bufferedVideoCapture", "button",
    "bypassable", "cameraEvent", "carbonDioxideHealthConcern", "carbonDioxideMeasurement", "carbonMonoxideDetector",
    "carbonMonoxideHealthConcern", "carbonMonoxideMeasurement", "chargingState", "chime", "colorControl", "colorMode",
    "colorTemperature", "configuration", "consumable", "contactSensor", "currentMeasurement",
    "demandResponseLoadControl", "dewPoint", "dishwasherMode", "dishwasherOperatingState", "doorControl", "dryerMode",
    "dryerOperatingState", "dustHealthConcern", "dustSensor", "elevatorCall", "energyMeter",
    "equivalentCarbonDioxideMeasurement", "evseState", "execute", "fanMode", "fanOscillationMode", "fanSpeed",
    "fanSpeedPercent", "feederOperatingState", "feederPortion", "filterState", "filterStatus",
    "fineDustHealthConcern", "fineDustSensor", "firmwareUpdate", "flowMeasurement", "formaldehydeMeasurement",
    "garageDoorControl", "gasDetector", "gasMeter", "healthCheck", "holdableButton", "humidifierMode",
    "illuminanceMeasurement", "imageCapture", "infraredLevel", "laundryWasherRinseMode", "laundryWasherSpinSpeed",
    "locationMode", "lock", "lockAlarm", "lockCodes", "lockCredentials", "lockUsers", "mediaInputSource",
    "mediaPlayback", "mediaPlaybackRepeat", "mediaPlaybackShuffle", "mediaPresets", "mediaTrackControl", "mode",
    "moldHealthConcern", "momentary", "motionSensor", "musicPlayer", "networkMeter", "nitrogenDioxideMeasurement",
    "notification", "objectDetection", "occupancySensor", "odorSensor", "operationalState", "ovenMode",
    "ovenOperatingState", "ovenSetpoint", "ozoneMeasurement", "panicAlarm", "pHMeasurement", "powerConsumptionReport",
    "powerMeter", "powerSource", "presenceSensor", "radonHealthConcern", "radonMeasurement", "rainSensor",
    "rapidCooling", "refresh", "refrigeration", "refrigerationSetpoint", "relativeHumidityMeasurement", "relaySwitch",
    "remoteControlStatus", "robotCleanerCleaningMode", "robotCleanerMovement", "robotCleanerOperatingState",
    "robotCleanerTurboMode", "samsungTV", "securitySystem", "signalStrength", "smokeDetector", "soundDetection",
    "soundPressureLevel", "soundSensor", "speechSynthesis", "statelessAudioMuteButton", "statelessAudioVolumeButton",
    "statelessChannelButton", "statelessCurtainPowerButton", "statelessCustomButton", "statelessFanspeedButton",
    "statelessMediaPlaybackButton", "statelessPowerButton", "statelessPowerToggleButton",
    "statelessRobotCleanerHomeButton", "statelessRobotCleanerToggleButton", "statelessTemperatureButton", "switch",
    "switchLevel", "tamperAlert", "temperatureAlarm", "temperatureMeasurement", "temperatureSetpoint", "thermostat",
    "thermostatCoolingSetpoint", "thermostatFanMode", "thermostatHeatingSetpoint", "thermostatMode",
    "thermostatOperatingState", "thermostatSetpoint", "threeAxis", "timedSession", "tone", "tvChannel",
    "tvocHealthConcern", "tvocMeasurement", "ultravioletIndex", "valve", "veryFineDustHealthConcern",
    "veryFineDustSensor", "videoCamera", "videoCapture", "videoStream", "voltageMeasurement", "washerMode",
    "washerOperatingState", "waterMeter", "waterSensor", "webrtc", "windMode", "windowShade", "windowShadeLevel",
    "windowShadePreset", "windowShadeTiltLevel",
];
