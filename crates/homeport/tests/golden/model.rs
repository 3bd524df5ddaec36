//! Every case of `testdata/vectors/model`, from registration to the platforms' answers.

use serde_json::{Value as Json, json};
use testkit::golden::{self, Case, Difference, Sent, sber, smartthings, yandex};

use crate::program::{Answer, Program};

#[tokio::test]
async fn every_state_case_of_the_model() {
    assert!(all(|case| case.command.is_none()).await > 150);
}

#[tokio::test]
async fn every_command_case_of_the_model() {
    assert!(all(|case| case.command.is_some()).await > 150);
}

/// Plays these cases, also after one that fails; how many they are.
async fn all(wanted: fn(&Case) -> bool) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]).await;
    let user = User { token: program.token("u1").await, program: &program };
    let cases: Vec<Case> = golden::cases().into_iter().filter(wanted).collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let result = match &case.command {
            None => user.state_case(case).await,
            Some(sent) => user.command_case(case, sent).await,
        };
        wrong.extend(result.err().map(|text| format!("{}: {text}", case.title)));
        if let Some(id) = case.device["id"].as_str() {
            program.remove(id).await;
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    cases.len()
}

/// u1, who owns at most one device.
struct User<'a> {
    program: &'a Program,
    token: String,
}

impl User<'_> {
    async fn state_case(&self, case: &Case) -> Difference {
        self.program.device(&case.device, &case.state).await?;
        tokio::try_join!(self.shown_to_yandex(case), self.shown_to_sber(case), self.shown_to_smartthings(case))?;
        Ok(())
    }

    async fn shown_to_yandex(&self, case: &Case) -> Difference {
        let devices = &self.get("/yandex/v1.0/user/devices").await?["payload"]["devices"];
        let Some((expected, device)) = offered(case, "yandex", devices)? else { return Ok(()) };
        yandex::discovery(&expected["discovery"], device, &case.device)?;
        yandex::query(&expected["query"], &self.yandex_query(id(case)).await?)
    }

    async fn shown_to_sber(&self, case: &Case) -> Difference {
        let devices = &self.get("/sber/v1/devices").await?["devices"];
        let Some((expected, device)) = offered(case, "sber", devices)? else { return Ok(()) };
        sber::discovery(&expected["discovery"], device, &case.device)?;
        sber::query(&expected["query"], &self.sber_query(id(case)).await?)
    }

    async fn shown_to_smartthings(&self, case: &Case) -> Difference {
        let devices = &self.smartthings("discoveryRequest", json!({})).await?["devices"];
        let Some((expected, device)) = offered(case, "smartthings", devices)? else { return Ok(()) };
        smartthings::discovery(&expected["discovery"], device, &case.device)?;
        smartthings::refresh(&expected["refresh"], &self.smartthings_refresh(id(case)).await?)
    }

    async fn command_case(&self, case: &Case, sent: &Sent) -> Difference {
        if !case.device.is_null() {
            self.program.device(&case.device, &case.state).await?;
        }
        let (expected, id) = (&case.expect["response"], sent.device_id.as_str());
        match sent.platform.as_str() {
            "yandex" => {
                let body = json!({"payload": {"devices": [sent.request]}});
                let answer = self.post("/yandex/v1.0/user/devices/action", &body).await?;
                yandex::action(expected, single(&answer["payload"]["devices"])?, &sent.request)?;
            }
            "sber" => {
                let body = json!({"devices": {id: sent.request}});
                let answer = self.post("/sber/v1/command", &body).await?;
                sber::command(expected, &answer, id, &self.sber_query(id).await?)?;
            }
            "smartthings" => {
                let answer = self.smartthings("commandRequest", json!({"devices": [sent.request]})).await?;
                let refresh = self.smartthings_refresh(id).await?;
                smartthings::command(expected, single(&answer["deviceState"])?, &refresh)?;
            }
            other => panic!("{other}"),
        }
        golden::same_state(&case.expect["state_after"], &self.program.state(id).await)
    }

    async fn get(&self, path: &str) -> Result<Json, String> {
        good(path, self.program.user(&self.token, "GET", path, None).await)
    }

    async fn post(&self, path: &str, body: &Json) -> Result<Json, String> {
        good(path, self.program.user(&self.token, "POST", path, Some(body)).await)
    }

    async fn yandex_query(&self, id: &str) -> Result<Json, String> {
        let answer = self.post("/yandex/v1.0/user/devices/query", &json!({"devices": [{"id": id}]})).await?;
        single(&answer["payload"]["devices"]).cloned()
    }

    /// Without a device, null.
    async fn sber_query(&self, id: &str) -> Result<Json, String> {
        Ok(self.post("/sber/v1/query", &json!({"devices": [id]})).await?["devices"][id].clone())
    }

    async fn smartthings(&self, kind: &str, content: Json) -> Result<Json, String> {
        good("/smartthings", self.program.smartthings(&self.token, kind, content).await)
    }

    async fn smartthings_refresh(&self, id: &str) -> Result<Json, String> {
        let answer = self.smartthings("stateRefreshRequest", json!({"devices": [{"externalDeviceId": id}]})).await?;
        single(&answer["deviceState"]).cloned()
    }
}

fn good(path: &str, answer: Answer) -> Result<Json, String> {
    if answer.status == 200 { Ok(answer.body) } else { Err(format!("{path}: {} {}", answer.status, answer.body)) }
}

fn id(case: &Case) -> &str {
    case.device["id"].as_str().unwrap()
}

/// What the platform shall see and the device that it is offered; an error, if only one of them is there.
fn offered<'a>(case: &'a Case, platform: &str, devices: &'a Json) -> Result<Option<(&'a Json, &'a Json)>, String> {
    match (case.expect.get(platform), devices.as_array().map(Vec::as_slice)) {
        (None, Some([])) => Ok(None),
        (Some(expected), Some([device])) => Ok(Some((expected, device))),
        (None, _) => Err(format!("is offered to {platform}, but should not be: {devices}")),
        (Some(_), _) => Err(format!("is not offered to {platform}: {devices}")),
    }
}

fn single(list: &Json) -> Result<&Json, String> {
    match list.as_array().map(Vec::as_slice) {
        Some([one]) => Ok(one),
        _ => Err(format!("{list} instead of a list of one")),
    }
}
