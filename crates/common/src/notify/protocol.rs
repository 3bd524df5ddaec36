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
    /// Nothing was taken because of these devices (by place in the request): leave them out and send the rest at once.
    WithoutDevices {
        /// Places in [`Outgoing::devices`].
        places: Vec<usize>,
        /// Why, for the log.
        reason: String,
    },
    /// Nothing was taken and never will be as it is.
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

/// A platform, as callbacks see it. Pure: the sending is the same for all, see [`super::deliver`].
pub trait Protocol: Send + Sync {
    /// What the platform is told of one device in one request.
    type Fragment: Clone + Send + Sync;
    /// What a request needs beside the settings: for SmartThings the link's addresses and access token.
    type Access: Send + Sync;

    /// What the platform has to be told of a frame: its rendering of `frame.now`, without what is equal in the rendering of
    /// `frame.known`, and with what happened. `None` when that is nothing.
    fn fragment(&self, frame: &Frame) -> Option<Self::Fragment>;

    /// The requests that tell of these devices, in their order; as many in one as the platform takes.
    fn states(
        &self,
        link: &Link,
        access: &Self::Access,
        fragments: &[(DeviceId, Self::Fragment)],
        at: Timestamp,
    ) -> Vec<Outgoing>;

    /// The requests that tell of devices that came, changed or went.
    fn listings(&self, link: &Link, access: &Self::Access, news: &[&DeviceNews], at: Timestamp) -> Vec<Outgoing>;

    /// What an answer means.
    fn reaction(&self, request: &Outgoing, answer: &Incoming) -> Reaction;
}
