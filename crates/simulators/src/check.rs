//! What is wrong with a JSON text, and where.

use std::fmt::Display;

use serde_json::{Map, Value as Json};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// Such as `payload.devices.0.id`; empty for the whole.
    pub(crate) path: String,
    pub(crate) what: String,
}

impl Finding {
    pub(crate) fn text(&self) -> String {
        if self.path.is_empty() { self.what.clone() } else { format!("{}: {}", self.path, self.what) }
    }
}

/// Everything that is wrong.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings(pub(crate) Vec<Finding>);

/// More is not said of one message.
const MOST: usize = 50;

impl Findings {
    pub(crate) fn add(&mut self, path: impl Into<String>, what: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.push(Finding { path: path.into(), what: what.into() });
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.iter().map(Finding::text).collect()
    }

    /// An object with these members and no others, none of them null.
    pub(crate) fn object<'a>(
        &mut self,
        value: &'a Json,
        path: &str,
        required: &[&str],
        optional: &[&str],
    ) -> Option<&'a Map<String, Json>> {
        let Json::Object(members) = value else {
            self.add(path, format!("is not an object but {}", kind(value)));
            return None;
        };
        for name in required.iter().filter(|name| !members.contains_key(**name)) {
            self.add(at(path, name), "is missing");
        }
        for (name, value) in members {
            if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
                self.add(at(path, name), "is not a member of this object");
            } else if value.is_null() {
                self.add(at(path, name), "is null");
            }
        }
        Some(members)
    }

    /// A string of 1 to `longest` characters; `None` also when it is not there, which [`Self::object`] says.
    pub(crate) fn text<'a>(
        &mut self,
        members: &'a Map<String, Json>,
        name: &str,
        path: &str,
        longest: usize,
    ) -> Option<&'a str> {
        let text = match members.get(name)? {
            Json::Null => return None,
            Json::String(text) => text,
            other => {
                self.add(at(path, name), format!("is not a string but {}", kind(other)));
                return None;
            }
        };
        if text.is_empty() {
            self.add(at(path, name), "is empty");
            return None;
        }
        if text.chars().count() > longest {
            self.add(at(path, name), format!("has more than {longest} characters"));
        }
        Some(text)
    }

    /// One of these words.
    pub(crate) fn word<'a>(
        &mut self,
        members: &'a Map<String, Json>,
        name: &str,
        path: &str,
        words: &[&str],
    ) -> Option<&'a str> {
        let text = self.text(members, name, path, 1000)?;
        if !words.contains(&text) {
            self.add(at(path, name), format!("{text:?} is none of {}", words.join(", ")));
            return None;
        }
        Some(text)
    }

    /// An array, empty or not.
    pub(crate) fn array<'a>(
        &mut self,
        members: &'a Map<String, Json>,
        name: &str,
        path: &str,
    ) -> Option<&'a Vec<Json>> {
        match members.get(name)? {
            Json::Null => None,
            Json::Array(items) => Some(items),
            other => {
                self.add(at(path, name), format!("is not an array but {}", kind(other)));
                None
            }
        }
    }

    /// A boolean.
    pub(crate) fn boolean(&mut self, members: &Map<String, Json>, name: &str, path: &str) -> Option<bool> {
        match members.get(name)? {
            Json::Null => None,
            Json::Bool(value) => Some(*value),
            other => {
                self.add(at(path, name), format!("is not a boolean but {}", kind(other)));
                None
            }
        }
    }

    /// Strings of an array, each once, at least one.
    pub(crate) fn words<'a>(&mut self, items: &'a [Json], path: &str) -> Vec<&'a str> {
        if items.is_empty() {
            self.add(path, "is empty");
        }
        let mut words = Vec::new();
        for (place, item) in items.iter().enumerate() {
            match item.as_str() {
                None => self.add(at(path, place), format!("is not a string but {}", kind(item))),
                Some(word) if words.contains(&word) => self.add(at(path, place), format!("{word:?} is there twice")),
                Some(word) => words.push(word),
            }
        }
        words
    }
}

/// The path of a member.
pub(crate) fn at(path: &str, name: impl Display) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// What JSON calls it.
pub(crate) fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(number) if number.is_f64() => "a number with a fraction or exponent",
        Json::Number(_) => "an integer",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    }
}
