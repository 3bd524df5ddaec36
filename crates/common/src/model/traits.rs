//! The traits: one row each.

use super::Word::{self, *};
use super::spec::{
    Access, Kind, NumberKind, RO, RW, Spec, event, flag, machine, number, percent, quantity, switch, words,
};
use super::vocabulary::vocabulary;

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
    ($(#[doc = $about:literal] $variant:ident $text:literal => $spec:expr;)*) => {
        vocabulary! {
            /// One named value of a device.
            Trait { $(#[doc = $about] $variant = $text,)* }
        }

        impl Trait {
            /// What it means, in one sentence.
            pub fn about(self) -> &'static str {
                let text = match self { $(Trait::$variant => $about,)* };
                text.trim_start()
            }

            /// The row of this trait.
            pub const fn spec(self) -> Spec {
                match self { $(Trait::$variant => $spec,)* }
            }
        }
    };
}

traits! {
    // light and power
    /// Whether it is on.
    OnOff "on_off" => switch();
    /// How bright the light is.
    Brightness "brightness" => percent(RW, 1, 100, Some(1));
    /// The color of the light, without its brightness.
    Color "color" => Spec::new(Kind::Color, RW);
    /// How warm or cold the white light is.
    ColorTemperature "color_temperature" => number(RW, NumberKind {
        unit: "K", min: Some(2000), max: Some(6500), step: Some(1), limits: (1000, 30000), range_required: false });
    /// The light scene that plays.
    ColorScene "color_scene" => words(RW, SCENES);
    /// Which of `color`, `color_temperature`, `color_scene` the light shows; the last one that was set.
    ColorMode "color_mode" => words(Access::Derived, &[Word::Color, Temperature, Scene]);
    /// Whether the light beside the main function is on.
    Backlight "backlight" => switch();
    /// Power drawn now.
    Power "power" => quantity("W");
    /// Energy drawn so far, as on a meter.
    Energy "energy" => quantity("kWh");
    /// Mains voltage.
    Voltage "voltage" => quantity("V");
    /// Current drawn now.
    Current "current" => quantity("A");
    /// Charge of the battery.
    Battery "battery" => percent(RO, 0, 100, Some(1));
    /// Whether the battery must be charged or replaced soon.
    BatteryLow "battery_low" => flag();
    /// How well the device hears its network.
    SignalStrength "signal_strength" => words(RO, &[Low, Medium, High]);
    // climate
    /// What heating or cooling does.
    ThermostatMode "thermostat_mode" => words(RW, &[Auto, Heat, Cool, Dry, FanOnly, Eco, Preheat]);
    /// The temperature to reach.
    TargetTemperature "target_temperature" => number(RW, NumberKind {
        unit: "°C", min: None, max: None, step: Some(1), limits: (-273, 10000), range_required: true });
    /// The measured temperature, of the air or of the water in it.
    Temperature "temperature" => number(RO, NumberKind {
        unit: "°C", min: Some(-50), max: Some(200), step: None, limits: (-273, 10000), range_required: false });
    /// The measured relative humidity.
    Humidity "humidity" => percent(RO, 0, 100, None);
    /// The relative humidity to reach.
    TargetHumidity "target_humidity" => percent(RW, 30, 90, Some(1));
    /// How fast the fan turns.
    FanSpeed "fan_speed" => words(RW, FAN);
    /// Where the air stream swings.
    Swing "swing" => words(RW, &[Off, Vertical, Horizontal, Both, Auto]);
    /// Whether the device turns from side to side.
    Oscillation "oscillation" => switch();
    /// Whether the air is ionized.
    Ionization "ionization" => switch();
    /// Whether it works quietly and without lights.
    NightMode "night_mode" => switch();
    /// Whether it scents the air.
    Aromatization "aromatization" => switch();
    /// Whether it disinfects the air.
    Decontamination "decontamination" => switch();
    /// How strongly it heats.
    HeatLevel "heat_level" => words(RW, &[Auto, Min, Normal, Max, Turbo]);
    /// Which way the air goes.
    VentilationMode "ventilation_mode" => words(RW, &[Auto, SupplyAir, ExtractionAir]);
    /// Whether the filter must be replaced.
    FilterReplace "filter_replace" => flag();
    /// Whether the ionizer must be replaced.
    IonizerReplace "ionizer_replace" => flag();
    /// How full the water tank is.
    WaterLevel "water_level" => percent(RO, 0, 100, None);
    /// Whether water must be filled in.
    WaterLow "water_low" => flag();
    /// How much water is in the tank.
    WaterVolume "water_volume" => number(RO, NumberKind {
        unit: "L", min: Some(0), max: Some(50), step: None, limits: (0, 50), range_required: false });
    // air and sensors
    /// Air pressure.
    Pressure "pressure" => quantity("Pa");
    /// How bright it is around the sensor.
    Illuminance "illuminance" => quantity("lx");
    /// Carbon dioxide in the air.
    Co2 "co2" => quantity("ppm");
    /// Particles up to 1 µm in the air.
    Pm1 "pm1" => quantity("µg/m³");
    /// Particles up to 2.5 µm in the air.
    Pm25 "pm2_5" => quantity("µg/m³");
    /// Particles up to 10 µm in the air.
    Pm10 "pm10" => quantity("µg/m³");
    /// Volatile organic compounds in the air.
    Tvoc "tvoc" => quantity("µg/m³");
    /// Formaldehyde in the air.
    Formaldehyde "formaldehyde" => quantity("mg/m³");
    /// Whether something moves.
    Motion "motion" => flag().urgent();
    /// Whether a door or window is open.
    Contact "contact" => words(RO, &[Open, Closed]).urgent();
    /// Whether there is water where none should be.
    WaterLeak "water_leak" => flag().urgent();
    /// Whether there is smoke, and whether much.
    Smoke "smoke" => words(RO, GAS).urgent();
    /// Whether there is gas, and whether much.
    Gas "gas" => words(RO, GAS).urgent();
    /// Whether there is carbon monoxide.
    CarbonMonoxide "carbon_monoxide" => words(RO, &[Clear, Detected]).urgent();
    /// Whether somebody opens or moves the device.
    Tamper "tamper" => flag().urgent();
    /// Whether the alarm is silenced.
    AlarmMute "alarm_mute" => flag();
    /// Whether somebody is there.
    Presence "presence" => flag();
    /// A button was pressed.
    Button "button" => event(&[Click, DoubleClick, LongPress]);
    /// The thing it is fixed to was moved.
    Vibration "vibration" => event(&[Tilt, Fall, Word::Vibration]);
    /// Which alarm signal is given.
    Siren "siren" => words(RW, &[Off, Word::Siren, Strobe, Both]);
    /// A meter reading without a fixed unit.
    Meter "meter" => quantity("");
    /// Gas used so far.
    GasMeter "gas_meter" => quantity("m³");
    /// Water used so far.
    WaterMeter "water_meter" => quantity("m³");
    /// Heat used so far.
    HeatMeter "heat_meter" => quantity("Gcal");
    /// How full the food container is.
    FoodLevel "food_level" => percent(RO, 0, 100, None);
    // covers, locks, appliances, media
    /// How far open it is; 0 is closed.
    Position "position" => percent(RW, 0, 100, Some(1));
    /// Whether it is open or closed, or on its way.
    OpenState "open_state" => machine(&[Open, Closed, Opening, Closing, Stopped], &[Open, Close, Stop]);
    /// How far the slats are turned; 0 lets no light through.
    Tilt "tilt" => percent(RW, 0, 100, None);
    /// Whether it is locked.
    Lock "lock" => machine(&[Locked, Unlocked, Jammed], &[Locked, Unlocked]).urgent();
    /// Whether the controls at the device are locked.
    ChildLock "child_lock" => switch();
    /// Whether its work is interrupted.
    Pause "pause" => switch();
    /// Whether it keeps its content warm.
    KeepWarm "keep_warm" => switch();
    /// How fast it works.
    WorkSpeed "work_speed" => words(RW, &[Auto, Min, Slow, Medium, Fast, Max, Turbo]);
    /// Which programme of an appliance runs or is chosen.
    Program "program" => words(RW, PROGRAM);
    /// Which programme of a dishwasher runs or is chosen.
    Dishwashing "dishwashing" => words(RW, &[Auto, Eco, Express, Glass, Intensive, PreRinse, Quiet]);
    /// Which coffee is made.
    CoffeeMode "coffee_mode" => words(RW, &[Americano, Cappuccino, Double, DoubleEspresso, Espresso, Latte]);
    /// Which tea the water is heated for.
    TeaMode "tea_mode" => words(RW, &[BlackTea, FlowerTea, GreenTea, HerbalTea, OolongTea, PuerhTea, RedTea, WhiteTea]);
    /// How a cleaner cleans.
    CleaningMode "cleaning_mode" => words(RW, &[Auto, Eco, Express, Normal, Quiet, Dry, Wet, Mixed]);
    /// Where and along which path a vacuum cleaner cleans.
    VacuumProgram "vacuum_program" => words(RW, &[Smart, Perimeter, Spot, RandomRoute]);
    /// What a vacuum cleaner is doing.
    Vacuum "vacuum" => machine(
        &[Cleaning, Paused, Returning, Docked, Charging, Idle, Error], &[Start, Word::Pause, Resume, Dock, Stop]);
    /// How loud it is.
    Volume "volume" => percent(RW, 0, 100, Some(1));
    /// Whether the sound is off.
    Mute "mute" => switch();
    /// Which channel is on.
    Channel "channel" => number(RW, NumberKind {
        unit: "", min: Some(0), max: Some(999), step: Some(1), limits: (0, 999), range_required: false });
    /// Where picture or sound come from.
    InputSource "input_source" => words(RW, &[Tv, Hdmi1, Hdmi2, Hdmi3, Hdmi4, Av, Usb, Bluetooth, Content, Screencast]);
    /// Whether something plays.
    Playback "playback" => words(RW, &[Playing, Paused, Stopped]);
    /// A key of the remote control to press.
    RemoteKey "remote_key" => words(Access::CommandOnly, &[
        Up, Down, Left, Right, Confirm, Back, Home, Previous, Next, Key0, Key1, Key2, Key3, Key4, Key5, Key6, Key7, Key8,
        Key9]);
    /// Whether somebody rings.
    IncomingCall "incoming_call" => flag().urgent();
    /// Opens the door, or turns a caller away.
    Intercom "intercom" => words(Access::CommandOnly, &[Unlock, Reject]);
    /// The address of its video stream.
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
