//! What a device is, and whether its document can be taken.

use super::table::{Signal, Words};
use super::{DEVICE_TYPES, Function, color, color_model, device_type, functions, key, wanted};
use crate::model::{Access, Device, FieldError, Number, Trait};
use crate::platform::Review;
use crate::platform::yandex::wire::{
    self, Bounds, Capability, CapabilityKind, ColorScene, ColorSetting, EventParameters, FloatParameters, Instance,
    Mode, ModeParameters, OnOffParameters, Property, PropertyKind, RangeParameters, Scene, StatusInfo,
    StreamParameters, StreamProtocol,
};

/// Whether Yandex is told of the device: it is not switched off there, and something of it has a place there.
pub fn is_offered(device: &Device) -> bool {
    device.overrides.yandex.enabled != Some(false) && wanted(device).next().is_some()
}

/// The discovery object; `None` if the device is not offered.
pub fn describe(device: &Device) -> Option<wire::Device> {
    if !is_offered(device) {
        return None;
    }
    let mut capabilities: Vec<Capability> = Vec::new();
    let mut properties = Vec::new();
    for (trait_, function) in functions(device) {
        let (retrievable, reportable) = flags(device, trait_);
        match part(device, trait_, function) {
            Part::Property(kind) => properties.push(Property { kind, retrievable, reportable }),
            Part::Capability(kind) => capabilities.push(Capability { kind, retrievable, reportable }),
            Part::Color(more) => {
                // The color traits share one capability; it has a flag when one of them has it.
                let shared = capabilities.iter_mut().find_map(|capability| match &mut capability.kind {
                    CapabilityKind::ColorSetting { parameters } => {
                        Some((parameters, &mut capability.retrievable, &mut capability.reportable))
                    }
                    _ => None,
                });
                match shared {
                    Some((parameters, shared_retrievable, shared_reportable)) => {
                        parameters.color_model = parameters.color_model.or(more.color_model);
                        parameters.temperature_k = parameters.temperature_k.or(more.temperature_k);
                        parameters.color_scene = parameters.color_scene.take().or(more.color_scene);
                        *shared_retrievable |= retrievable;
                        *shared_reportable |= reportable;
                    }
                    None => {
                        let kind = CapabilityKind::ColorSetting { parameters: more };
                        capabilities.push(Capability { kind, retrievable, reportable });
                    }
                }
            }
        }
    }
    let overridden = device.overrides.yandex.device_type.clone().map(Into::into);
    Some(wire::Device {
        id: device.id.to_string(),
        name: device.name.clone(),
        status_info: Some(StatusInfo { reportable: true }),
        description: None,
        room: device.room.clone(),
        device_type: overridden.unwrap_or_else(|| device_type(device.device_type).into()),
        custom_data: None,
        capabilities,
        properties,
        device_info: device_info(device),
    })
}

fn device_info(device: &Device) -> Option<wire::DeviceInfo> {
    let info = wire::DeviceInfo {
        manufacturer: device.manufacturer.clone(),
        model: device.model.clone(),
        hw_version: device.hw_version.clone(),
        sw_version: device.sw_version.clone(),
    };
    (info != wire::DeviceInfo::default()).then_some(info)
}

/// `retrievable` and `reportable`.
fn flags(device: &Device, trait_: Trait) -> (bool, bool) {
    match (trait_.spec().access, device.options(trait_)) {
        // A click cannot be asked for, only told.
        (Access::Momentary, Some(_)) => (false, true),
        (Access::CommandOnly, _) | (_, None) => (false, false),
        (_, Some(options)) => (options.retrievable(), options.reportable()),
    }
}

enum Part {
    Capability(CapabilityKind),
    Color(ColorSetting),
    Property(PropertyKind),
}

