//! Yandex: the endpoint URL with the paths of the protocol, and the raw form of a Cloud Function at `/yandex/rpc`.

use serde_json::{Value as Json, json};
use testkit::golden::{Difference, yandex};

use super::{Scene, all, paired, same_names};
use crate::program::Answer;

#[tokio::test]
async fn every_inbound_message_of_yandex() {
    all("yandex", "vnd-user-7f31", play).await;
}

async fn play(scene: &Scene<'_>) -> Difference {
    let (program, user) = (scene.program, scene.user);
    if scene.plan["link"] == "active" {
        let token = program.token(user).await;
        program.user(&token, "GET", "/yandex/v1.0/user/devices", None).await;
        Yandex(scene).same_link_is("active").await?;
    }
    let refused = scene.vector["response"]["status"] == 401;
    let tokens = if refused {
        let expired = json!({"user_id": user, "expires_in": -3600});
        vec![program.token_for(&expired).await, "never-issued".to_owned()]
    } else {
        vec![program.token(user).await]
    };
    for token in tokens {
        let answer = match scene.vector["request"]["body"].get("request_type") {
            Some(_) => Yandex(scene).send_raw(&token).await,
            None => {
                let path = format!("/yandex{}", scene.vector["request"]["path"].as_str().unwrap());
                scene.send(&path, Some(&token)).await
            }
        };
        Yandex(scene).same_answer(&answer)?;
    }
    scene.same_link("yandex", user).await
}

/// The scene in this platform's words.
struct Yandex<'a>(&'a Scene<'a>);

impl Yandex<'_> {
    async fn same_link_is(&self, status: &str) -> Difference {
        let is = self.0.link_status("yandex", self.0.user).await;
        if is == status { Ok(()) } else { Err(format!("the link is {is} before")) }
    }

    /// A message of a Cloud Function carries the token in its body.
    async fn send_raw(&self, token: &str) -> Answer {
        let mut body = self.0.vector["request"]["body"].clone();
        body["headers"]["authorization"] = json!(format!("Bearer {token}"));
        self.0.program.send("POST", "/yandex/rpc", &[("content-type", "application/json")], Some(&body)).await
    }

    fn same_answer(&self, answer: &Answer) -> Difference {
        self.0.same_head(answer)?;
        let (expected, actual) = (&self.0.vector["response"]["body"], &answer.body);
        if expected.is_null() {
            return Ok(());
        }
        same_names(expected, actual)?;
        if expected["request_id"] != actual["request_id"] {
            return Err(format!("request_id is {}", actual["request_id"]));
        }
        let (expected, actual) = (&expected["payload"], &actual["payload"]);
        if expected.is_null() {
            return Ok(());
        }
        same_names(expected, actual)?;
        if expected["user_id"] != actual["user_id"] {
            return Err(format!("user_id is {}", actual["user_id"]));
        }
        let discovery = expected.get("user_id").is_some();
        for (id, expected, actual) in paired(&expected["devices"], &actual["devices"], "id", !discovery)? {
            let result = match self.asked(id) {
                None => yandex::discovery(expected, actual, &self.0.document(id)?),
                Some(asked) if asked.get("capabilities").is_some() => yandex::action(expected, actual, asked),
                Some(_) => yandex::query(expected, actual),
            };
            result.map_err(|text| format!("{id}: {text}"))?;
        }
        Ok(())
    }

    /// What the request says of a device.
    fn asked(&self, id: &str) -> Option<&Json> {
        let body = &self.0.vector["request"]["body"];
        let devices = body.get("devices").or_else(|| body.pointer("/payload/devices"));
        devices?.as_array()?.iter().find(|device| device["id"] == id)
    }
}
