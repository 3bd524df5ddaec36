//! Sber: the webhook URL with the paths of the protocol.

use serde_json::{Map, Value as Json, json};
use testkit::golden::{Difference, sber};

use super::{Scene, all, paired, same_names};
use crate::program::Answer;

#[tokio::test]
async fn every_inbound_message_of_sber() {
    all("sber", "u-20417", play).await;
}

async fn play(scene: &Scene<'_>) -> Difference {
    let (program, user) = (scene.program, scene.user);
    let good = program.token(user).await;
    let said = scene.vector["request"]["headers"]["Authorization"].as_str();
    let token = match said {
        Some("Bearer expired-token") => program.token_for(&json!({"user_id": user, "expires_in": -3600})).await,
        _ => good.clone(),
    };
    if scene.plan["outage"] != true {
        Sber(scene).same_fixture(&good).await?;
    }
    let path = scene.vector["request"]["path"].as_str().unwrap();
    let answer = scene.send(&format!("/sber{path}"), said.map(|_| token.as_str())).await;
    scene.same_head(&answer)?;
    Sber(scene).same_answer(path, &answer, &good).await?;
    scene.same_link("sber", user).await
}

/// The scene in this platform's words.
struct Sber<'a>(&'a Scene<'a>);

impl Sber<'_> {
    /// Our devices are the ones that the vector takes for granted.
    async fn same_fixture(&self, token: &str) -> Difference {
        let Some(fixture) = self.0.vector["fixture"]["devices"].as_object() else { return Ok(()) };
        let answer = self.0.program.user(token, "GET", "/sber/v1/devices", None).await;
        let devices = answer.body["devices"].as_array().cloned().unwrap_or_default();
        for (id, expected) in fixture {
            let device = devices.iter().find(|device| device["id"] == *id);
            let mut model = device.ok_or_else(|| format!("{id} is not offered"))?["model"].clone();
            if model["category"] != expected["category"] {
                return Err(format!("{id} is a {}", model["category"]));
            }
            // Only what the fixture names counts.
            let named = |name: &str| expected["allowed_values"].get(name).is_some();
            if let Some(values) = model["allowed_values"].as_object_mut() {
                values.retain(|name, _| named(name));
            }
            sber::features(expected, &model).map_err(|text| format!("{id}: {text}"))?;
        }
        Ok(())
    }

    async fn same_answer(&self, path: &str, answer: &Answer, token: &str) -> Difference {
        let (expected, actual) = (&self.0.vector["response"]["body"], &answer.body);
        if expected.is_null() {
            return Ok(());
        }
        same_names(expected, actual)?;
        if expected.get("details").is_some() {
            let same = ["code", "details"].iter().all(|name| expected[name] == actual[name]);
            return if same && actual["message"].is_string() { Ok(()) } else { Err(format!("the error is {actual}")) };
        }
        if path == "/v1/user" {
            return if expected == actual { Ok(()) } else { Err(format!("the user is {actual}")) };
        }
        if path == "/v1/devices" {
            for (id, expected, actual) in paired(&expected["devices"], &actual["devices"], "id", false)? {
                sber::discovery(expected, actual, &self.0.document(id)?).map_err(|text| format!("{id}: {text}"))?;
            }
            return Ok(());
        }
        let empty = Map::new();
        let by_id = |body: &Json| body["devices"].as_object().unwrap_or(&empty).clone();
        let (wanted, got) = (by_id(expected), by_id(actual));
        if let Some(id) = wanted.keys().chain(got.keys()).find(|id| wanted.contains_key(*id) != got.contains_key(*id)) {
            return Err(format!("{id} is in one answer only"));
        }
        for (id, expected) in &wanted {
            let result = match path {
                "/v1/query" => sber::query(expected, &got[id]),
                _ => sber::states(expected, &got[id], &self.query(id, token).await),
            };
            result.map_err(|text| format!("{id}: {text}"))?;
        }
        sber::errors(&expected["errors"], &actual["errors"])
    }

    async fn query(&self, id: &str, token: &str) -> Json {
        let answer = self.0.program.user(token, "POST", "/sber/v1/query", Some(&json!({"devices": [id]}))).await;
        answer.body["devices"][id].clone()
    }
}
