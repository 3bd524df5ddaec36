//! What was answered is kept, however the program ends.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use crate::program::{Program, VENDOR_KEY};

const CLIENTS: usize = 4;
const KILLS: usize = 3;
/// Writes that are acknowledged before each kill.
const WRITES: usize = 60;

/// A device as it is stored: none, or its name and brightness.
type Stored = Option<(String, Option<u64>)>;

/// Changes a device of its own.
struct Writer {
    id: String,
    /// As the last acknowledged write left it.
    acknowledged: Stored,
    /// As the write that was under way would leave it.
    attempted: Stored,
    writes: u64,
}

/// One write, and what is stored after it.
struct Write {
    method: &'static str,
    path: String,
    body: Option<Json>,
    after: Stored,
}

impl Writer {
    fn new(index: usize) -> Self {
        Writer { id: format!("lamp-{index}"), acknowledged: None, attempted: None, writes: 0 }
    }

    /// Registers, replaces, reports, commands, removes.
    fn next(&mut self) -> Write {
        self.writes += 1;
        let level = self.writes % 100 + 1;
        let path = format!("/v1/devices/{}", self.id);
        match (&self.acknowledged, self.writes % 4) {
            (Some(_), _) if self.writes.is_multiple_of(23) => Write { method: "DELETE", path, body: None, after: None },
            (Some((name, _)), 1) => {
                let body = json!({"state": {"brightness": level}});
                let after = Some((name.clone(), Some(level)));
                Write { method: "PATCH", path: format!("{path}/state"), body: Some(body), after }
            }
            (Some((name, _)), 2 | 3) => {
                let state = json!({"instance": "brightness", "value": level});
                let capability = json!({"type": "devices.capabilities.range", "state": state});
                let body = json!({"payload": {"devices": [{"id": self.id, "capabilities": [capability]}]}});
                let path = "/yandex/v1.0/user/devices/action".to_owned();
                Write { method: "POST", path, body: Some(body), after: Some((name.clone(), Some(level))) }
            }
            (known, _) => {
                let name = format!("Lamp {}", self.writes);
                let body = json!({"owner": "u1", "type": "light", "name": name, "traits": {"brightness": {}}});
                let level = known.as_ref().and_then(|(_, level)| *level);
                Write { method: "PUT", path, body: Some(body), after: Some((name, level)) }
            }
        }
    }

    /// Writes until the program is gone.
    async fn write(&mut self, program: &Program, token: &str, acknowledged: &AtomicUsize, enough: &Notify) {
        let (vendor, user) = (format!("Bearer {VENDOR_KEY}"), format!("Bearer {token}"));
        loop {
            let Write { method, path, body, after } = self.next();
            let bearer = if method == "POST" { &user } else { &vendor };
            self.attempted = after;
            let answer = program.try_send(method, &path, &[("authorization", bearer)], body.as_ref()).await;
            let Ok(answer) = answer else { return };
            assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
            if method == "POST" {
                assert!(answer.body.to_string().contains(r#"{"status":"DONE"}"#), "{answer:?}");
            }
            self.acknowledged = self.attempted.clone();
            if acknowledged.fetch_add(1, Ordering::SeqCst) + 1 == WRITES {
                enough.notify_one();
            }
        }
    }

    /// What is there now is the last acknowledged write, or the one that was under way.
    async fn check(&mut self, program: &Program) {
        let answer = program.vendor("GET", &format!("/v1/devices/{}", self.id), None).await;
        let name = answer.body["device"]["name"].as_str().filter(|_| answer.status == 200);
        let found = name.map(|name| (name.to_owned(), answer.body["state"]["brightness"].as_u64()));
        let expected = [&self.acknowledged, &self.attempted];
        assert!(expected.contains(&&found), "{} is {found:?}, not one of {expected:?}", self.id);
        self.acknowledged = found;
    }
}

#[tokio::test]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(folder.path(), &[]).await;
    let token = program.token("u1").await;
    let unlinked = program.token("u2").await;
    for platform in ["yandex", "sber", "smartthings"] {
        program.link(platform, &token, "dev-st").await;
        program.link(platform, &unlinked, "dev-st").await;
    }
    program.rest(&unlinked, "/sber/v1/unlink", Some(json!({}))).await;
    let button = json!({"id": "button", "owner": "u1", "type": "button", "name": "Button", "traits": {"button": {}}});
    let click = json!({"state": {"button": "click"}, "at": "2026-03-01T10:00:00Z"});
    program.device(&button, &click).await.unwrap();
    let links = links_of_u1(&program).await;
    assert_eq!(links.len(), 3);
    let keys = program.send("GET", "/dev/jwks.json", &[], None).await.body;

    let mut writers: Vec<Writer> = (0..CLIENTS).map(Writer::new).collect();
    for _ in 0..KILLS {
        let (acknowledged, enough) = (AtomicUsize::new(0), Notify::new());
        let running = &program;
        let [first, second, third, fourth] = &mut writers[..] else { panic!("{CLIENTS} writers") };
        tokio::join!(
            first.write(running, &token, &acknowledged, &enough),
            second.write(running, &token, &acknowledged, &enough),
            third.write(running, &token, &acknowledged, &enough),
            fourth.write(running, &token, &acknowledged, &enough),
            async {
                enough.notified().await;
                running.signal("KILL").await;
            }
        );
        assert_eq!(program.ended().await.code(), None);
        program = Program::start(folder.path(), &[]).await;
        for writer in &mut writers {
            writer.check(&program).await;
        }
    }

    // Links, keys and what was seen of events, too.
    assert_eq!(program.send("GET", "/dev/jwks.json", &[], None).await.body, keys);
    assert_eq!(links_of_u1(&program).await, links);
    let now = program.vendor("PATCH", "/v1/devices/button/state", Some(&click)).await.body;
    assert_eq!(now["applied"], json!([]), "the same click again");
    assert_eq!(program.rest(&token, "/sber/v1/user", None).await.status, 200, "old tokens are good");
    assert_eq!(program.rest(&unlinked, "/sber/v1/user", None).await.status, 401, "ended links stay ended");
    assert_eq!(program.rest(&unlinked, "/yandex/v1.0/user/devices", None).await.status, 200);
}

#[tokio::test]
async fn it_ends_with_status_0_when_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    let lamp = json!({"id": "lamp", "owner": "u1", "type": "light", "name": "Lamp", "traits": {"on_off": {}}});
    for (signal, on) in [("INT", true), ("TERM", false), ("INT", true)] {
        let program = Program::start(folder.path(), &[]).await;
        let known = program.state("lamp").await;
        assert!(known.is_null() || known == json!({"on_off": !on}), "{known}");
        program.vendor("PUT", "/v1/devices/lamp", Some(&lamp)).await;
        program.vendor("PATCH", "/v1/devices/lamp/state", Some(&json!({"state": {"on_off": on}}))).await;
        // The client keeps its connection open meanwhile.
        program.signal(signal).await;
        assert_eq!(program.ended().await.code(), Some(0), "{signal}");
    }
}

/// What of the links does not depend on callbacks.
async fn links_of_u1(program: &Program) -> Vec<Json> {
    let mut links = program.vendor("GET", "/v1/users/u1/links", None).await.body["links"].as_array().unwrap().clone();
    for link in &mut links {
        link.as_object_mut().unwrap().retain(|name, _| !name.starts_with("last_"));
    }
    links
}
