//! Reading and validating a device document.
//!
//! Everything wrong is named, each by its JSON path (RFC 9535) with what would be right, so that one attempt is enough.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::device::{describe_range, list};
use super::fields::{Errors, Fields, member_path, plain_text};
use super::{
    ColorModel, Device, DeviceId, FieldError, Kind, Number, Overrides, Range, SberOverrides, SmartThingsOverrides,
    Trait, TraitOptions, UserId, Word, YandexOverrides,
};

/// Far more than any profile has; keeps a document far below what one item of the table can hold.
pub(super) const CAPABILITIES_MAX: usize = 100;

impl Device {
    /// Reads a device document sent for the device `id`.
    ///
    /// # Errors
    /// Everything that is wrong with it, never empty.
    pub fn parse(id: &DeviceId, document: &Json) -> Result<Device, Vec<FieldError>> {
        let mut errors = Errors::default();
        let device = read_device(id, document, &mut errors);
        match device {
            Some(device) if errors.0.is_empty() => Ok(device),
            _ => Err(errors.0),
        }
    }
}

fn read_device(id: &DeviceId, document: &Json, errors: &mut Errors) -> Option<Device> {
    let mut fields = Fields::new("$", document, errors);
    let same_id = format!("must be the id of the address, {id}");
    fields.read("id", errors, &same_id, |json| (json.as_str() == Some(id.as_str())).then_some(()));

    let owner_right = "a text of 1 to 128 printable characters";
    let owner = fields.read("owner", errors, &format!("must be {owner_right}"), |json| UserId::new(json.as_str()?));
    let owner = fields.required("owner", owner, errors, owner_right);
    let type_right = "one of the device types, for example light, socket or climate_sensor";
    let device_type = fields.read("type", errors, &format!("must be {type_right}"), |json| json.as_str()?.parse().ok());
    let device_type = fields.required("type", device_type, errors, type_right);
    let name_right = "a text of 1 to 100 characters without control characters";
    let name = fields.read("name", errors, &format!("must be {name_right}"), |json| plain_text(json, 100));
    let name = fields.required("name", name, errors, name_right);
    let parent_right = "must be a device id: 1 to 128 of A-Z a-z 0-9 _ . : -";
    let parent = fields.read("parent", errors, parent_right, |json| DeviceId::new(json.as_str()?));
    if parent.as_ref() == Some(id) {
        errors.add("$.parent", "must be another device");
    }
    let (room, home) = (fields.text("room", errors), fields.text("home", errors));
    let (manufacturer, model) = (fields.text("manufacturer", errors), fields.text("model", errors));
    let (hw_version, sw_version) = (fields.text("hw_version", errors), fields.text("sw_version", errors));

    let traits_right = "an object with at least one trait, for example {\"on_off\": {}}";
    let traits = fields.get("traits").map(|json| read_traits(json, errors));
    let traits = fields.required("traits", traits, errors, traits_right);
    let overrides = fields.get("overrides").map(|json| read_overrides(json, errors)).unwrap_or_default();
    fields.finish(errors);

    Some(Device {
        id: id.clone(),
        owner: owner?,
        device_type: device_type?,
        name: name?,
        room,
        home,
        parent,
        manufacturer,
        model,
        hw_version,
        sw_version,
        traits: traits?,
        overrides,
    })
}

fn read_traits(json: &Json, errors: &mut Errors) -> BTreeMap<Trait, TraitOptions> {
    let path = "$.traits";
    let Some(members) = json.as_object() else {
        errors.add(path, "must be an object whose members are traits, for example {\"on_off\": {}}");
        return BTreeMap::new();
    };
    if members.is_empty() {
        errors.add(path, "must have at least one trait, for example {\"on_off\": {}}");
    }
    let mut traits = BTreeMap::new();
    for (name, options) in members {
        let path = member_path(path, name);
        match name.parse::<Trait>() {
            Err(_) => errors.add(&path, "is not a trait; see the list in docs/model.md"),
            Ok(trait_) => {
                traits.insert(trait_, read_options(trait_, &path, options, errors));
            }
        }
    }
    let colors = [Trait::Color, Trait::ColorTemperature, Trait::ColorScene];
    if traits.contains_key(&Trait::ColorMode) && !colors.iter().any(|color| traits.contains_key(color)) {
        errors.add("$.traits.color_mode", "needs one of color, color_temperature, color_scene beside it");
    }
    traits
}

