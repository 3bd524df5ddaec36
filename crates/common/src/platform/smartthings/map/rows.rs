//! The trait table: one row per trait that SmartThings knows, with the definitions of
//! <https://developer.smartthings.com/docs/devices/capabilities/capabilities-reference>.

use crate::model::{DeviceType, Trait, Word};

use super::table::{Attribute, Code, Does, List, Row, Used};

const fn of(capability: &'static str, name: &'static str, code: Code) -> Attribute {
    Attribute::new(capability, name, code)
}

const COVERS: &[DeviceType] = &[DeviceType::Curtain, DeviceType::Blind];
const GATE: &[DeviceType] = &[DeviceType::Gate];
const VALVE: &[DeviceType] = &[DeviceType::Valve];
const CONDITIONER: &[DeviceType] = &[DeviceType::AirConditioner];
const PURIFIER: &[DeviceType] = &[DeviceType::Purifier];
const FAN: &[DeviceType] = &[DeviceType::Fan];

/// The limits of temperatures.
const COLD: i32 = -460;
const HOT: i32 = 10_000;
/// No limit of the capability: above what any trait can have.
const ANY: i32 = i32::MAX;
/// A microgram with a Greek mu; SmartThings does not know the micro sign.
const MICROGRAM: &str = "\u{3bc}g/m^3";

const SHADE: Attribute = of("st.windowShade", "windowShade", Code::Shade)
    .commands(&[
        ("open", Does::Word(Word::Open)),
        ("close", Does::Word(Word::Close)),
        ("pause", Does::Word(Word::Stop)),
    ])
    .list(List::Commands("supportedWindowShadeCommands"));
const SHADE_SWITCH: Attribute = of("st.switch", "switch", Code::ShadeSwitch)
    .commands(&[("on", Does::Word(Word::Open)), ("off", Does::Word(Word::Close))]);

macro_rules! table {
    ($($trait_:ident: $($attribute:expr),+;)*) => {
        /// One row per trait.
        pub const TABLE: &[Row] = &[$(Row { trait_: Trait::$trait_, attributes: &[$($attribute),+] },)*];
    };
}

