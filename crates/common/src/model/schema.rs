//! JSON Schemas (draft 2020-12) of what a vendor sends, generated from the model.
//!
//! They are as strict as [`Device::parse`](super::Device::parse) except for what a schema cannot compare: one member with
//! another (`min` with `max`, the id with the address).

use serde_json::{Map, Value as Json, json};

use super::fields::TEXT_MAX;
use super::parse::CAPABILITIES_MAX;
use super::spec::{Access, Kind, NumberKind};
use super::{DeviceType, Trait, Word};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";
/// Characters that are not control characters.
const PLAIN: &str = "[^\\u0000-\\u001f\\u007f-\\u009f]";
const DEVICE_ID: &str = "^[A-Za-z0-9_.:-]{1,128}$";

/// The schema of a device document, the body of `PUT /v1/devices/{id}`.
pub fn device_schema() -> Json {
    let traits: Map<String, Json> =
        Trait::ALL.iter().map(|trait_| (trait_.as_str().to_owned(), trait_options(*trait_))).collect();
    let colors = ["color", "color_temperature", "color_scene"].map(|color| json!({"required": [color]}));
    json!({
        "$schema": DRAFT,
        "title": "Device document",
        "description": "What a vendor registers with PUT /v1/devices/{id}. Null stands for an absent member.",
        "type": "object",
        "required": ["owner", "type", "name", "traits"],
        "additionalProperties": false,
        "properties": {
            "id": describe(device_id(), "The id of the address, unique in the deployment. May be left out."),
            "owner": describe(text(1, 128), "The vendor's own id of the user, as in the token's sub."),
            "type": {"enum": DeviceType::ALL, "description": "What the device is."},
            "name": describe(text(1, 100), "The user's name for it."),
            "room": describe(defined("text"), "The room it is in."),
            "home": describe(defined("text"), "The home it is in."),
            "parent": describe(device_id(), "Another device that this one is a part of or reached through."),
            "manufacturer": describe(defined("text"), "Who makes it."),
            "model": describe(defined("text"), "The maker's model name."),
            "hw_version": describe(defined("text"), "Version of the hardware."),
            "sw_version": describe(defined("text"), "Version of the firmware."),
            "traits": {
                "description": "What it can measure or do; each trait with its options.",
                "type": "object",
                "minProperties": 1,
                "additionalProperties": false,
                "properties": traits,
                "dependentSchemas": {"color_mode": {"anyOf": colors}},
            },
            "overrides": overrides(),
        },
        "$defs": {
            "text": optional(text(0, TEXT_MAX)),
            "retrievable": flag(true, "Whether a query can ask for it."),
            "reportable": flag(true, "Whether its changes are sent to the platforms."),
            "command_only": flag(false, "No state is known or kept, as with infrared."),
            "enabled": flag(true, "Whether the device is offered to this platform."),
        },
    })
}

/// The schema of a report, the body of `PATCH /v1/devices/{id}/state`.
///
/// It holds for all devices; a single one may declare less than its traits can have.
pub fn report_schema() -> Json {
    let state: Map<String, Json> = Trait::ALL
        .iter()
        .filter_map(|trait_| {
            let schema = describe(value(trait_.spec().kind)?, &meaning(*trait_));
            (trait_.spec().access != Access::CommandOnly).then(|| (trait_.as_str().to_owned(), schema))
        })
        .collect();
    json!({
        "$schema": DRAFT,
        "title": "Report",
        "description": "What a vendor says of a device with PATCH /v1/devices/{id}/state.",
        "type": "object",
        "properties": {
            "online": describe(optional(json!({"type": "boolean"})), "Whether the device can be reached."),
            "state": {
                "description": "The traits that are reported, each on its own: a bad one does not stop the others.",
                "type": ["object", "null"],
                "additionalProperties": false,
                "properties": state,
            },
            "at": {
                "description": "When this became so; the time of arrival if absent.",
                "type": ["string", "null"],
                "format": "date-time",
            },
        },
    })
}

fn describe(mut schema: Json, description: &str) -> Json {
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), description.into());
    }
    schema
}

/// The schema, or null.
fn optional(mut schema: Json) -> Json {
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.clone(), "null"]);
    }
    schema
}

