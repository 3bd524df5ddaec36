use std::collections::HashMap;

use secrecy::ExposeSecret;

use super::*;
use crate::platform::Platform;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

fn load(pairs: &[(&str, &str)], needs: Needs) -> Result<Config, String> {
    let map: HashMap<String, String> = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    Config::load(|name| map.get(name).cloned(), needs).map_err(|error| error.to_string())
}

const COMPLETE: &[(&str, &str)] = &[
    ("HOMEPORT_TABLE", "homeport"),
    ("HOMEPORT_VENDOR_KEY", "vendor-secret"),
    ("HOMEPORT_AUTH_ISSUER", "https://id.example.com/"),
    ("HOMEPORT_AUTH_AUDIENCE", "yandex, sber"),
    ("HOMEPORT_AUTH_JWKS_URL", "https://id.example.com/keys"),
    ("HOMEPORT_YANDEX_SKILL_ID", "skill"),
    ("HOMEPORT_YANDEX_TOKEN", "yandex-secret"),
    ("HOMEPORT_SBER_TOKEN", "sber-secret"),
    ("HOMEPORT_SBER_URL", "http://127.0.0.1:9001"),
    ("HOMEPORT_SMARTTHINGS_CLIENT_ID", "client"),
    ("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "client-secret"),
    ("HOMEPORT_TOKEN_KEY", KEY),
    ("HOMEPORT_COMMAND_URL", "https://devices.example.com/command"),
    ("HOMEPORT_COMMAND_SECRET", "whsec_MDEyMzQ1Njc4OQ=="),
];

fn without(name: &str) -> Vec<(&'static str, &'static str)> {
    COMPLETE.iter().copied().filter(|(known, _)| *known != name).collect()
}

fn with(name: &'static str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    let mut pairs = without(name);
    pairs.push((name, value));
    pairs
}

#[test]
fn complete_settings_are_understood() {
    let config = load(COMPLETE, Needs::ALL).unwrap();
    let auth = config.auth.unwrap();
    assert_eq!(auth.audiences, ["yandex", "sber"]);
    assert_eq!(auth.issuer, "https://id.example.com/");
    let yandex = config.platforms.yandex.as_ref().unwrap();
    assert_eq!(yandex.url.as_ref().unwrap().as_str(), "https://dialogs.yandex.net/");
    assert_eq!(yandex.token.as_ref().unwrap().expose_secret(), "yandex-secret");
    assert_eq!(config.platforms.sber.as_ref().unwrap().url.as_ref().unwrap().port(), Some(9001));
    let smartthings = config.platforms.smartthings.as_ref().unwrap();
    assert_eq!(smartthings.token_key.as_ref().unwrap().expose()[31], 31);
    assert!(smartthings.hosts.allows(&"https://c2c-eu.smartthings.com/oauth/token".parse().unwrap()));
    assert!(Platform::ALL.iter().all(|platform| config.platforms.is_on(*platform)));
}

#[test]
fn only_what_a_function_needs_is_demanded() {
    let inbound = Needs { users: true, ..Needs::default() };
    let config = load(
        &[
            ("HOMEPORT_TABLE", "homeport"),
            ("HOMEPORT_AUTH_ISSUER", "https://id.example.com"),
            ("HOMEPORT_AUTH_AUDIENCE", "homeport"),
            ("HOMEPORT_AUTH_JWKS_URL", "http://127.0.0.1:9000/keys"),
            ("HOMEPORT_SBER_TOKEN", "secretsmanager:sber"),
            ("HOMEPORT_YANDEX_SKILL_ID", ""),
        ],
        inbound,
    )
    .unwrap();
    assert!(config.platforms.is_on(Platform::Sber));
    assert!(!config.platforms.is_on(Platform::Yandex), "an empty variable is not set");
    assert!(config.vendor_key.is_none() && config.command.is_none());

    let report = Needs { vendor: true, ..Needs::default() };
    assert!(load(&[("HOMEPORT_TABLE", "homeport"), ("HOMEPORT_VENDOR_KEY", "k")], report).is_ok());
}

#[test]
fn all_problems_stand_in_one_line() {
    let error = load(&[("HOMEPORT_AUTH_JWKS_URL", "http://id.example.com/keys")], Needs::ALL).unwrap_err();
    assert_eq!(error.lines().count(), 1);
    for part in [
        "HOMEPORT_TABLE is not set: give the name of the DynamoDB table",
        "HOMEPORT_AUTH_ISSUER is not set",
        "HOMEPORT_AUTH_AUDIENCE is not set",
        "HOMEPORT_AUTH_JWKS_URL is wrong: plain http is for loopback addresses only",
        "HOMEPORT_VENDOR_KEY is not set",
    ] {
        assert!(error.contains(part), "{part} is missing in {error}");
    }
    assert!(!error.contains("id.example.com"), "values are not shown");
}

#[test]
fn half_set_platforms_stop_a_function_that_needs_the_other_half() {
    for missing in ["HOMEPORT_YANDEX_TOKEN", "HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "HOMEPORT_TOKEN_KEY"] {
        let error = load(&without(missing), Needs::ALL).unwrap_err();
        assert!(error.contains(&format!("{missing} is not set")), "{error}");
        let reads_only = Needs { users: true, ..Needs::default() };
        assert!(load(&without(missing), reads_only).is_ok(), "{missing}");
    }
    let storing = Needs { users: true, grants: true, ..Needs::default() };
    assert!(load(&without("HOMEPORT_TOKEN_KEY"), storing).is_err());
    assert!(load(&without("HOMEPORT_SMARTTHINGS_CLIENT_SECRET"), storing).is_ok());
}

#[test]
fn wrong_values_are_named() {
    for (name, value, wrong) in [
        ("HOMEPORT_TABLE", "a b", "a table name has"),
        ("HOMEPORT_YANDEX_URL", "https://dialogs.yandex.net/api", "more than scheme, host and port"),
        ("HOMEPORT_YANDEX_URL", "https://dialogs.yandex.net?x", "more than scheme, host and port"),
        ("HOMEPORT_SBER_URL", "http://partners.iot.sberdevices.ru", "loopback"),
        ("HOMEPORT_SBER_URL", "ftp://127.0.0.1", "neither with https nor with http"),
        ("HOMEPORT_SBER_URL", "https://u:p@127.0.0.1", "user name or password"),
        ("HOMEPORT_TOKEN_KEY", "c2hvcnQ=", "32 bytes"),
        ("HOMEPORT_TOKEN_KEY", "!", "base64"),
        ("HOMEPORT_COMMAND_URL", "http://10.0.0.1/", "loopback"),
        ("HOMEPORT_COMMAND_URL", "devices", "not an address"),
        ("HOMEPORT_COMMAND_SECRET", "whsec_!", "base64"),
        ("HOMEPORT_VENDOR_KEY", "two words", "bearer token"),
        ("HOMEPORT_SMARTTHINGS_HOSTS", "*", "a host is"),
        ("HOMEPORT_SMARTTHINGS_HOSTS", ",", "no host"),
        ("HOMEPORT_AUTH_AUDIENCE", " , ", "names none"),
    ] {
        let error = load(&with(name, value), Needs::ALL).unwrap_err();
        assert!(error.contains(&format!("{name} is wrong: ")) && error.contains(wrong), "{name}={value}: {error}");
    }
}

#[test]
fn the_command_secret_stands_beside_the_address() {
    let error = load(&without("HOMEPORT_COMMAND_SECRET"), Needs::ALL).unwrap_err();
    assert!(error.contains("HOMEPORT_COMMAND_SECRET is not set"), "{error}");
    assert!(load(&without("HOMEPORT_COMMAND_URL"), Needs::ALL).unwrap().command.is_none());
    let plain = load(&with("HOMEPORT_COMMAND_SECRET", "not base64!"), Needs::ALL).unwrap().command.unwrap();
    assert_eq!(plain.secret.expose_secret(), &STANDARD.encode("not base64!"));
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", load(COMPLETE, Needs::ALL).unwrap());
    for secret in ["vendor-secret", "yandex-secret", "sber-secret", "client-secret", "whsec_", KEY] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

/// `GenerateSecretString` makes letters and digits only, and no padding.
#[test]
fn a_generated_text_is_a_token_key() {
    const GENERATED: &str = "Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Zx9Z";
    let smartthings = load(&with("HOMEPORT_TOKEN_KEY", GENERATED), Needs::ALL).unwrap().platforms.smartthings.unwrap();
    assert!(smartthings.token_key.is_some());
}

fn hosts(list: &str) -> CallbackHosts {
    CallbackHosts::parse(list).unwrap()
}

#[test]
fn callbacks_go_to_named_hosts_only() {
    let default = hosts("*.smartthings.com");
    for (url, allowed) in [
        ("https://c2c-us.smartthings.com/device/events", true),
        ("https://a.b.smartthings.com/", true),
        ("https://C2C-US.SmartThings.com/", true),
        ("https://smartthings.com/", false),
        ("https://evilsmartthings.com/", false),
        ("https://smartthings.com.evil.example/", false),
        ("https://c2c-us.smartthings.com@evil.example/", false),
        ("https://u@c2c-us.smartthings.com/", false),
        ("http://c2c-us.smartthings.com/", false),
        ("http://127.0.0.1:9000/", false),
        ("https://169.254.169.254/", false),
        ("file:///etc/passwd", false),
    ] {
        assert_eq!(default.allows(&url.parse().unwrap()), allowed, "{url}");
    }
    let named = hosts("*.smartthings.com, 127.0.0.1 localhost:7000,http://[::1]:7001,api.example.com:8443");
    for (url, allowed) in [
        ("http://127.0.0.1:1/x", true),
        ("http://localhost:7000/", true),
        ("http://localhost:7002/", false),
        ("http://[::1]:7001/", true),
        ("http://[::1]:80/", false),
        ("https://api.example.com:8443/", true),
        ("https://api.example.com/", false),
        ("http://api.example.com:8443/", false),
    ] {
        assert_eq!(named.allows(&url.parse().unwrap()), allowed, "{url}");
    }
}

#[test]
fn references_to_secrets_are_told_from_values() {
    assert_eq!(secrets::reference("secretsmanager:homeport/sber"), Some("homeport/sber"));
    let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:homeport-AbCdEf";
    assert_eq!(secrets::reference(arn), Some(arn));
    assert_eq!(secrets::reference("arn:aws:dynamodb:x"), None);
    assert_eq!(secrets::reference("homeport/sber"), None);
    assert!(secrets::any_reference(|_| Some(arn.to_owned()), &["HOMEPORT_VENDOR_KEY"]));
    assert!(!secrets::any_reference(|_| None, &Needs::ALL.secrets()));
}
