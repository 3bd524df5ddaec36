//! The platforms' settings.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use reqwest::Url;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretBox, SecretString};

use super::address::{CallbackHosts, origin};
use super::reader::Reader;
use super::{Needs, any_text, bearer_key};
use crate::platform::Platform;

/// The platforms that are on. One without its settings is off and answers 404.
#[derive(Clone, Debug, Default)]
pub struct Platforms {
    /// On when `HOMEPORT_YANDEX_SKILL_ID` is set.
    pub yandex: Option<Yandex>,
    /// On when `HOMEPORT_SBER_TOKEN` is set.
    pub sber: Option<Sber>,
    /// On when `HOMEPORT_SMARTTHINGS_CLIENT_ID` is set.
    pub smartthings: Option<SmartThings>,
}

/// Yandex Smart Home.
#[derive(Clone, Debug)]
pub struct Yandex {
    /// The skill.
    pub skill_id: String,
    /// The skill owner's OAuth token, where callbacks are sent.
    pub token: Option<SecretString>,
    /// Where callbacks go.
    pub url: Option<Url>,
}

/// Sber Smart Home.
#[derive(Clone, Debug)]
pub struct Sber {
    /// The project's key, where callbacks are sent.
    pub token: Option<SecretString>,
    /// Where callbacks go.
    pub url: Option<Url>,
    /// PEM certificates that this client trusts beside the usual ones, or the path of a file with them.
    pub extra_roots: Option<String>,
}

/// SmartThings Schema.
#[derive(Clone, Debug)]
pub struct SmartThings {
    /// `clientId` of a grant.
    pub client_id: String,
    /// Redeems a grant, where callbacks are sent.
    pub client_secret: Option<SecretString>,
    /// Where callbacks may go.
    pub hosts: CallbackHosts,
    /// Encrypts stored grants and tokens, where they are stored or used.
    pub token_key: Option<TokenKey>,
}

/// Takes what Secrets Manager can make by itself: 43 random characters are 32 bytes with two bits over, and no padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The key that encrypts stored platform tokens: 32 bytes.
#[derive(Clone)]
pub struct TokenKey(Arc<SecretBox<[u8; 32]>>);

impl TokenKey {
    /// From 32 bytes in base64.
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut bytes = LENIENT.decode(text).map_err(|_| "it is not base64")?;
        let key = <[u8; 32]>::try_from(bytes.as_slice());
        bytes.zeroize();
        key.map(|key| TokenKey(Arc::new(SecretBox::new(Box::new(key))))).map_err(|_| "it is not 32 bytes long")
    }

    /// The bytes.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose_secret()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey")
    }
}

impl Platforms {
    /// Whether the platform is on.
    pub fn is_on(&self, platform: Platform) -> bool {
        match platform {
            Platform::Yandex => self.yandex.is_some(),
            Platform::Sber => self.sber.is_some(),
            Platform::SmartThings => self.smartthings.is_some(),
        }
    }

    pub(super) fn read(reader: &mut Reader, needs: Needs) -> Self {
        Platforms {
            yandex: Yandex::read(reader, needs),
            sber: Sber::read(reader, needs),
            smartthings: SmartThings::read(reader, needs),
        }
    }
}

impl Yandex {
    fn read(reader: &mut Reader, needs: Needs) -> Option<Self> {
        let skill_id = reader.optional("HOMEPORT_YANDEX_SKILL_ID", "the skill's id", any_text)?;
        let (mut token, mut url) = (None, None);
        if needs.callbacks {
            token = reader.require("HOMEPORT_YANDEX_TOKEN", "the skill owner's OAuth token", bearer_key);
            url = address(reader, "HOMEPORT_YANDEX_URL", "https://dialogs.yandex.net");
        }
        Some(Yandex { skill_id, token, url })
    }
}

impl Sber {
    fn read(reader: &mut Reader, needs: Needs) -> Option<Self> {
        if !reader.is_set("HOMEPORT_SBER_TOKEN") {
            return None;
        }
        let (mut token, mut url, mut extra_roots) = (None, None, None);
        if needs.callbacks {
            token = reader.require("HOMEPORT_SBER_TOKEN", "the project's key", bearer_key);
            url = address(reader, "HOMEPORT_SBER_URL", "https://partners.iot.sberdevices.ru");
            extra_roots = reader.optional("HOMEPORT_SBER_CA", "PEM certificates or a file with them", any_text);
        }
        Some(Sber { token, url, extra_roots })
    }
}

impl SmartThings {
    fn read(reader: &mut Reader, needs: Needs) -> Option<Self> {
        let client_id = reader.optional("HOMEPORT_SMARTTHINGS_CLIENT_ID", "the client id of the app", any_text)?;
        let hosts = reader
            .optional(
                "HOMEPORT_SMARTTHINGS_HOSTS",
                "hosts such as *.smartthings.com, with commas",
                CallbackHosts::parse,
            )
            .or_else(|| CallbackHosts::parse("*.smartthings.com").ok())?;
        let (mut client_secret, mut token_key) = (None, None);
        if needs.callbacks {
            client_secret =
                reader.require("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "the client secret of the app", |text| {
                    Ok(text.to_owned().into())
                });
        }
        if needs.grants || needs.callbacks {
            token_key = reader.require("HOMEPORT_TOKEN_KEY", "32 bytes in base64", TokenKey::parse);
        }
        Some(SmartThings { client_id, client_secret, hosts, token_key })
    }
}

fn address(reader: &mut Reader, name: &str, default: &str) -> Option<Url> {
    let what = format!("an address such as {default}");
    if reader.is_set(name) { reader.optional(name, &what, origin) } else { origin(default).ok() }
}
