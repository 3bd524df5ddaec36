//! Built-in device handler types: <https://developer.smartthings.com/docs/devices/cloud-connected/device-handler-types>.

/// Whether a device of this type has the capability, which comes with `st.`. `None`: there is no such type. A profile (a UUID)
/// is the maker's own, so it is taken to have everything.
pub(super) fn has(handler: &str, capability: &str) -> Option<bool> {
    let id = capability.strip_prefix("st.").unwrap_or(capability);
    if uuid::Uuid::parse_str(handler).is_ok() || id == "healthCheck" || id == "refresh" {
        return Some(true);
    }
    let name = handler.strip_prefix("c2c-")?;
    let row = HANDLERS.iter().find(|row| row.split(' ').next() == Some(name))?;
    Some(row.split(' ').skip(1).any(|short| capability_of(short) == id))
}

/// Whether there is such a type.
pub(super) fn is_known(handler: &str) -> bool {
    match handler.strip_prefix("c2c-") {
        Some(name) => HANDLERS.iter().any(|row| row.split(' ').next() == Some(name)),
        None => uuid::Uuid::parse_str(handler).is_ok(),
    }
}

/// Ids of the capabilities that the table shortens.
fn capability_of(short: &str) -> &str {
    match short {
        "level" => "switchLevel",
        "power" => "powerMeter",
        "energy" => "energyMeter",
        "presence" => "presenceSensor",
        "temperature" => "temperatureMeasurement",
        "humidity" => "relativeHumidityMeasurement",
        "illuminance" => "illuminanceMeasurement",
        "contact" => "contactSensor",
        "motion" => "motionSensor",
        "acceleration" => "accelerationSensor",
        "water" => "waterSensor",
        "smoke" => "smokeDetector",
        "co" => "carbonMonoxideDetector",
        "tamper" => "tamperAlert",
        "uv" => "ultravioletIndex",
        other => other,
    }
}

/// The id after `c2c-`, then what it has. Music players and cameras are not here: their capabilities are older ones.
const HANDLERS: &[&str] = &[
    "switch switch",
    "switch-power switch power",
    "switch-energy switch energy",
    "switch-power-energy switch power energy",
    "switch-presence switch presence",
    "dimmer switch level",
    "dimmer-2 switch level battery",
    "dimmer-3 switch level battery temperature",
    "dimmer-power switch level power",
    "dimmer-energy switch level energy",
    "dimmer-power-energy switch level power energy",
    "color-temperature-bulb switch level colorTemperature",
    "rgb-color-bulb switch level colorControl",
    "rgbw-color-bulb switch level colorControl colorTemperature",
    "fan-controller-2speed switch fanSpeed",
    "fan-controller-3speed switch fanSpeed",
    "fan-controller-4speed switch fanSpeed",
    "shade windowShade switch level",
    "valve valve",
    "valve-2 valve battery powerSource",
    "valve-3 valve switch",
    "lock-2 lock battery",
    "lock-3 lock battery temperature",
    "contact contact battery temperature",
    "contact-2 contact battery temperature acceleration",
    "contact-3 contact battery",
    "contact-4 contact doorControl garageDoorControl",
    "contact-5 contact battery tamper",
    "motion motion battery temperature",
    "motion-2 motion battery",
    "motion-3 motion battery temperature acceleration illuminance tamper uv",
    "motion-4 motion battery temperature acceleration illuminance",
    "motion-5 motion battery temperature illuminance tamper",
    "motion-6 motion battery temperature humidity illuminance",
    "motion-7 motion battery temperature humidity illuminance uv powerSource tamper",
    "leak water battery temperature",
    "leak-2 water battery",
    "leak-3 water battery temperature tamper",
    "humidity humidity battery temperature",
    "humidity-2 humidity battery",
    "smoke smoke battery",
    "smoke-2 smoke",
    "carbon-monoxide co",
    "carbon-monoxide-2 co battery tamper",
    "carbon-monoxide-3 co battery",
    "smoke-co co smoke battery",
    "smoke-co-2 co smoke",
    "smoke-co-3 co smoke battery powerSource colorControl switch level humidity temperature",
    "siren alarm switch",
    "siren-2 alarm",
    "siren-3 alarm switch battery",
    "button button",
    "button-2 button battery",
    "button-3 button holdableButton",
    "button-4 button holdableButton battery",
    "doorbell button motion battery",
    "doorbell-3 button motion",
    "arrival presence battery",
    "arrival-2 presence battery tone",
    "arrival-3 presence",
];
