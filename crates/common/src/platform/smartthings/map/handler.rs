//! As what a device is offered: a built-in device handler type or a profile of the vendor.
//!
//! <https://developer.smartthings.com/docs/devices/cloud-connected/device-handler-types>

use std::cmp::Reverse;

use crate::model::{Device, DeviceType, Trait, Word};

use super::built_in::built_in;
use super::rows::TABLE;
use super::table::Attribute;

/// What a device is offered as.
#[derive(Clone, Copy, Debug)]
pub struct Handler<'a> {
    /// `deviceHandlerType`.
    pub id: &'a str,
    capabilities: Capabilities<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Capabilities<'a> {
    /// Of a built-in type, with `st.`.
    BuiltIn(&'static [&'static str]),
    /// Of a profile, without `st.`.
    Listed(&'a [String]),
    /// Of a profile of which only the id is known: all that the traits map to.
    All,
}

impl<'a> Handler<'a> {
    /// The handler of a device; `None` if it is not offered.
    pub fn of(device: &'a Device) -> Option<Self> {
        let overrides = &device.overrides.smartthings;
        if overrides.enabled == Some(false) {
            return None;
        }
        match &overrides.device_handler_type {
            Some(id) => {
                let listed = overrides.capabilities.as_deref().map(Capabilities::Listed);
                let built_in = || built_in(id).map(Capabilities::BuiltIn);
                let handler = Handler { id, capabilities: listed.or_else(built_in).unwrap_or(Capabilities::All) };
                (handler.traits_served(device) > 0).then_some(handler)
            }
            None => best_built_in(device),
        }
    }

    /// Whether it has a capability, given with `st.`.
    pub fn has(self, capability: &str) -> bool {
        match self.capabilities {
            Capabilities::BuiltIn(ids) => ids.contains(&capability),
            Capabilities::Listed(ids) => {
                capability.strip_prefix("st.").is_some_and(|id| ids.iter().any(|listed| listed == id))
            }
            Capabilities::All => true,
        }
    }

    /// Whether its capabilities are known by name.
    pub fn is_named(self) -> bool {
        !matches!(self.capabilities, Capabilities::All)
    }

    /// The attributes of a device offered like this, each with its trait.
    pub fn attributes(self, device: &Device) -> impl Iterator<Item = (Trait, &'static Attribute)> {
        TABLE
            .iter()
            .filter(|row| device.has(row.trait_))
            .flat_map(|row| row.attributes.iter().map(|attribute| (row.trait_, attribute)))
            .filter(move |(_, attribute)| attribute.is_used(device, self))
    }

    fn traits_served(self, device: &Device) -> usize {
        TABLE
            .iter()
            .filter(|row| device.has(row.trait_))
            .filter(|row| row.attributes.iter().any(|attribute| attribute.is_used(device, self)))
            .count()
    }
}

/// The one with the most of the device's traits; of several the one that promises the least.
fn best_built_in(device: &Device) -> Option<Handler<'_>> {
    let fitting = candidates(device.device_type)
        .iter()
        .filter(|(id, needs)| needs.iter().all(|trait_| device.has(*trait_)) && speeds_fit(device, id))
        .filter_map(|(id, _)| Some((*id, built_in(id)?)));
    // `rev`, because of equal ones `max_by_key` takes the last.
    let (id, capabilities) = fitting.collect::<Vec<_>>().into_iter().rev().max_by_key(|(id, capabilities)| {
        let handler = Handler { id, capabilities: Capabilities::BuiltIn(capabilities) };
        (handler.traits_served(device), Reverse(capabilities.len()))
    })?;
    Some(Handler { id, capabilities: Capabilities::BuiltIn(capabilities) })
}

/// The speeds of a fan in the order of `fanSpeed` 1, 2, … (model.md C6).
pub(super) fn speeds(device: &Device) -> Vec<Word> {
    let declared = device.words(Trait::FanSpeed);
    [Word::Quiet, Word::Low, Word::Medium, Word::High, Word::Turbo]
        .into_iter()
        .filter(|word| declared.contains(word))
        .collect()
}

fn speeds_fit(device: &Device, id: &str) -> bool {
    let wanted = match id {
        "c2c-fan-controller-2speed" => 2,
        "c2c-fan-controller-3speed" => 3,
        "c2c-fan-controller-4speed" => 4,
        _ => return true,
    };
    speeds(device).len() == wanted
}

/// A built-in type and the traits without which it makes no sense.
type Candidate = (&'static str, &'static [Trait]);

