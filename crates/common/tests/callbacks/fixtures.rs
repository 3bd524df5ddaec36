//! Devices, changes and links that tests name only by what they care about.

use std::collections::BTreeMap;

use common::config::{self, Config, Needs};
use common::model::{Device, DeviceId, Report, State, Timestamp, UserId, report};
use common::notify::protocol::{Outgoing, Protocol};
use common::notify::{Change, DeviceChange, LinkChange, News, plan};
use common::platform::Platform;
use common::store::{Link, LinkKey, LinkStatus, Origin, Record};
use serde_json::{Value as Json, json};

/// The present of a test that names no other.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_772_359_200);

/// Milliseconds after [`NOW`].
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_micros(NOW.micros() + millis * 1000)
}

/// A device document; owner `u1` and a name are added where it has none.
pub(crate) fn device(document: &Json) -> Device {
    let mut whole = json!({"owner": "u1", "name": "Device"});
    for (name, member) in document.as_object().unwrap() {
        whole[name] = member.clone();
    }
    let id = DeviceId::new(whole["id"].as_str().unwrap()).unwrap();
    Device::parse(&id, &whole).unwrap_or_else(|errors| panic!("{errors:?}"))
}

/// A registered device of which nothing is known.
pub(crate) fn registered(document: &Json) -> Record {
    Record { device: device(document), state: State::default(), version: 1, origin: None, commanded_version: None }
}

/// The device after a report such as `{"online": false, "state": {"on_off": true}}` at this time.
pub(crate) fn reported(before: &Record, said: &Json, when: Timestamp) -> Record {
    let values = said.get("state").map(|state| serde_json::from_value(state.clone()).unwrap()).unwrap_or_default();
    let said = Report { online: said["online"].as_bool(), values, at: Some(when) };
    let outcome = report::apply(&before.device, &before.state, &said, when);
    assert!(outcome.rejected.is_empty(), "{:?}", outcome.rejected);
    Record { state: outcome.state, version: before.version + 1, origin: None, ..before.clone() }
}

/// A device with a first state, reported long ago.
pub(crate) fn known(document: &Json, state: &Json) -> Record {
    reported(&registered(document), &json!({"state": state}), at(-10_000_000_000))
}

/// The same record, written because of a command of this link.
pub(crate) fn commanded_by(link: &Link, record: Record) -> Record {
    let origin = Origin { platform: link.key.platform, link_id: link.key.link_id.clone() };
    Record { origin: Some(origin), ..record }
}

/// A device before and after a write.
pub(crate) fn change(old: Option<&Record>, new: Option<&Record>) -> Change {
    Change::Device(Box::new(DeviceChange { old: old.cloned(), new: new.cloned(), at: NOW }))
}

/// A link before and after a write.
pub(crate) fn link_change(old: Option<&Link>, new: Option<&Link>) -> Change {
    Change::Link(Box::new(LinkChange { old: old.cloned(), new: new.cloned() }))
}

/// An active link.
pub(crate) fn link_of(platform: Platform, user: &str) -> Link {
    Link {
        key: LinkKey { platform, user: UserId::new(user).unwrap(), link_id: user.to_owned() },
        status: Some(LinkStatus::Active),
        linked_at: Some(at(-2_000_000)),
        last_discovery: Some(at(-2_000_000)),
        last_delivery: None,
        last_error: None,
        revoked_at: None,
        grant: None,
        granted_at: None,
        resync_at: None,
        farewell: None,
    }
}

/// An active link of user `u1`.
pub(crate) fn link(platform: Platform) -> Link {
    link_of(platform, "u1")
}

/// The plan for these links.
pub(crate) fn planned(changes: &[Change], links: &[&Link]) -> Vec<News> {
    let mut by_user: BTreeMap<UserId, Vec<Link>> = BTreeMap::new();
    for link in links {
        by_user.entry(link.key.user.clone()).or_default().push((*link).clone());
    }
    plan(changes, &by_user)
}

/// The requests that these changes make for a link, as if each were accepted.
pub(crate) fn requests<P: Protocol>(
    protocol: &P,
    access: &P::Access,
    link: &Link,
    changes: &[Change],
) -> Vec<Outgoing> {
    let mut requests = Vec::new();
    for news in planned(changes, &[link]) {
        let listed: Vec<_> = news.devices.iter().filter(|device| device.listing.is_some()).collect();
        requests.extend(protocol.listings(link, access, &listed, NOW));
        let rounds = news.devices.iter().map(|device| device.frames.len()).max().unwrap_or_default();
        for round in 0..rounds {
            let frames = news.devices.iter().filter_map(|device| Some((device.id.clone(), device.frames.get(round)?)));
            let frames: Vec<_> = frames.collect();
            let time = frames.iter().map(|(_, frame)| frame.happened_at()).max().unwrap();
            let told = frames.into_iter().filter_map(|(id, frame)| Some((id, protocol.fragment(frame)?)));
            requests.extend(protocol.states(link, access, &told.collect::<Vec<_>>(), time));
        }
    }
    requests
}

/// The body of a request.
pub(crate) fn body(request: &Outgoing) -> Json {
    serde_json::from_slice(&request.body).unwrap()
}

/// The settings of the platforms; `url` is where Yandex and Sber are.
pub(crate) fn settings(url: &str, yandex_token: &str, sber_token: &str) -> config::Platforms {
    let lookup = |name: &str| {
        Some(match name {
            "HOMEPORT_TABLE" => "homeport".to_owned(),
            "HOMEPORT_YANDEX_SKILL_ID" => "2f6a1c58-9b0e-4d7a-8c41-7e35d0a9b612".to_owned(),
            "HOMEPORT_YANDEX_TOKEN" => yandex_token.to_owned(),
            "HOMEPORT_SBER_TOKEN" => sber_token.to_owned(),
            "HOMEPORT_YANDEX_URL" | "HOMEPORT_SBER_URL" => url.to_owned(),
            "HOMEPORT_SMARTTHINGS_CLIENT_ID" => "3f1c1f2e-aa11-4d53-9c2f-8f60c2b7d001".to_owned(),
            "HOMEPORT_SMARTTHINGS_CLIENT_SECRET" => "example-st-client-secret-0001".to_owned(),
            "HOMEPORT_SMARTTHINGS_HOSTS" => "*.smartthings.com,127.0.0.1".to_owned(),
            "HOMEPORT_TOKEN_KEY" => "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=".to_owned(),
            _ => return None,
        })
    };
    Config::load(lookup, Needs { callbacks: true, ..Needs::default() }).unwrap().platforms
}
