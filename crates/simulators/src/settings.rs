use std::fmt;
use std::time::{Duration, SystemTime};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// A platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Yandex Smart Home.
    Yandex,
    /// Sber Smart Home.
    Sber,
    /// SmartThings Schema.
    SmartThings,
}

impl Platform {
    /// All of them.
    pub const ALL: [Platform; 3] = [Platform::Yandex, Platform::Sber, Platform::SmartThings];

    /// As in paths and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Platform::Yandex => "yandex",
            Platform::Sber => "sber",
            Platform::SmartThings => "smartthings",
        }
    }

    /// By [`Self::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|platform| platform.name() == name)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the simulators are told. A platform is simulated when all its settings are there.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the router is reached, without a slash at the end; SmartThings' callback URLs are made of it.
    pub base_url: String,
    /// The skill whose callbacks are taken.
    pub yandex_skill_id: Option<String>,
    /// The skill owner's OAuth token.
    pub yandex_token: Option<SecretString>,
    /// The project's key.
    pub sber_token: Option<SecretString>,
    /// What SmartThings gave at registration.
    pub smartthings_client_id: Option<String>,
    /// As above.
    pub smartthings_client_secret: Option<SecretString>,
    /// How long after a refusal that only a new list or a new grant cures the user is taken to open the app.
    pub heal_after: Duration,
    /// The time.
    pub clock: fn() -> SystemTime,
    /// Of whom messages are taken.
    pub strangers: Strangers,
}

/// What is said to messages about users and devices that no platform has listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strangers {
    /// As the platforms do: the user is not known.
    Refused,
    /// They are taken and forgotten. For users who try requests by hand and are linked nowhere.
    Accepted,
}

impl Settings {
    /// No platform yet; a user opens the app 2 s after something went wrong.
    pub fn new(base_url: impl Into<String>) -> Self {
        Settings {
            base_url: base_url.into().trim_end_matches('/').to_owned(),
            yandex_skill_id: None,
            yandex_token: None,
            sber_token: None,
            smartthings_client_id: None,
            smartthings_client_secret: None,
            heal_after: Duration::from_secs(2),
            clock: SystemTime::now,
            strangers: Strangers::Refused,
        }
    }

    /// Whether all settings of a platform are there.
    pub fn has(&self, platform: Platform) -> bool {
        match platform {
            Platform::Yandex => self.yandex_skill_id.is_some() && self.yandex_token.is_some(),
            Platform::Sber => self.sber_token.is_some(),
            Platform::SmartThings => self.smartthings_client_id.is_some() && self.smartthings_client_secret.is_some(),
        }
    }
}
