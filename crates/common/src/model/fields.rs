//! Reading what a vendor sends, member by member.

use serde::Serialize;
use serde_json::{Map, Value as Json};

/// One thing that is wrong in a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where, as a JSON path: `$.traits.brightness.min`.
    pub path: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// How long an optional text may be, in characters.
pub(super) const TEXT_MAX: usize = 256;

/// One object of a document: takes known members out and complains of the rest.
pub(crate) struct Fields<'a> {
    path: String,
    members: Option<&'a Map<String, Json>>,
    known: Vec<&'static str>,
}

/// Most faults that are kept of one document: an answer must not grow with them.
pub(crate) const ERRORS_MAX: usize = 50;

/// What is wrong with a document, in its order.
#[derive(Default)]
pub(crate) struct Errors(pub(crate) Vec<FieldError>);

impl Errors {
    pub(crate) fn add(&mut self, path: &str, detail: impl Into<String>) {
        if self.0.len() < ERRORS_MAX {
            self.0.push(FieldError { path: path.to_owned(), detail: detail.into() });
        }
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn new(path: impl Into<String>, json: &'a Json, errors: &mut Errors) -> Self {
        let path = path.into();
        if !json.is_object() {
            errors.add(&path, "must be an object");
        }
        Fields { path, members: json.as_object(), known: Vec::new() }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        member_path(&self.path, name)
    }

    /// The member, unless absent or null.
    pub(crate) fn get(&mut self, name: &'static str) -> Option<&'a Json> {
        self.known.push(name);
        self.members?.get(name).filter(|value| !value.is_null())
    }

    /// The member as read by `read`; what `read` refuses is an error that says `right`.
    pub(crate) fn read<T>(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
        right: &str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Option<T> {
        let json = self.get(name)?;
        let value = read(json);
        if value.is_none() {
            errors.add(&self.path(name), right);
        }
        value
    }

    pub(crate) fn flag(&mut self, name: &'static str, errors: &mut Errors) -> Option<bool> {
        self.read(name, errors, "must be true or false", Json::as_bool)
    }

    /// An optional text; an empty one is as good as none.
    pub(crate) fn text(&mut self, name: &'static str, errors: &mut Errors) -> Option<String> {
        let right = format!("must be a text of at most {TEXT_MAX} characters without control characters");
        let text = self.read(name, errors, &right, |json| match json.as_str() {
            Some("") => Some(String::new()),
            _ => plain_text(json, TEXT_MAX),
        });
        text.filter(|text| !text.is_empty())
    }

    pub(crate) fn required<T>(&self, name: &str, value: Option<T>, errors: &mut Errors, right: &str) -> Option<T> {
        let absent = self.members.is_none_or(|members| members.get(name).is_none_or(Json::is_null));
        if value.is_none() && absent && self.members.is_some() {
            errors.add(&self.path(name), format!("is required: {right}"));
        }
        value
    }

    pub(crate) fn finish(self, errors: &mut Errors) {
        for name in self.members.into_iter().flat_map(Map::keys) {
            if !self.known.contains(&name.as_str()) {
                errors.add(&self.path(name), format!("is unknown here; known are {}", self.known.join(", ")));
            }
        }
    }
}

/// The path of a member, in brackets where its name needs them.
pub(crate) fn member_path(path: &str, name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || !c.is_ascii() && !c.is_control();
    if name.chars().all(plain) && name.starts_with(|c: char| !c.is_ascii_digit()) {
        format!("{path}.{name}")
    } else {
        format!("{path}[{}]", Json::from(name))
    }
}

pub(crate) fn plain_text(json: &Json, max: usize) -> Option<String> {
    let text = json.as_str()?;
    let valid = (1..=max).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    valid.then(|| text.to_owned())
}
