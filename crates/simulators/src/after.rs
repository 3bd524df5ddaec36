//! What a platform does of its own accord after a message.

use std::sync::atomic::Ordering;

use crate::caller::Error;
use crate::message::After;
use crate::settings::Platform;
use crate::{Simulators, smartthings};

/// How often something is tried that homeport does not answer, or that does not help.
const ATTEMPTS: u32 = 10;

impl Simulators {
    /// Does it in tasks of its own. Failures are in the exchanges.
    pub(crate) fn follow_up(&self, platform: Platform, after: Vec<After>) {
        for after in after {
            let simulators = self.clone();
            self.0.busy.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                match after {
                    After::Rediscover { user } => {
                        simulators.until_it_works(|| simulators.discover(platform, &user)).await;
                    }
                    After::Query { user, devices } => {
                        let targets = simulators.targets(platform, &user, |id| devices.iter().any(|one| one == id));
                        let targets = targets.unwrap_or_default();
                        simulators.until_it_works(|| simulators.read(platform, &user, &targets)).await;
                    }
                    After::Complain { user, message } => {
                        if let Ok(access) = simulators.access(platform, &user) {
                            drop(smartthings::complain(&simulators, &access, message).await);
                        }
                    }
                    After::ConfirmDeletion { homeport, token } => {
                        let confirm = || smartthings::confirm_deletion(&simulators, &homeport, &token);
                        simulators.until_it_works(confirm).await;
                    }
                    After::Heal { user } => simulators.heal(platform, &user).await,
                }
                simulators.0.busy.fetch_sub(1, Ordering::SeqCst);
            });
        }
    }

    async fn until_it_works<T, F: Future<Output = Result<T, Error>>>(&self, attempt: impl Fn() -> F) {
        for _ in 0..ATTEMPTS {
            match attempt().await {
                Ok(_) | Err(Error::NotLinked { .. }) => return,
                Err(_) => tokio::time::sleep(self.0.settings.heal_after).await,
            }
        }
    }

    /// The user opens the app after a while, until it helps.
    async fn heal(&self, platform: Platform, user: &str) {
        let begins = self.with_home(platform, user, |home| home.linked && !std::mem::replace(&mut home.healing, true));
        if begins != Some(true) {
            return;
        }
        for _ in 0..ATTEMPTS {
            tokio::time::sleep(self.0.settings.heal_after).await;
            let is_forgotten = self.with_home(platform, user, |home| home.forgotten).unwrap_or_default();
            let granted = match platform {
                Platform::Yandex if !is_forgotten => break,
                _ => self.discover(platform, user).await.unwrap_or_default(),
            };
            if granted && platform == Platform::SmartThings {
                break;
            }
        }
        self.with_home(platform, user, |home| home.healing = false);
    }
}
