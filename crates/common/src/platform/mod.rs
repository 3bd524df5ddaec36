//! The platforms: one folder each, with the same files in each.
//!
//! `wire` mirrors the vendor's JSON, `map` holds the trait tables, `error` the codes, `inbound` answers requests, `callback`
//! tells of changes. This file is the registry: what differs between platforms as a whole is one arm of a match here, and
//! nothing anywhere else.

pub mod sber;
pub mod smartthings;
pub mod yandex;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::model::vocabulary::vocabulary;
use crate::model::{Device, FieldError, Trait};
use crate::problem::Problem;
use crate::services::{Call, Services};
use crate::telemetry;

vocabulary! {
    /// The platforms.
    Platform { Yandex = "yandex", Sber = "sber", SmartThings = "smartthings", }
}

vocabulary! {
    /// What a platform can ask of us.
    Operation {
        Liveness = "liveness", Identity = "identity", Discovery = "discovery", Query = "query", Action = "action",
        Unlink = "unlink", Message = "message",
    }
}

/// What a platform says of a device document when it is registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Review {
    /// Why the document cannot be taken.
    pub errors: Vec<FieldError>,
    /// What the vendor should know, for example that the device is not offered to this platform.
    pub warnings: Vec<String>,
}

/// One path of a platform: the end of the path, the method, and what it asks.
type Route = (&'static [&'static str], Method, Operation);

impl Platform {
    /// The paths of this platform. Only the end counts: a stage or a base path may stand before it.
    fn routes(self) -> &'static [Route] {
        match self {
            Platform::Yandex => &[
                (&["v1.0"], Method::HEAD, Operation::Liveness),
                (&["v1.0", "user", "unlink"], Method::POST, Operation::Unlink),
                (&["v1.0", "user", "devices"], Method::GET, Operation::Discovery),
                (&["v1.0", "user", "devices", "query"], Method::POST, Operation::Query),
                (&["v1.0", "user", "devices", "action"], Method::POST, Operation::Action),
                (&["yandex", "rpc"], Method::POST, Operation::Message),
            ],
            Platform::Sber => &[
                (&["v1", "ping"], Method::GET, Operation::Liveness),
                (&["v1", "user"], Method::GET, Operation::Identity),
                (&["v1", "devices"], Method::GET, Operation::Discovery),
                (&["v1", "query"], Method::POST, Operation::Query),
                (&["v1", "command"], Method::POST, Operation::Action),
                (&["v1", "unlink"], Method::POST, Operation::Unlink),
            ],
            Platform::SmartThings => &[(&["smartthings"], Method::POST, Operation::Message)],
        }
    }

    async fn answer(
        self,
        services: &Services,
        call: &Call,
        operation: Operation,
        request: &Request<Bytes>,
    ) -> Response<Bytes> {
        match self {
            Platform::Yandex => Box::pin(yandex::inbound::answer(services, call, operation, request)).await,
            Platform::Sber => Box::pin(sber::inbound::answer(services, call, operation, request)).await,
            Platform::SmartThings => Box::pin(smartthings::inbound::answer(services, call, operation, request)).await,
        }
    }

    /// Whether a device is offered to this platform.
    pub fn offers(self, device: &Device) -> bool {
        match self {
            Platform::Yandex => yandex::map::describe(device).is_some(),
            Platform::Sber => sber::map::describe(device).is_some(),
            Platform::SmartThings => smartthings::map::describe(device).is_some(),
        }
    }

    /// Whether two documents of a device look the same to this platform.
    pub fn describes_alike(self, one: &Device, other: &Device) -> bool {
        match self {
            Platform::Yandex => yandex::map::describe(one) == yandex::map::describe(other),
            Platform::Sber => sber::map::describe(one) == sber::map::describe(other),
            Platform::SmartThings => smartthings::map::describe(one) == smartthings::map::describe(other),
        }
    }

    /// Whether a device is the same one to it in whosever home it is: what is told of it names no user.
    pub fn knows_devices_by_id_alone(self) -> bool {
        match self {
            Platform::Sber => true,
            Platform::Yandex | Platform::SmartThings => false,
        }
    }

    /// What this platform has for a trait, for the support matrix.
    pub fn support(self, trait_: Trait) -> Option<String> {
        match self {
            Platform::Yandex => yandex::map::support(trait_),
            Platform::Sber => sber::map::support(trait_),
            Platform::SmartThings => smartthings::map::support(trait_),
        }
    }

    fn review(self, device: &Device) -> Review {
        match self {
            Platform::Yandex => yandex::map::review(device),
            Platform::Sber => sber::map::review(device),
            Platform::SmartThings => smartthings::map::review(device),
        }
    }
}

