//! Sber's categories with the functions each may have: <https://developers.sber.ru/docs/ru/smarthome/c2c/devices>.

use super::function::Function::{self, *};
use crate::model::vocabulary::vocabulary;
use crate::model::{Device, DeviceType, Trait};

/// The functions of a category; anything else in a model makes Sber drop the device without a word. Every category has
/// `online`, which is not named here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CategorySpec {
    /// Must be there.
    pub obligatory: &'static [Function],
    /// At least one must be there, unless empty.
    pub any_of: &'static [Function],
    /// May be there.
    pub optional: &'static [Function],
}

const fn spec(obligatory: &'static [Function], optional: &'static [Function]) -> CategorySpec {
    CategorySpec { obligatory, any_of: &[], optional }
}
const fn cover(optional: &'static [Function]) -> CategorySpec {
    CategorySpec { obligatory: &[OpenState], any_of: &[OpenSet, OpenPercentage], optional }
}

const LAMP: CategorySpec = spec(&[OnOff], &[LightBrightness, LightColour, LightColourTemp, LightMode]);

macro_rules! categories {
    ($($variant:ident $text:literal => $spec:expr;)*) => {
        vocabulary! {
            /// A category of Sber.
            Category { $($variant = $text,)* }
        }

        impl Category {
            /// The row of this category.
            pub const fn spec(self) -> CategorySpec {
                match self { $(Category::$variant => $spec,)* }
            }
        }
    };
}

categories! {
    Curtain "curtain" => cover(&[
        OpenRate, OpenLeftSet, OpenLeftState, OpenLeftPercentage, OpenRightSet, OpenRightState, OpenRightPercentage,
        BatteryLowPower, BatteryPercentage, SignalStrength]);
    Gate "gate" => cover(&[
        OpenRate, OpenLeftSet, OpenLeftState, OpenLeftPercentage, OpenRightSet, OpenRightState, OpenRightPercentage,
        SignalStrength]);
    Hub "hub" => spec(&[], &[]);
    HvacAc "hvac_ac" => spec(&[OnOff, HvacTempSet], &[
        HvacWorkMode, HvacAirFlowPower, HvacAirFlowDirection, HvacHumiditySet, HvacIonization, HvacNightMode, Humidity,
        Temperature]);
    HvacAirPurifier "hvac_air_purifier" => spec(&[OnOff], &[
        HvacAirFlowPower, HvacAromatization, HvacDecontaminate, HvacIonization, HvacNightMode, HvacReplaceFilter,
        HvacReplaceIonizator]);
    HvacBoiler "hvac_boiler" => spec(&[OnOff], &[HvacTempSet, HvacThermostatMode, HvacHeatingRate, Temperature]);
    HvacFan "hvac_fan" => spec(&[OnOff], &[HvacAirFlowPower, HvacDirectionSet]);
    HvacHeater "hvac_heater" => spec(&[OnOff], &[HvacTempSet, HvacThermostatMode, HvacAirFlowPower, Temperature]);
    HvacHumidifier "hvac_humidifier" => spec(&[OnOff], &[
        Humidity, HvacHumiditySet, HvacAirFlowPower, HvacIonization, HvacNightMode, HvacReplaceFilter,
        HvacReplaceIonizator, HvacWaterLevel, HvacWaterLowLevel, HvacWaterPercentage]);
    HvacRadiator "hvac_radiator" => spec(&[OnOff], &[HvacTempSet, Temperature]);
    HvacUnderfloorHeating "hvac_underfloor_heating" => spec(&[OnOff], &[
        HvacTempSet, HvacThermostatMode, HvacHeatingRate, Temperature]);
    Intercom "intercom" => spec(&[], &[IncomingCall, RejectCall, Unlock]);
    Kettle "kettle" => spec(&[OnOff], &[
        KitchenWaterTemperature, KitchenWaterTemperatureSet, KitchenWaterLevel, KitchenWaterLowLevel, ChildLock]);
    LedStrip "led_strip" => LAMP;
    Light "light" => LAMP;
    Relay "relay" => spec(&[OnOff], &[Current, Power, Voltage]);
    ScenarioButton "scenario_button" => CategorySpec {
        obligatory: &[],
        any_of: &[
            ButtonEvent, Button1Event, Button2Event, Button3Event, Button4Event, Button5Event, Button6Event,
            Button7Event, Button8Event, Button9Event, Button10Event, ButtonLeftEvent, ButtonRightEvent,
            ButtonTopLeftEvent, ButtonTopRightEvent, ButtonBottomLeftEvent, ButtonBottomRightEvent],
        optional: &[BatteryLowPower, BatteryPercentage, SignalStrength],
    };
    SensorAir "sensor_air" => CategorySpec {
        obligatory: &[],
        any_of: &[Temperature, Humidity, Co2, Pm1, Pm25, Pm10, TvocFloat, HchoFloat],
        optional: &[TempUnitView, BatteryLowPower, BatteryPercentage, SignalStrength],
    };
    SensorDoor "sensor_door" => spec(&[DoorcontactState], &[
        TamperAlarm, SensorSensitive, BatteryLowPower, BatteryPercentage, SignalStrength]);
    SensorGas "sensor_gas" => spec(&[GasLeakState], &[
        AlarmMute, SensorSensitive, BatteryLowPower, BatteryPercentage, SignalStrength]);
    SensorPir "sensor_pir" => spec(&[Pir], &[SensorSensitive, BatteryLowPower, BatteryPercentage, SignalStrength]);
    SensorSmoke "sensor_smoke" => spec(&[SmokeState], &[
        AlarmMute, BatteryLowPower, BatteryPercentage, SignalStrength]);
    SensorTemp "sensor_temp" => CategorySpec {
        obligatory: &[],
        any_of: &[Temperature, Humidity],
        optional: &[AirPressure, TempUnitView, SensorSensitive, BatteryLowPower, BatteryPercentage, SignalStrength],
    };
    SensorWaterLeak "sensor_water_leak" => spec(&[WaterLeakState], &[
        BatteryLowPower, BatteryPercentage, SignalStrength]);
    Socket "socket" => spec(&[OnOff], &[ChildLock, Current, Power, Voltage]);
    Tv "tv" => spec(&[OnOff], &[
        Source, Volume, VolumeInt, Mute, Channel, ChannelInt, Direction, Number, CustomKey]);
    VacuumCleaner "vacuum_cleaner" => spec(&[], &[
        VacuumCleanerCommand, VacuumCleanerStatus, VacuumCleanerProgram, VacuumCleanerCleaningType, BatteryPercentage,
        ChildLock]);
    Valve "valve" => cover(&[BatteryLowPower, BatteryPercentage, SignalStrength]);
    WindowBlind "window_blind" => cover(&[
        OpenRate, LightTransmissionPercentage, BatteryLowPower, BatteryPercentage, SignalStrength]);
}

