//! Closed lists: <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/capability-types>,
//! <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/properties-types>.

pub(super) const ON_OFF: &str = "devices.capabilities.on_off";
pub(super) const COLOR: &str = "devices.capabilities.color_setting";
pub(super) const MODE: &str = "devices.capabilities.mode";
pub(super) const RANGE: &str = "devices.capabilities.range";
pub(super) const TOGGLE: &str = "devices.capabilities.toggle";
pub(super) const VIDEO: &str = "devices.capabilities.video_stream";
pub(super) const FLOAT: &str = "devices.properties.float";
pub(super) const EVENT: &str = "devices.properties.event";

pub(super) const CAPABILITIES: [&str; 6] = [ON_OFF, COLOR, MODE, RANGE, TOGGLE, VIDEO];
pub(super) const PROPERTIES: [&str; 2] = [FLOAT, EVENT];
pub(super) const COLOR_INSTANCES: [&str; 4] = ["rgb", "hsv", "temperature_k", "scene"];

pub(super) const SCENES: &[&str] = &[
    "alarm", "alice", "candle", "dinner", "fantasy", "garland", "jungle", "movie", "neon", "night", "ocean", "party",
    "reading", "rest", "romance", "siren", "sunrise", "sunset",
];

pub(super) const MODE_INSTANCES: &[&str] = &[
    "cleanup_mode",
    "coffee_mode",
    "dishwashing",
    "fan_speed",
    "heat",
    "input_source",
    "program",
    "swing",
    "tea_mode",
    "thermostat",
    "ventilation_mode",
    "work_speed",
];

#[rustfmt::skip]
pub(super) const MODES: &[&str] = &[
    "auto", "eco", "smart", "turbo", "cool", "dry", "fan_only", "heat", "preheat", "high", "low", "medium", "max",
    "min", "fast", "slow", "express", "normal", "quiet", "horizontal", "stationary", "vertical", "supply_air",
    "extraction_air", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "americano",
    "cappuccino", "double", "espresso", "double_espresso", "latte", "black_tea", "flower_tea", "green_tea",
    "herbal_tea", "oolong_tea", "puerh_tea", "red_tea", "white_tea", "glass", "intensive", "pre_rinse",
    "wet_cleaning", "dry_cleaning", "mixed_cleaning", "vacuum", "boiling", "baking", "dessert", "baby_food", "fowl",
    "frying", "yogurt", "cereals", "macaroni", "milk_porridge", "multicooker", "steam", "pasta", "pizza", "pilaf",
    "sauce", "soup", "stewing", "slow_cook", "deep_fryer", "bread", "aspic", "cheesecake",
];

