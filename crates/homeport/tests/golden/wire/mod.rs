//! Every message of `testdata/vectors/{yandex,sber,smartthings}` that a platform sends us, over HTTP.
//!
//! What each needs around it, and where we deliberately answer otherwise, is in `testdata/golden`; see the README there.

mod sber;
mod smartthings;
mod yandex;

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Map, Value as Json, json};
use testkit::DeviceCloud;
use testkit::golden::{self, Difference};

use crate::broken_store;
use crate::program::{Answer, Program};

/// SmartThings' client id in the vectors.
const CLIENT_ID: &str = "3f1c1f2e-aa11-4d53-9c2f-8f60c2b7d001";

/// One message on its stage.
struct Scene<'a> {
    program: &'a Program,
    /// The file's name without extension.
    name: &'a str,
    /// The vector, with what is different in our case.
    vector: Json,
    /// What `testdata/golden` says of it.
    plan: &'a Json,
    /// The device documents of this platform by id.
    documents: &'a Map<String, Json>,
    user: &'a str,
}

/// Plays all inbound messages of a platform.
async fn all(platform: &str, user: &str, play: impl AsyncFn(&Scene<'_>) -> Difference) {
    let text = std::fs::read(golden::testdata().join("golden").join(platform).with_extension("json")).unwrap();
    let plans: Json = serde_json::from_slice(&text).unwrap();
    let (documents, plans) = (plans["devices"].as_object().unwrap(), plans["vectors"].as_object().unwrap());
    let vectors: Vec<_> =
        golden::vectors(platform).into_iter().filter(|(_, vector)| vector["direction"] == "inbound").collect();
    let names: BTreeSet<&String> = vectors.iter().map(|(name, _)| name).collect();
    assert_eq!(names, plans.keys().collect(), "each message has its place in testdata/golden");

    let (folder, broken_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let cloud = DeviceCloud::start().await;
    let cloud_url = cloud.url();
    let settings = [
        ("HOMEPORT_COMMAND_URL", cloud_url.as_str()),
        ("HOMEPORT_COMMAND_SECRET", DeviceCloud::SECRET),
        ("HOMEPORT_SMARTTHINGS_CLIENT_ID", CLIENT_ID),
    ];
    let (program, (broken, _store)) =
        tokio::join!(Program::start(folder.path(), &settings), broken_store::program(broken_folder.path()));

    let mut wrong = Vec::new();
    for (name, vector) in &vectors {
        let plan = &plans[name];
        let vector = differing(vector, plan).unwrap_or_else(|error| panic!("{name}: {error}"));
        let program = if plan["outage"] == true { &broken } else { &program };
        let scene = Scene { program, name, vector, plan, documents, user };
        let result = match scene.set(&cloud).await {
            Ok(()) => play(&scene).await,
            set => set,
        };
        let result = match result {
            Ok(()) => scene.after(&cloud).await,
            wrong => wrong,
        };
        wrong.extend(result.err().map(|text| format!("{name}: {text}")));
        scene.clear().await;
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
}

/// The vector as we answer it: with the plan's `differs`, each of which has a reason and is a difference indeed.
fn differing(vector: &Json, plan: &Json) -> Result<Json, String> {
    let mut vector = vector.clone();
    for differs in plan["differs"].as_array().into_iter().flatten() {
        let at = differs["at"].as_str().ok_or("no place of a difference")?;
        let (parent, member) = at.rsplit_once('/').ok_or("no pointer")?;
        let is_text = |name: &str| differs[name].as_str().is_some_and(|text| !text.is_empty());
        if !is_text("reason") {
            return Err(format!("no reason for {at}"));
        }
        let parent = vector.pointer_mut(parent).ok_or_else(|| format!("there is no {parent}"))?;
        let before = parent.clone();
        match (parent, differs.get("is")) {
            (Json::Object(members), Some(value)) => {
                members.insert(member.to_owned(), value.clone());
            }
            (Json::Object(members), None) => {
                members.remove(member);
            }
            (Json::Array(items), is) => {
                let index: usize = member.parse().map_err(|_| format!("no index at {at}"))?;
                if index >= items.len() {
                    return Err(format!("there is no {at}"));
                }
                match is {
                    Some(value) => items[index] = value.clone(),
                    None => drop(items.remove(index)),
                }
            }
            _ => return Err(format!("nothing can be at {at}")),
        }
        let parent = at.rsplit_once('/').map_or("", |(parent, _)| parent);
        if vector.pointer(parent) == Some(&before) {
            return Err(format!("{at} does not differ"));
        }
    }
    Ok(vector)
}

impl Scene<'_> {
    /// The home, and what the device cloud will say.
    async fn set(&self, cloud: &DeviceCloud) -> Difference {
        let replies = self.plan["cloud"].clone();
        cloud.answers(move |command| {
            let reply = replies.get(command["device_id"].as_str().unwrap_or_default()).cloned();
            (200, reply.unwrap_or_else(|| json!({"status": "done"})), Duration::ZERO)
        });
        for (id, report) in self.members("home") {
            self.program.device(&self.document(id)?, report).await?;
        }
        Ok(())
    }

    /// What the message has done: states in the table, commands at the device cloud.
    async fn after(&self, cloud: &DeviceCloud) -> Difference {
        for (id, state) in self.members("after") {
            golden::same_state(state, &self.program.state(id).await).map_err(|text| format!("{id}: {text}"))?;
        }
        if let Some(received) = cloud.received().iter().find(|received| !received.signed) {
            return Err(format!("a command without a good signature: {}", received.body));
        }
        Ok(())
    }

    async fn clear(&self) {
        for (id, _) in self.members("home") {
            self.program.remove(id).await;
        }
    }

    fn members(&self, name: &str) -> impl Iterator<Item = (&String, &Json)> {
        self.plan[name].as_object().into_iter().flatten()
    }

    /// A device document with its id and owner.
    fn document(&self, id: &str) -> Result<Json, String> {
        let mut document = self.documents.get(id).ok_or_else(|| format!("there is no document of {id}"))?.clone();
        document["id"] = json!(id);
        document["owner"] = json!(self.user);
        Ok(document)
    }

    /// The vector's request to this path, with this token instead of its own.
    async fn send(&self, path: &str, token: Option<&str>) -> Answer {
        let request = &self.vector["request"];
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers = request["headers"].as_object().into_iter().flatten().filter_map(|(name, value)| {
            let value = if name == "Authorization" { bearer.as_deref()? } else { value.as_str()? };
            Some((name.as_str(), value))
        });
        let headers: Vec<_> = headers.collect();
        let body = Some(&request["body"]).filter(|body| !body.is_null());
        self.program.send(request["method"].as_str().unwrap(), path, &headers, body).await
    }

    /// Status and type of content. A vector without a body leaves the body of an error open.
    fn same_head(&self, answer: &Answer) -> Difference {
        let expected = &self.vector["response"];
        if expected["status"] != answer.status {
            return Err(format!("the status is {}, not {}: {}", answer.status, expected["status"], answer.body));
        }
        let is_json = answer.headers.get("content-type").is_some_and(|kind| kind == "application/json");
        match (&expected["body"], answer.status) {
            (Json::Null, 200) if answer.body.is_null() => Ok(()),
            (Json::Null, 200) => Err(format!("a body that is not expected: {}", answer.body)),
            (Json::Null, _) if answer.body.get("payload").is_none() => Ok(()),
            (Json::Object(_), _) if is_json => Ok(()),
            _ => Err(format!("another kind of body is expected: {}", answer.body)),
        }
    }

    /// The status of the user's link with this id; null when it is not there or has ended.
    async fn link_status(&self, platform: &str, link_id: &str) -> Json {
        let answer = self.program.vendor("GET", &format!("/v1/users/{}/links", self.user), None).await;
        let links = answer.body["links"].as_array().cloned().unwrap_or_default();
        let link = links.into_iter().find(|link| link["platform"] == platform && link["link_id"] == link_id);
        link.map_or(Json::Null, |link| link["status"].clone())
    }

    /// The link afterwards is as the plan says, if it says something.
    async fn same_link(&self, platform: &str, link_id: &str) -> Difference {
        let status = self.link_status(platform, link_id).await;
        match self.plan.get("link_after") {
            Some(expected) if *expected != status => Err(format!("the link is {status}, not {expected}")),
            _ => Ok(()),
        }
    }
}

/// All entries of a list by the member that names them; in the same order, if that is significant.
fn paired<'a>(
    expected: &'a Json,
    actual: &'a Json,
    name: &str,
    ordered: bool,
) -> Result<Vec<(&'a str, &'a Json, &'a Json)>, String> {
    let list = |json: &'a Json| -> Result<Vec<(&'a str, &'a Json)>, String> {
        let items = json.as_array().ok_or_else(|| format!("{json} instead of a list"))?;
        let named = items.iter().map(|item| Some((item[name].as_str()?, item))).collect::<Option<Vec<_>>>();
        let mut named = named.ok_or_else(|| format!("an entry without {name} in {json}"))?;
        if !ordered {
            named.sort_by_key(|(id, _)| *id);
        }
        Ok(named)
    };
    let (expected, actual) = (list(expected)?, list(actual)?);
    let ids = |list: &[(&'a str, &'a Json)]| list.iter().map(|(id, _)| *id).collect::<Vec<_>>();
    if ids(&expected) != ids(&actual) {
        return Err(format!("entries are {:?}, not {:?}", ids(&actual), ids(&expected)));
    }
    Ok(expected.into_iter().zip(actual).map(|((id, expected), (_, actual))| (id, expected, actual)).collect())
}

/// The same members, whatever their values are.
fn same_names(expected: &Json, actual: &Json) -> Difference {
    let names = |json: &Json| json.as_object().map(|members| members.keys().cloned().collect::<BTreeSet<_>>());
    if names(expected) == names(actual) { Ok(()) } else { Err(format!("{actual} has not the members of {expected}")) }
}
