//! Where requests come in: the listener of the local program, the events of a function.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use testkit::Invocation;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::deployment::{self, Deployment, Surroundings, VENDOR_KEY};
use crate::program::Program;
use crate::world::smartthings;

const MIB: usize = 1024 * 1024;

const PATHS: &[(&str, &str, &str)] = &[
    ("query", "POST", "/yandex/v1.0/user/devices/query"),
    ("action", "POST", "/yandex/v1.0/user/devices/action"),
    ("link", "POST", "/yandex/v1.0/user/unlink"),
    ("webhook", "POST", "/yandex/rpc"),
    ("query", "POST", "/sber/v1/query"),
    ("action", "POST", "/sber/v1/command"),
    ("link", "POST", "/sber/v1/unlink"),
    ("webhook", "POST", "/smartthings"),
    ("report", "PUT", "/v1/devices/lamp"),
    ("report", "PATCH", "/v1/devices/lamp/state"),
    ("report", "POST", "/v1/reports"),
];

#[tokio::test]
async fn the_program_refuses_what_is_too_long() {
    let program = Program::start(&[]).await;
    for (_, method, path) in PATHS {
        let (status, body) = program.send(method, path, "dev-vendor-key", vec![b' '; 2 * MIB]).await;
        assert_eq!(status, 413, "{method} {path}: {body}");
    }
    // Also to clients that read no answer before they have sent all.
    for length in [MIB + 1, 9 * MIB] {
        assert_eq!(program.send("POST", "/smartthings", "", vec![b' '; length]).await.0, 413, "{length}");
    }
    assert_eq!(program.send("POST", "/smartthings", "", vec![b' '; MIB]).await.0, 400, "just as long as it may be");
}

/// Sends bytes, then nothing more; what comes back.
async fn raw(program: &Program, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(program.address()).await.unwrap();
    // It may be refused before all is sent.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn the_program_survives_broken_connections() {
    let program = Program::start(&[]).await;
    let head = "POST /smartthings HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n200000\r\n{}\r\n0\r\n\r\n", " ".repeat(2 * MIB));
    assert!(raw(&program, chunked.as_bytes()).await.starts_with("HTTP/1.1 413"));
    for bytes in [
        &b""[..],
        b"\0\xff\r\n\r\n",
        b"POST",
        format!("{head}content-length: 1000\r\n\r\n{{").as_bytes(),
        format!("{head}content-length: -1\r\n\r\n{{}}").as_bytes(),
        format!("{head}transfer-encoding: chunked\r\n\r\nzz\r\n").as_bytes(),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(MIB)).as_bytes(),
        format!("GET / HTTP/1.1\r\nauthorization: {}\r\n\r\n", "x".repeat(MIB)).as_bytes(),
    ] {
        let answer = raw(&program, bytes).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{answer}");
    }
    assert_eq!(program.send("GET", "/healthz", "", "").await.0, 200);
}

#[tokio::test]
async fn functions_refuse_what_is_too_long() {
    let surroundings = Surroundings::start().await;
    let settings = surroundings.settings();
    let deployment = Deployment::with(surroundings, &["webhook", "report"], &settings).await;
    let token = deployment.surroundings.token("u1");
    let body = " ".repeat(2 * MIB);
    for (function, method, path) in PATHS.iter().filter(|(function, ..)| ["webhook", "report"].contains(function)) {
        let mut event = deployment::request(method, path, Some(VENDOR_KEY), Some(&body));
        assert_eq!(deployment.http(function, &event).await.0, 413, "{path}");
        event["body"] = json!(STANDARD.encode(&body));
        event["isBase64Encoded"] = json!(true);
        assert_eq!(deployment.http(function, &event).await.0, 413, "{path}");
    }
    // Events that are no HTTP requests.
    let mut message = smartthings(&token, "discoveryRequest", json!({}));
    message["padding"] = json!(body);
    let report = json!({"device_id": "lamp", "padding": body});
    for (function, event) in [("webhook", message), ("report", report), ("report", Json::Array(vec![json!(body)]))] {
        let Invocation::Failed(error) = deployment.invoke(function, &event).await else { panic!("{function}") };
        assert_eq!(error["errorType"], "PayloadTooLarge", "{error}");
    }
    // They live on.
    let message = smartthings(&token, "discoveryRequest", json!({}));
    assert!(matches!(deployment.invoke("webhook", &message).await, Invocation::Answered(_)));
}