const SWITCH: Candidate = ("c2c-switch", &[Trait::OnOff]);
const LIGHTS: &[Candidate] = &[
    SWITCH,
    ("c2c-dimmer", &[Trait::Brightness]),
    ("c2c-color-temperature-bulb", &[Trait::ColorTemperature]),
    ("c2c-rgb-color-bulb", &[Trait::Color]),
    ("c2c-rgbw-color-bulb", &[Trait::Color, Trait::ColorTemperature]),
];
const SOCKETS: &[Candidate] = &[
    SWITCH,
    ("c2c-switch-power", &[Trait::OnOff, Trait::Power]),
    ("c2c-switch-energy", &[Trait::OnOff, Trait::Energy]),
    ("c2c-switch-power-energy", &[Trait::OnOff, Trait::Power, Trait::Energy]),
];
const FANS: &[Candidate] = &[
    SWITCH,
    ("c2c-fan-controller-2speed", &[Trait::FanSpeed]),
    ("c2c-fan-controller-3speed", &[Trait::FanSpeed]),
    ("c2c-fan-controller-4speed", &[Trait::FanSpeed]),
];

/// The built-in types for a type of device; none where a profile is needed.
fn candidates(device_type: DeviceType) -> &'static [Candidate] {
    match device_type {
        DeviceType::Light | DeviceType::LightStrip => LIGHTS,
        DeviceType::Socket | DeviceType::Switch | DeviceType::Relay => SOCKETS,
        DeviceType::Fan => FANS,
        DeviceType::Kettle
        | DeviceType::CoffeeMaker
        | DeviceType::Multicooker
        | DeviceType::Dishwasher
        | DeviceType::WashingMachine
        | DeviceType::Iron
        | DeviceType::Hub
        | DeviceType::Other => &[SWITCH],
        DeviceType::Curtain | DeviceType::Blind => {
            &[("c2c-shade", &[Trait::OpenState]), ("c2c-shade", &[Trait::Position])]
        }
        DeviceType::Valve => &[("c2c-valve", &[Trait::OpenState])],
        DeviceType::Lock => &[("c2c-lock-2", &[Trait::Lock])],
        DeviceType::ClimateSensor => &[("c2c-humidity", &[Trait::Humidity]), ("c2c-humidity-2", &[Trait::Humidity])],
        DeviceType::MotionSensor => &[("c2c-motion-2", &[Trait::Motion]), ("c2c-motion", &[Trait::Motion])],
        DeviceType::ContactSensor => &[
            ("c2c-contact-3", &[Trait::Contact]),
            ("c2c-contact", &[Trait::Contact]),
            ("c2c-contact-5", &[Trait::Contact]),
        ],
        DeviceType::WaterLeakSensor => &[("c2c-leak-2", &[Trait::WaterLeak]), ("c2c-leak", &[Trait::WaterLeak])],
        DeviceType::SmokeSensor => &[("c2c-smoke", &[Trait::Smoke]), ("c2c-smoke-2", &[Trait::Smoke])],
        DeviceType::CarbonMonoxideSensor => {
            &[("c2c-carbon-monoxide-3", &[Trait::CarbonMonoxide]), ("c2c-carbon-monoxide", &[Trait::CarbonMonoxide])]
        }
        DeviceType::Button => &[("c2c-button-2", &[Trait::Button]), ("c2c-button", &[Trait::Button])],
        DeviceType::Siren => &[("c2c-siren-2", &[Trait::Siren])],
        DeviceType::PresenceSensor => &[("c2c-arrival-3", &[Trait::Presence])],
        DeviceType::Thermostat
        | DeviceType::Boiler
        | DeviceType::Heater
        | DeviceType::Radiator
        | DeviceType::FloorHeating
        | DeviceType::AirConditioner
        | DeviceType::Ventilation
        | DeviceType::Purifier
        | DeviceType::Humidifier
        | DeviceType::VacuumCleaner
        | DeviceType::Tv
        | DeviceType::TvBox
        | DeviceType::Receiver
        | DeviceType::MediaDevice
        | DeviceType::Gate
        | DeviceType::Intercom
        | DeviceType::Camera
        | DeviceType::GasSensor
        | DeviceType::VibrationSensor
        | DeviceType::IlluminanceSensor
        | DeviceType::ElectricityMeter
        | DeviceType::GasMeter
        | DeviceType::ColdWaterMeter
        | DeviceType::HotWaterMeter
        | DeviceType::HeatMeter
        | DeviceType::PetFeeder
        | DeviceType::PetFountain => &[],
    }
}