/// Instance, units (empty: none), and the bounds that the declared range must keep.
type Range = (&'static str, &'static [&'static str], Option<(f64, f64)>);

pub(super) const RANGES: &[Range] = &[
    ("brightness", &["unit.percent"], Some((0.0, 100.0))),
    ("channel", &[], None),
    ("humidity", &["unit.percent"], Some((0.0, 100.0))),
    ("open", &["unit.percent"], Some((0.0, 100.0))),
    ("temperature", &["unit.temperature.celsius", "unit.temperature.kelvin"], None),
    ("volume", &["unit.percent"], None),
];

/// A unit may be left out.
pub(super) const UNIT_OPTIONAL: &[&str] = &["volume", "channel"];

pub(super) const TOGGLES: &[&str] =
    &["backlight", "controls_locked", "ionization", "keep_warm", "mute", "oscillation", "pause"];

/// Instance, units (empty: none), bounds.
pub(super) const FLOATS: &[(&str, &[&str], f64, f64)] = &[
    ("amperage", &["unit.ampere"], 0.0, f64::MAX),
    ("battery_level", &["unit.percent"], 0.0, 100.0),
    ("co2_level", &["unit.ppm"], 0.0, f64::MAX),
    ("electricity_meter", &["unit.kilowatt_hour"], 0.0, f64::MAX),
    ("food_level", &["unit.percent"], 0.0, 100.0),
    ("gas_meter", &["unit.cubic_meter"], 0.0, f64::MAX),
    ("heat_meter", &["unit.gigacalorie"], 0.0, f64::MAX),
    ("humidity", &["unit.percent"], 0.0, 100.0),
    ("illumination", &["unit.illumination.lux"], 0.0, f64::MAX),
    ("meter", &[], 0.0, f64::MAX),
    ("pm1_density", &["unit.density.mcg_m3"], 0.0, f64::MAX),
    ("pm2.5_density", &["unit.density.mcg_m3"], 0.0, f64::MAX),
    ("pm10_density", &["unit.density.mcg_m3"], 0.0, f64::MAX),
    ("power", &["unit.watt"], 0.0, f64::MAX),
    (
        "pressure",
        &["unit.pressure.atm", "unit.pressure.pascal", "unit.pressure.bar", "unit.pressure.mmhg"],
        0.0,
        f64::MAX,
    ),
    ("temperature", &["unit.temperature.celsius", "unit.temperature.kelvin"], f64::MIN, f64::MAX),
    ("tvoc", &["unit.density.mcg_m3"], 0.0, f64::MAX),
    ("voltage", &["unit.volt"], 0.0, f64::MAX),
    ("water_level", &["unit.percent"], 0.0, 100.0),
    ("water_meter", &["unit.cubic_meter"], 0.0, f64::MAX),
];

pub(super) const EVENTS: &[(&str, &[&str])] = &[
    ("vibration", &["tilt", "fall", "vibration"]),
    ("open", &["opened", "closed"]),
    ("button", &["click", "double_click", "long_press"]),
    ("motion", &["detected", "not_detected"]),
    ("smoke", &["detected", "not_detected", "high"]),
    ("gas", &["detected", "not_detected", "high"]),
    ("battery_level", &["low", "normal"]),
    ("food_level", &["empty", "low", "normal"]),
    ("water_level", &["empty", "low", "normal"]),
    ("water_leak", &["dry", "leak"]),
];

#[rustfmt::skip]
pub(super) const TYPES: &[&str] = &[
    "light", "light.lamp", "light.ceiling", "light.strip", "light.garland", "light.sconce", "light.torchere",
    "light.dimmable", "socket", "switch", "switch.relay", "thermostat", "thermostat.ac", "ventilation",
    "ventilation.fan", "humidifier", "purifier", "openable", "openable.curtain", "openable.valve",
    "openable.door_lock", "media_device", "media_device.tv", "media_device.tv_box", "media_device.receiver", "camera",
    "cooking", "cooking.coffee_maker", "cooking.kettle", "cooking.multicooker", "dishwasher", "iron",
    "vacuum_cleaner", "washing_machine", "pet_drinking_fountain", "pet_feeder", "sensor", "sensor.button",
    "sensor.climate", "sensor.gas", "sensor.illumination", "sensor.motion", "sensor.open", "sensor.smoke",
    "sensor.vibration", "sensor.water_leak", "smart_meter", "smart_meter.cold_water", "smart_meter.hot_water",
    "smart_meter.electricity", "smart_meter.gas", "smart_meter.heat", "other",
];

/// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/response-codes>
pub(super) const ERROR_CODES: &[&str] = &[
    "DOOR_OPEN",
    "LID_OPEN",
    "REMOTE_CONTROL_DISABLED",
    "NOT_ENOUGH_WATER",
    "LOW_CHARGE_LEVEL",
    "CONTAINER_FULL",
    "CONTAINER_EMPTY",
    "DRIP_TRAY_FULL",
    "DEVICE_STUCK",
    "DEVICE_OFF",
    "FIRMWARE_OUT_OF_DATE",
    "NOT_ENOUGH_DETERGENT",
    "HUMAN_INVOLVEMENT_NEEDED",
    "DEVICE_UNREACHABLE",
    "DEVICE_BUSY",
    "INTERNAL_ERROR",
    "INVALID_ACTION",
    "INVALID_VALUE",
    "NOT_SUPPORTED_IN_CURRENT_MODE",
    "ACCOUNT_LINKING_ERROR",
    "DEVICE_NOT_FOUND",
];