fn read_options(trait_: Trait, path: &str, json: &Json, errors: &mut Errors) -> TraitOptions {
    let spec = trait_.spec();
    let mut options = TraitOptions::default();
    let mut fields = Fields::new(path, json, errors);
    match spec.kind {
        Kind::Number(kind) => {
            let limits = Range { min: Some(kind.limits.0.into()), max: Some(kind.limits.1.into()), step: None };
            let right = format!("must be a number {}", describe_range(limits, kind.unit));
            let number = |json: &Json| match json {
                Json::Number(number) => Number::from_json(number),
                _ => None,
            };
            let inside = |json: &Json| number(json).filter(|number| limits.contains(*number));
            options.min = fields.read("min", errors, &right, inside);
            options.max = fields.read("max", errors, &right, inside);
            options.step = fields
                .read("step", errors, "must be a number above 0", |json| number(json).filter(|n| *n > Number::ZERO));
            if kind.range_required {
                for (name, value) in [("min", options.min), ("max", options.max)] {
                    fields.required(name, value, errors, &format!("a number {}", describe_range(limits, kind.unit)));
                }
            }
            let min = options.min.or(kind.min.map(Number::from));
            let max = options.max.or(kind.max.map(Number::from));
            if let (Some(min), Some(max)) = (min, max)
                && min >= max
            {
                let (name, right) = match options.max {
                    None => ("min", format!("must be below max, which is {max} where nothing is said, is {min}")),
                    Some(_) => ("max", format!("must be above min, which is {min}, is {max}")),
                };
                errors.add(&fields.path(name), right);
            }
            if let (Some(min), Some(max), Some(step)) = (min, max, options.step)
                && min < max
                && step > max.minus(min)
            {
                errors.add(&fields.path("step"), format!("must not be larger than the range from {min} to {max}"));
            }
        }
        Kind::Enum { states: words, .. } | Kind::Event(words) => {
            options.values = read_words(&mut fields, words, errors);
        }
        Kind::Color => {
            options.color_model =
                fields.read("color_model", errors, "must be \"hsv\" or \"rgb\"", |json| match json.as_str() {
                    Some("hsv") => Some(ColorModel::Hsv),
                    Some("rgb") => Some(ColorModel::Rgb),
                    _ => None,
                });
        }
        Kind::Bool | Kind::Stream => {}
    }
    options.retrievable = fields.flag("retrievable", errors);
    options.reportable = fields.flag("reportable", errors);
    if trait_.can_be_commanded() {
        options.command_only = fields.flag("command_only", errors);
    }
    match trait_ {
        Trait::OnOff => options.split = fields.flag("split", errors),
        Trait::OpenState => options.stop = fields.flag("stop", errors),
        _ => {}
    }
    fields.finish(errors);
    options
}

fn read_words(fields: &mut Fields<'_>, vocabulary: &[Word], errors: &mut Errors) -> Option<Vec<Word>> {
    let json = fields.get("values")?;
    let path = fields.path("values");
    // A longer list has something wrong or twice in any case; each fault would be told with the whole vocabulary.
    let length = 1..=vocabulary.len();
    let Some(items) = json.as_array().filter(|items| length.contains(&items.len())) else {
        errors.add(&path, format!("must be a list of at least one of {}, each once", list(vocabulary)));
        return None;
    };
    let mut words = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let word = item.as_str().and_then(|text| text.parse().ok()).filter(|word| vocabulary.contains(word));
        match word {
            None => errors.add(&format!("{path}[{index}]"), format!("must be one of {}", list(vocabulary))),
            Some(word) if words.contains(&word) => {
                errors.add(&format!("{path}[{index}]"), format!("{word} is there twice"));
            }
            Some(word) => words.push(word),
        }
    }
    Some(words)
}

fn read_overrides(json: &Json, errors: &mut Errors) -> Overrides {
    let mut overrides = Overrides::default();
    let mut fields = Fields::new("$.overrides", json, errors);
    if let Some(json) = fields.get("yandex") {
        let mut fields = Fields::new("$.overrides.yandex", json, errors);
        let right = "must be a whole type name, for example devices.types.light.ceiling";
        overrides.yandex = YandexOverrides {
            enabled: fields.flag("enabled", errors),
            device_type: fields.read("type", errors, right, |json| {
                plain_text(json, 100)
                    .filter(|text| text.strip_prefix("devices.types.").is_some_and(|tail| !tail.is_empty()))
            }),
        };
        fields.finish(errors);
    }
    if let Some(json) = fields.get("sber") {
        let mut fields = Fields::new("$.overrides.sber", json, errors);
        overrides.sber = SberOverrides {
            enabled: fields.flag("enabled", errors),
            category: fields.text("category", errors),
            model_id: fields.text("model_id", errors),
        };
        fields.finish(errors);
    }
    if let Some(json) = fields.get("smartthings") {
        let mut fields = Fields::new("$.overrides.smartthings", json, errors);
        let right =
            "must be a list of at most 100 capability ids without st., for example [\"switch\", \"switchLevel\"]";
        overrides.smartthings = SmartThingsOverrides {
            enabled: fields.flag("enabled", errors),
            device_handler_type: fields.text("device_handler_type", errors),
            capabilities: fields.read("capabilities", errors, right, |json| {
                json.as_array()
                    .filter(|items| items.len() <= CAPABILITIES_MAX)?
                    .iter()
                    .map(|item| plain_text(item, 100).filter(|text| !text.starts_with("st.")))
                    .collect::<Option<Vec<_>>>()
            }),
        };
        fields.finish(errors);
    }
    fields.finish(errors);
    overrides
}
