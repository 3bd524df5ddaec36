//! JSON documents, changed at one of their nodes.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value as Json;

/// The places of a document: JSON pointers of all its nodes, the whole (`""`) first.
pub fn pointers(json: &Json) -> Vec<String> {
    let mut found = Vec::new();
    collect(json, String::new(), &mut found);
    found
}

fn collect(json: &Json, pointer: String, found: &mut Vec<String>) {
    found.push(pointer.clone());
    match json {
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| collect(item, format!("{pointer}/{index}"), found));
        }
        Json::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{pointer}/{name}"), found);
            }
        }
        _ => {}
    }
}

/// The document with another node at this place.
pub fn replaced(json: &Json, pointer: &str, node: Json) -> Json {
    let mut json = json.clone();
    *json.pointer_mut(pointer).unwrap() = node;
    json
}

/// The text of the document with any text at this place, JSON or not.
pub fn spliced(json: &Json, pointer: &str, text: &str) -> String {
    const PLACE: &str = "--the-place--";
    replaced(json, pointer, PLACE.into()).to_string().replace(&format!("\"{PLACE}\""), text)
}
