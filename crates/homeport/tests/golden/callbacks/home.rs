//! A running program, and the callback APIs of Yandex and Sber that it talks to.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use testkit::{Arrived, Receiver, Reply};

use crate::program::Program;

/// How long something that is waited for may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many changes [`Home::all_told`] makes.
const FENCES: u8 = 3;
pub(super) const YANDEX_STATE: &str = "POST /api/v1/skills/dev-skill/callback/state";
pub(super) const SBER_STATE: &str = "POST /v1/state";

/// The program with some devices of user `u1`, who is linked to both platforms.
pub(super) struct Home {
    pub(super) program: Program,
    pub(super) yandex: Receiver,
    pub(super) sber: Receiver,
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Home {
    /// With these settings beside its own. Everything that the links begin with has been told.
    pub(super) async fn start(more: &[(String, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (yandex, sber) =
            (Receiver::start(|_| Reply::status(202)).await, Receiver::start(|_| Reply::status(200)).await);
        let mut settings = vec![
            ("HOMEPORT_YANDEX_URL".to_owned(), yandex.url()),
            ("HOMEPORT_SBER_URL".to_owned(), sber.url()),
            ("HOMEPORT_SMARTTHINGS_CLIENT_ID".to_owned(), String::new()),
        ];
        settings.extend_from_slice(more);
        let program = start(folder.path(), &settings).await;
        let lamp = json!({"id": "lamp", "owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}, "brightness": {}}});
        let button =
            json!({"id": "button", "owner": "u1", "type": "button", "name": "Button", "traits": {"button": {}}});
        let sensor =
            json!({"id": "sensor", "owner": "u1", "type": "motion_sensor", "name": "Sensor", "traits": {"motion": {}}});
        let fence = json!({"id": "fence", "owner": "u1", "type": "light", "name": "Fence", "traits": {"on_off": {}, "brightness": {}}});
        for (device, state) in [
            (lamp, json!({"on_off": false, "brightness": 1})),
            (button, json!({})),
            (sensor, json!({"motion": false})),
            (fence, json!({"on_off": false, "brightness": 1})),
        ] {
            program.device(&device, &json!({"online": true, "state": state})).await.unwrap();
        }
        let token = program.token("u1").await;
        for platform in ["yandex", "sber"] {
            assert_eq!(program.link(platform, &token, "").await.status, 200);
        }
        let home = Home { program, yandex, sber, folder, settings };
        for platform in [&home.yandex, &home.sber] {
            platform.arrived_when(|arrived| arrived.iter().any(|arrived| told_of(arrived).len() == 4)).await;
        }
        home.all_told(20).await;
        home
    }

    /// Kills the program as nobody expects it, and starts it again.
    pub(super) async fn kill_and_start(self) -> Self {
        self.program.signal("KILL").await;
        assert_eq!(self.program.ended().await.code(), None);
        Home { program: start(self.folder.path(), &self.settings).await, ..self }
    }

    /// The vendor reports a state.
    pub(super) async fn report(&self, device: &str, state: Json) {
        let path = format!("/v1/devices/{device}/state");
        let answer = self.program.vendor("PATCH", &path, Some(&json!({ "state": state }))).await;
        assert_eq!((answer.status, &answer.body["rejected"]), (200, &json!([])), "{answer:?}");
    }

    /// What `GET /dev/queue` says, once it is what is waited for.
    pub(super) async fn queue_when(&self, right: impl Fn(&Json) -> bool) -> Json {
        let look = async {
            loop {
                let queue = self.program.send("GET", "/dev/queue", &[], None).await.body;
                if right(&queue) {
                    return queue;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("the queue becomes what is waited for")
    }

    /// Waits until everything that happened before has been told: changes to this many percent, above 5, and a little more come
    /// behind it. The first may come with what an errand tells, the second with an errand of the first one's batch.
    pub(super) async fn all_told(&self, percent: u8) {
        for percent in percent..percent + FENCES {
            self.report("fence", json!({ "brightness": percent })).await;
            for platform in [&self.yandex, &self.sber] {
                let last =
                    |arrived: &[Arrived]| arrived.iter().filter_map(|arrived| value(arrived, "fence")).next_back();
                platform.arrived_when(|arrived| last(arrived) == Some(f64::from(percent))).await;
            }
            self.queue_when(|queue| waiting(queue, "yandex") == 0 && waiting(queue, "sber") == 0).await;
        }
    }
}

async fn start(folder: &Path, settings: &[(String, String)]) -> Program {
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Program::start(folder, &settings).await
}

/// How many errands wait for a platform.
pub(super) fn waiting(queue: &Json, platform: &str) -> u64 {
    queue["waiting"][platform]["errands"].as_u64().unwrap_or_else(|| panic!("{queue}"))
}

/// The devices whose state a request tells.
pub(super) fn told_of(arrived: &Arrived) -> Vec<String> {
    let mut ids: Vec<String> = match arrived.line.as_str() {
        SBER_STATE => arrived.body["devices"].as_object().unwrap().keys().cloned().collect(),
        YANDEX_STATE => {
            let devices = arrived.body["payload"]["devices"].as_array().unwrap();
            devices.iter().map(|device| device["id"].as_str().unwrap().to_owned()).collect()
        }
        _ => Vec::new(),
    };
    ids.sort();
    ids
}

/// What a request tells of a device.
fn device<'a>(arrived: &'a Arrived, id: &str) -> Option<&'a Json> {
    match arrived.line.as_str() {
        SBER_STATE => arrived.body["devices"].get(id),
        YANDEX_STATE => arrived.body["payload"]["devices"].as_array().unwrap().iter().find(|device| device["id"] == id),
        _ => None,
    }
}

/// The brightness in percent, from 5 on, that a request tells of a device.
pub(super) fn value(arrived: &Arrived, id: &str) -> Option<f64> {
    let device = device(arrived, id)?;
    if let Some(states) = device["states"].as_array() {
        let state = states.iter().find(|state| state["key"] == "light_brightness")?;
        // In tenths of a percent, from 50 on.
        return Some(state["value"]["integer_value"].as_str()?.parse::<f64>().unwrap() / 10.0);
    }
    let capabilities = device["capabilities"].as_array()?;
    capabilities.iter().find(|capability| capability["state"]["instance"] == "brightness")?["state"]["value"].as_f64()
}

/// How often requests tell that something happened at a device: its button was pressed, or motion began.
pub(super) fn happened(arrived: &[Arrived], id: &str) -> Vec<String> {
    let told = arrived.iter().filter_map(|arrived| device(arrived, id));
    let entries = told
        .flat_map(|device| ["states", "properties"].map(|list| device[list].as_array().cloned().unwrap_or_default()));
    let values = entries.flatten().map(|entry| {
        let value = entry.get("state").map_or_else(|| entry["value"].clone(), |state| state["value"].clone());
        value.as_str().map_or_else(|| value["enum_value"].as_str().unwrap_or_default().to_owned(), str::to_owned)
    });
    values.filter(|value| !value.is_empty()).collect()
}
