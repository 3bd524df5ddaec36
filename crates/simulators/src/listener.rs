//! The platforms' side of callbacks: reads, draws faults, checks, applies, answers.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::any;
use bytes::Bytes;
use http::{Method, StatusCode};

use crate::check::Findings;
use crate::faults::{Call, Drawn, Kind};
use crate::log::{Direction, Exchange, kept};
use crate::message::{After, Answer, Asked, Outcome, World};
use crate::settings::{Platform, Strangers};
use crate::view::{Change, List, Occasion, Source};
use crate::{Simulators, fault_answer, lock};

/// A longer body is refused.
pub(crate) const BODY_MAX_BYTES: usize = 1024 * 1024;
/// A body that takes longer is given up.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// The paths of the platforms that are simulated.
pub(crate) fn router(simulators: &Simulators) -> Router {
    let mut router = Router::new();
    for platform in simulators.platforms() {
        let paths: &[&str] = match platform {
            Platform::Yandex => &["/api/{*rest}"],
            Platform::Sber => &["/v1/{*rest}"],
            Platform::SmartThings => &["/oauth/token", "/device/events"],
        };
        for path in paths {
            let simulators = simulators.clone();
            router = router.route(
                path,
                any(move |request: Request| {
                    let simulators = simulators.clone();
                    // In a task of its own: a caller that hangs up does not take back what it sent.
                    async move {
                        let answered = tokio::spawn(async move { simulators.receive(platform, request).await });
                        answered
                            .await
                            .unwrap_or_else(|_| Answer::empty(StatusCode::INTERNAL_SERVER_ERROR).into_response())
                    }
                }),
            );
        }
    }
    router
}

impl Simulators {
    async fn receive(&self, platform: Platform, request: Request) -> Response {
        let (began, at) = (Instant::now(), self.now());
        let (head, body) = request.into_parts();
        let body = tokio::time::timeout(BODY_WITHIN, axum::body::to_bytes(body, BODY_MAX_BYTES)).await;
        let asked = match body {
            Ok(Ok(body)) => Ok(Asked::new(&head, body)),
            Ok(Err(_)) => Err((StatusCode::PAYLOAD_TOO_LARGE, "the body is longer than 1 MB or was cut off")),
            Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body did not come within 10 s")),
        };
        let (drawn, outcome) = match &asked {
            Ok(asked) => self.take(platform, asked),
            Err((status, what)) => {
                let mut findings = Findings::default();
                findings.add("", *what);
                (Drawn::default(), Outcome::only(Answer::empty(*status), findings))
            }
        };
        self.follow_up(platform, outcome.after);
        if !drawn.delay.is_zero() {
            tokio::time::sleep(drawn.delay).await;
        }
        let is_reset = matches!(drawn.decisive, Some(Kind::Reset { .. }));
        let mut faults: Vec<String> = drawn.decisive.iter().map(Kind::name).collect();
        if !drawn.delay.is_zero() {
            faults.push("slow".to_owned());
        }
        self.log(Exchange {
            number: 0,
            at,
            platform,
            direction: Direction::FromHomeport,
            method: head.method.to_string(),
            path: head.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            status: (!is_reset).then_some(outcome.answer.status.as_u16()),
            duration_ms: began.elapsed().as_secs_f64() * 1000.0,
            request: asked.map(|asked| kept(&asked.body)).unwrap_or_default(),
            response: if is_reset { serde_json::Value::Null } else { kept(&outcome.answer.body) },
            faults,
            violations: outcome.findings.texts(),
        });
        if is_reset { reset() } else { outcome.answer.into_response() }
    }

