//! Devices as `discoveryResponse` and `discoveryCallback` list them.

use serde_json::Value as Json;

use super::handlers;
use crate::check::{Findings, at};

/// Says what is wrong with a device; its id, if there is one.
pub(super) fn check<'a>(device: &'a Json, path: &str, findings: &mut Findings) -> Option<&'a str> {
    let required = ["externalDeviceId", "friendlyName", "manufacturerInfo", "deviceHandlerType"];
    let members = findings.object(device, path, &required, &["deviceCookie", "deviceContext", "deviceUniqueId"])?;
    let id = findings.text(members, "externalDeviceId", path, 256);
    findings.text(members, "friendlyName", path, 100);
    findings.text(members, "deviceUniqueId", path, 256);
    if let Some(handler) = findings.text(members, "deviceHandlerType", path, 100)
        && !handlers::is_known(handler)
    {
        findings.add(at(path, "deviceHandlerType"), format!("{handler:?} is neither a built-in type nor a profile"));
    }
    if let Some(info) = members.get("manufacturerInfo") {
        let path = at(path, "manufacturerInfo");
        let required = ["manufacturerName", "modelName"];
        if let Some(info) = findings.object(info, &path, &required, &["hwVersion", "swVersion"]) {
            for name in ["manufacturerName", "modelName", "hwVersion", "swVersion"] {
                findings.text(info, name, &path, 100);
            }
        }
    }
    if let Some(context) = members.get("deviceContext") {
        let path = at(path, "deviceContext");
        if let Some(context) = findings.object(context, &path, &[], &["roomName", "groups", "categories"]) {
            findings.text(context, "roomName", &path, 100);
            for list in ["groups", "categories"] {
                if let Some(items) = findings.array(context, list, &path) {
                    findings.words(items, &at(&path, list));
                }
            }
        }
    }
    if members.get("deviceCookie").is_some_and(|cookie| !cookie.is_object()) {
        findings.add(at(path, "deviceCookie"), "is not an object");
    }
    id
}
