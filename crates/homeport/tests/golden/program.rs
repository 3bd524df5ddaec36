//! The program as a process of its own, and a client that talks to it.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::{Value as Json, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// How long the program may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(30);
/// The vendor key for development.
pub(crate) const VENDOR_KEY: &str = "dev-vendor-key";

/// A running program; killed when dropped.
pub(crate) struct Program {
    /// Where it serves.
    pub(crate) url: String,
    /// Where its embedded DynamoDB listens.
    pub(crate) dynamodb: String,
    child: Child,
    client: Client,
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    /// Null if there is none, a text if it is not JSON.
    pub(crate) body: Json,
}

impl Program {
    /// Starts it on free ports with these settings alone, its data in `folder`.
    pub(crate) async fn start(folder: &Path, settings: &[(&str, &str)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_homeport"))
            .arg("run")
            .env_clear()
            .env("HOMEPORT_ADDR", "127.0.0.1:0")
            .env("HOMEPORT_DYNAMODB_ADDR", "127.0.0.1:0")
            .env("HOMEPORT_DATA", folder)
            // Not the real ones, where a test names none.
            .env("HOMEPORT_YANDEX_URL", "http://127.0.0.1:9")
            .env("HOMEPORT_SBER_URL", "http://127.0.0.1:9")
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let printed = Printed::of(&mut child);
        let banner = printed.banner().await;
        let place = |name: &str| {
            let line = banner.lines().find_map(|line| line.trim().strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next())
                .unwrap_or_else(|| panic!("{name}: {banner}"))
                .to_owned()
        };
        let url = place("Vendor API").trim_end_matches("/v1").to_owned();
        // reqwest wants a TLS provider although nothing here is TLS.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Program { url, dynamodb: place("DynamoDB"), child, client }
    }

    /// Sends it a signal.
    pub(crate) async fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id().expect("it runs"));
        let sent = Command::new("sh").args(["-c", &kill]).status().await.unwrap();
        assert!(sent.success());
    }

    /// How it ended.
    pub(crate) async fn ended(mut self) -> ExitStatus {
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").unwrap()
    }

    /// Its answer to a request; `headers` beside those of HTTP itself.
    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Json>) -> Answer {
        let answer = self.try_send(method, path, headers, body).await;
        answer.unwrap_or_else(|error| panic!("{method} {path}: {error:?}"))
    }

    /// The same, where the program may be gone.
    pub(crate) async fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Json>,
    ) -> reqwest::Result<Answer> {
        let mut request = self.client.request(Method::try_from(method).unwrap(), format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body.to_string());
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await?;
        let body = match &body[..] {
            [] => Json::Null,
            body => serde_json::from_slice(body).unwrap_or_else(|_| json!(String::from_utf8_lossy(body))),
        };
        Ok(Answer { status, headers, body })
    }

    /// A request of the vendor's cloud.
    pub(crate) async fn vendor(&self, method: &str, path: &str, body: Option<&Json>) -> Answer {
        self.send(method, path, &[("authorization", &format!("Bearer {VENDOR_KEY}"))], body).await
    }

    /// A request with a user's token.
    pub(crate) async fn user(&self, token: &str, method: &str, path: &str, body: Option<&Json>) -> Answer {
        self.send(method, path, &[("authorization", &format!("Bearer {token}"))], body).await
    }

    /// A token, as the request for it says.
    pub(crate) async fn token_for(&self, request: &Json) -> String {
        let answer = self.send("POST", "/dev/token", &[], Some(request)).await;
        answer.body["access_token"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
    }

    /// A good token of a user, signed in just now.
    pub(crate) async fn token(&self, user: &str) -> String {
        self.token_for(&json!({"user_id": user})).await
    }

    /// Registers a device that was not there before, and reports its state.
    pub(crate) async fn device(&self, document: &Json, report: &Json) -> Result<(), String> {
        let path = format!("/v1/devices/{}", document["id"].as_str().unwrap());
        let expect = |step: &str, status: u16, answer: Answer| {
            if answer.status == status {
                Ok(())
            } else {
                Err(format!("{step} {path}: {} {}", answer.status, answer.body))
            }
        };
        expect("PUT", 201, self.vendor("PUT", &path, Some(document)).await)?;
        expect("PATCH", 200, self.vendor("PATCH", &format!("{path}/state"), Some(report)).await)
    }

    /// Removes a device, if it is there.
    pub(crate) async fn remove(&self, id: &str) {
        let answer = self.vendor("DELETE", &format!("/v1/devices/{id}"), None).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }

    /// The state of a device as the vendor reads it; null if there is no such device.
    pub(crate) async fn state(&self, id: &str) -> Json {
        self.vendor("GET", &format!("/v1/devices/{id}"), None).await.body["state"].clone()
    }
}

/// What the program prints.
struct Printed {
    text: Arc<Mutex<String>>,
    complete: oneshot::Receiver<()>,
}

impl Printed {
    /// Goes on reading as long as the test runs, so that the program never waits for a full pipe.
    fn of(child: &mut Child) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let (done, complete) = oneshot::channel();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        tokio::spawn(collect(out, Arc::clone(&text), Some(done)));
        tokio::spawn(collect(err, Arc::clone(&text), None));
        Printed { text, complete }
    }

    /// What it prints at its start.
    async fn banner(self) -> String {
        let started = tokio::time::timeout(PATIENCE, self.complete).await;
        let text = self.text.lock().unwrap().clone();
        assert!(matches!(started, Ok(Ok(()))), "the program does not start: {text}");
        text
    }
}

async fn collect(stream: impl AsyncRead + Unpin, text: Arc<Mutex<String>>, mut done: Option<oneshot::Sender<()>>) {
    let mut lines = BufReader::new(stream).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let is_last = line.starts_with("Ctrl-C");
        text.lock().unwrap().extend([line.as_str(), "\n"]);
        if is_last && let Some(done) = done.take() {
            let _ = done.send(());
        }
    }
}
