//! What a platform believes: its users' devices, their values and what happened.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use secrecy::SecretString;
use serde::Serialize;
use serde_json::Value as Json;

/// Values kept of each instance, the newest last.
pub const HISTORY_MAX: usize = 64;
/// Events kept of each device, the newest last.
pub const EVENTS_MAX: usize = 1000;

/// Where something was learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A callback.
    Callback,
    /// An answer to a query.
    Query,
    /// An answer to a command of the platform's user.
    Command,
}

/// A value as it was heard. The last one counts: no platform says that it drops older ones.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heard {
    /// As on the wire: Yandex `state.value`, Sber the whole `value`, SmartThings `value`.
    pub value: Json,
    /// SmartThings `unit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The time it carried, UNIX seconds: Yandex `ts`, SmartThings `timestamp`.
    pub carried_at: Option<f64>,
    /// UNIX seconds.
    pub received_at: f64,
    /// Counts everything that a platform learns.
    pub sequence: u64,
    /// From where.
    pub source: Source,
    /// It carries an older time than the value before it.
    pub late: bool,
}

/// Something that starts a scenario: a press, or what a sensor for motion, doors, water, smoke, gas and so on says in a callback.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The instance.
    pub key: String,
    /// As in [`Heard::value`].
    pub value: Json,
    /// As in [`Heard::carried_at`].
    pub carried_at: Option<f64>,
    /// UNIX seconds.
    pub received_at: f64,
    /// As in [`Heard::sequence`].
    pub sequence: u64,
}

/// A device as the platform sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Device {
    /// As listed.
    pub description: Json,
    /// Whether the last list had it. Only Sber forgets a device that is not listed any more.
    pub listed: bool,
    /// `None` until something was said of it.
    pub online: Option<bool>,
    /// Counts as [`Heard::sequence`]; when `online` was said last.
    #[serde(skip)]
    pub(crate) online_sequence: u64,
    /// The last values by instance: Yandex `devices.capabilities.on_off/on`, Sber `on_off`, SmartThings `main/st.switch/switch`.
    pub values: BTreeMap<String, Heard>,
    /// The last [`HISTORY_MAX`] values by instance, the newest last.
    pub history: BTreeMap<String, VecDeque<Heard>>,
    /// The last [`EVENTS_MAX`] events, the newest last.
    pub events: VecDeque<Event>,
}

/// How the list of a home stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum List {
    #[default]
    Current,
    /// A discovery is under way.
    Running,
    /// A discovery is under way and another one was asked for meanwhile.
    RunningAgain,
    /// A message about the list was kept from arriving, or a discovery failed.
    Behind,
}

/// A user's home. Two installations of one user at SmartThings are two homes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Home {
    /// The name it was linked by; for Yandex and Sber the vendor's user id.
    pub user: String,
    /// Whether the accounts are linked.
    pub linked: bool,
    /// Yandex: the platform has lost the user until the next discovery.
    pub forgotten: bool,
    /// Callbacks that were answered that the user is not known.
    pub unknown_user_answers: u64,
    /// By id.
    pub devices: BTreeMap<String, Device>,
    /// Where homeport is, and the user's access token there.
    #[serde(skip)]
    pub(crate) access: Option<(String, SecretString)>,
    /// Devices that were there once.
    #[serde(skip)]
    pub(crate) gone: BTreeSet<String>,
    #[serde(skip)]
    pub(crate) list: List,
    /// The user is about to open the app.
    #[serde(skip)]
    pub(crate) healing: bool,
}

impl Home {
    /// Whether a device that is not known may be sent all the same, because the list is not current or was longer.
    pub(crate) fn may_be_ahead(&self, device: &str) -> bool {
        self.list != List::Current || self.gone.contains(device)
    }
}

