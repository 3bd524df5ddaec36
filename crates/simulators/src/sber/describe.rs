//! Devices and models: <https://developers.sber.ru/docs/ru/smarthome/c2c/device>, <https://developers.sber.ru/docs/ru/smarthome/c2c/model>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::categories::Category;
use super::functions::{Values, function};
use crate::check::{Findings, at};

const PARTNER_META_MAX_CHARS: usize = 1024;

/// Says what is wrong with a device; its id, if there is one. A model that is only named must be registered.
pub(super) fn device<'a>(
    device: &'a Json,
    path: &str,
    models: &BTreeMap<String, Json>,
    findings: &mut Findings,
) -> Option<&'a str> {
    let optional =
        ["parent_id", "home", "room", "groups", "model_id", "model", "hw_version", "sw_version", "partner_meta"];
    let members = findings.object(device, path, &["id", "name", "default_name"], &optional)?;
    let id = findings.text(members, "id", path, 1000);
    findings.text(members, "name", path, 1000);
    for name in ["default_name", "parent_id", "home", "room", "hw_version", "sw_version"] {
        findings.text(members, name, path, 1000);
    }
    if let Some(groups) = findings.array(members, "groups", path) {
        findings.words(groups, &at(path, "groups"));
    }
    if let Some(meta) = members.get("partner_meta") {
        if !meta.is_object() {
            findings.add(at(path, "partner_meta"), "is not an object");
        }
        if meta.to_string().chars().count() > PARTNER_META_MAX_CHARS {
            findings.add(at(path, "partner_meta"), format!("has more than {PARTNER_META_MAX_CHARS} characters"));
        }
    }
    match (members.get("model_id"), members.get("model")) {
        (Some(_), None) => {
            if let Some(model_id) = findings.text(members, "model_id", path, 1000)
                && !models.contains_key(model_id)
            {
                findings.add(at(path, "model_id"), format!("model {model_id} is not registered"));
            }
        }
        (None, Some(inline)) => drop(model(inline, &at(path, "model"), findings)),
        _ => findings.add(path, "has not exactly one of model_id and model"),
    }
    id
}

/// Says what is wrong with a model; its id, if there is one.
pub(super) fn model<'a>(model: &'a Json, path: &str, findings: &mut Findings) -> Option<&'a str> {
    let required = ["id", "manufacturer", "model", "category", "features"];
    let optional = ["hw_version", "sw_version", "description", "allowed_values", "dependencies"];
    let members = findings.object(model, path, &required, &optional)?;
    let id = findings.text(members, "id", path, 1000);
    for name in ["manufacturer", "model", "hw_version", "sw_version", "description"] {
        findings.text(members, name, path, 1000);
    }
    let category = findings.text(members, "category", path, 100);
    let known = category.and_then(Category::named);
    if let (Some(category), None) = (category, known) {
        findings.add(at(path, "category"), format!("{category:?} is no category"));
    }
    let features = findings.array(members, "features", path).map(Vec::as_slice).unwrap_or_default();
    let features = findings.words(features, &at(path, "features"));
    if let Some(category) = known {
        check_features(category, &features, &at(path, "features"), findings);
    }
    if let Some(allowed) = members.get("allowed_values") {
        let path = at(path, "allowed_values");
        match allowed.as_object() {
            None => findings.add(path, "is not an object"),
            Some(allowed) => check_allowed(allowed, &features, &path, findings),
        }
    }
    if let Some(dependencies) = members.get("dependencies") {
        check_dependencies(dependencies, &features, &at(path, "dependencies"), findings);
    }
    id
}

fn check_features(category: &Category, features: &[&str], path: &str, findings: &mut Findings) {
    for feature in features {
        if !category.has(feature) {
            findings.add(path, format!("{} has no function {feature}", category.name));
        }
    }
    for feature in ["online"].iter().chain(category.mandatory) {
        if !features.contains(feature) {
            findings.add(path, format!("{feature} is missing, {} needs it", category.name));
        }
    }
    if !category.any_of.is_empty() && !category.any_of.iter().any(|feature| features.contains(feature)) {
        findings.add(path, format!("{} needs one of {}", category.name, category.any_of.join(", ")));
    }
}

