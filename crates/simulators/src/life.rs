//! The life of a link as the platform lives it: linking, listing, reading, commanding, healing, unlinking.

use std::collections::BTreeSet;

use secrecy::SecretString;
use serde_json::Value as Json;

use crate::caller::Error;
use crate::message::{After, World};
use crate::settings::Platform;
use crate::view::{Change, Home, List, Occasion, Source};
use crate::{Simulators, lock, sber, smartthings, yandex};

/// Where homeport is, and with which token the user's devices are reached.
#[derive(Clone)]
pub(crate) struct Access {
    pub(crate) homeport: String,
    pub(crate) token: SecretString,
}

/// A list of devices.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) devices: BTreeSet<String>,
    pub(crate) changes: Vec<Change>,
    /// SmartThings: homeport asks for a grant.
    pub(crate) wants_grant: bool,
}

/// A device that is asked for.
#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) description: Json,
}

/// What is read after listing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Read {
    Everything,
    /// What is new, or described otherwise than before.
    New,
}

impl Simulators {
    /// Links a user's account, as the platform does when the user has signed in: lists the devices, reads their state and, at
    /// SmartThings, grants access to the callbacks. `user` is the vendor's user id; at SmartThings any name of the installation.
    /// `homeport` is an address such as `http://127.0.0.1:8080`, `token` the user's access token there.
    ///
    /// # Errors
    /// When the platform is not simulated, or homeport does not answer as it must.
    pub async fn link(&self, platform: Platform, homeport: &str, user: &str, token: SecretString) -> Result<(), Error> {
        if !self.0.settings.has(platform) {
            return Err(Error::Off(platform));
        }
        {
            let mut world = lock(&self.service(platform).world);
            let home = world.homes.entry(user.to_owned()).or_default();
            home.user = user.to_owned();
            // A callback may be faster than the answer to the list.
            (home.linked, home.forgotten, home.list) = (true, false, List::Running);
            home.access = Some((homeport.to_owned(), token));
        }
        let linked = self.list_and_read(platform, user, Read::Everything).await;
        let linked = match linked {
            Ok(wants_grant) if platform == Platform::SmartThings && !wants_grant => {
                smartthings::grant(self, &self.access(platform, user)?, user).await
            }
            other => other.map(|_| ()),
        };
        let mut world = lock(&self.service(platform).world);
        if let Some(home) = world.homes.get_mut(user) {
            if home.list == List::RunningAgain {
                self.follow_up(platform, vec![After::Rediscover { user: user.to_owned() }]);
            }
            home.list = if linked.is_ok() { List::Current } else { List::Behind };
            home.linked = linked.is_ok();
        }
        drop(world);
        self.notify_view(platform, user.to_owned());
        linked
    }

    /// Links a user with every platform that is simulated.
    ///
    /// # Errors
    /// With the first platform that cannot be linked; the others are linked all the same.
    pub async fn link_all(&self, homeport: &str, user: &str, token: &SecretString) -> Result<(), Error> {
        let mut linked = Ok(());
        for platform in self.platforms() {
            let one = self.link(platform, homeport, user, token.clone()).await;
            linked = linked.and(one);
        }
        linked
    }

    /// Lists the devices again, as when the user asks for it, and reads what is new.
    ///
    /// # Errors
    /// When the user is not linked, or homeport does not answer as it must.
    pub async fn rediscover(&self, platform: Platform, user: &str) -> Result<(), Error> {
        self.discover(platform, user).await.map(|_| ())
    }

    /// Reads the state of all devices of a home. What callbacks say meanwhile counts more.
    ///
    /// # Errors
    /// When the user is not linked, or homeport does not answer as it must.
    pub async fn refresh(&self, platform: Platform, user: &str) -> Result<(), Error> {
        self.access(platform, user)?;
        let targets = self.targets(platform, user, |_| true)?;
        self.read(platform, user, &targets).await
    }

    /// Commands a device. `fragment` is what the platform says of it: Yandex `{"capabilities": […]}`, Sber `{"states": […]}`,
    /// SmartThings `{"commands": […]}`. Returns the answer's part: the device of Yandex and SmartThings, the body of Sber.
    ///
    /// # Errors
    /// When the user or device is not known, or homeport does not answer as it must.
    pub async fn command(&self, platform: Platform, user: &str, device: &str, fragment: &Json) -> Result<Json, Error> {
        let access = self.access(platform, user)?;
        let targets = self.targets(platform, user, |id| id == device)?;
        let unknown = || Error::Unusable { message: "command".to_owned(), reason: format!("{device} is not known") };
        let target = targets.first().ok_or_else(unknown)?;
        let asked_at = lock(&self.service(platform).world).sequence;
        let (answer, changes) = match platform {
            Platform::Yandex => yandex::command(self, &access, target, fragment).await?,
            Platform::Sber => sber::command(self, &access, target, fragment).await?,
            Platform::SmartThings => smartthings::command(self, &access, target, fragment).await?,
        };
        // What was commanded is believed; of the rest a callback that came meanwhile may know more.
        let is_commanded = |change: &Change| match change {
            Change::Value { key, .. } => commanded(fragment).any(|word| key.split('/').any(|part| part == word)),
            _ => false,
        };
        let (believed, other) = changes.into_iter().partition(is_commanded);
        self.learn(platform, user, other, Source::Command, Some(asked_at));
        self.learn(platform, user, believed, Source::Command, None);
        Ok(answer)
    }

