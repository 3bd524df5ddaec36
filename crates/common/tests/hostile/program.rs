//! The local program as a process.

use std::net::SocketAddr;

use tempfile::TempDir;
use testkit::{Function, binary};

/// `homeport run` with a data folder of its own; ended when dropped.
pub(crate) struct Program {
    pub(crate) process: Function,
    /// `http://127.0.0.1:<port>`
    pub(crate) url: String,
    _data: TempDir,
}

impl Program {
    /// Starts it on free ports, with these settings, and waits until it serves.
    pub(crate) async fn start(settings: &[(&str, &str)]) -> Self {
        let data = TempDir::new().unwrap();
        let mut environment: Vec<(String, String)> = [
            ("HOMEPORT_ADDR", "127.0.0.1:0"),
            ("HOMEPORT_DYNAMODB_ADDR", "127.0.0.1:0"),
            ("HOMEPORT_DATA", data.path().to_str().unwrap()),
            // Not the real ones.
            ("HOMEPORT_YANDEX_URL", "http://127.0.0.1:9"),
            ("HOMEPORT_SBER_URL", "http://127.0.0.1:9"),
        ]
        .iter()
        .chain(settings)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
        environment.reverse();
        let process = Function::start_with(&binary("homeport"), &["run"], &environment).await;
        let banner = process.output_when(|output| output.contains("Ctrl-C")).await;
        let line = banner.lines().find(|line| line.contains("Vendor API")).unwrap();
        let url = line.split_whitespace().last().unwrap().strip_suffix("/v1").unwrap().to_owned();
        Program { process, url, _data: data }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Sends a request; status and body. Without an answer the status is 0.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        key: &str,
        body: impl Into<reqwest::Body>,
    ) -> (u16, String) {
        let client = common::net::http_client().unwrap();
        let request =
            client.request(method.parse().unwrap(), format!("{}{path}", self.url)).bearer_auth(key).body(body);
        match request.send().await {
            Ok(response) => (response.status().as_u16(), response.text().await.unwrap_or_default()),
            Err(_) => (0, String::new()),
        }
    }
}
