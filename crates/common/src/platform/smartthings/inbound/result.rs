//! `interactionResult`: SmartThings could not digest something that we sent.
//!
//! Nothing can be done at once, but somebody should know. Anybody can send it, without a token; so only what looks like a
//! code, a kind of message or a device id gets into the log.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde::Deserialize;
use serde_json::Value as Json;

use super::Content;
use crate::model::DeviceId;
use crate::platform::smartthings::wire::{Code, Entry, ErrorItem, FailedDevice, InteractionResult, Nothing};

/// The most codes and devices that are logged for one message.
const LOGGED_MAX: usize = 20;
/// The longest code or kind of message that is logged.
const WORD_MAX: usize = 50;

/// Logs the result. Whatever it says, it is thanked for.
pub(super) fn note(body: &Json) -> Content {
    let noted = InteractionResult::deserialize(body).map(|result| Noted::of(&result)).unwrap_or_default();
    tracing::error!(
        originating = noted.originating,
        global_error = noted.global,
        device_errors = noted.devices,
        device_ids = noted.ids,
        devices = noted.count,
        "SmartThings could not digest a message"
    );
    Content::Nothing(Nothing {})
}

/// What of a result is logged.
#[derive(Debug, Default, PartialEq, Eq)]
struct Noted {
    originating: String,
    global: String,
    devices: String,
    ids: String,
    count: usize,
}

impl Noted {
    fn of(result: &InteractionResult) -> Self {
        let devices: Vec<&FailedDevice> = result.device_state.iter().flatten().filter_map(good).collect();
        let errors = devices.iter().flat_map(|device| device.device_error.iter().flatten()).filter_map(good);
        let ids = devices.iter().filter_map(|device| DeviceId::new(device.external_device_id.as_deref()?));
        Noted {
            originating: result.originating_interaction_type.as_deref().map(word).unwrap_or_default(),
            global: result.global_error.as_ref().and_then(good).map(code).unwrap_or_default(),
            devices: list(errors.map(code)),
            ids: list(ids.map(|id| id.to_string())),
            count: devices.len(),
        }
    }
}

fn good<T>(entry: &Entry<T>) -> Option<&T> {
    match entry {
        Entry::Good(value) => Some(value),
        Entry::Bad(_) => None,
    }
}

fn code(error: &ErrorItem<Code>) -> String {
    match &error.error_enum {
        Code::Word(text) => word(text),
        Code::Number(number) => number.to_string(),
    }
}

fn word(text: &str) -> String {
    let is_word =
        text.len() <= WORD_MAX && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_word { text.to_owned() } else { "unreadable".to_owned() }
}

/// The distinct ones, separated by spaces.
fn list(items: impl Iterator<Item = String>) -> String {
    let distinct: BTreeSet<String> = items.collect();
    let mut text = String::new();
    for item in distinct.iter().take(LOGGED_MAX) {
        let _ = write!(text, "{}{item}", if text.is_empty() { "" } else { " " });
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn noted(body: &Json) -> Noted {
        Noted::of(&InteractionResult::deserialize(body).unwrap())
    }

    #[test]
    fn codes_are_words_or_numbers() {
        let body = json!({"originatingInteractionType": "discoveryResponse", "deviceState": [
            {"externalDeviceId": "strip-1", "deviceError": [{"errorEnum": 400, "detail": "secret"}]},
            {"externalDeviceId": "lamp-1", "deviceError": [{"errorEnum": "BAD-RESPONSE"}, {"errorEnum": null}, 5]},
            7]});
        let expected = Noted {
            originating: "discoveryResponse".to_owned(),
            global: String::new(),
            devices: "400 BAD-RESPONSE".to_owned(),
            ids: "lamp-1 strip-1".to_owned(),
            count: 2,
        };
        assert_eq!(noted(&body), expected);
        let body = json!({"globalError": {"errorEnum": "BAD-RESPONSE", "detail": "x"}, "deviceState": null});
        assert_eq!(noted(&body).global, "BAD-RESPONSE");
    }

    #[test]
    fn nothing_else_gets_into_the_log() {
        let body = json!({"originatingInteractionType": "a b\nERROR", "globalError": {"errorEnum": "x".repeat(51)},
            "deviceState": [{"externalDeviceId": "bad id\n"}]});
        let noted = noted(&body);
        assert_eq!((noted.originating.as_str(), noted.global.as_str()), ("unreadable", "unreadable"));
        assert_eq!((noted.ids.as_str(), noted.count), ("", 1));
    }

    #[test]
    fn whatever_it_says_it_is_thanked_for() {
        for body in [json!({}), json!({"deviceState": {}, "globalError": 5}), json!({"originatingInteractionType": []})]
        {
            assert!(matches!(note(&body), Content::Nothing(_)), "{body}");
        }
    }
}
