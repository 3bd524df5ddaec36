//! The traits: one row each.

use super::Word::{self, *};
use super::vocabulary::vocabulary;

/// What kind of value a trait has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Bool,
    /// A number with a fixed unit.
    Number(NumberKind),
    /// A word of a closed vocabulary.
    Enum {
        /// The words a state can be.
        states: &'static [Word],
        /// The words a command can be, where they are others than the states.
        commands: &'static [Word],
    },
    /// Hue and saturation.
    Color,
    /// A momentary word: never state, never merged, repeated or queried.
    Event(&'static [Word]),
    /// A video stream; it has no state, its command answers an address.
    Stream,
}

/// Unit, default range and hard limits of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberKind {
    /// The unit, as a person writes it; empty for a plain number.
    pub unit: &'static str,
    /// The least value when the device declares none.
    pub min: Option<i32>,
    /// The greatest value when the device declares none.
    pub max: Option<i32>,
    /// The grid when the device declares none.
    pub step: Option<i32>,
    /// What a device may declare as its least and greatest value.
    pub limits: (i32, i32),
    /// Whether the device must declare `min` and `max`.
    pub range_required: bool,
}

/// Who may change a trait, and whether it keeps a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Has a state and takes commands.
    ReadWrite,
    /// Has a state, takes no commands.
    ReadOnly,
    /// Has a state that follows from other traits; declaring it changes nothing.
    Derived,
    /// Takes commands, keeps no state.
    CommandOnly,
    /// Happens; neither state nor command.
    Momentary,
}

/// One row of the model: everything about a trait that is not about a platform.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spec {
    /// The kind of value.
    pub kind: Kind,
    /// Who may change it.
    pub access: Access,
    /// Its change is sent to the platforms at once, not gathered with others.
    pub urgent: bool,
}

const ANY: i32 = 1_000_000_000;

impl Spec {
    const fn new(kind: Kind, access: Access) -> Self {
        Spec { kind, access, urgent: false }
    }
    const fn urgent(self) -> Self {
        Spec { urgent: true, ..self }
    }
}

const RW: Access = Access::ReadWrite;
const RO: Access = Access::ReadOnly;

const fn switch() -> Spec {
    Spec::new(Kind::Bool, RW)
}
const fn flag() -> Spec {
    Spec::new(Kind::Bool, RO)
}
const fn words(access: Access, states: &'static [Word]) -> Spec {
    Spec::new(Kind::Enum { states, commands: states }, access)
}
const fn machine(states: &'static [Word], commands: &'static [Word]) -> Spec {
    Spec::new(Kind::Enum { states, commands }, RW)
}
const fn event(words: &'static [Word]) -> Spec {
    Spec::new(Kind::Event(words), Access::Momentary).urgent()
}
const fn number(access: Access, kind: NumberKind) -> Spec {
    Spec::new(Kind::Number(kind), access)
}
/// A percentage: always within 0 to 100.
const fn percent(access: Access, min: i32, max: i32, step: Option<i32>) -> Spec {
    let range = NumberKind { unit: "%", min: Some(min), max: Some(max), step, limits: (0, 100), range_required: false };
    number(access, range)
}
/// A measured quantity that cannot be negative.
const fn quantity(unit: &'static str) -> Spec {
    number(RO, NumberKind { unit, min: Some(0), max: None, step: None, limits: (0, ANY), range_required: false })
}

const FAN: &[Word] = &[Auto, Quiet, Low, Medium, High, Turbo];
const GAS: &[Word] = &[Clear, Detected, High];
const PROGRAM: &[Word] = &[
    Auto,
    Express,
    Normal,
    Eco,
    Turbo,
    Smart,
    Steam,
    One,
    Two,
    Three,
    Four,
    Five,
    Six,
    Seven,
    Eight,
    Nine,
    Ten,
    Vacuum,
    Boiling,
    Baking,
    Dessert,
    BabyFood,
    Fowl,
    Frying,
    Yogurt,
    Cereals,
    Macaroni,
    MilkPorridge,
    Multicooker,
    Pasta,
    Pizza,
    Pilaf,
    Sauce,
    Soup,
    Stewing,
    SlowCook,
    DeepFryer,
    Bread,
    Aspic,
    Cheesecake,
];
const SCENES: &[Word] = &[
    Alarm, Alice, Candle, Dinner, Fantasy, Garland, Jungle, Movie, Neon, Night, Ocean, Party, Reading, Rest, Romance,
    Siren, Sunrise, Sunset,
];