/// What stands under this name in `$defs`.
fn defined(name: &str) -> Json {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn text(min: usize, max: usize) -> Json {
    json!({"type": "string", "minLength": min, "maxLength": max, "pattern": format!("^{PLAIN}*$")})
}

fn device_id() -> Json {
    optional(json!({"type": "string", "pattern": DEVICE_ID}))
}

fn flag(default: bool, description: &str) -> Json {
    json!({"type": ["boolean", "null"], "default": default, "description": description})
}

fn meaning(trait_: Trait) -> String {
    let spec = trait_.spec();
    let unit = match spec.kind {
        Kind::Number(NumberKind { unit, .. }) if !unit.is_empty() => format!(" Unit: {unit}."),
        _ => String::new(),
    };
    let access = match spec.access {
        Access::ReadWrite => "State and commands.",
        Access::ReadOnly => "State only.",
        Access::Derived => "Follows from the others; need not be declared.",
        Access::CommandOnly => "Commands only.",
        Access::Momentary => "An event.",
    };
    format!("{}{unit} {access}", trait_.about())
}

fn trait_options(trait_: Trait) -> Json {
    let spec = trait_.spec();
    let mut options = Map::new();
    let mut add = |name: &str, schema: Json| options.insert(name.to_owned(), schema);
    match spec.kind {
        Kind::Number(kind) => {
            add("min", bound(kind, kind.min, "Least value"));
            add("max", bound(kind, kind.max, "Greatest value"));
            add("step", step(kind));
        }
        Kind::Enum { states: words, .. } | Kind::Event(words) => {
            add("values", values(words));
        }
        Kind::Color => {
            let models = json!({"enum": ["hsv", "rgb", null], "default": "hsv"});
            add("color_model", describe(models, "Which color model Yandex is told."));
        }
        Kind::Bool | Kind::Stream => {}
    }
    add("retrievable", defined("retrievable"));
    add("reportable", defined("reportable"));
    if trait_.can_be_commanded() {
        add("command_only", defined("command_only"));
    }
    match trait_ {
        Trait::OnOff => {
            add("split", flag(false, "For Yandex: on and off are separate commands."));
        }
        Trait::OpenState => {
            add("stop", flag(false, "It can be stopped on its way."));
        }
        _ => {}
    }
    let mut schema = json!({
        "description": meaning(trait_),
        "type": "object",
        "additionalProperties": false,
        "properties": options,
    });
    if matches!(spec.kind, Kind::Number(kind) if kind.range_required)
        && let Some(members) = schema.as_object_mut()
    {
        members.insert("required".to_owned(), json!(["min", "max"]));
    }
    schema
}

/// The schema of `min` or `max`.
fn bound(kind: NumberKind, default: Option<i32>, what: &str) -> Json {
    let (least, greatest) = kind.limits;
    let schema = json!({"type": "number", "minimum": least, "maximum": greatest});
    let mut schema = if kind.range_required { schema } else { optional(schema) };
    if let (Some(default), Some(members)) = (default, schema.as_object_mut()) {
        members.insert("default".to_owned(), default.into());
    }
    describe(schema, &in_unit(what, kind.unit))
}

fn step(kind: NumberKind) -> Json {
    let mut schema = json!({"type": ["number", "null"], "exclusiveMinimum": 0});
    if let (Some(default), Some(members)) = (kind.step, schema.as_object_mut()) {
        members.insert("default".to_owned(), default.into());
    }
    describe(schema, &in_unit("Values are this far apart, counted from min", kind.unit))
}

fn in_unit(what: &str, unit: &str) -> String {
    if unit.is_empty() { format!("{what}.") } else { format!("{what}, in {unit}.") }
}

fn values(words: &[Word]) -> Json {
    json!({
        "description": "The words it knows, in this order; all if absent.",
        "type": ["array", "null"],
        "items": {"enum": words},
        "minItems": 1,
        "uniqueItems": true,
    })
}

/// The widest that a value of a state can be; `None` for what has none.
fn value(kind: Kind) -> Option<Json> {
    Some(match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Number(NumberKind { max: None, range_required: false, limits: (least, _), .. }) => {
            json!({"type": "number", "minimum": least})
        }
        Kind::Number(NumberKind { limits: (least, greatest), .. }) => {
            json!({"type": "number", "minimum": least, "maximum": greatest})
        }
        Kind::Enum { states: words, .. } | Kind::Event(words) => json!({"enum": words}),
        Kind::Color => json!({
            "type": "object",
            "required": ["hue", "saturation"],
            "additionalProperties": false,
            "properties": {
                "hue": {"type": "integer", "minimum": 0, "maximum": 360, "description": "Degrees; 360 is 0."},
                "saturation": {"type": "integer", "minimum": 0, "maximum": 100, "description": "Percent."},
            },
        }),
        Kind::Stream => return None,
    })
}

fn overrides() -> Json {
    let platform = |properties: Json, description: &str| {
        let mut schema = json!({
            "description": description,
            "type": ["object", "null"],
            "additionalProperties": false,
            "properties": properties,
        });
        if let Some(members) = schema.get_mut("properties").and_then(Json::as_object_mut) {
            members.insert("enabled".to_owned(), defined("enabled"));
        }
        schema
    };
    let yandex_type = json!({
        "description": "The whole name of the type, for example devices.types.light.ceiling.",
        "type": ["string", "null"],
        "maxLength": 100,
        "pattern": format!("^devices\\.types\\.{PLAIN}+$"),
    });
    let capabilities = json!({
        "description": "The capabilities that the profile has, without st.; all that the traits map to if absent.",
        "type": ["array", "null"],
        "maxItems": CAPABILITIES_MAX,
        "items": {"type": "string", "maxLength": 100, "pattern": format!("^(?!st\\.){PLAIN}+$")},
    });
    let properties = json!({
        "yandex": platform(json!({"type": yandex_type}), "For Yandex."),
        "sber": platform(
            json!({
                "category": describe(defined("text"), "The category."),
                "model_id": describe(defined("text"), "The id of the model."),
            }),
            "For Sber.",
        ),
        "smartthings": platform(
            json!({
                "device_handler_type": describe(
                    defined("text"),
                    "A built-in c2c-… type or the UUID of a device profile.",
                ),
                "capabilities": capabilities,
            }),
            "For SmartThings.",
        ),
    });
    json!({
        "description": "What is different on single platforms.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": properties,
    })
}
