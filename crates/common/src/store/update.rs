//! Builds the expressions of one `UpdateItem`.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::Store;
use super::keys::Key;

/// What an update does, and on which condition. A path is the names from the attribute down to the member.
#[derive(Default)]
pub(super) struct Update {
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Update {
    pub(super) fn set(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.set.push(format!("{path} = {value}"));
    }

    /// Sets an attribute that is not there yet.
    pub(super) fn set_if_absent(&mut self, name: &str, value: AttributeValue) {
        let (path, value) = (self.path(&[name]), self.value(value));
        self.set.push(format!("{path} = if_not_exists({path}, {value})"));
    }

    pub(super) fn remove(&mut self, path: &[&str]) {
        let path = self.path(path);
        self.remove.push(path);
    }

    /// Only if the attribute equals this.
    pub(super) fn require(&mut self, path: &[&str], value: AttributeValue) {
        let (path, value) = (self.path(path), self.value(value));
        self.conditions.push(format!("{path} = {value}"));
    }

    /// Only if the attribute is what was read, or is as absent as it was then.
    pub(super) fn require_unchanged(&mut self, path: &[&str], value: Option<AttributeValue>) {
        match value {
            Some(value) => self.require(path, value),
            None => {
                let path = self.path(path);
                self.conditions.push(format!("attribute_not_exists({path})"));
            }
        }
    }

    /// Only if the attribute is there.
    pub(super) fn require_present(&mut self, name: &str) {
        let path = self.path(&[name]);
        self.conditions.push(format!("attribute_exists({path})"));
    }

    /// Only if the attribute is absent or less than this.
    pub(super) fn require_less(&mut self, name: &str, value: AttributeValue) {
        let (path, value) = (self.path(&[name]), self.value(value));
        self.conditions.push(format!("(attribute_not_exists({path}) OR {path} < {value})"));
    }

    /// The request.
    pub(super) fn request(self, store: &Store, key: &Key) -> UpdateItemFluentBuilder {
        let mut expression = String::new();
        for (verb, parts) in [("SET ", self.set), (" REMOVE ", self.remove)] {
            if !parts.is_empty() {
                expression.push_str(verb);
                expression.push_str(&parts.join(", "));
            }
        }
        let condition = Some(self.conditions.join(" AND ")).filter(|condition| !condition.is_empty());
        store
            .client
            .update_item()
            .table_name(&store.table)
            .set_key(Some(key.map()))
            .update_expression(expression.trim_start())
            .set_condition_expression(condition)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
    }

    /// Every name goes through an alias, because many are reserved words. Ours are all of `[a-z0-9_]`.
    fn path(&mut self, path: &[&str]) -> String {
        let mut text = String::new();
        for name in path {
            let alias = format!("#{name}");
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&alias);
            self.names.insert(alias, (*name).to_owned());
        }
        text
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let alias = format!(":v{}", self.values.len());
        self.values.insert(alias.clone(), value);
        alias
    }
}