macro_rules! traits {
    ($($variant:ident $text:literal => $spec:expr;)*) => {
        vocabulary! {
            /// One named value of a device.
            Trait { $($variant = $text,)* }
        }

        impl Trait {
            /// The row of this trait.
            pub const fn spec(self) -> Spec {
                match self { $(Trait::$variant => $spec,)* }
            }
        }
    };
}

traits! {
    // light and power
    OnOff "on_off" => switch();
    Brightness "brightness" => percent(RW, 1, 100, Some(1));
    Color "color" => Spec::new(Kind::Color, RW);
    ColorTemperature "color_temperature" => number(RW, NumberKind {
        unit: "K", min: Some(2000), max: Some(6500), step: Some(1), limits: (1000, 30000), range_required: false });
    ColorScene "color_scene" => words(RW, SCENES);
    ColorMode "color_mode" => words(Access::Derived, &[Word::Color, Temperature, Scene]);
    Backlight "backlight" => switch();
    Power "power" => quantity("W");
    Energy "energy" => quantity("kWh");
    Voltage "voltage" => quantity("V");
    Current "current" => quantity("A");
    Battery "battery" => percent(RO, 0, 100, Some(1));
    BatteryLow "battery_low" => flag();
    SignalStrength "signal_strength" => words(RO, &[Low, Medium, High]);
    // climate
    ThermostatMode "thermostat_mode" => words(RW, &[Auto, Heat, Cool, Dry, FanOnly, Eco, Preheat]);
    TargetTemperature "target_temperature" => number(RW, NumberKind {
        unit: "°C", min: None, max: None, step: Some(1), limits: (-50, 200), range_required: true });
    Temperature "temperature" => number(RO, NumberKind {
        unit: "°C", min: Some(-50), max: Some(200), step: None, limits: (-273, 10000), range_required: false });
    Humidity "humidity" => percent(RO, 0, 100, None);
    TargetHumidity "target_humidity" => percent(RW, 30, 90, Some(1));
    FanSpeed "fan_speed" => words(RW, FAN);
    Swing "swing" => words(RW, &[Off, Vertical, Horizontal, Both, Auto]);
    Oscillation "oscillation" => switch();
    Ionization "ionization" => switch();
    NightMode "night_mode" => switch();
    Aromatization "aromatization" => switch();
    Decontamination "decontamination" => switch();
    HeatLevel "heat_level" => words(RW, &[Auto, Min, Normal, Max, Turbo]);
    VentilationMode "ventilation_mode" => words(RW, &[Auto, SupplyAir, ExtractionAir]);
    FilterReplace "filter_replace" => flag();
    IonizerReplace "ionizer_replace" => flag();
    WaterLevel "water_level" => percent(RO, 0, 100, None);
    WaterLow "water_low" => flag();
    WaterVolume "water_volume" => number(RO, NumberKind {
        unit: "L", min: Some(0), max: Some(50), step: None, limits: (0, 50), range_required: false });
    // air and sensors
    Pressure "pressure" => quantity("Pa");
    Illuminance "illuminance" => quantity("lx");
    Co2 "co2" => quantity("ppm");
    Pm1 "pm1" => quantity("µg/m³");
    Pm25 "pm2_5" => quantity("µg/m³");
    Pm10 "pm10" => quantity("µg/m³");
    Tvoc "tvoc" => quantity("µg/m³");
    Formaldehyde "formaldehyde" => quantity("mg/m³");
    Motion "motion" => flag().urgent();
    Contact "contact" => words(RO, &[Open, Closed]).urgent();
    WaterLeak "water_leak" => flag().urgent();
    Smoke "smoke" => words(RO, GAS).urgent();
    Gas "gas" => words(RO, GAS).urgent();
    CarbonMonoxide "carbon_monoxide" => words(RO, &[Clear, Detected]).urgent();
    Tamper "tamper" => flag().urgent();
    AlarmMute "alarm_mute" => flag();
    Presence "presence" => flag();
    Button "button" => event(&[Click, DoubleClick, LongPress]);
    Vibration "vibration" => event(&[Tilt, Fall, Word::Vibration]);
    Siren "siren" => words(RW, &[Off, Word::Siren, Strobe, Both]);
    Meter "meter" => quantity("");
    GasMeter "gas_meter" => quantity("m³");
    WaterMeter "water_meter" => quantity("m³");
    HeatMeter "heat_meter" => quantity("Gcal");
    FoodLevel "food_level" => percent(RO, 0, 100, None);
    // covers, locks, appliances, media
    Position "position" => percent(RW, 0, 100, Some(1));
    OpenState "open_state" => machine(&[Open, Closed, Opening, Closing, Stopped], &[Open, Close, Stop]);
    Tilt "tilt" => percent(RW, 0, 100, Some(1));
    Lock "lock" => machine(&[Locked, Unlocked, Jammed], &[Locked, Unlocked]).urgent();
    ChildLock "child_lock" => switch();
    Pause "pause" => switch();
    KeepWarm "keep_warm" => switch();
    WorkSpeed "work_speed" => words(RW, &[Auto, Min, Slow, Medium, Fast, Max, Turbo]);
    Program "program" => words(RW, PROGRAM);
    Dishwashing "dishwashing" => words(RW, &[Auto, Eco, Express, Glass, Intensive, PreRinse, Quiet]);
    CoffeeMode "coffee_mode" => words(RW, &[Americano, Cappuccino, Double, DoubleEspresso, Espresso, Latte]);
    TeaMode "tea_mode" => words(RW, &[BlackTea, FlowerTea, GreenTea, HerbalTea, OolongTea, PuerhTea, RedTea, WhiteTea]);
    CleaningMode "cleaning_mode" => words(RW, &[Auto, Eco, Express, Normal, Quiet, Dry, Wet, Mixed]);
    VacuumProgram "vacuum_program" => words(RW, &[Smart, Perimeter, Spot, RandomRoute]);
    Vacuum "vacuum" => machine(
        &[Cleaning, Paused, Returning, Docked, Charging, Idle, Error], &[Start, Word::Pause, Resume, Dock, Stop]);
    Volume "volume" => percent(RW, 0, 100, Some(1));
    Mute "mute" => switch();
    Channel "channel" => number(RW, NumberKind {
        unit: "", min: Some(0), max: Some(999), step: Some(1), limits: (0, 999), range_required: false });
    InputSource "input_source" => words(RW, &[Tv, Hdmi1, Hdmi2, Hdmi3, Hdmi4, Av, Usb, Bluetooth, Content, Screencast]);
    Playback "playback" => words(RW, &[Playing, Paused, Stopped]);
    RemoteKey "remote_key" => words(Access::CommandOnly, &[
        Up, Down, Left, Right, Confirm, Back, Home, Previous, Next, Key0, Key1, Key2, Key3, Key4, Key5, Key6, Key7, Key8,
        Key9]);
    IncomingCall "incoming_call" => flag().urgent();
    Intercom "intercom" => words(Access::CommandOnly, &[Unlock, Reject]);
    VideoStream "video_stream" => Spec::new(Kind::Stream, Access::CommandOnly);
}

impl Trait {
    /// Whether a platform can command it on a device that declares it.
    pub fn can_be_commanded(self) -> bool {
        matches!(self.spec().access, Access::ReadWrite | Access::CommandOnly)
    }

    /// Whether it happens instead of lasting.
    pub fn is_event(self) -> bool {
        self.spec().access == Access::Momentary
    }

    /// Whether values of it are kept (unless the device declares `command_only`).
    pub fn keeps_state(self) -> bool {
        matches!(self.spec().access, Access::ReadWrite | Access::ReadOnly | Access::Derived)
    }
}
