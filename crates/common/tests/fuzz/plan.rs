//! What is done to a good message.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value as Json, json};

use crate::endpoints::Endpoint;
use crate::nodes::{pointers, replaced};
use crate::seeds::Seeds;

/// One case: which message, what is changed in it, and where it is sent.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: (Endpoint, Index),
    /// Another endpoint than its own.
    pub(crate) endpoint: Option<Index>,
    /// Whether tokens and kinds of messages are changed, too; then most are refused at once.
    envelope: bool,
    edits: Vec<Edit>,
    bytes: Vec<ByteEdit>,
}

/// A change of a node of JSON.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Index, Node),
    /// A leaf becomes another of its kind.
    Vary(Index, Json, Index),
    Delete(Index),
    Insert(Index, Index, Node),
    /// What is in one place comes to another, too.
    Copy(Index, Index),
}

/// What comes into the place of a node.
#[derive(Clone, Debug)]
enum Node {
    Value(Json),
    /// A word or number of the messages.
    Known(Index),
}

/// A change of a byte.
#[derive(Clone, Debug)]
enum ByteEdit {
    Set(Index, u8),
    Insert(Index, u8),
    Delete(Index, Index),
    Truncate(Index),
}

/// All plans.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    let index = any::<Index>;
    let edit = prop_oneof![
        6 => (index(), number(), index()).prop_map(|(place, number, word)| Edit::Vary(place, number, word)),
        2 => (index(), node()).prop_map(|(place, node)| Edit::Replace(place, node)),
        1 => index().prop_map(Edit::Delete),
        1 => (index(), index(), node()).prop_map(|(place, name, node)| Edit::Insert(place, name, node)),
        1 => (index(), index()).prop_map(|(from, to)| Edit::Copy(from, to)),
    ];
    let byte = prop_oneof![any::<u8>(), prop::sample::select(b"\0\"{}[]:,\\-.e9\xff".to_vec())];
    let byte_edit = prop_oneof![
        4 => (index(), byte.clone()).prop_map(|(place, byte)| ByteEdit::Set(place, byte)),
        2 => (index(), byte).prop_map(|(place, byte)| ByteEdit::Insert(place, byte)),
        2 => (index(), index()).prop_map(|(from, to)| ByteEdit::Delete(from, to)),
        1 => index().prop_map(ByteEdit::Truncate),
    ];
    let bytes = prop_oneof![9 => Just(Vec::new()), 1 => vec(byte_edit, 1..4)];
    let endpoint = prop_oneof![6 => Just(None), 1 => index().prop_map(Some)];
    let seed = (prop::sample::select(Endpoint::ALL.to_vec()), index());
    let envelope = prop::bool::weighted(0.15);
    (seed, endpoint, envelope, vec(edit, 0..4), bytes).prop_map(|(seed, endpoint, envelope, edits, bytes)| Plan {
        seed,
        endpoint,
        envelope,
        edits,
        bytes,
    })
}

fn number() -> impl Strategy<Value = Json> {
    prop_oneof![
        1 => any::<i64>().prop_map(Json::from),
        8 => (-20..120i64).prop_map(Json::from),
        2 => (-3000..12000i32).prop_map(|tenths| json!(f64::from(tenths) / 10.0)),
        1 => any::<f64>().prop_filter("JSON has no others", |float| float.is_finite()).prop_map(Json::from),
        1 => any::<u64>().prop_map(Json::from),
    ]
}

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        1 => Just(Json::Null),
        2 => any::<bool>().prop_map(Json::from),
        4 => number(),
        1 => ".{0,12}".prop_map(Json::from),
        1 => "[0-9+.eE-]{1,10}".prop_map(Json::from),
        1 => Just(json!("x".repeat(3000))),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::btree_map("[a-z_]{1,8}", inner, 0..4).prop_map(|members| json!(members)),
        ]
    });
    prop_oneof![2 => value.prop_map(Node::Value), 1 => any::<Index>().prop_map(Node::Known)]
}

impl Plan {
    /// The message after all changes.
    pub(crate) fn apply(&self, seeds: &Seeds, seed: &Json) -> Vec<u8> {
        let mut json = seed.clone();
        for edit in &self.edits {
            json = self.edit(seeds, json, edit);
        }
        let mut bytes = json.to_string().into_bytes();
        for edit in &self.bytes {
            let length = bytes.len().max(1);
            match edit {
                ByteEdit::Set(place, byte) => {
                    if let Some(known) = bytes.get_mut(place.index(length)) {
                        *known = *byte;
                    }
                }
                ByteEdit::Insert(place, byte) => bytes.insert(place.index(length).min(bytes.len()), *byte),
                ByteEdit::Delete(from, count) => {
                    let from = from.index(length).min(bytes.len());
                    let to = (from + count.index(16)).min(bytes.len());
                    bytes.drain(from..to);
                }
                ByteEdit::Truncate(place) => bytes.truncate(place.index(length)),
            }
        }
        bytes
    }

    fn edit(&self, seeds: &Seeds, json: Json, edit: &Edit) -> Json {
        let is_open = |place: &String| {
            self.envelope
                || !(place.is_empty() || place.starts_with("/headers") || place.starts_with("/authentication"))
        };
        let places: Vec<String> = pointers(&json).into_iter().filter(is_open).collect();
        if places.is_empty() {
            return json;
        }
        let at = |place: &Index| place.get(&places).as_str();
        let node = |node: &Node| match node {
            Node::Value(value) => value.clone(),
            Node::Known(index) => index.get(&seeds.words).clone(),
        };
        match edit {
            Edit::Vary(place, number, word) => {
                let is_leaf =
                    |place: &&String| json.pointer(place).is_some_and(|node| !node.is_array() && !node.is_object());
                let leaves: Vec<&String> = places.iter().filter(is_leaf).collect();
                if leaves.is_empty() {
                    return json;
                }
                let place = leaves[place.index(leaves.len())];
                let other = match json.pointer(place).unwrap() {
                    Json::Bool(flag) => json!(!flag),
                    // Sber writes whole numbers as texts.
                    Json::String(text) if text.parse::<i64>().is_ok() => json!(number.to_string()),
                    Json::String(_) => word.get(&seeds.words).clone(),
                    _ => number.clone(),
                };
                replaced(&json, place, other)
            }
            Edit::Replace(place, value) => replaced(&json, at(place), node(value)),
            Edit::Copy(from, to) => {
                let copied = json.pointer(at(from)).unwrap().clone();
                replaced(&json, at(to), copied)
            }
            Edit::Delete(place) => {
                let mut json = json;
                let (parent, name) = at(place).rsplit_once('/').unwrap_or(("", ""));
                match json.pointer_mut(parent) {
                    Some(Json::Object(members)) => drop(members.remove(name)),
                    Some(Json::Array(items)) => drop(name.parse().ok().map(|index: usize| items.remove(index))),
                    _ => {}
                }
                json
            }
            Edit::Insert(place, name, value) => {
                let mut json = json;
                match json.pointer_mut(at(place)) {
                    Some(Json::Array(items)) => items.insert(name.index(items.len() + 1), node(value)),
                    Some(Json::Object(members)) => {
                        let name = name.get(&seeds.words).as_str().unwrap_or("member").to_owned();
                        members.insert(name, node(value));
                    }
                    _ => {}
                }
                json
            }
        }
    }
}
