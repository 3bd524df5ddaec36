//! Strict stand-ins for Yandex Smart Home, Sber Smart Home and SmartThings: the other side of homeport.
//!
//! They take callbacks and check every byte of them by the platforms' pages, keep what a platform would believe, list and
//! query and command devices as a platform does, and fail on request. Nothing here is shared with homeport.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing))]

mod after;
mod caller;
mod check;
mod control;
mod fault_answer;
mod faults;
mod json;
mod life;
mod listener;
mod log;
mod message;
mod platform;
mod sber;
mod settings;
mod smartthings;
mod view;
mod yandex;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use tokio::sync::broadcast;

pub use caller::Error;
pub use faults::{Body, Call, Fault, Faults, Kind};
pub use log::{Direction, EXCHANGES_MAX, Exchange, Notice, VIOLATIONS_MAX, Violation};
pub use settings::{Platform, Settings, Strangers};
pub use smartthings::TokenCounts;
pub use view::{Device, EVENTS_MAX, Event, HISTORY_MAX, Heard, Home, Source};

use faults::Dice;
use log::Log;
use message::World;

/// Notices that a slow listener may be behind.
const NOTICES_MAX: usize = 1024;

/// The simulated platforms. Clones are the same simulators.
#[derive(Clone)]
pub struct Simulators(Arc<Inner>);

struct Inner {
    settings: Settings,
    client: reqwest::Client,
    yandex: Service,
    sber: Service,
    smartthings: Service,
    log: Mutex<Log>,
    notices: broadcast::Sender<Notice>,
    /// What platforms do of their own accord and have not finished.
    busy: AtomicUsize,
    states_told: AtomicU64,
}

/// One platform.
#[derive(Default)]
struct Service {
    world: Mutex<World>,
    dice: Mutex<Dice>,
}

impl Simulators {
    /// Of the platforms whose settings are all there.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        Ok(Simulators(Arc::new(Inner {
            client: caller::client()?,
            settings,
            yandex: Service::default(),
            sber: Service::default(),
            smartthings: Service::default(),
            log: Mutex::default(),
            notices: broadcast::channel(NOTICES_MAX).0,
            busy: AtomicUsize::new(0),
            states_told: AtomicU64::new(0),
        })))
    }

    /// The callback APIs of the platforms on one listener, and the control API under `/sim`.
    pub fn router(&self) -> Router {
        listener::router(self).merge(control::router(self))
    }

    /// What is simulated.
    pub fn platforms(&self) -> Vec<Platform> {
        Platform::ALL.into_iter().filter(|platform| self.0.settings.has(*platform)).collect()
    }

    /// Replaces the faults of a platform; what is in flight is not changed.
    pub fn set_faults(&self, platform: Platform, faults: Faults) {
        *lock(&self.service(platform).dice) = Dice::new(faults);
    }

    /// The faults of a platform and how often each has happened since they were set.
    pub fn faults(&self, platform: Platform) -> (Faults, Vec<u64>) {
        let dice = lock(&self.service(platform).dice);
        (dice.faults().clone(), dice.happened().to_vec())
    }

    /// What a platform believes of a home.
    pub fn home(&self, platform: Platform, user: &str) -> Option<Home> {
        lock(&self.service(platform).world).homes.get(user).cloned()
    }

    /// The homes of a platform, also those that are not linked any more.
    pub fn users(&self, platform: Platform) -> Vec<String> {
        lock(&self.service(platform).world).homes.keys().cloned().collect()
    }

    /// What homeport should never have sent: the first [`VIOLATIONS_MAX`].
    pub fn violations(&self) -> Vec<Violation> {
        lock(&self.0.log).violations().to_vec()
    }

    /// How many there were.
    pub fn violations_total(&self) -> u64 {
        lock(&self.0.log).violations_total()
    }

    /// Starts a new list of violations.
    pub fn forget_violations(&self) {
        lock(&self.0.log).forget_violations();
    }

    /// Exchanges with a greater number, as far as they are kept, in the order in which they ended.
    pub fn exchanges(&self, after: u64) -> Vec<Arc<Exchange>> {
        lock(&self.0.log).after(after)
    }

    /// Tells of exchanges and changed views from now on. Whoever is too slow misses some.
    pub fn listen(&self) -> broadcast::Receiver<Notice> {
        self.0.notices.subscribe()
    }

    /// SmartThings: all access tokens are over from now on.
    pub fn expire_tokens(&self) {
        lock(&self.service(Platform::SmartThings).world).tokens.expire();
    }

    /// SmartThings: how often tokens were given out or refused.
    pub fn token_counts(&self) -> TokenCounts {
        lock(&self.service(Platform::SmartThings).world).tokens.counts()
    }

    /// Whether no platform is about to do something of its own accord, such as listing the devices again.
    pub fn is_idle(&self) -> bool {
        self.0.busy.load(Ordering::SeqCst) == 0
    }

    /// How often homeport told a state, whatever became of it.
    pub fn states_told(&self) -> u64 {
        self.0.states_told.load(Ordering::SeqCst)
    }

    /// UNIX seconds.
    fn now(&self) -> f64 {
        unix((self.0.settings.clock)())
    }

    fn service(&self, platform: Platform) -> &Service {
        match platform {
            Platform::Yandex => &self.0.yandex,
            Platform::Sber => &self.0.sber,
            Platform::SmartThings => &self.0.smartthings,
        }
    }

    fn notify_view(&self, platform: Platform, user: String) {
        // Nobody may be listening.
        drop(self.0.notices.send(Notice::View { platform, user }));
    }
}

/// What is behind a lock is good also when a holder has panicked: every change is complete before the next.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// UNIX seconds.
fn unix(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
