//! SmartThings: one path for every message, the token in the body. The vectors' path is an example of a vendor's.

use aws_sdk_dynamodb::types::AttributeValue;
use common::store;
use serde_json::json;
use testkit::golden::{Difference, smartthings};

use super::{CLIENT_ID, Scene, all, paired, same_names};
use crate::program::Answer;

#[tokio::test]
async fn every_inbound_message_of_smartthings() {
    all("smartthings", "anna", play).await;
}

async fn play(scene: &Scene<'_>) -> Difference {
    let program = scene.program;
    // Each message has an installation of its own.
    let link = scene.name;
    let good = program.token_for(&json!({"user_id": scene.user, "sid": link})).await;
    let token = match scene.vector["fixture"]["partnerToken"]["status"].as_str() {
        Some("expired") => program.token_for(&json!({"user_id": scene.user, "sid": link, "expires_in": -3600})).await,
        Some("unknown") => "never-issued".to_owned(),
        _ => good.clone(),
    };
    SmartThings(scene).set_link(link, &good).await?;
    SmartThings(scene).same_fixture(&good).await?;
    // A link may be ended more than once.
    let kind = &scene.vector["request"]["body"]["headers"]["interactionType"];
    for _ in 0..if kind == "integrationDeleted" { 2 } else { 1 } {
        let answer = SmartThings(scene).send_message(&token).await;
        scene.same_head(&answer)?;
        SmartThings(scene).same_answer(&answer, &good).await?;
    }
    scene.same_link("smartthings", link).await
}

/// The scene in this platform's words.
struct SmartThings<'a>(&'a Scene<'a>);

impl SmartThings<'_> {
    async fn set_link(&self, link: &str, token: &str) -> Difference {
        if self.0.plan.get("link").is_none() {
            return Ok(());
        }
        let answer = self.0.program.link("smartthings", token, CLIENT_ID).await;
        if self.0.link_status("smartthings", link).await != "active" {
            return Err(format!("no link comes of {}", answer.body));
        }
        match self.0.plan["link"].as_str() {
            Some("active") => {}
            Some("ended") => drop(self.0.program.smartthings(token, "integrationDeleted", json!({})).await),
            Some("broken") => self.break_link(link).await,
            other => panic!("{other:?}"),
        }
        Ok(())
    }

    /// What callbacks that are refused lead to.
    async fn break_link(&self, link: &str) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let client = store::client(&store::local_config(&self.0.program.dynamodb).await);
        let update = client.update_item().table_name("homeport").key("pk", text(&format!("USER#{}", self.0.user)));
        let update = update.key("sk", text(&format!("LINK#smartthings#{link}")));
        let update = update.update_expression("SET #status = :broken").expression_attribute_names("#status", "status");
        update.expression_attribute_values(":broken", text("broken")).send().await.unwrap();
    }

    /// Our devices are the ones that the vector takes for granted.
    async fn same_fixture(&self, token: &str) -> Difference {
        if self.0.plan["link"] == "ended" {
            return Ok(());
        }
        let answer = self.0.program.smartthings(token, "discoveryRequest", json!({})).await;
        let devices = answer.body["devices"].as_array().cloned().unwrap_or_default();
        for (id, expected) in self.0.vector["fixture"]["devices"].as_object().into_iter().flatten() {
            let device = devices.iter().find(|device| device["externalDeviceId"] == *id);
            let device = device.ok_or_else(|| format!("{id} is not offered"))?;
            if device["deviceHandlerType"] != expected["deviceHandlerType"] {
                return Err(format!("{id} is a {}", device["deviceHandlerType"]));
            }
        }
        Ok(())
    }

    async fn send_message(&self, token: &str) -> Answer {
        let mut body = self.0.vector["request"]["body"].clone();
        if let Some(said) = body.pointer_mut("/authentication/token") {
            *said = json!(token);
        }
        self.0.program.send("POST", "/smartthings", &[("content-type", "application/json")], Some(&body)).await
    }

    async fn same_answer(&self, answer: &Answer, token: &str) -> Difference {
        let (expected, actual) = (&self.0.vector["response"]["body"], &answer.body);
        same_names(expected, actual)?;
        for name in ["headers", "requestGrantCallbackAccess"] {
            if expected[name] != actual[name] {
                return Err(format!("{name} is {}, not {}", actual[name], expected[name]));
            }
        }
        if let Some(expected) = expected.get("globalError") {
            let same = expected["errorEnum"] == actual["globalError"]["errorEnum"];
            same_names(expected, &actual["globalError"])?;
            return if same { Ok(()) } else { Err(format!("the error is {}", actual["globalError"])) };
        }
        if let Some(expected) = expected.get("devices") {
            for (id, expected, actual) in paired(expected, &actual["devices"], "externalDeviceId", false)? {
                let result = smartthings::discovery(expected, actual, &self.0.document(id)?);
                result.map_err(|text| format!("{id}: {text}"))?;
            }
        }
        let commanded = expected["headers"]["interactionType"] == "commandResponse";
        if let Some(expected) = expected.get("deviceState") {
            for (id, expected, actual) in paired(expected, &actual["deviceState"], "externalDeviceId", true)? {
                let result = if commanded {
                    let refresh = json!({"devices": [{"externalDeviceId": id}]});
                    let refresh = self.0.program.smartthings(token, "stateRefreshRequest", refresh).await;
                    smartthings::command(expected, actual, &refresh.body["deviceState"][0])
                } else {
                    smartthings::refresh(expected, actual)
                };
                result.map_err(|text| format!("{id}: {text}"))?;
            }
        }
        Ok(())
    }
}