table! {
    // light and power
    OnOff: of("st.switch", "switch", Code::Flag("on", "off"))
        .commands(&[("on", Does::Flag(true)), ("off", Does::Flag(false))]);
    Brightness: of("st.switchLevel", "level", Code::Level).unit("%").commands(&[("setLevel", Does::Set)]);
    Color: of("st.colorControl", "hue", Code::Hue).commands(&[("setHue", Does::Set), ("setColor", Does::ColorMap)]),
        of("st.colorControl", "saturation", Code::Saturation).commands(&[("setSaturation", Does::Set)]);
    ColorTemperature: of("st.colorTemperature", "colorTemperature", Code::Whole(1, 30_000)).unit("K")
        .commands(&[("setColorTemperature", Does::Set)]);
    Power: of("st.powerMeter", "power", Code::Exact(0, ANY)).unit("W");
    Energy: of("st.energyMeter", "energy", Code::Exact(0, ANY)).unit("kWh");
    Voltage: of("st.voltageMeasurement", "voltage", Code::Exact(0, ANY)).unit("V");
    Battery: of("st.battery", "battery", Code::Whole(0, 100)).unit("%");
    // climate
    ThermostatMode: of("st.airConditionerMode", "airConditionerMode", Code::Words(&[
            (Word::Auto, "auto"), (Word::Cool, "cool"), (Word::Dry, "dry"), (Word::FanOnly, "fanOnly"),
            (Word::Heat, "heat"), (Word::Eco, "eco"),
        ]))
        .used(Used::On(CONDITIONER))
        .commands(&[("setAirConditionerMode", Does::Set)])
        .list(List::Words("supportedAcModes")),
        of("st.thermostatMode", "thermostatMode", Code::WordsOrOff(&[
            (Word::Auto, "auto"), (Word::Heat, "heat"), (Word::Cool, "cool"), (Word::Eco, "eco"),
            (Word::FanOnly, "fanonly"), (Word::Dry, "dryair"),
        ]))
        .used(Used::NotOn(CONDITIONER))
        .commands(&[
            ("setThermostatMode", Does::Set), ("auto", Does::Word(Word::Auto)), ("heat", Does::Word(Word::Heat)),
            ("cool", Does::Word(Word::Cool)), ("off", Does::Off),
        ])
        .list(List::Words("supportedThermostatModes"));
    TargetTemperature: of("st.thermostatHeatingSetpoint", "heatingSetpoint", Code::Heating).unit("C")
        .commands(&[("setHeatingSetpoint", Does::Set)]),
        of("st.thermostatCoolingSetpoint", "coolingSetpoint", Code::Cooling).unit("C")
        .commands(&[("setCoolingSetpoint", Does::Set)]);
    Temperature: of("st.temperatureMeasurement", "temperature", Code::Exact(COLD, HOT)).unit("C");
    Humidity: of("st.relativeHumidityMeasurement", "humidity", Code::Exact(0, 100)).unit("%");
    FanSpeed: of("st.airConditionerFanMode", "fanMode", Code::Words(&[
            (Word::Auto, "auto"), (Word::Quiet, "quiet"), (Word::Low, "low"), (Word::Medium, "medium"),
            (Word::High, "high"), (Word::Turbo, "turbo"),
        ]))
        .used(Used::On(CONDITIONER))
        .commands(&[("setFanMode", Does::Set)])
        .list(List::Words("supportedAcFanModes")),
        of("st.airPurifierFanMode", "airPurifierFanMode", Code::Words(&[
            (Word::Auto, "auto"), (Word::Quiet, "quiet"), (Word::Low, "low"), (Word::Medium, "medium"),
            (Word::High, "high"),
        ]))
        .used(Used::On(PURIFIER))
        .commands(&[("setAirPurifierFanMode", Does::Set)])
        .list(List::Words("supportedAirPurifierFanModes")),
        of("st.fanSpeed", "fanSpeed", Code::Speed).used(Used::On(FAN)).commands(&[("setFanSpeed", Does::Set)]);
    Swing: of("st.fanOscillationMode", "fanOscillationMode", Code::Words(&[
            (Word::Off, "fixed"), (Word::Vertical, "vertical"), (Word::Horizontal, "horizontal"), (Word::Both, "all"),
            (Word::Auto, "swing"),
        ]))
        .commands(&[("setFanOscillationMode", Does::Set)])
        .list(List::Words("supportedFanOscillationModes"));
    FilterReplace: of("st.filterStatus", "filterStatus", Code::Flag("replace", "normal"));
    // air and sensors
    Pressure: of("st.atmosphericPressureMeasurement", "atmosphericPressure", Code::Thousandth(0, 110)).unit("kPa");
    Illuminance: of("st.illuminanceMeasurement", "illuminance", Code::Exact(0, 100_000)).unit("lux");
    Co2: of("st.carbonDioxideMeasurement", "carbonDioxide", Code::Whole(0, 1_000_000)).unit("ppm");
    Pm1: of("st.veryFineDustSensor", "veryFineDustLevel", Code::Whole(0, ANY)).unit(MICROGRAM);
    Pm25: of("st.fineDustSensor", "fineDustLevel", Code::Whole(0, ANY)).unit(MICROGRAM);
    Pm10: of("st.dustSensor", "dustLevel", Code::Whole(0, ANY)).unit(MICROGRAM);
    Formaldehyde: of("st.formaldehydeMeasurement", "formaldehydeLevel", Code::Exact(0, 1_000_000)).unit("mg/m^3");
    Motion: of("st.motionSensor", "motion", Code::Flag("active", "inactive"));
    Contact: of("st.contactSensor", "contact", Code::Words(&[(Word::Open, "open"), (Word::Closed, "closed")]));
    WaterLeak: of("st.waterSensor", "water", Code::Flag("wet", "dry"));
    Smoke: of("st.smokeDetector", "smoke", Code::Words(&[
            (Word::Clear, "clear"), (Word::Detected, "detected"), (Word::High, "detected"),
        ]));
    Gas: of("st.gasDetector", "gas", Code::Words(&[
            (Word::Clear, "clear"), (Word::Detected, "detected"), (Word::High, "detected"),
        ]));
    CarbonMonoxide: of("st.carbonMonoxideDetector", "carbonMonoxide", Code::Words(&[
            (Word::Clear, "clear"), (Word::Detected, "detected"),
        ]));
    Tamper: of("st.tamperAlert", "tamper", Code::Flag("detected", "clear"));
    Presence: of("st.presenceSensor", "presence", Code::Flag("present", "not present"));
    Button: of("st.button", "button", Code::Words(&[
            (Word::Click, "pushed"), (Word::DoubleClick, "double"), (Word::LongPress, "held"),
        ]))
        .list(List::Buttons);
    Siren: of("st.alarm", "alarm", Code::Words(&[
            (Word::Off, "off"), (Word::Siren, "siren"), (Word::Strobe, "strobe"), (Word::Both, "both"),
        ]))
        .commands(&[
            ("off", Does::Word(Word::Off)), ("siren", Does::Word(Word::Siren)), ("strobe", Does::Word(Word::Strobe)),
            ("both", Does::Word(Word::Both)),
        ]);
    GasMeter: of("st.gasMeter", "gasMeterVolume", Code::Exact(0, ANY)).unit("m^3");
    // covers, locks, appliances, media
    Position: of("st.windowShadeLevel", "shadeLevel", Code::Whole(0, 100)).unit("%")
        .commands(&[("setShadeLevel", Does::Set)]),
        of("st.switchLevel", "level", Code::Whole(0, 100)).unit("%").used(Used::CoverWithout(&[Trait::Brightness]))
        .commands(&[("setLevel", Does::Set)]),
        SHADE.used(Used::CoverWithout(&[Trait::OpenState])),
        SHADE_SWITCH.used(Used::CoverWithout(&[Trait::OpenState, Trait::OnOff]));
    OpenState: SHADE.used(Used::On(COVERS)),
        SHADE_SWITCH.used(Used::CoverWithout(&[Trait::OnOff])),
        of("st.doorControl", "door", Code::Words(&[
            (Word::Open, "open"), (Word::Closed, "closed"), (Word::Opening, "opening"), (Word::Closing, "closing"),
            (Word::Stopped, "unknown"),
        ]))
        .used(Used::On(GATE))
        .commands(&[("open", Does::Word(Word::Open)), ("close", Does::Word(Word::Close))]),
        of("st.valve", "valve", Code::Words(&[
            (Word::Open, "open"), (Word::Closed, "closed"), (Word::Opening, "open"), (Word::Closing, "closed"),
            (Word::Stopped, "open"),
        ]))
        .used(Used::On(VALVE))
        .commands(&[("open", Does::Word(Word::Open)), ("close", Does::Word(Word::Close))]);
    Tilt: of("st.windowShadeTiltLevel", "shadeTiltLevel", Code::Whole(0, 100)).unit("%")
        .commands(&[("setShadeTiltLevel", Does::Set)]);
    Lock: of("st.lock", "lock", Code::Words(&[
            (Word::Locked, "locked"), (Word::Unlocked, "unlocked"), (Word::Jammed, "unknown"),
        ]))
        .commands(&[("lock", Does::Word(Word::Locked)), ("unlock", Does::Word(Word::Unlocked))]);
    VacuumProgram: of("st.robotCleanerCleaningMode", "robotCleanerCleaningMode", Code::Words(&[
            (Word::Smart, "auto"), (Word::Spot, "part"),
        ]))
        .commands(&[("setRobotCleanerCleaningMode", Does::Set)]);
    Vacuum: of("st.robotCleanerMovement", "robotCleanerMovement", Code::Movement(&[
            (Word::Cleaning, "cleaning"), (Word::Paused, "pause"), (Word::Returning, "homing"),
            (Word::Charging, "charging"), (Word::Docked, "charging"), (Word::Idle, "idle"), (Word::Error, "alarm"),
        ]))
        .commands(&[("setRobotCleanerMovement", Does::Set)]);
    Volume: of("st.audioVolume", "volume", Code::Whole(0, 100)).unit("%")
        .commands(&[("setVolume", Does::Set), ("volumeUp", Does::Step(1)), ("volumeDown", Does::Step(-1))]);
    Mute: of("st.audioMute", "mute", Code::Flag("muted", "unmuted"))
        .commands(&[("mute", Does::Flag(true)), ("unmute", Does::Flag(false)), ("setMute", Does::Set)]);
    Channel: of("st.tvChannel", "tvChannel", Code::Text)
        .commands(&[("setTvChannel", Does::Set), ("channelUp", Does::Step(1)), ("channelDown", Does::Step(-1))]);
    InputSource: of("st.mediaInputSource", "inputSource", Code::Words(&[
            (Word::Tv, "digitalTv"), (Word::Hdmi1, "HDMI1"), (Word::Hdmi2, "HDMI2"), (Word::Hdmi3, "HDMI3"),
            (Word::Hdmi4, "HDMI4"), (Word::Usb, "USB"), (Word::Bluetooth, "bluetooth"),
        ]))
        .commands(&[("setInputSource", Does::Set)])
        .list(List::Words("supportedInputSources"));
    Playback: of("st.mediaPlayback", "playbackStatus", Code::Words(&[
            (Word::Playing, "playing"), (Word::Paused, "paused"), (Word::Stopped, "stopped"),
        ]))
        .commands(&[
            ("play", Does::Word(Word::Playing)), ("pause", Does::Word(Word::Paused)), ("stop", Does::Word(Word::Stopped)),
            ("setPlaybackStatus", Does::Set),
        ])
        .list(List::Commands("supportedPlaybackCommands"));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::capabilities::CAPABILITIES;
    use super::*;

    /// What SmartThings has nothing for.
    const ABSENT: &[Trait] = &[
        Trait::ColorScene,
        Trait::ColorMode,
        Trait::Backlight,
        Trait::Current,
        Trait::BatteryLow,
        Trait::SignalStrength,
        Trait::TargetHumidity,
        Trait::Oscillation,
        Trait::Ionization,
        Trait::NightMode,
        Trait::Aromatization,
        Trait::Decontamination,
        Trait::HeatLevel,
        Trait::VentilationMode,
        Trait::IonizerReplace,
        Trait::WaterLevel,
        Trait::WaterLow,
        Trait::WaterVolume,
        Trait::Tvoc,
        Trait::AlarmMute,
        Trait::Vibration,
        Trait::Meter,
        Trait::WaterMeter,
        Trait::HeatMeter,
        Trait::FoodLevel,
        Trait::ChildLock,
        Trait::Pause,
        Trait::KeepWarm,
        Trait::WorkSpeed,
        Trait::Program,
        Trait::Dishwashing,
        Trait::CoffeeMode,
        Trait::TeaMode,
        Trait::CleaningMode,
        Trait::RemoteKey,
        Trait::IncomingCall,
        Trait::Intercom,
        Trait::VideoStream,
    ];

    #[test]
    fn every_trait_has_one_row_or_is_known_to_have_none() {
        for trait_ in Trait::ALL {
            let rows = TABLE.iter().filter(|row| row.trait_ == *trait_).count();
            assert_eq!(rows, usize::from(!ABSENT.contains(trait_)), "{trait_}");
        }
    }

    #[test]
    fn capabilities_exist_and_commands_are_unambiguous() {
        for attribute in TABLE.iter().flat_map(|row| row.attributes) {
            let id = attribute.capability.strip_prefix("st.").unwrap();
            assert!(CAPABILITIES.contains(&id), "{id}");
            let names: BTreeSet<_> = attribute.commands.iter().map(|(name, _)| name).collect();
            assert_eq!(names.len(), attribute.commands.len(), "{id}");
        }
    }

    #[test]
    fn what_takes_commands_there_takes_them_here() {
        for row in TABLE {
            let commanded = row.attributes.iter().any(|attribute| !attribute.commands.is_empty());
            assert_eq!(commanded, row.trait_.can_be_commanded(), "{}", row.trait_);
        }
    }
}