    /// Checks a message and applies it, as far as the faults that are drawn let it.
    fn take(&self, platform: Platform, asked: &Asked) -> (Drawn, Outcome) {
        let service = self.service(platform);
        let call = platform.call(asked);
        let drawn = lock(&service.dice).draw(call);
        let now = self.now();
        let mut world = lock(&service.world);
        match &drawn.decisive {
            Some(Kind::ExpireTokens) => world.tokens.expire(),
            Some(Kind::ForgetUser) => {
                let user = asked.json.as_ref().ok().and_then(|body| body.pointer("/payload/user_id")?.as_str());
                if let Some(home) = user.and_then(|user| world.homes.get_mut(user)) {
                    home.forgotten = true;
                }
            }
            _ => {}
        }
        if call == Call::State && asked.method == Method::POST {
            self.0.states_told.fetch_add(1, Ordering::SeqCst);
        }
        let is_stranger = self.0.settings.strangers == Strangers::Accepted && platform.is_of_strangers(&world, asked);
        let mut outcome = if is_stranger {
            Outcome::only(platform.accepted(), Findings::default())
        } else {
            platform.check(&world, &self.0.settings, asked, now)
        };
        for after in &outcome.after {
            if let After::Heal { user } = after
                && let Some(home) = world.homes.get_mut(user)
            {
                home.unknown_user_answers += u64::from(platform == Platform::Yandex);
            }
        }
        let mut is_applied = true;
        if let Some(kind) = &drawn.decisive {
            // A token that was answered is always good.
            is_applied = kind.is_applied() || call == Call::Token && *kind == Kind::Dropped;
            fault_answer::change(platform, kind, call, &drawn, &mut outcome, (self.0.settings.clock)());
        }
        if is_applied {
            for user in apply(&mut world, &mut outcome, now) {
                self.notify_view(platform, user);
            }
        } else {
            miss(&mut world, &mut outcome);
        }
        (drawn, outcome)
    }

    /// Keeps an exchange and tells listeners.
    pub(crate) fn log(&self, exchange: Exchange) {
        let exchange = lock(&self.0.log).add(exchange);
        // Nobody may be listening.
        drop(self.0.notices.send(crate::Notice::Exchange(exchange)));
    }
}

/// Applies what a message says; returns whose homes have changed.
fn apply(world: &mut World, outcome: &mut Outcome, now: f64) -> Vec<String> {
    let occasion = Occasion { source: Source::Callback, now, asked_at: None };
    let mut users: Vec<String> = Vec::new();
    for (user, change) in std::mem::take(&mut outcome.changes) {
        if let Change::Listed { device, .. } = &change {
            world.awaited.remove(device);
        }
        if let Change::Unlinked = &change {
            world.tokens.end(&user);
        }
        if let Some(home) = world.homes.get_mut(&user) {
            home.apply(vec![change], occasion, &mut world.sequence);
        }
        if !users.contains(&user) {
            users.push(user);
        }
    }
    world.awaited.extend(outcome.missed.drain(..));
    for (id, model) in outcome.models.drain(..) {
        match model {
            Some(model) => drop(world.models.insert(id, model)),
            None => drop(world.models.remove(&id)),
        }
    }
    if let Some(issued) = outcome.issued.take() {
        world.tokens.accept(issued);
    }
    for after in &outcome.after {
        if let After::Rediscover { user } = after
            && let Some(home) = world.homes.get_mut(user)
            && home.list != List::Running
            && home.list != List::RunningAgain
        {
            home.list = List::Behind;
        }
    }
    users
}

/// A fault keeps a message from arriving: the list may be behind for that reason.
fn miss(world: &mut World, outcome: &mut Outcome) {
    for (_, change) in &outcome.changes {
        if let Change::Listed { device, .. } = change {
            world.awaited.insert(device.clone());
        }
    }
    for after in &outcome.after {
        if let After::Rediscover { user } = after
            && let Some(home) = world.homes.get_mut(user)
            && home.list == List::Current
        {
            home.list = List::Behind;
        }
    }
    outcome.after.retain(|after| matches!(after, After::Heal { .. } | After::Complain { .. }));
}

/// A body that fails before its first byte makes the server close the connection before the head is written.
fn reset() -> Response {
    let failure = Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Response::new(Body::from_stream(futures_util::stream::iter([failure])))
}
