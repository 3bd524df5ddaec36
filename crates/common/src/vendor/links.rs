//! A user's links, seen from the vendor.

use bytes::Bytes;
use futures_util::future::try_join_all;
use http::{Response, StatusCode};
use serde::Serialize;

use super::{json, no_content};
use crate::model::{Timestamp, UserId};
use crate::platform::Platform;
use crate::problem::Problem;
use crate::services::{Call, Services};
use crate::store::{Link, LinkKey, LinkStatus};

/// Every member is always there: `null` says that there was no delivery or error yet.
#[derive(Serialize)]
struct View<'a> {
    platform: Platform,
    link_id: &'a str,
    status: Option<LinkStatus>,
    linked_at: Option<Timestamp>,
    last_delivery: Option<Timestamp>,
    last_error: Option<&'a str>,
}

impl<'a> From<&'a Link> for View<'a> {
    fn from(link: &'a Link) -> Self {
        View {
            platform: link.key.platform,
            link_id: &link.key.link_id,
            status: link.status,
            linked_at: link.linked_at,
            last_delivery: link.last_delivery,
            last_error: link.last_error.as_deref(),
        }
    }
}

pub(super) async fn list(services: &Services, user: &UserId) -> Result<Response<Bytes>, Problem> {
    #[derive(Serialize)]
    struct Links<'a> {
        links: Vec<View<'a>>,
    }
    let links = services.store.links(user).await?;
    Ok(json(StatusCode::OK, &Links { links: links.iter().map(View::from).collect() }))
}

/// Asks for a full report of all the user's devices to every link. It is under way when this is answered.
pub(super) async fn resync(services: &Services, call: &Call, user: &UserId) -> Result<Response<Bytes>, Problem> {
    let links = services.store.links(user).await?;
    try_join_all(links.iter().map(|link| services.store.ask_resync(&link.key, call.now))).await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// Ends the user's links to a platform: several with SmartThings, one per installation. The notifier tells the platform.
pub(super) async fn delete(
    services: &Services,
    call: &Call,
    user: &UserId,
    platform: &str,
) -> Result<Response<Bytes>, Problem> {
    let Ok(platform) = platform.parse::<Platform>() else {
        let known: Vec<&str> = Platform::ALL.iter().map(|platform| platform.as_str()).collect();
        let detail = format!("There is no platform {platform:?}; known are {}.", known.join(", "));
        return Err(Problem::new(StatusCode::NOT_FOUND, detail));
    };
    let links = services.store.links(user).await?;
    // The user's own link as well: a token may have been used without a discovery.
    let own = LinkKey { platform, user: user.clone(), link_id: user.to_string() };
    let linked: Vec<&LinkKey> = links.iter().map(|link| &link.key).filter(|key| key.platform == platform).collect();
    try_join_all(linked.iter().map(|key| services.store.dismiss(key, call.now))).await?;
    if !linked.contains(&&own) {
        services.store.unlink(&own, call.now).await?;
    }
    Ok(no_content())
}
