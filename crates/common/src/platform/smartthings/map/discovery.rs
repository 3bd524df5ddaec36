//! Device document → SmartThings device.

use crate::model::{Device, DeviceType, FieldError};
use crate::platform::Review;

use super::super::wire;
use super::capabilities::CAPABILITIES;
use super::handler::Handler;
use super::rows::TABLE;

/// Longest text that a reader of the interface reports as accepted.
const TEXT_MAX: usize = 100;

/// What a discovery says of a device; `None` if it is not offered. A function of the document alone.
pub fn describe(device: &Device) -> Option<wire::Device> {
    let handler = Handler::of(device)?;
    let or_unknown = |text: &Option<String>| text.as_deref().map_or_else(|| "Unknown".to_owned(), shortened);
    let optional = |text: &Option<String>| text.as_deref().map(shortened);
    Some(wire::Device {
        external_device_id: device.id.to_string(),
        device_cookie: None,
        friendly_name: shortened(&device.name),
        manufacturer_info: wire::ManufacturerInfo {
            manufacturer_name: or_unknown(&device.manufacturer),
            model_name: or_unknown(&device.model),
            hw_version: optional(&device.hw_version),
            sw_version: optional(&device.sw_version),
        },
        device_context: Some(wire::DeviceContext {
            room_name: optional(&device.room),
            groups: None,
            categories: Some(vec![category(device.device_type).to_owned()]),
        }),
        device_handler_type: handler.id.to_owned(),
        device_unique_id: None,
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(TEXT_MAX).collect()
}

/// What is wrong with a document, or worth knowing, as far as SmartThings is concerned.
pub fn review(device: &Device) -> Review {
    let overrides = &device.overrides.smartthings;
    let mut review = Review::default();
    for (index, id) in overrides.capabilities.iter().flatten().enumerate() {
        if !CAPABILITIES.contains(&id.as_str()) {
            let path = format!("$.overrides.smartthings.capabilities[{index}]");
            let detail =
                format!("must be the id of a SmartThings capability without st., for example switch; {id} is none");
            review.errors.push(FieldError { path, detail });
        }
    }
    if overrides.enabled == Some(false) {
        return review;
    }
    if overrides.capabilities.is_some() && overrides.device_handler_type.is_none() {
        review.warnings.push(
            "SmartThings: overrides.smartthings.capabilities says nothing without overrides.smartthings.device_handler_type"
                .to_owned(),
        );
    }
    if Handler::of(device).is_none() {
        let has_capability = TABLE.iter().any(|row| device.has(row.trait_));
        review.warnings.push(match (has_capability, &overrides.device_handler_type) {
            (false, _) => "not offered to SmartThings: it has no capability for any of these traits".to_owned(),
            (true, Some(id)) => format!("not offered to SmartThings: {id} has no capability for any of these traits"),
            (true, None) => format!(
                "not offered to SmartThings: no built-in device handler type fits a {} with these traits; set \
                 overrides.smartthings.device_handler_type to the id of a device profile",
                device.device_type
            ),
        });
    }
    review
}

/// The name of a device profile's category, in lower case as in the examples of the interface.
///
/// <https://developer.smartthings.com/docs/devices/device-profiles>
fn category(device_type: DeviceType) -> &'static str {
    match device_type {
        DeviceType::Light | DeviceType::LightStrip => "light",
        DeviceType::Socket => "smartplug",
        DeviceType::Switch | DeviceType::Relay => "switch",
        DeviceType::Thermostat
        | DeviceType::Boiler
        | DeviceType::Heater
        | DeviceType::Radiator
        | DeviceType::FloorHeating => "thermostat",
        DeviceType::AirConditioner => "airconditioner",
        DeviceType::Fan => "fan",
        DeviceType::Ventilation => "vent",
        DeviceType::Purifier => "airpurifier",
        DeviceType::Dishwasher => "dishwasher",
        DeviceType::WashingMachine => "washer",
        DeviceType::VacuumCleaner => "robotcleaner",
        DeviceType::Tv | DeviceType::TvBox => "television",
        DeviceType::Receiver => "receiver",
        DeviceType::Curtain | DeviceType::Blind => "blind",
        DeviceType::Gate => "garagedoor",
        DeviceType::Valve => "watervalve",
        DeviceType::Lock => "smartlock",
        DeviceType::Camera => "camera",
        DeviceType::ClimateSensor => "temphumiditysensor",
        DeviceType::MotionSensor => "motionsensor",
        DeviceType::ContactSensor => "contactsensor",
        DeviceType::WaterLeakSensor => "leaksensor",
        DeviceType::SmokeSensor => "smokedetector",
        DeviceType::GasSensor | DeviceType::CarbonMonoxideSensor | DeviceType::VibrationSensor => "genericsensor",
        DeviceType::IlluminanceSensor => "lightsensor",
        DeviceType::Button => "button",
        DeviceType::ElectricityMeter => "curbpowermeter",
        DeviceType::PetFeeder => "feeder",
        DeviceType::Siren => "siren",
        DeviceType::PresenceSensor => "presencesensor",
        DeviceType::Hub => "hub",
        DeviceType::Humidifier
        | DeviceType::Kettle
        | DeviceType::CoffeeMaker
        | DeviceType::Multicooker
        | DeviceType::Iron
        | DeviceType::MediaDevice
        | DeviceType::Intercom
        | DeviceType::GasMeter
        | DeviceType::ColdWaterMeter
        | DeviceType::HotWaterMeter
        | DeviceType::HeatMeter
        | DeviceType::PetFountain
        | DeviceType::Other => "others",
    }
}
