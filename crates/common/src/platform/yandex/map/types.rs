//! Device types.

use crate::model::DeviceType;

/// Every type name of Yandex, <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/device-types>.
pub const DEVICE_TYPES: &[&str] = &[
    "devices.types.light",
    "devices.types.light.lamp",
    "devices.types.light.ceiling",
    "devices.types.light.strip",
    "devices.types.light.garland",
    "devices.types.light.sconce",
    "devices.types.light.torchere",
    "devices.types.light.dimmable",
    "devices.types.socket",
    "devices.types.switch",
    "devices.types.switch.relay",
    "devices.types.thermostat",
    "devices.types.thermostat.ac",
    "devices.types.ventilation",
    "devices.types.ventilation.fan",
    "devices.types.humidifier",
    "devices.types.purifier",
    "devices.types.openable",
    "devices.types.openable.curtain",
    "devices.types.openable.valve",
    "devices.types.openable.door_lock",
    "devices.types.media_device",
    "devices.types.media_device.tv",
    "devices.types.media_device.tv_box",
    "devices.types.media_device.receiver",
    "devices.types.camera",
    "devices.types.cooking",
    "devices.types.cooking.coffee_maker",
    "devices.types.cooking.kettle",
    "devices.types.cooking.multicooker",
    "devices.types.dishwasher",
    "devices.types.iron",
    "devices.types.vacuum_cleaner",
    "devices.types.washing_machine",
    "devices.types.pet_drinking_fountain",
    "devices.types.pet_feeder",
    "devices.types.sensor",
    "devices.types.sensor.button",
    "devices.types.sensor.climate",
    "devices.types.sensor.gas",
    "devices.types.sensor.illumination",
    "devices.types.sensor.motion",
    "devices.types.sensor.open",
    "devices.types.sensor.smoke",
    "devices.types.sensor.vibration",
    "devices.types.sensor.water_leak",
    "devices.types.smart_meter",
    "devices.types.smart_meter.cold_water",
    "devices.types.smart_meter.hot_water",
    "devices.types.smart_meter.electricity",
    "devices.types.smart_meter.gas",
    "devices.types.smart_meter.heat",
    "devices.types.other",
];

/// The type name of a device type; `overrides.yandex.type` has precedence.
pub const fn device_type(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::Light => "devices.types.light",
        DeviceType::LightStrip => "devices.types.light.strip",
        DeviceType::Socket => "devices.types.socket",
        DeviceType::Switch => "devices.types.switch",
        DeviceType::Relay => "devices.types.switch.relay",
        DeviceType::Thermostat
        | DeviceType::Boiler
        | DeviceType::Heater
        | DeviceType::Radiator
        | DeviceType::FloorHeating => "devices.types.thermostat",
        DeviceType::AirConditioner => "devices.types.thermostat.ac",
        DeviceType::Fan => "devices.types.ventilation.fan",
        DeviceType::Ventilation => "devices.types.ventilation",
        DeviceType::Purifier => "devices.types.purifier",
        DeviceType::Humidifier => "devices.types.humidifier",
        DeviceType::Kettle => "devices.types.cooking.kettle",
        DeviceType::CoffeeMaker => "devices.types.cooking.coffee_maker",
        DeviceType::Multicooker => "devices.types.cooking.multicooker",
        DeviceType::Dishwasher => "devices.types.dishwasher",
        DeviceType::WashingMachine => "devices.types.washing_machine",
        DeviceType::Iron => "devices.types.iron",
        DeviceType::VacuumCleaner => "devices.types.vacuum_cleaner",
        DeviceType::Tv => "devices.types.media_device.tv",
        DeviceType::TvBox => "devices.types.media_device.tv_box",
        DeviceType::Receiver => "devices.types.media_device.receiver",
        DeviceType::MediaDevice => "devices.types.media_device",
        DeviceType::Curtain | DeviceType::Blind => "devices.types.openable.curtain",
        DeviceType::Gate | DeviceType::Lock => "devices.types.openable",
        DeviceType::Valve => "devices.types.openable.valve",
        DeviceType::Camera => "devices.types.camera",
        DeviceType::ClimateSensor => "devices.types.sensor.climate",
        DeviceType::MotionSensor => "devices.types.sensor.motion",
        DeviceType::ContactSensor => "devices.types.sensor.open",
        DeviceType::WaterLeakSensor => "devices.types.sensor.water_leak",
        DeviceType::SmokeSensor => "devices.types.sensor.smoke",
        DeviceType::GasSensor | DeviceType::CarbonMonoxideSensor => "devices.types.sensor.gas",
        DeviceType::VibrationSensor => "devices.types.sensor.vibration",
        DeviceType::IlluminanceSensor => "devices.types.sensor.illumination",
        DeviceType::Button => "devices.types.sensor.button",
        DeviceType::ElectricityMeter => "devices.types.smart_meter.electricity",
        DeviceType::GasMeter => "devices.types.smart_meter.gas",
        DeviceType::ColdWaterMeter => "devices.types.smart_meter.cold_water",
        DeviceType::HotWaterMeter => "devices.types.smart_meter.hot_water",
        DeviceType::HeatMeter => "devices.types.smart_meter.heat",
        DeviceType::PetFeeder => "devices.types.pet_feeder",
        DeviceType::PetFountain => "devices.types.pet_drinking_fountain",
        DeviceType::PresenceSensor => "devices.types.sensor",
        DeviceType::Intercom | DeviceType::Siren | DeviceType::Hub | DeviceType::Other => "devices.types.other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_a_name_that_yandex_knows() {
        for ours in DeviceType::ALL {
            assert!(DEVICE_TYPES.contains(&device_type(*ours)), "{ours}");
        }
    }
}
