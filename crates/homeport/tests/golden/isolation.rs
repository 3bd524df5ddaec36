//! What keeps users, platforms and links apart.

use serde_json::{Value as Json, json};

use crate::program::{Answer, Program};

const PLATFORMS: [&str; 3] = ["yandex", "sber", "smartthings"];
const CLIENT_ID: &str = "dev-st";

fn lamp(id: &str, owner: &str) -> Json {
    json!({"id": id, "owner": owner, "type": "light", "name": "Lamp", "traits": {"on_off": {}, "brightness": {}}})
}

/// An answer in which this id stands for any id, without what differs from one moment to the next.
fn anonymous(answer: &Answer, id: &str) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    (answer.status, headers, answer.body.to_string().replace(id, "<id>"))
}

#[tokio::test]
async fn another_users_device_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]).await;
    program.device(&lamp("mine-1", "u1"), &json!({"state": {"on_off": true}})).await.unwrap();
    let (mine, other) = (program.token("u1").await, program.token("u2").await);
    for platform in PLATFORMS {
        program.link(platform, &mine, CLIENT_ID).await;
        program.link(platform, &other, CLIENT_ID).await;
    }
    // As long as the names of the others, so that answers are equally long.
    let missing = "other-0";
    let mut hidden = lamp("other-3", "u2");
    hidden["overrides"] = PLATFORMS.iter().map(|name| ((*name).to_owned(), json!({"enabled": false}))).collect();
    let others = [
        (lamp("other-1", "u2"), json!({"state": {"on_off": false, "brightness": 10}})),
        (lamp("other-2", "u2"), json!({"online": false, "state": {"on_off": false}})),
        (hidden, json!({"state": {"on_off": false}})),
    ];

    let mut before = Vec::new();
    for platform in PLATFORMS {
        before.push(program.ask(platform, &mine, &["mine-1", missing, missing]).await);
        before.push(program.ask(platform, &mine, &[missing]).await);
    }
    for (document, report) in &others {
        program.device(document, report).await.unwrap();
    }
    for (document, _) in &others {
        let id = document["id"].as_str().unwrap();
        let path = format!("/v1/devices/{id}");
        let stored = program.vendor("GET", &path, None).await.body;
        let mut before = before.iter();
        for platform in PLATFORMS {
            for ids in [&["mine-1", id, id][..], &[id]] {
                let answers = program.ask(platform, &mine, ids).await;
                for ((kind, answer), (_, before)) in answers.iter().zip(before.next().unwrap()) {
                    assert_eq!(anonymous(answer, id), anonymous(before, missing), "{platform} {kind}");
                }
            }
        }
        assert_eq!(program.vendor("GET", &path, None).await.body, stored, "and nothing was done to it");
    }
    // The one it belongs to does see it.
    let answers = program.ask("yandex", &other, &["other-1"]).await;
    assert_eq!(answers[1].1.body["payload"]["devices"][0].get("error_code"), None);
}

#[tokio::test]
async fn vendor_lists_are_of_one_user() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]).await;
    for (id, owner) in [("a", "u1"), ("b", "u2"), ("c", "u1")] {
        program.device(&lamp(id, owner), &json!({})).await.unwrap();
    }
    let list = program.vendor("GET", "/v1/users/u1/devices", None).await.body;
    let ids: Vec<_> = list["devices"].as_array().unwrap().iter().map(|entry| &entry["device"]["id"]).collect();
    assert_eq!(ids, ["a", "c"]);
    // A device that changes hands is gone for the one and there for the other.
    let moved = program.vendor("PUT", "/v1/devices/a", Some(&lamp("a", "u2"))).await;
    assert_eq!(moved.status, 200);
    let (one, two) = (program.token("u1").await, program.token("u2").await);
    for (token, known) in [(one, false), (two, true)] {
        let answers = program.ask("sber", &token, &["a"]).await;
        let listed = answers[1].1.body["devices"].as_array().unwrap().iter().any(|device| device["id"] == "a");
        let asked = answers[2].1.body["devices"].get("a").is_some();
        assert_eq!((listed, asked), (known, known));
    }
}

/// The ways to end a link, each with the platform.
const ENDS: [(&str, &str); 7] = [
    ("yandex", "POST /v1.0/user/unlink"),
    ("yandex", "raw unlink"),
    ("yandex", "vendor"),
    ("sber", "POST /v1/unlink"),
    ("sber", "vendor"),
    ("smartthings", "integrationDeleted"),
    ("smartthings", "vendor"),
];

async fn end(program: &Program, user: &str, token: &str, (platform, way): (&str, &str)) {
    let answer = match way {
        "raw unlink" => program.yandex_raw(token, "unlink", Json::Null).await,
        "integrationDeleted" => program.smartthings(token, way, json!({})).await,
        "vendor" => program.vendor("DELETE", &format!("/v1/users/{user}/links/{platform}"), None).await,
        _ => {
            let path = format!("/{platform}{}", way.trim_start_matches("POST "));
            let bearer = format!("Bearer {token}");
            program.send("POST", &path, &[("authorization", &bearer)], None).await
        }
    };
    assert!([200, 204].contains(&answer.status), "{platform} {way}: {answer:?}");
    assert_eq!(answer.body.get("globalError"), None);
}

/// Whether the platform's answer says that the token is no longer good.
fn is_refused(platform: &str, kind: &str, answer: &Answer) -> bool {
    let body = &answer.body;
    match (platform, kind) {
        ("smartthings", _) => body["globalError"]["errorEnum"] == "INTEGRATION-DELETED" && answer.status == 200,
        ("sber", _) => answer.status == 401 && body["code"] == 401,
        // This form has no status.
        (_, "raw discovery") => body["payload"] == json!({"user_id": "", "devices": []}),
        (_, "raw query") => body["payload"]["devices"][0]["error_code"] == "ACCOUNT_LINKING_ERROR",
        (_, "raw action") => body["payload"]["devices"][0]["action_result"]["error_code"] == "ACCOUNT_LINKING_ERROR",
        _ => answer.status == 401,
    }
}

