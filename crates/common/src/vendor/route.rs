//! Paths of the vendor API.

use http::Method;
use percent_encoding::percent_decode_str;

/// What a request asks for, with the names from its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Health,
    PutDevice(String),
    GetDevice(String),
    DeleteDevice(String),
    PatchState(String),
    PostReports,
    ListDevices(String),
    ListLinks(String),
    Resync(String),
    DeleteLinks(String, String),
}

impl Action {
    /// Its name in logs and metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Action::Health => "health",
            Action::PutDevice(_) => "put_device",
            Action::GetDevice(_) => "get_device",
            Action::DeleteDevice(_) => "delete_device",
            Action::PatchState(_) => "patch_state",
            Action::PostReports => "post_reports",
            Action::ListDevices(_) => "list_devices",
            Action::ListLinks(_) => "list_links",
            Action::Resync(_) => "resync",
            Action::DeleteLinks(..) => "delete_links",
        }
    }
}

/// Where a request leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Routed {
    To(Action),
    WrongMethod(&'static [Method]),
    Nowhere,
}

/// Finds the action. Before `v1` a stage or a base path may stand; one slash at the end changes nothing.
pub(super) fn route(method: &Method, path: &str) -> Routed {
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let start = segments.iter().position(|segment| matches!(*segment, "v1" | "healthz"));
    let Some(segments) = start.and_then(|start| segments.get(start..)) else { return Routed::Nowhere };
    // Taken apart before it is decoded: a user's id may contain a slash.
    let decoded: Option<Vec<String>> = segments
        .iter()
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(|segment| segment.into_owned()))
        .collect();
    let Some(decoded) = decoded else { return Routed::Nowhere };
    let names: Vec<&str> = decoded.iter().map(String::as_str).collect();
    if names.iter().any(|name| name.is_empty()) {
        return Routed::Nowhere;
    }
    let text = |name: &str| name.to_owned();
    let (allowed, action): (&'static [Method], Option<Action>) = match names.as_slice() {
        ["healthz"] => (&[Method::GET], (method == Method::GET).then_some(Action::Health)),
        ["v1", "devices", id] => (
            &[Method::PUT, Method::GET, Method::DELETE],
            match *method {
                Method::PUT => Some(Action::PutDevice(text(id))),
                Method::GET => Some(Action::GetDevice(text(id))),
                Method::DELETE => Some(Action::DeleteDevice(text(id))),
                _ => None,
            },
        ),
        ["v1", "devices", id, "state"] => {
            (&[Method::PATCH], (method == Method::PATCH).then(|| Action::PatchState(text(id))))
        }
        ["v1", "reports"] => (&[Method::POST], (method == Method::POST).then_some(Action::PostReports)),
        ["v1", "users", user, "devices"] => {
            (&[Method::GET], (method == Method::GET).then(|| Action::ListDevices(text(user))))
        }
        ["v1", "users", user, "links"] => {
            (&[Method::GET], (method == Method::GET).then(|| Action::ListLinks(text(user))))
        }
        ["v1", "users", user, "resync"] => {
            (&[Method::POST], (method == Method::POST).then(|| Action::Resync(text(user))))
        }
        ["v1", "users", user, "links", platform] => {
            (&[Method::DELETE], (method == Method::DELETE).then(|| Action::DeleteLinks(text(user), text(platform))))
        }
        _ => return Routed::Nowhere,
    };
    action.map_or(Routed::WrongMethod(allowed), Routed::To)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(method: &Method, path: &str) -> Routed {
        route(method, path)
    }

    #[test]
    fn paths_lead_to_actions() {
        let text = str::to_owned;
        for (method, path, action) in [
            (Method::GET, "/healthz", Action::Health),
            (Method::PUT, "/v1/devices/lamp-1", Action::PutDevice(text("lamp-1"))),
            (Method::GET, "/prod/v1/devices/lamp-1/", Action::GetDevice(text("lamp-1"))),
            (Method::DELETE, "/v1/devices/v1", Action::DeleteDevice(text("v1"))),
            (Method::PATCH, "/v1/devices/a:b%2Dc/state", Action::PatchState(text("a:b-c"))),
            (Method::POST, "/v1/reports", Action::PostReports),
            (Method::GET, "/v1/users/a%2Fb%20%D0%96/devices", Action::ListDevices(text("a/b Ж"))),
            (Method::GET, "/v1/users/u1/links", Action::ListLinks(text("u1"))),
            (Method::POST, "/v1/users/u1/resync", Action::Resync(text("u1"))),
            (Method::DELETE, "/v1/users/u1/links/sber", Action::DeleteLinks(text("u1"), text("sber"))),
        ] {
            assert_eq!(to(&method, path), Routed::To(action), "{method} {path}");
        }
    }

    #[test]
    fn other_paths_lead_nowhere() {
        for path in [
            "/",
            "/v1",
            "/v1/devices",
            "/v1/devices/",
            "/v1/devices//state",
            "/v1/devices/a/state/b",
            "/v1/devices/%FF",
            "/v2/devices/a",
            "/healthz/v1",
        ] {
            assert_eq!(to(&Method::GET, path), Routed::Nowhere, "{path}");
        }
    }

    #[test]
    fn other_methods_are_told_which_are_right() {
        assert_eq!(
            to(&Method::POST, "/v1/devices/a"),
            Routed::WrongMethod(&[Method::PUT, Method::GET, Method::DELETE])
        );
        assert_eq!(to(&Method::GET, "/v1/reports"), Routed::WrongMethod(&[Method::POST]));
        assert_eq!(to(&Method::POST, "/healthz"), Routed::WrongMethod(&[Method::GET]));
    }
}