fn check_allowed(allowed: &Map<String, Json>, features: &[&str], path: &str, findings: &mut Findings) {
    for (key, entry) in allowed {
        let path = at(path, key);
        if !features.contains(&key.as_str()) {
            findings.add(&*path, "is none of the features");
        }
        let Some((_, values)) = function(key) else { continue };
        let list = match values {
            Values::Integer(..) => "integer_values",
            Values::Float(..) => "float_values",
            Values::Enum(_) => "enum_values",
            Values::Bool | Values::Colour => {
                findings.add(path, format!("a {} function has no allowed values", values.type_name()));
                continue;
            }
        };
        let Some(members) = findings.object(entry, &path, &["type", list], &[]) else { continue };
        findings.word(members, "type", &path, &[values.type_name()]);
        let (Some(list_value), path) = (members.get(list), at(&path, list)) else { continue };
        match values {
            Values::Integer(..) => {
                let Some(members) = findings.object(list_value, &path, &["min", "max", "step"], &[]) else { continue };
                let bound = |name| members.get(name).and_then(Json::as_str).and_then(integer);
                match (bound("min"), bound("max"), bound("step")) {
                    (Some(min), Some(max), Some(step)) if min <= max && step >= 1 => {}
                    _ => findings.add(path, "min, max and step are not integers as strings in this order, step from 1"),
                }
            }
            Values::Float(..) => {
                let Some(members) = findings.object(list_value, &path, &["min", "max"], &[]) else { continue };
                let bound = |name| members.get(name).and_then(Json::as_f64);
                match (bound("min"), bound("max")) {
                    (Some(min), Some(max)) if min <= max => {}
                    _ => findings.add(path, "min and max are not numbers in this order"),
                }
            }
            Values::Enum(words) => {
                let Some(members) = findings.object(list_value, &path, &["values"], &[]) else { continue };
                let items = findings.array(members, "values", &path).map(Vec::as_slice).unwrap_or_default();
                for word in findings.words(items, &at(&path, "values")) {
                    // Relative commands of a source are declared like values.
                    let is_step = key == "source" && (word == "+" || word == "-");
                    if !words.contains(&word) && !is_step {
                        findings.add(at(&path, "values"), format!("{word:?} is no value of {key}"));
                    }
                }
            }
            Values::Bool | Values::Colour => {}
        }
    }
}

fn check_dependencies(dependencies: &Json, features: &[&str], path: &str, findings: &mut Findings) {
    let Some(dependencies) = dependencies.as_object() else {
        findings.add(path, "is not an object");
        return;
    };
    for (dependent, entry) in dependencies {
        let path = at(path, dependent);
        let Some(members) = findings.object(entry, &path, &["key", "values"], &[]) else { continue };
        let key = findings.text(members, "key", &path, 100);
        for feature in key.into_iter().chain([dependent.as_str()]) {
            if !features.contains(&feature) {
                findings.add(&*path, format!("{feature} is none of the features"));
            }
        }
        if findings.array(members, "values", &path).is_some_and(Vec::is_empty) {
            findings.add(at(&path, "values"), "is empty");
        }
    }
}

/// A decimal as Sber writes it: no plus, no leading zeros.
pub(super) fn integer(text: &str) -> Option<i64> {
    text.parse::<i64>().ok().filter(|value| value.to_string() == text)
}

/// The model of a device, its own or a registered one.
pub(super) fn model_of<'a>(description: &'a Json, models: &'a BTreeMap<String, Json>) -> Option<&'a Json> {
    description.get("model").or_else(|| models.get(description.get("model_id")?.as_str()?))
}

/// The functions that keep state.
pub(super) fn declared(description: &Json, models: &BTreeMap<String, Json>) -> Option<BTreeSet<String>> {
    let features = model_of(description, models)?.get("features")?.as_array()?;
    Some(features.iter().filter_map(Json::as_str).map(str::to_owned).collect())
}
