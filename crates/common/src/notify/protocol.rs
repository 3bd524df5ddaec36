//! What a platform's `callback` module gives: how news look on its wire, and what its answers mean.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};
use reqwest::Url;

use super::{DeviceNews, Frame};
use crate::model::{DeviceId, Timestamp};
use crate::store::Link;

/// A request to a platform, ready to be sent.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: Url,
    /// Headers, the authorization among them (marked sensitive).
    pub headers: HeaderMap,
    /// The JSON body.
    pub body: Vec<u8>,
    /// The devices it tells of, in the order of the body.
    pub devices: Vec<DeviceId>,
}

/// A platform's answer.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The status.
    pub status: StatusCode,
    /// `Retry-After`, if there is one that can be read.
    pub retry_after: Option<Duration>,
    /// The body, at most 64 KB of it.
    pub body: Vec<u8>,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// The platform has taken it, except for these devices.
    Accepted {
        /// Devices it refused for good: told again only when they change. Each with the reason, for the log.
        refused: Vec<(DeviceId, String)>,
        /// Devices it could not take now.
        retry: Vec<DeviceId>,
    },
    /// Nothing was taken; try again later.
    Retry {
        /// What the platform asks for.
        after: Option<Duration>,
        /// Why, for the log and the link.
        reason: String,
    },
    /// Nothing was taken, because our key or address is refused: somebody must see to it. It is tried again meanwhile.
    Denied {
        /// Not before this.
        after: Option<Duration>,
        /// Why, for the log and the link.
        reason: String,
    },
    /// Nothing was taken because of one device: leave it, or what is wrong with it, out and send the rest at once.
    Without {
        /// Its place in [`Outgoing::devices`].
        place: usize,
        /// The part that is wrong, if it is known, as [`Protocol::leave_out`] understands it.
        part: Option<String>,
        /// Why, for the log.
        reason: String,
    },
    /// Nothing was taken and never will be as it is. Which device is the cause is found out by sending fewer.
    Refused {
        /// Why, for the log and the link.
        reason: String,
    },
    /// The platform does not know the user: say nothing until it lists the devices again.
    UnknownUser,
    /// The access token has expired: renew it, once, and send again.
    TokenExpired,
    /// The link is broken until it is granted again.
    LinkBroken {
        /// Why, for the log and the link.
        reason: String,
    },
}

impl Reaction {
    /// Everything was taken.
    pub fn accepted() -> Self {
        Reaction::Accepted { refused: Vec::new(), retry: Vec::new() }
    }

    /// Nothing was taken; try again later, as the answer asks.
    pub fn retry(answer: &Incoming, reason: impl Into<String>) -> Self {
        Reaction::Retry { after: answer.retry_after, reason: reason.into() }
    }

    /// Our key or address is refused; not tried again before `pause`.
    pub fn denied(answer: &Incoming, pause: Duration, reason: impl Into<String>) -> Self {
        Reaction::Denied { after: Some(answer.retry_after.unwrap_or_default().max(pause)), reason: reason.into() }
    }
}

/// A platform, as callbacks see it. Pure: the sending is the same for all, see [`super::Teller`].
pub trait Protocol: Send + Sync {
    /// What the platform is told of one device in one request.
    type Fragment: Send + Sync;
    /// What a request needs beside the settings: for SmartThings the link's address and access token.
    type Access: Send + Sync;

    /// What the platform has to be told of a frame: its rendering of `frame.now`, without what is equal in the rendering of
    /// `frame.known`, and with what happened. `None` when that is nothing.
    fn fragment(&self, frame: &Frame) -> Option<Self::Fragment>;

    /// A fragment without the part that an answer found wrong; `None` when nothing is left to tell.
    fn leave_out(&self, _fragment: &Self::Fragment, _part: &str) -> Option<Self::Fragment> {
        None
    }

    /// The requests that tell of these devices, in their order; as many in one as the platform takes. `at` is when the newest
    /// of it happened.
    fn states(
        &self,
        link: &Link,
        access: &Self::Access,
        fragments: &[(DeviceId, Self::Fragment)],
        at: Timestamp,
    ) -> Vec<Outgoing>;

    /// The requests that tell of devices that came, changed or went.
    fn listings(&self, link: &Link, access: &Self::Access, news: &[&DeviceNews], at: Timestamp) -> Vec<Outgoing>;

    /// The request that ends a link from our side, if the platform has one.
    fn farewell(&self, _link: &Link, _access: &Self::Access) -> Option<Outgoing> {
        None
    }

    /// What an answer means.
    fn reaction(&self, request: &Outgoing, answer: &Incoming) -> Reaction;
}

/// Cuts items into runs of at most `most`, whose weights add up to at most `limit`. What is heavier alone is a run of its own.
pub fn runs<T>(mut items: &[T], most: usize, limit: usize, weight: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut runs = Vec::new();
    while !items.is_empty() {
        let mut sum = 0_usize;
        let fits = |item: &&T| {
            sum = sum.saturating_add(weight(item));
            sum <= limit
        };
        let length = items.iter().take(most).take_while(fits).count().max(1);
        let (run, rest) = items.split_at(length);
        runs.push(run);
        items = rest;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_as_long_as_the_limits_allow() {
        for (items, expected) in [
            (vec![], vec![]),
            (vec![1, 1, 1, 1], vec![vec![1, 1, 1], vec![1]]),
            (vec![4, 5, 2, 9], vec![vec![4, 5], vec![2], vec![9]]),
            (vec![99, 1], vec![vec![99], vec![1]]),
        ] {
            let runs: Vec<Vec<usize>> = runs(&items, 3, 10, |weight| *weight).into_iter().map(<[_]>::to_vec).collect();
            assert_eq!(runs, expected, "{items:?}");
        }
    }
}