/// What all platforms say of a device document.
pub fn review(device: &Device) -> Review {
    let mut all = Review::default();
    for platform in Platform::ALL {
        let review = platform.review(device);
        all.errors.extend(review.errors);
        all.warnings.extend(review.warnings);
    }
    all
}

/// Why a message of a platform has no answer: the function that got it must fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It cannot be understood.
    #[error("The message cannot be understood.")]
    Request,
    /// A fault of ours.
    #[error("A service we need is not available.")]
    Ours,
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        let status = match fault {
            Fault::Request => StatusCode::BAD_REQUEST,
            Fault::Ours => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Problem::new(status, fault.to_string())
    }
}

/// Where a path leads, and the methods it takes.
enum Routed {
    To(Platform, Operation),
    WrongMethod(Vec<Method>),
    Nowhere,
}

fn route(method: &Method, path: &str, serves: impl Fn(Platform, Operation) -> bool) -> Routed {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let mut allowed = Vec::new();
    for platform in Platform::ALL {
        for (end, route_method, operation) in platform.routes() {
            if segments.ends_with(end) && serves(*platform, *operation) {
                if route_method == method {
                    return Routed::To(*platform, *operation);
                }
                allowed.push(route_method.clone());
            }
        }
    }
    if allowed.is_empty() { Routed::Nowhere } else { Routed::WrongMethod(allowed) }
}

/// Answers a platform's request, if it is for one of `operations`; 404 for everything else and for a platform that is off.
pub async fn answer(
    services: &Services,
    call: &Call,
    operations: &[Operation],
    request: &Request<Bytes>,
) -> Response<Bytes> {
    let serves = |platform, operation| operations.contains(&operation) && services.config.platforms.is_on(platform);
    match route(request.method(), request.uri().path(), serves) {
        Routed::To(platform, operation) => {
            telemetry::about(platform.as_str(), operation.as_str());
            platform.answer(services, call, operation, request).await
        }
        Routed::WrongMethod(allowed) => Problem::method_not_allowed(&allowed).into_response(),
        Routed::Nowhere => Problem::new(StatusCode::NOT_FOUND, "There is nothing at this path.").into_response(),
    }
}

/// Answers a message that a platform sends to a function without HTTP around it.
///
/// # Errors
/// When the function must fail: the message cannot be understood, its platform is off, or a fault of ours.
pub async fn message(services: &Services, call: &Call, event: &[u8]) -> Result<Json, Problem> {
    let platform = platform_of(event);
    if !services.config.platforms.is_on(platform) {
        return Err(Problem::new(StatusCode::NOT_FOUND, format!("The platform {platform} is off.")));
    }
    telemetry::about(platform.as_str(), Operation::Message.as_str());
    let answer = match platform {
        Platform::Yandex => yandex::inbound::message(services, call, event).await,
        Platform::Sber => Err(Fault::Request),
        Platform::SmartThings => smartthings::inbound::message(services, call, event).await,
    };
    answer.map_err(Problem::from)
}

/// Yandex names a `request_type`. Everything else is taken for SmartThings, which wants an answer to messages without
/// headers, too.
fn platform_of(event: &[u8]) -> Platform {
    #[derive(Deserialize)]
    struct Kind {
        request_type: Option<serde::de::IgnoredAny>,
    }
    match serde_json::from_slice(event) {
        Ok(Kind { request_type: Some(_) }) => Platform::Yandex,
        _ => Platform::SmartThings,
    }
}
