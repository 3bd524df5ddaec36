//! What a device is, and whether its document can be taken.

use super::function::{Signal, Words};
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

#[cfg(test)]
mod tests {
    #![allow(clippy::needless_pass_by_value)] // json!(…) at the call reads better than &json!(…)

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::model::DeviceId;

    fn device(traits: Json, yandex: Json) -> Device {
        let document = json!({"owner": "u1", "type": "other", "name": "Thing", "traits": traits,
            "overrides": {"yandex": yandex}});
        Device::parse(&DeviceId::new("d-1").unwrap(), &document).unwrap()
    }

    fn described(traits: Json) -> Json {
        serde_json::to_value(describe(&device(traits, Json::Null))).unwrap()
    }

    #[test]
    fn two_traits_for_one_function_are_refused_at_the_later_one() {
        for (traits, paths) in [
            (json!({"on_off": {}, "open_state": {}}), vec!["$.traits.open_state"]),
            (json!({"on_off": {}, "lock": {}}), vec!["$.traits.lock"]),
            (json!({"on_off": {}, "vacuum": {}}), vec!["$.traits.vacuum"]),
            (json!({"pause": {}, "playback": {}}), vec!["$.traits.playback"]),
            (json!({"pause": {}, "vacuum": {}}), vec!["$.traits.vacuum"]),
            (json!({"pause": {}, "open_state": {"stop": true}}), vec!["$.traits.pause"]),
            (json!({"pause": {}, "open_state": {}}), vec![]),
            (json!({"on_off": {}, "pause": {}, "vacuum": {}}), vec!["$.traits.vacuum"]),
            (json!({"on_off": {}, "lock": {}, "open_state": {}}), vec!["$.traits.open_state", "$.traits.lock"]),
            (json!({"battery": {}, "battery_low": {}, "water_level": {}, "water_low": {}}), vec![]),
            (
                json!({"target_temperature": {"min": 5, "max": 30}, "temperature": {}, "color": {}, "color_scene": {}}),
                vec![],
            ),
        ] {
            let review = review(&device(traits.clone(), Json::Null));
            let found: Vec<_> = review.errors.iter().map(|error| error.path.as_str()).collect();
            assert_eq!(found, paths, "{traits}");
            assert_eq!(super::review(&device(traits, json!({"enabled": false}))).errors, []);
        }
    }

    #[test]
    fn a_type_that_yandex_does_not_know_is_refused() {
        let with_type = |name: &str| review(&device(json!({"on_off": {}}), json!({"type": name}))).errors;
        assert_eq!(with_type("devices.types.light.ceiling"), []);
        let errors = with_type("devices.types.lamp");
        assert_eq!(errors[0].path, "$.overrides.yandex.type");
        assert!(errors[0].detail.contains("devices.types.light.lamp"), "{}", errors[0].detail);
    }

    #[test]
    fn color_traits_share_one_capability_and_its_flags() {
        let light = described(json!({"color": {"color_model": "rgb", "reportable": false},
            "color_temperature": {"min": 2700.5, "max": 6500.5, "retrievable": false, "reportable": false},
            "color_scene": {"values": ["night"], "retrievable": false}}));
        assert_eq!(
            light["capabilities"],
            json!([{"type": "devices.capabilities.color_setting", "retrievable": true, "reportable": true,
                "parameters": {"color_model": "rgb", "temperature_k": {"min": 2701, "max": 6500},
                    "color_scene": {"scenes": [{"id": "night"}]}}}])
        );
    }

    #[test]
    fn what_has_no_words_there_is_not_there() {
        assert_eq!(described(json!({"swing": {"values": ["both"]}})), Json::Null);
        assert_eq!(described(json!({"playback": {"values": ["playing", "stopped"]}})), Json::Null);
        assert_eq!(described(json!({"presence": {}})), Json::Null);
    }

    #[test]
    fn command_only_and_momentary_have_no_state() {
        let device =
            described(json!({"on_off": {"command_only": true, "split": true}, "volume": {"command_only": true},
            "video_stream": {}, "button": {}}));
        assert_eq!(device["status_info"], json!({"reportable": true}));
        assert_eq!(
            device["capabilities"],
            json!([
                {"type": "devices.capabilities.on_off", "retrievable": false, "reportable": false,
                    "parameters": {"split": true}},
                {"type": "devices.capabilities.range", "retrievable": false, "reportable": false,
                    "parameters": {"instance": "volume", "unit": "unit.percent", "random_access": false,
                        "range": {"min": 0, "max": 100, "precision": 1}}},
                {"type": "devices.capabilities.video_stream", "retrievable": false, "reportable": false,
                    "parameters": {"protocols": ["hls"]}}])
        );
        assert_eq!(
            (&device["properties"][0]["retrievable"], &device["properties"][0]["reportable"]),
            (&json!(false), &json!(true))
        );
    }
}
