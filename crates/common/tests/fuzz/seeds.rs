//! Good messages: the golden vectors, and what their devices and reports look like.

use std::collections::BTreeSet;
use std::path::Path;

use common::model::{Trait, Word};
use proptest::sample::Index;
use serde_json::{Map, Value as Json, json};

use crate::endpoints::Endpoint;
use crate::world::{World, smartthings, yandex_rpc};

/// A good message.
pub(crate) struct Seed {
    pub(crate) endpoint: Endpoint,
    pub(crate) body: Json,
    /// The device that it is about.
    pub(crate) device: String,
}

/// All of them, and what they are made of.
pub(crate) struct Seeds {
    pub(crate) token: String,
    /// Names, words and numbers that messages are made of.
    pub(crate) words: Vec<Json>,
    seeds: Vec<Seed>,
}

const LAMP: &str = "fuzz-lamp";

fn files(folder: &str) -> Vec<Json> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/vectors").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()).collect()
}

impl Seeds {
    /// Registers the devices of the vectors, and makes messages about them.
    pub(crate) async fn plant(world: &World) -> Self {
        let token = world.token("u1");
        world.lamp(LAMP).await;
        let seed = |endpoint, body| Seed { endpoint, body, device: LAMP.to_owned() };
        let mut seeds: Vec<Seed> = Vec::new();
        for endpoint in Endpoint::ALL {
            seeds.extend(endpoint.samples(&token, LAMP).into_iter().map(|body| seed(endpoint, body)));
        }
        for file in ["yandex", "sber", "smartthings"].into_iter().flat_map(files) {
            seeds.extend(of_wire(&token, &file).map(|(endpoint, body)| seed(endpoint, body)));
        }
        let cases = files("model").into_iter().flat_map(|file| file.as_array().unwrap().clone());
        for (n, case) in cases.filter(|case| !case["device"].is_null()).enumerate() {
            seeds.push(seed(Endpoint::PutDevice, without_id(&case["device"])));
            if case.get("command").is_some() {
                seeds.extend(of_command(world, &token, &format!("case-{n}"), &case).await);
            }
        }
        let words = words(&seeds);
        Seeds { token, words, seeds }
    }

    /// One for this endpoint.
    pub(crate) fn pick(&self, (endpoint, index): &(Endpoint, Index)) -> &Seed {
        let fitting: Vec<&Seed> = self.seeds.iter().filter(|seed| seed.endpoint == *endpoint).collect();
        fitting[index.index(fitting.len())]
    }
}

fn without_id(document: &Json) -> Json {
    let mut document = document.clone();
    document.as_object_mut().unwrap().remove("id");
    document["owner"] = json!("u1");
    document
}

/// A request of the wire vectors, with a token that is good here.
fn of_wire(token: &str, file: &Json) -> Option<(Endpoint, Json)> {
    let (path, mut body) = (file["request"]["path"].as_str()?, file["request"]["body"].clone());
    if file["direction"] != "inbound" || !body.is_object() {
        return None;
    }
    let endpoint = match path {
        _ if body.get("request_type").is_some() => {
            body["headers"]["authorization"] = json!(format!("Bearer {token}"));
            Endpoint::YandexRpc
        }
        _ if body["headers"].is_object() => {
            body["authentication"]["token"] = json!(token);
            Endpoint::SmartThings
        }
        _ if path.ends_with("/devices/query") => Endpoint::YandexQuery,
        _ if path.ends_with("/devices/action") => Endpoint::YandexAction,
        _ if path.ends_with("/v1/query") => Endpoint::SberQuery,
        _ if path.ends_with("/v1/command") => Endpoint::SberCommand,
        _ => return None,
    };
    Some((endpoint, body))
}

/// Registers the device of a command case under an id of its own; its command, a query and a report.
async fn of_command(world: &World, token: &str, id: &str, case: &Json) -> Vec<Seed> {
    let registered = world.vendor("PUT", &format!("/v1/devices/{id}"), without_id(&case["device"])).await;
    assert!(registered.status < 300, "{registered:?}");
    let mut report = case["state"].clone();
    assert_eq!(world.vendor("PATCH", &format!("/v1/devices/{id}/state"), report.clone()).await.status, 200);
    let mut fragment = case["command"]["request"].clone();
    let asked = |name: &str| json!({"devices": [{name: id}]});
    let messages = match case["command"]["platform"].as_str().unwrap() {
        "yandex" => {
            fragment["id"] = json!(id);
            let devices = json!({"devices": [fragment]});
            vec![
                (Endpoint::YandexAction, json!({ "payload": devices })),
                (Endpoint::YandexRpc, yandex_rpc(token, "action", devices)),
                (Endpoint::YandexQuery, asked("id")),
            ]
        }
        "sber" => {
            let devices: Map<_, _> = [(id.to_owned(), fragment)].into_iter().collect();
            vec![
                (Endpoint::SberCommand, json!({ "devices": devices })),
                (Endpoint::SberQuery, json!({"devices": [id]})),
            ]
        }
        _ => {
            fragment["externalDeviceId"] = json!(id);
            let devices = json!({"devices": [fragment]});
            vec![
                (Endpoint::MessageEvent, smartthings(token, "commandRequest", devices)),
                (Endpoint::SmartThings, smartthings(token, "stateRefreshRequest", asked("externalDeviceId"))),
            ]
        }
    };
    let mut seeds: Vec<Seed> =
        messages.into_iter().map(|(endpoint, body)| Seed { endpoint, body, device: id.to_owned() }).collect();
    seeds.push(Seed { endpoint: Endpoint::PatchState, body: report.clone(), device: id.to_owned() });
    report["device_id"] = json!(id);
    seeds.push(Seed { endpoint: Endpoint::PostReports, body: json!({"reports": [report]}), device: id.to_owned() });
    seeds
}

fn words(seeds: &[Seed]) -> Vec<Json> {
    let mut texts: BTreeSet<String> = seeds.iter().map(|seed| seed.device.clone()).collect();
    texts.extend(Trait::ALL.iter().map(ToString::to_string));
    texts.extend(Word::ALL.iter().map(ToString::to_string));
    for seed in seeds {
        collect(&seed.body, &mut texts);
    }
    let numbers = [0, 1, 5, 30, 50, 99, 100, 101, 255, 360, 361, 500, 1000, 1001, 2700, 6500, 0x00FF_FFFF];
    texts.into_iter().map(Json::from).chain(numbers.map(Json::from)).collect()
}

fn collect(json: &Json, texts: &mut BTreeSet<String>) {
    match json {
        Json::String(text) if text.len() < 100 => drop(texts.insert(text.clone())),
        Json::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Json::Object(members) => {
            for (name, value) in members {
                texts.insert(name.clone());
                collect(value, texts);
            }
        }
        _ => {}
    }
}