    /// The user removes the link in the platform's app. It is gone whatever homeport answers.
    ///
    /// # Errors
    /// When the user is not linked, or homeport does not answer as it must.
    pub async fn unlink(&self, platform: Platform, user: &str) -> Result<(), Error> {
        let access = self.access(platform, user)?;
        self.learn(platform, user, vec![Change::Unlinked], Source::Command, None);
        match platform {
            Platform::Yandex => yandex::unlink(self, &access).await,
            Platform::Sber => sber::unlink(self, &access).await,
            Platform::SmartThings => smartthings::unlink(self, &access, user).await,
        }
    }

    /// Lists the devices unless that is going on; returns whether SmartThings was asked for a grant, and gave it.
    pub(crate) async fn discover(&self, platform: Platform, user: &str) -> Result<bool, Error> {
        self.access(platform, user)?;
        if self.with_home(platform, user, |home| match home.list {
            List::Running | List::RunningAgain => {
                home.list = List::RunningAgain;
                true
            }
            List::Current | List::Behind => {
                home.list = List::Running;
                // The user is known from the moment in which the platform asks.
                home.forgotten = false;
                false
            }
        }) == Some(true)
        {
            return Ok(false);
        }
        let mut granted = false;
        loop {
            let read = if platform == Platform::SmartThings { Read::Everything } else { Read::New };
            let listed = self.list_and_read(platform, user, read).await;
            granted |= listed.as_ref().is_ok_and(|wants_grant| *wants_grant);
            let again = self.with_home(platform, user, |home| {
                let again = home.list == List::RunningAgain;
                home.list = match &listed {
                    _ if again => List::Running,
                    Ok(_) => List::Current,
                    Err(_) => List::Behind,
                };
                again
            });
            if again != Some(true) {
                return listed.map(|_| granted);
            }
        }
    }

    async fn list_and_read(&self, platform: Platform, user: &str, read: Read) -> Result<bool, Error> {
        let access = self.access(platform, user)?;
        let before = self.targets(platform, user, |_| true)?;
        let listed = match platform {
            Platform::Yandex => yandex::list(self, &access, user).await?,
            Platform::Sber => sber::list(self, &access, user).await?,
            Platform::SmartThings => smartthings::list(self, &access).await?,
        };
        self.learn(platform, user, listed.changes, Source::Query, None);
        let is_known = |target: &Target| {
            before.iter().any(|known| known.id == target.id && known.description == target.description)
        };
        let mut targets = self.targets(platform, user, |id| listed.devices.contains(id))?;
        targets.retain(|target| read == Read::Everything || !is_known(target));
        self.read(platform, user, &targets).await?;
        if listed.wants_grant {
            smartthings::grant(self, &access, user).await?;
        }
        Ok(listed.wants_grant)
    }

    pub(crate) async fn read(&self, platform: Platform, user: &str, targets: &[Target]) -> Result<(), Error> {
        if targets.is_empty() {
            return Ok(());
        }
        let access = self.access(platform, user)?;
        let asked_at = lock(&self.service(platform).world).sequence;
        let changes = match platform {
            Platform::Yandex => yandex::query(self, &access, targets).await?,
            Platform::Sber => sber::query(self, &access, targets).await?,
            Platform::SmartThings => smartthings::query(self, &access, targets).await?,
        };
        self.learn(platform, user, changes, Source::Query, Some(asked_at));
        Ok(())
    }

    fn learn(&self, platform: Platform, user: &str, changes: Vec<Change>, source: Source, asked_at: Option<u64>) {
        let mut world = lock(&self.service(platform).world);
        let World { homes, sequence, .. } = &mut *world;
        if let Some(home) = homes.get_mut(user) {
            home.apply(changes, Occasion { source, now: self.now(), asked_at }, sequence);
        }
        drop(world);
        self.notify_view(platform, user.to_owned());
    }

    pub(crate) fn with_home<T>(&self, platform: Platform, user: &str, work: impl FnOnce(&mut Home) -> T) -> Option<T> {
        lock(&self.service(platform).world).homes.get_mut(user).map(work)
    }

    pub(crate) fn access(&self, platform: Platform, user: &str) -> Result<Access, Error> {
        let access = self.with_home(platform, user, |home| home.access.clone()).flatten();
        let (homeport, token) = access.ok_or_else(|| Error::NotLinked { platform, user: user.to_owned() })?;
        Ok(Access { homeport, token })
    }

    pub(crate) fn targets(
        &self,
        platform: Platform,
        user: &str,
        asked: impl Fn(&str) -> bool,
    ) -> Result<Vec<Target>, Error> {
        let targets = self.with_home(platform, user, |home| {
            let devices = home.devices.iter().filter(|(id, device)| device.listed && asked(id));
            devices.map(|(id, device)| Target { id: id.clone(), description: device.description.clone() }).collect()
        });
        targets.ok_or_else(|| Error::NotLinked { platform, user: user.to_owned() })
    }
}

/// The types, functions or capabilities that a command names.
fn commanded(fragment: &Json) -> impl Iterator<Item = &str> {
    let named = |(list, member): (&'static str, &'static str)| {
        let items = fragment.get(list).and_then(Json::as_array);
        items.into_iter().flatten().filter_map(move |item| item.get(member)?.as_str())
    };
    [("capabilities", "type"), ("states", "key"), ("commands", "capability")].into_iter().flat_map(named)
}