/// What a message changes in the view.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Value {
        device: String,
        key: String,
        value: Json,
        unit: Option<String>,
        carried_at: Option<f64>,
        /// It is kept as the value of the instance.
        lasts: bool,
        /// It starts scenarios.
        event: bool,
    },
    /// The instance has no value any more.
    Cleared {
        device: String,
        key: String,
    },
    Online {
        device: String,
        online: bool,
    },
    /// `declared`: the instances that the device has, if the description says so.
    Listed {
        device: String,
        description: Json,
        declared: Option<BTreeSet<String>>,
    },
    /// The list was whole; what is not in it is not listed, or gone if `forget`.
    ListedOnly {
        devices: BTreeSet<String>,
        forget: bool,
    },
    Removed {
        device: String,
    },
    Unlinked,
}

impl Change {
    pub(crate) fn device(&self) -> Option<&str> {
        match self {
            Change::Value { device, .. }
            | Change::Cleared { device, .. }
            | Change::Online { device, .. }
            | Change::Listed { device, .. }
            | Change::Removed { device } => Some(device),
            Change::ListedOnly { .. } | Change::Unlinked => None,
        }
    }
}

/// When and from where changes come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion {
    pub(crate) source: Source,
    /// UNIX seconds.
    pub(crate) now: f64,
    /// What was learnt after this stays: an answer to a query is as old as the query.
    pub(crate) asked_at: Option<u64>,
}

impl Home {
    /// Applies changes; `sequence` counts on.
    pub(crate) fn apply(&mut self, changes: Vec<Change>, occasion: Occasion, sequence: &mut u64) {
        for change in changes {
            *sequence += 1;
            self.apply_one(change, occasion, *sequence);
        }
    }

    fn apply_one(&mut self, change: Change, occasion: Occasion, sequence: u64) {
        let is_overtaken = |known: u64| occasion.asked_at.is_some_and(|asked| known > asked);
        match change {
            Change::Value { device, key, value, unit, carried_at, lasts, event } => {
                let Some(device) = self.devices.get_mut(&device) else { return };
                if event && occasion.source == Source::Callback {
                    let happened = Event {
                        key: key.clone(),
                        value: value.clone(),
                        carried_at,
                        received_at: occasion.now,
                        sequence,
                    };
                    push(&mut device.events, happened, EVENTS_MAX);
                }
                let before = device.values.get(&key);
                if !lasts || before.is_some_and(|before| is_overtaken(before.sequence)) {
                    return;
                }
                let late =
                    before.and_then(|before| before.carried_at).zip(carried_at).is_some_and(|(old, new)| new < old);
                let heard = Heard {
                    value,
                    unit,
                    carried_at,
                    received_at: occasion.now,
                    sequence,
                    source: occasion.source,
                    late,
                };
                push(device.history.entry(key.clone()).or_default(), heard.clone(), HISTORY_MAX);
                device.values.insert(key, heard);
            }
            Change::Cleared { device, key } => {
                let Some(device) = self.devices.get_mut(&device) else { return };
                if device.values.get(&key).is_some_and(|known| !is_overtaken(known.sequence)) {
                    device.values.remove(&key);
                }
            }
            Change::Online { device, online } => {
                let Some(device) = self.devices.get_mut(&device) else { return };
                if !is_overtaken(device.online_sequence) {
                    device.online = Some(online);
                    device.online_sequence = sequence;
                }
            }
            Change::Listed { device, description, declared } => {
                self.gone.remove(&device);
                let device = self.devices.entry(device).or_default();
                device.listed = true;
                device.description = description;
                if let Some(declared) = declared {
                    device.values.retain(|key, _| declared.contains(key));
                }
            }
            Change::ListedOnly { devices, forget } => {
                for (id, device) in &mut self.devices {
                    device.listed = devices.contains(id);
                }
                if forget {
                    let gone: Vec<String> =
                        self.devices.iter().filter(|(_, device)| !device.listed).map(|(id, _)| id.clone()).collect();
                    for id in gone {
                        self.devices.remove(&id);
                        self.gone.insert(id);
                    }
                }
            }
            Change::Removed { device } => {
                if self.devices.remove(&device).is_some() {
                    self.gone.insert(device);
                }
            }
            Change::Unlinked => {
                self.linked = false;
                self.access = None;
                self.gone.extend(std::mem::take(&mut self.devices).into_keys());
            }
        }
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, most: usize) {
    queue.push_back(item);
    if queue.len() > most {
        queue.pop_front();
    }
}
