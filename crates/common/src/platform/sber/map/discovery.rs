//! What Sber is told of a device document.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::category::{Category, category};
use super::function::{Domain, Function};
use super::link::{self, Link, offered};
use super::table::TABLE;
use crate::model::{Device, FieldError};
use crate::platform::Review;
use crate::platform::sber::wire;

/// What Sber and SmartThings demand and the vendor may leave out.
const UNKNOWN: &str = "Unknown";

/// The device as get devices answers it; `None` when it is not offered to Sber.
pub fn describe(device: &Device) -> Option<wire::Device> {
    let (category, links) = offered(device)?;
    Some(wire::Device {
        id: device.id.to_string(),
        parent_id: device.parent.as_ref().map(ToString::to_string),
        name: device.name.clone(),
        default_name: device.model.as_ref().unwrap_or(&device.name).clone(),
        home: device.home.clone(),
        room: device.room.clone(),
        groups: Vec::new(),
        model_id: None,
        model: Some(model(device, category, &links)),
        hw_version: device.hw_version.clone(),
        sw_version: device.sw_version.clone(),
        partner_meta: None,
    })
}

fn model(device: &Device, category: Category, links: &[Link<'_>]) -> wire::Model {
    let mut features = vec![Function::Online];
    for link in links {
        if !features.contains(&link.function) {
            features.push(link.function);
        }
    }
    let allowed_values = features
        .iter()
        .filter_map(|function| Some((function.as_str().to_owned(), allowed(*function, links)?)))
        .collect();
    let id = device.overrides.sber.model_id.clone();
    wire::Model {
        id: id.unwrap_or_else(|| model_id(device, category, &features, &allowed_values)),
        manufacturer: device.manufacturer.as_deref().unwrap_or(UNKNOWN).to_owned(),
        model: device.model.as_deref().unwrap_or(UNKNOWN).to_owned(),
        // Versions belong to the device: models with the same id must be the same.
        hw_version: None,
        sw_version: None,
        description: None,
        category: category.as_str().to_owned(),
        features: features.iter().map(|function| function.as_str().to_owned()).collect(),
        allowed_values,
    }
}

/// What the function can be on this model, unless that is all it can be anywhere.
fn allowed(function: Function, links: &[Link<'_>]) -> Option<wire::AllowedValues> {
    let mut own = links.iter().filter(|link| link.function == function);
    match function.spec().domain {
        Domain::Bool | Domain::Colour => None,
        Domain::Enum(all) => {
            let values: Vec<_> = own.flat_map(|link| link.words()).map(str::to_owned).collect();
            let narrowed = values.iter().map(String::as_str).collect::<BTreeSet<_>>() != all.iter().copied().collect();
            narrowed.then_some(wire::AllowedValues::Enum { enum_values: wire::EnumValues { values } })
        }
        Domain::Integer { .. } => {
            let span = own.next()?.span()?;
            let stated = span.stated && function.bounds() != Some((span.min, span.max, span.step));
            let [min, max, step] = [span.min, span.max, span.step].map(|number| wire::Integer(number.round()));
            let integer_values = wire::IntegerValues { min, max, step };
            stated.then_some(wire::AllowedValues::Integer { integer_values })
        }
        Domain::Float { .. } => {
            let span = own.next()?.span()?;
            let stated = span.stated && function.bounds() != Some((span.min, span.max, span.step));
            let float_values = wire::FloatValues { min: span.min, max: span.max };
            stated.then_some(wire::AllowedValues::Float { float_values })
        }
    }
}

/// A name for exactly this variant: Sber silently drops devices whose models share an id and differ.
fn model_id(
    device: &Device,
    category: Category,
    features: &[Function],
    allowed_values: &BTreeMap<String, wire::AllowedValues>,
) -> String {
    #[derive(Serialize)]
    struct Variant<'a> {
        allowed_values: &'a BTreeMap<String, wire::AllowedValues>,
        category: &'a str,
        features: BTreeSet<&'a str>,
    }
    let variant = Variant {
        allowed_values,
        category: category.as_str(),
        features: features.iter().map(|function| function.as_str()).collect(),
    };
    let json = serde_json::to_value(variant).map(sorted).unwrap_or_default();
    let mut digest = hex::encode(Sha256::digest(json));
    digest.truncate(12);
    format!("{}-{digest}", device.model.as_deref().unwrap_or(device.device_type.as_str()))
}

/// Compact JSON with the members of every object sorted, whatever order the map of `serde_json` is built to keep.
fn sorted(json: serde_json::Value) -> String {
    match json {
        serde_json::Value::Object(members) => {
            let members: BTreeMap<String, serde_json::Value> = members.into_iter().collect();
            let member = |(name, value)| format!("{}:{}", serde_json::Value::String(name), sorted(value));
            format!("{{{}}}", members.into_iter().map(member).collect::<Vec<_>>().join(","))
        }
        serde_json::Value::Array(items) => {
            format!("[{}]", items.into_iter().map(sorted).collect::<Vec<_>>().join(","))
        }
        leaf => leaf.to_string(),
    }
}

/// What the vendor should know at registration.
pub fn review(device: &Device) -> Review {
    let mut review = Review::default();
    let chosen = &device.overrides.sber;
    let category = category(device);
    if let (Some(name), None) = (&chosen.category, category) {
        let known = Category::ALL.iter().map(|category| category.as_str()).collect::<Vec<_>>().join(", ");
        review.errors.push(FieldError {
            path: "$.overrides.sber.category".to_owned(),
            detail: format!("must be one of {known}, is {name}"),
        });
    }
    if chosen.enabled == Some(false) {
        return review;
    }
    if let Some(category) = category {
        let links = link::links(device, category);
        let missing = link::missing(category, &links);
        for functions in &missing {
            review.warnings.push(format!("not offered to Sber: category {category} needs {}", wanted(functions)));
        }
        if missing.is_empty() && offered(device).is_none() {
            review.warnings.push(format!("not offered to Sber: no trait has a function of category {category}"));
        }
    }
    review
}

/// `function on_off (trait on_off)`, or several of which one will do.
fn wanted(functions: &[Function]) -> String {
    let mut each = Vec::new();
    for function in functions {
        let rows = TABLE.iter().filter(|row| row.functions.iter().any(|(f, _)| f == function));
        let traits: Vec<_> = rows.map(|row| row.trait_.as_str()).collect();
        if !traits.is_empty() {
            each.push(format!("function {function} (trait {})", traits.join(" or ")));
        }
    }
    each.join(" or ")
}