impl Category {
    /// Whether a device of this category may have the function.
    pub fn has(self, function: Function) -> bool {
        let spec = self.spec();
        [spec.obligatory, spec.any_of, spec.optional].iter().any(|functions| functions.contains(&function))
    }
}

/// What an air monitor measures and a thermometer does not.
const AIR: &[Trait] = &[Trait::Co2, Trait::Pm1, Trait::Pm25, Trait::Pm10, Trait::Tvoc, Trait::Formaldehyde];

/// The category of a device: the vendor's choice, else by its type. `None` where Sber has none.
pub fn category(device: &Device) -> Option<Category> {
    if let Some(chosen) = &device.overrides.sber.category {
        return chosen.parse().ok();
    }
    match device.device_type {
        DeviceType::Light => Some(Category::Light),
        DeviceType::LightStrip => Some(Category::LedStrip),
        DeviceType::Socket => Some(Category::Socket),
        DeviceType::Switch | DeviceType::Relay => Some(Category::Relay),
        DeviceType::Thermostat | DeviceType::Boiler => Some(Category::HvacBoiler),
        DeviceType::Heater => Some(Category::HvacHeater),
        DeviceType::Radiator => Some(Category::HvacRadiator),
        DeviceType::FloorHeating => Some(Category::HvacUnderfloorHeating),
        DeviceType::AirConditioner => Some(Category::HvacAc),
        DeviceType::Fan | DeviceType::Ventilation => Some(Category::HvacFan),
        DeviceType::Purifier => Some(Category::HvacAirPurifier),
        DeviceType::Humidifier => Some(Category::HvacHumidifier),
        DeviceType::Kettle => Some(Category::Kettle),
        DeviceType::VacuumCleaner => Some(Category::VacuumCleaner),
        DeviceType::Tv | DeviceType::TvBox => Some(Category::Tv),
        DeviceType::Curtain => Some(Category::Curtain),
        DeviceType::Blind => Some(Category::WindowBlind),
        DeviceType::Gate => Some(Category::Gate),
        DeviceType::Valve => Some(Category::Valve),
        DeviceType::Intercom => Some(Category::Intercom),
        DeviceType::ClimateSensor if AIR.iter().any(|trait_| device.has(*trait_)) => Some(Category::SensorAir),
        DeviceType::ClimateSensor => Some(Category::SensorTemp),
        DeviceType::MotionSensor => Some(Category::SensorPir),
        DeviceType::ContactSensor => Some(Category::SensorDoor),
        DeviceType::WaterLeakSensor => Some(Category::SensorWaterLeak),
        DeviceType::SmokeSensor => Some(Category::SensorSmoke),
        DeviceType::GasSensor => Some(Category::SensorGas),
        DeviceType::Button => Some(Category::ScenarioButton),
        DeviceType::Hub => Some(Category::Hub),
        DeviceType::CoffeeMaker
        | DeviceType::Multicooker
        | DeviceType::Dishwasher
        | DeviceType::WashingMachine
        | DeviceType::Iron
        | DeviceType::Receiver
        | DeviceType::MediaDevice
        | DeviceType::Lock
        | DeviceType::Camera
        | DeviceType::CarbonMonoxideSensor
        | DeviceType::VibrationSensor
        | DeviceType::IlluminanceSensor
        | DeviceType::ElectricityMeter
        | DeviceType::GasMeter
        | DeviceType::ColdWaterMeter
        | DeviceType::HotWaterMeter
        | DeviceType::HeatMeter
        | DeviceType::PetFeeder
        | DeviceType::PetFountain
        | DeviceType::Siren
        | DeviceType::PresenceSensor
        | DeviceType::Other => None,
    }
}