fn is_served(platform: &str, answer: &Answer) -> bool {
    answer.status == 200
        && answer.body.get("globalError").is_none()
        && (platform != "yandex" || !answer.body.to_string().contains("ACCOUNT_LINKING_ERROR"))
        && answer.body["payload"]["user_id"] != ""
}

#[tokio::test]
async fn an_unlink_ends_one_link_until_the_user_signs_in_again() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]).await;
    for (index, (ended, way)) in ENDS.into_iter().enumerate() {
        let (user, id) = (format!("user-{index}"), format!("lamp-{index}"));
        program.device(&lamp(&id, &user), &json!({"state": {"on_off": true}})).await.unwrap();
        let signed_in = async |session: &str| program.token_for(&json!({"user_id": user, "sid": session})).await;
        let (old, bystander) = (signed_in("s-1").await, signed_in("s-2").await);
        for platform in PLATFORMS {
            program.link(platform, &old, CLIENT_ID).await;
        }
        program.link("smartthings", &bystander, CLIENT_ID).await;
        end(&program, &user, &old, (ended, way)).await;

        for platform in PLATFORMS {
            for (kind, answer) in program.ask(platform, &old, &[&id]).await {
                let refused = is_refused(platform, kind, &answer);
                let served = is_served(platform, &answer);
                assert_eq!(
                    (refused, served),
                    (platform == ended, platform != ended),
                    "{way}: {platform} {kind} {answer:?}"
                );
            }
        }
        let again = program.link(ended, &old, CLIENT_ID).await;
        assert!(is_refused(ended, "link", &again), "an old token makes no new link: {again:?}");
        if way == "integrationDeleted" {
            for (kind, answer) in program.ask(ended, &bystander, &[&id]).await {
                assert!(is_served(ended, &answer), "another installation: {kind} {answer:?}");
            }
        }

        let new = signed_in("s-1").await;
        program.link(ended, &new, CLIENT_ID).await;
        for (kind, answer) in program.ask(ended, &new, &[&id]).await {
            assert!(is_served(ended, &answer), "{way}: {kind} with a new token: {answer:?}");
        }
        let old = program.ask(ended, &old, &[&id]).await;
        assert!(old.iter().all(|(kind, answer)| is_refused(ended, kind, answer)), "{way}: the old token stays dead");
    }
}

#[tokio::test]
async fn paths_are_found_by_their_end() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start(folder.path(), &[]).await;
    let token = program.token("u1").await;
    for (method, path, status) in [
        ("HEAD", "/yandex/v1.0", 200),
        ("HEAD", "/yandex/v1.0/", 200),
        ("HEAD", "/prod/yandex/v1.0/", 200),
        ("GET", "/yandex/v1.0/user/devices/", 200),
        ("GET", "/yandex/v1.0/user", 404),
        ("GET", "/yandex/v1.0/user/devices/query", 405),
        ("GET", "/sber/v1/ping", 200),
        ("GET", "/sber/v1/ping/", 200),
        ("GET", "/sber//v1/ping?q=1", 200),
        ("GET", "/prod//sber/v1/ping/", 200),
        ("GET", "/prod//sber/v1/devices/?q=1", 200),
        ("GET", "/prod/sber/v1/user", 200),
        ("GET", "/sber/v1/query", 405),
        ("GET", "/sber/v2/ping", 404),
        ("GET", "/smartthings", 405),
        ("GET", "/nothing", 404),
        ("GET", "/healthz", 200),
        // The vendor's paths want the vendor's key before anything else.
        ("GET", "/v1/devices", 401),
    ] {
        let answer = program.user(&token, method, path, None).await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
    }
    // Nobody is asked for a token when the platform asks whether we are there.
    for (method, path) in [("HEAD", "/yandex/v1.0/"), ("GET", "/prod//sber/v1/ping/"), ("GET", "/healthz")] {
        assert_eq!(program.send(method, path, &[], None).await.status, 200, "{method} {path}");
    }
}

#[tokio::test]
async fn a_platform_without_settings_is_off() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let starting = async |index: usize, setting: &str| Program::start(folders[index].path(), &[(setting, "")]).await;
    let (yandex, sber, smartthings) = tokio::join!(
        starting(0, "HOMEPORT_YANDEX_SKILL_ID"),
        starting(1, "HOMEPORT_SBER_TOKEN"),
        starting(2, "HOMEPORT_SMARTTHINGS_CLIENT_ID")
    );
    for (off, program) in [("yandex", yandex), ("sber", sber), ("smartthings", smartthings)] {
        let token = program.token("u1").await;
        let nothing = program.rest(&token, "/nothing", None).await;
        for platform in PLATFORMS {
            for (kind, answer) in program.ask(platform, &token, &["ghost-1"]).await {
                if platform == off {
                    assert_eq!(anonymous(&answer, ""), anonymous(&nothing, ""), "{platform} {kind}");
                    assert_eq!(answer.status, 404);
                } else {
                    assert!(is_served(platform, &answer), "{off} is off: {platform} {kind} {answer:?}");
                }
            }
        }
        for (platform, method, path) in [("yandex", "HEAD", "/yandex/v1.0"), ("sber", "GET", "/sber/v1/ping")] {
            let status = if platform == off { 404 } else { 200 };
            assert_eq!(program.send(method, path, &[], None).await.status, status, "{off} is off: {path}");
        }
        assert_eq!(program.vendor("GET", "/v1/users/u1/devices", None).await.status, 200);
    }
}
