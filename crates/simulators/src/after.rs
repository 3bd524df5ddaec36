//! What a platform does of its own accord after a message.

use std::sync::atomic::Ordering;

use crate::caller::Error;
use crate::life::Read;
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
                        simulators.until_it_works(|| simulators.discover(platform, &user, Read::New)).await;
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

    /// The user opens the app after a while, until it helps. What is missing then, callbacks have to tell.
    async fn heal(&self, platform: Platform, user: &str) {
        let begins =
            self.with_home(platform, user, |home| home.linked && std::mem::replace(&mut home.healing, ATTEMPTS) == 0);
        if begins != Some(true) {
            return;
        }
        loop {
            tokio::time::sleep(self.0.settings.heal_after).await;
            let looked = self.with_home(platform, user, |home| {
                home.healing = home.healing.saturating_sub(1);
                (home.healing, home.forgotten)
            });
            let Some((left, is_forgotten)) = looked else { return };
            let is_healed = match platform {
                Platform::Yandex if !is_forgotten => true,
                Platform::Yandex | Platform::Sber => {
                    drop(self.discover(platform, user, Read::New).await);
                    false
                }
                Platform::SmartThings => self.discover(platform, user, Read::New).await.unwrap_or_default(),
            };
            let left = self.with_home(platform, user, |home| {
                // Something may have gone wrong again meanwhile.
                if is_healed && home.healing == left {
                    home.healing = 0;
                }
                home.healing
            });
            if left.unwrap_or_default() == 0 {
                return;
            }
        }
    }
}
