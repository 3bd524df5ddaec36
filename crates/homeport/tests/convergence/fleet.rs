//! The vendor's devices: the demo home's, several times over, and what happens to them.

use std::collections::BTreeMap;

use common::model::{Device, DeviceId, Trait, TraitOptions};
use serde_json::{Map, Value as Json, json};
use simulators::Platform;

use crate::clock;
use crate::random::Random;
use crate::world::World;

const HOME: &str = include_str!("../../src/demo/home.json");

/// Reports of a device that has just come back, whose events are not counted.
const UNKNOWN_FOR: usize = 3;

/// The devices and what was acknowledged of them.
pub(crate) struct Fleet {
    pub(crate) devices: Vec<Entry>,
    /// Presses and detections that were acknowledged, by device, trait and word.
    pub(crate) happened: BTreeMap<(String, Trait, String), usize>,
    /// Reports that changed something.
    pub(crate) changes: usize,
}

/// A device.
pub(crate) struct Entry {
    pub(crate) user: String,
    document: Json,
    pub(crate) device: Device,
    pub(crate) registered: bool,
    renamed: usize,
    /// Reports until the platforms have surely listed it again: of what happens before, they know no device.
    new: usize,
    /// It has said nothing since it was registered.
    silent: bool,
}

impl Entry {
    /// Whether anything of it was told: it has said something, and may tell it.
    pub(crate) fn reports(&self) -> bool {
        !self.silent && self.device.traits.values().any(TraitOptions::reportable)
    }
}

impl Fleet {
    /// So many devices in homes of a hundred.
    pub(crate) async fn register(world: &World, count: usize) -> Self {
        let home: Vec<Json> = serde_json::from_str(HOME).unwrap();
        let mut devices = Vec::new();
        for place in 0..count {
            let (copy, user) = (place / home.len(), format!("user-{}", place / 100));
            let entry = &home[place % home.len()];
            let mut document = entry["device"].clone();
            document["owner"] = json!(user);
            for name in ["id", "parent"] {
                if let Some(id) = document[name].as_str().map(str::to_owned) {
                    document[name] = json!(format!("{id}-{copy}"));
                }
            }
            let id = document["id"].as_str().unwrap().to_owned();
            let (status, answer) = world.vendor("PUT", &format!("/v1/devices/{id}"), Some(&document)).await;
            // 200 where the first attempt was made and not answered.
            assert!(matches!(status, 200 | 201), "{answer}");
            let (status, answer) =
                world.vendor("PATCH", &format!("/v1/devices/{id}/state"), Some(&entry["report"])).await;
            assert_eq!(status, 200, "{answer}");
            let device = Device::parse(&DeviceId::new(&id).unwrap(), &document).unwrap();
            devices.push(Entry { user, document, device, registered: true, renamed: 0, new: 0, silent: false });
        }
        Fleet { devices, happened: BTreeMap::new(), changes: 0 }
    }

    pub(crate) fn users(&self) -> Vec<String> {
        let mut users: Vec<String> = self.devices.iter().map(|entry| entry.user.clone()).collect();
        users.dedup();
        users
    }

    /// Something happens somewhere.
    pub(crate) async fn live(&mut self, world: &World, random: &mut Random) {
        let place = random.below(self.devices.len());
        match random.below(100) {
            0..=79 => self.report(world, random, place).await,
            80..=93 => self.command(world, random, place).await,
            94..=97 => self.rename(world, place).await,
            _ => self.remove_or_return(world, place).await,
        }
    }

    /// The device reports one to three of its traits, sometimes that it has gone offline or is back.
    async fn report(&mut self, world: &World, random: &mut Random, place: usize) {
        let entry = &self.devices[place];
        let traits: Vec<Trait> = entry.device.traits.keys().copied().collect();
        let mut state = Map::new();
        for _ in 0..=random.below(3) {
            let trait_ = *random.pick(&traits);
            if let Some(value) = random.value(&entry.device, trait_) {
                state.insert(trait_.as_str().to_owned(), value);
            }
        }
        let mut body = json!({"state": state, "at": clock::now()});
        if random.percent(6) {
            body["online"] = json!(random.percent(60));
        }
        let id = entry.device.id.to_string();
        let moved = before(world, &id).await;
        let (status, answer) = world.vendor("PATCH", &format!("/v1/devices/{id}/state"), Some(&body)).await;
        assert_eq!(status, if entry.registered { 200 } else { 404 }, "{answer}");
        let applied = answer["applied"].as_array().cloned().unwrap_or_default();
        self.changes += usize::from(!applied.is_empty());
        let entry = &mut self.devices[place];
        entry.new = entry.new.saturating_sub(1);
        entry.silent &= applied.is_empty();
        if entry.new > 0 {
            return;
        }
        for trait_ in applied.iter().filter_map(|name| name.as_str()?.parse::<Trait>().ok()) {
            let value = &state[trait_.as_str()];
            let word = match (trait_, value) {
                (Trait::Button, Json::String(word)) => word.clone(),
                (Trait::Motion, Json::Bool(true)) if moved != json!(true) => "active".to_owned(),
                _ => continue,
            };
            *self.happened.entry((id.clone(), trait_, word)).or_default() += 1;
        }
    }

    /// A user of a platform switches a device.
    async fn command(&mut self, world: &World, random: &mut Random, place: usize) {
        let entry = &self.devices[place];
        let switchable = entry.device.options(Trait::OnOff).is_some() && entry.registered;
        if !switchable || matches!(entry.device.device_type.as_str(), "gate" | "lock") {
            return;
        }
        let on = random.percent(50);
        let platform = *random.pick(&Platform::ALL);
        let fragment = match platform {
            Platform::Yandex => {
                json!({"capabilities": [{"type": "devices.capabilities.on_off", "state": {"instance": "on", "value": on}}]})
            }
            Platform::Sber => json!({"states": [{"key": "on_off", "value": {"type": "BOOL", "bool_value": on}}]}),
            Platform::SmartThings => json!({"commands": [
                {"component": "main", "capability": "st.switch", "command": if on { "on" } else { "off" }, "arguments": []},
            ]}),
        };
        // A platform that does not know the device, or another kind of switch, asks nothing.
        let _ = world.simulators.command(platform, &entry.user, entry.device.id.as_str(), &fragment).await;
    }

    /// The vendor's user gives the device another name.
    async fn rename(&mut self, world: &World, place: usize) {
        let entry = &mut self.devices[place];
        if entry.registered {
            entry.renamed += 1;
            entry.document["name"] = json!(format!("Thing {}", entry.renamed % 90));
            let path = format!("/v1/devices/{}", entry.device.id);
            let (status, answer) = world.vendor("PUT", &path, Some(&entry.document)).await;
            assert_eq!(status, 200, "{answer}");
        }
    }

    async fn remove_or_return(&mut self, world: &World, place: usize) {
        let entry = &mut self.devices[place];
        let path = format!("/v1/devices/{}", entry.device.id);
        if entry.registered {
            assert_eq!(world.vendor("DELETE", &path, None).await.0, 204);
            // What happened to a device that is gone is nobody's business any more.
            let id = entry.device.id.to_string();
            self.happened.retain(|(device, ..), _| *device != id);
        } else {
            assert!(matches!(world.vendor("PUT", &path, Some(&entry.document)).await.0, 200 | 201));
        }
        entry.registered = !entry.registered;
        (entry.new, entry.silent) = (UNKNOWN_FOR, true);
    }
}

/// Whether the device senses motion already.
async fn before(world: &World, id: &str) -> Json {
    world.vendor("GET", &format!("/v1/devices/{id}"), None).await.1["state"]["motion"].clone()
}
