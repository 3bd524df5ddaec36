//! What came of telling a link its news.

use std::time::Duration;

use super::{Errand, News};
use crate::store::{LinkKey, LinkStatus};

/// What came of telling a link its news.
#[derive(Debug)]
pub struct Told {
    /// What has to be tried again; empty when nothing.
    pub left: Errand,
    /// What the platform asks for before that.
    pub after: Option<Duration>,
    /// Whether the platform has taken anything.
    pub accepted: bool,
    /// Whether it has taken nothing, and did not answer or said that it is in trouble.
    pub unanswered: bool,
    /// How long the slowest answer took.
    pub slowest: Duration,
    /// The last thing that went wrong.
    pub error: Option<String>,
    /// The link's status, when it has to change.
    pub status: Option<LinkStatus>,
    /// For the metrics.
    pub figures: Figures,
}

/// What is counted of a delivery.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Requests sent.
    pub sent: u32,
    /// Devices that a platform has taken.
    pub accepted: u32,
    /// Devices that have to be tried again.
    pub retried: u32,
    /// Devices that a platform refused for good.
    pub dropped: u32,
    /// Age of each accepted device's state, from its write to the platform's answer.
    pub ages: Vec<Duration>,
}

/// An access token that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotRenewed {
    /// Not now.
    Later {
        /// What is asked for.
        after: Option<Duration>,
        /// Whether the platform did not answer or is in trouble, as [`Told::unanswered`].
        unanswered: bool,
        /// Why.
        reason: String,
    },
    /// Never: it must be granted again.
    Broken {
        /// Why.
        reason: String,
    },
}

impl Told {
    /// Nothing was to be told.
    pub fn nothing(link: &LinkKey) -> Self {
        Told {
            left: Errand::new(link),
            after: None,
            accepted: false,
            unanswered: false,
            slowest: Duration::ZERO,
            error: None,
            status: None,
            figures: Figures::default(),
        }
    }

    /// Nothing could be told, because there is no access token.
    pub fn without_access(news: &News, why: NotRenewed) -> Self {
        let nothing = Told::nothing(&news.link.key);
        match why {
            NotRenewed::Later { after, unanswered, reason } => {
                let retried = u32::try_from(news.devices.len()).unwrap_or(u32::MAX);
                let figures = Figures { retried, ..Figures::default() };
                Told { left: Errand::of(news), after, unanswered, error: Some(reason), figures, ..nothing }
            }
            NotRenewed::Broken { reason } => Told { error: Some(reason), status: Some(LinkStatus::Broken), ..nothing },
        }
    }
}
