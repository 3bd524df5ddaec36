//! `grantCallbackAccess`: where and with what a link's callbacks may be sent.
//!
//! The message comes from whoever has a user's token, so its addresses are not believed: our client secret goes there.

use reqwest::Url;

use super::Stop;
use crate::config::SmartThings;
use crate::operation::{Caller, Failure};
use crate::platform::smartthings::wire::{GlobalErrorEnum, Grant};
use crate::services::{Call, Services};
use crate::store::{self, Sealer, Touched};

/// Longest address and code that are stored; real ones have a few hundred characters.
const TEXT_MAX: usize = 4096;

/// Checks a grant and stores it, encrypted. Its code is exchanged for tokens afterwards.
pub(super) async fn store(services: &Services, call: &Call, caller: &Caller, grant: Grant) -> Result<(), Stop> {
    let settings = services.config.platforms.smartthings.as_ref().ok_or(Stop::Ours)?;
    check(settings, &grant)?;
    let key = settings.token_key.as_ref().ok_or_else(|| {
        tracing::error!("grants cannot be stored without HOMEPORT_TOKEN_KEY");
        Stop::Ours
    })?;
    let link = caller.link_key();
    let code = Sealer::new(key.expose()).seal(&link, &grant.callback_authentication.code.into_secret());
    let code = code.map_err(|error| {
        tracing::error!(error = %error, "grant could not be encrypted");
        Stop::Ours
    })?;
    let grant = store::Grant {
        state_callback: grant.callback_urls.state_callback,
        oauth_token: grant.callback_urls.oauth_token,
        code: Some(code),
        access_token: None,
        refresh_token: None,
        expires_at: None,
        renew_at: None,
    };
    match services.store.save_grant(&link, &grant, caller.signed_in, call.now).await.map_err(Failure::from)? {
        Touched::Active => Ok(()),
        Touched::Revoked => Err(Failure::Revoked.into()),
    }
}

fn check(settings: &SmartThings, grant: &Grant) -> Result<(), Stop> {
    let given = &grant.callback_authentication;
    if given.client_id != settings.client_id {
        return Err(Stop::Refused(GlobalErrorEnum::InvalidClient, "Client id is not ours"));
    }
    let bad = |detail| Err(Stop::Refused(GlobalErrorEnum::BadRequest, detail));
    if !(1..=TEXT_MAX).contains(&given.code.expose().len()) {
        return bad("Code is missing or too long");
    }
    let urls = &grant.callback_urls;
    let allowed = |text: &str| text.len() <= TEXT_MAX && Url::parse(text).is_ok_and(|url| settings.hosts.allows(&url));
    if allowed(&urls.oauth_token) && allowed(&urls.state_callback) {
        Ok(())
    } else {
        bad("Callback addresses must be https addresses of SmartThings")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::config::{Config, Needs};

    fn settings(hosts: Option<&str>) -> SmartThings {
        let lookup = |name: &str| match name {
            "HOMEPORT_TABLE" => Some("homeport".to_owned()),
            "HOMEPORT_SMARTTHINGS_CLIENT_ID" => Some("client-1".to_owned()),
            "HOMEPORT_SMARTTHINGS_HOSTS" => hosts.map(str::to_owned),
            _ => None,
        };
        Config::load(lookup, Needs::default()).unwrap().platforms.smartthings.unwrap()
    }

    fn grant(change: impl FnOnce(&mut Json)) -> Grant {
        let mut json = json!({
            "callbackAuthentication": {"grantType": "authorization_code", "scope": "callback-access", "code": "code-1",
                "clientId": "client-1"},
            "callbackUrls": {"oauthToken": "https://c2c-us.smartthings.com/oauth/token",
                "stateCallback": "https://c2c-us.smartthings.com/device/events"},
        });
        change(&mut json);
        serde_json::from_value(json).unwrap()
    }

    fn refusal(settings: &SmartThings, grant: &Grant) -> Option<GlobalErrorEnum> {
        match check(settings, grant) {
            Ok(()) => None,
            Err(Stop::Refused(error, _)) => Some(error),
            Err(Stop::Ours) => panic!("no fault of ours"),
        }
    }

    #[test]
    fn another_client_is_refused_before_anything_else_is_looked_at() {
        let settings = settings(None);
        assert_eq!(refusal(&settings, &grant(|_| ())), None);
        let other = grant(|json| {
            json["callbackAuthentication"]["clientId"] = json!("client-2");
            json["callbackUrls"]["oauthToken"] = json!("http://evil.example");
        });
        assert_eq!(refusal(&settings, &other), Some(GlobalErrorEnum::InvalidClient));
    }

    #[test]
    fn callbacks_go_to_smartthings_only() {
        let settings = settings(None);
        for bad in [
            "http://c2c-us.smartthings.com/oauth/token",
            "https://smartthings.com.evil.example/",
            "https://evilsmartthings.com/",
            "https://c2c-us.smartthings.com@evil.example/",
            "https://user:word@c2c-us.smartthings.com/",
            "https://evil.example/c2c-us.smartthings.com",
            "https://evil.example\\.smartthings.com/",
            "http://127.0.0.1/",
            "https://127.0.0.1/",
            "ftp://c2c-us.smartthings.com/",
            "c2c-us.smartthings.com",
            "",
        ] {
            for member in ["oauthToken", "stateCallback"] {
                let grant = grant(|json| json["callbackUrls"][member] = json!(bad));
                assert_eq!(refusal(&settings, &grant), Some(GlobalErrorEnum::BadRequest), "{member} {bad}");
            }
        }
        let long = format!("https://c2c-us.smartthings.com/{}", "x".repeat(TEXT_MAX));
        let grant = grant(|json| json["callbackUrls"]["oauthToken"] = json!(long));
        assert_eq!(refusal(&settings, &grant), Some(GlobalErrorEnum::BadRequest));
    }

    #[test]
    fn plain_http_goes_to_a_named_loopback_address_only() {
        let settings = settings(Some("127.0.0.1:9000, c2c-eu.smartthings.com"));
        let with = |url: &str| {
            let url = json!(url);
            grant(|json| json["callbackUrls"] = json!({"oauthToken": url, "stateCallback": url}))
        };
        assert_eq!(refusal(&settings, &with("http://127.0.0.1:9000/token")), None);
        assert_eq!(refusal(&settings, &with("https://c2c-eu.smartthings.com/token")), None);
        for bad in ["http://127.0.0.1:9001/", "http://localhost:9000/", "http://c2c-eu.smartthings.com/"] {
            assert_eq!(refusal(&settings, &with(bad)), Some(GlobalErrorEnum::BadRequest), "{bad}");
        }
    }

    #[test]
    fn codes_are_texts_of_a_sensible_length_and_hidden() {
        let settings = settings(None);
        for code in [String::new(), "x".repeat(TEXT_MAX + 1)] {
            let grant = grant(|json| json["callbackAuthentication"]["code"] = json!(code));
            assert_eq!(refusal(&settings, &grant), Some(GlobalErrorEnum::BadRequest));
        }
        let shown = format!("{:?}", grant(|_| ()));
        assert!(!shown.contains("code-1"), "{shown}");
    }
}