fn part(device: &Device, trait_: Trait, function: Function) -> Part {
    let words = |words: Words| -> Vec<Mode> {
        let list = device.words(trait_);
        list.iter().filter_map(|word| words.encode(list, *word)).map(|value| Mode { value: value.into() }).collect()
    };
    let color = |setting| Part::Color(setting);
    match function {
        Function::OnOff(_) => {
            let split = device.options(trait_).and_then(|options| options.split).unwrap_or(false);
            Part::Capability(CapabilityKind::OnOff { parameters: OnOffParameters { split } })
        }
        Function::Toggle(instance, _) => {
            Part::Capability(CapabilityKind::Toggle { parameters: Instance { instance: instance.into() } })
        }
        Function::Range(instance, unit) => Part::Capability(CapabilityKind::Range {
            parameters: RangeParameters {
                instance: instance.into(),
                unit: unit.map(Into::into),
                random_access: device.options(trait_).is_none_or(|options| !options.command_only()),
                range: bounds(device, trait_),
            },
        }),
        Function::Mode(instance, mode_words) => Part::Capability(CapabilityKind::Mode {
            parameters: ModeParameters { instance: instance.into(), modes: words(mode_words) },
        }),
        Function::Color => color(ColorSetting { color_model: Some(color_model(device)), ..ColorSetting::default() }),
        Function::Temperature => {
            color(ColorSetting { temperature_k: color::kelvin_bounds(device), ..ColorSetting::default() })
        }
        Function::Scene => {
            let scenes = device.words(trait_).iter().map(|word| Scene { id: word.as_str().into() }).collect();
            color(ColorSetting { color_scene: Some(ColorScene { scenes }), ..ColorSetting::default() })
        }
        Function::VideoStream => Part::Capability(CapabilityKind::VideoStream {
            parameters: StreamParameters { protocols: vec![StreamProtocol::Hls] },
        }),
        Function::Float(instance, unit) => Part::Property(PropertyKind::Float {
            parameters: FloatParameters { instance: instance.into(), unit: unit.map(Into::into) },
        }),
        Function::Event(instance, signal) => {
            let events = match signal {
                Signal::Flag(yes, no) => [yes, no].map(|value| Mode { value: value.into() }).to_vec(),
                Signal::Words(event_words) => words(event_words),
            };
            Part::Property(PropertyKind::Event { parameters: EventParameters { instance: instance.into(), events } })
        }
    }
}

fn bounds(device: &Device, trait_: Trait) -> Option<Bounds> {
    let range = device.range(trait_)?;
    Some(Bounds { min: range.min?, max: range.max?, precision: range.step.unwrap_or(Number::ONE) })
}

/// What stands against registering a device: an unknown type name, and traits that want the same function.
pub fn review(device: &Device) -> Review {
    let mut review = Review::default();
    if let Some(name) = &device.overrides.yandex.device_type
        && !DEVICE_TYPES.contains(&name.as_str())
    {
        review.errors.push(FieldError {
            path: "$.overrides.yandex.type".to_owned(),
            detail: format!("must be one of {}", DEVICE_TYPES.join(", ")),
        });
    }
    // What is not offered there cannot be in the way there.
    if device.overrides.yandex.enabled == Some(false) {
        return review;
    }
    let wanted: Vec<(Trait, Function)> = wanted(device).collect();
    let mut refused: Vec<Trait> = Vec::new();
    for (index, (trait_, function)) in wanted.iter().enumerate() {
        let same = |earlier: &&(Trait, Function)| key(device, earlier.1) == key(device, *function);
        if let Some((first, _)) = wanted.iter().take(index).find(same)
            && !refused.contains(trait_)
        {
            refused.push(*trait_);
            let (entry_type, instance) = key(device, *function);
            review.errors.push(FieldError {
                path: format!("$.traits.{trait_}"),
                detail: format!(
                    "wants Yandex's {}:{instance} like {first}: declare one of them, \
                     or set overrides.yandex.enabled to false",
                    entry_type.short()
                ),
            });
        }
    }
    review
}
