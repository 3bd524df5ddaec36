//! SmartThings' access tokens, got from a token server on loopback and kept in a real table.

use std::cell::Cell;
use std::time::Duration;

use common::model::Timestamp;
use common::net;
use common::notify::NotRenewed;
use common::notify::protocol::Protocol;
use common::platform::Platform;
use common::platform::smartthings::callback::{Access, SmartThings};
use common::platform::smartthings::token::Tokens;
use common::store::{Grant, Lease, Link, LinkKey, LinkStatus, Receipt, Sealer};
use futures_util::future::join_all;
use serde_json::{Value as Json, json};

use crate::dynamodb::TestTable;
use crate::fixtures::{NOW, body, link, settings};
use crate::vectors::vector;
use testkit::{Arrived, Receiver, Reply};

thread_local! {
    /// Each test has a thread, and with it a clock, of its own.
    static PASSED: Cell<u64> = const { Cell::new(0) };
}

fn clock() -> Timestamp {
    NOW.plus(Duration::from_secs(PASSED.get()))
}

fn pass(secs: u64) {
    PASSED.set(PASSED.get() + secs);
}

/// A table with one link, and a token server.
struct Home {
    table: TestTable,
    server: Receiver,
    key: LinkKey,
}

#[derive(Default)]
struct Given<'a> {
    code: Option<&'a str>,
    access: Option<&'a str>,
    refresh: Option<&'a str>,
    life: Option<u64>,
}

impl Home {
    async fn new(answer: impl FnMut(&Arrived) -> Reply + Send + 'static) -> Self {
        let (table, server) = (TestTable::new().await, Receiver::start(answer).await);
        Home { table, server, key: link(Platform::SmartThings).key }
    }

    fn sealer() -> Sealer {
        Sealer::new(&[7; 32])
    }

    /// Stores what SmartThings has granted.
    async fn grant(&self, given: Given<'_>) -> Link {
        let seal = |text: &str| Self::sealer().seal(&self.key, &text.into()).unwrap();
        let grant = Grant {
            state_callback: format!("{}/device/events", self.server.url()),
            oauth_token: format!("{}/oauth/token", self.server.url()),
            code: given.code.map(seal),
            access_token: given.access.map(seal),
            refresh_token: given.refresh.map(seal),
            expires_at: given.life.map(|life| clock().plus(Duration::from_secs(life))),
            renew_at: None,
        };
        self.table.store.save_grant(&self.key, &grant, NOW, clock()).await.unwrap();
        self.link().await
    }

    async fn link(&self) -> Link {
        self.table.store.link(&self.key).await.unwrap().unwrap()
    }

    fn lease(&self, holder: &str, secs: u64) -> Lease {
        Lease { holder: holder.to_owned(), until: clock().plus(Duration::from_secs(secs)) }
    }

    /// An instance of its own.
    fn tokens(&self) -> Tokens {
        let settings = settings("https://x.example", "x", "x").smartthings.unwrap();
        Tokens::new(&settings, self.table.store.clone(), net::http_client().unwrap(), clock).unwrap()
    }

    fn access(&self, token: &str) -> Access {
        let hosts = settings("https://x.example", "x", "x").smartthings.unwrap().hosts;
        Access::new(&hosts, &format!("{}/device/events", self.server.url()), token.into()).unwrap()
    }
}

/// The token that callbacks would carry.
fn token(access: &Access) -> String {
    let request = SmartThings.farewell(&link(Platform::SmartThings), access).unwrap();
    body(&request)["authentication"]["token"].as_str().unwrap().to_owned()
}

fn issued(access: &str, refresh: Option<&str>, life: u64) -> Reply {
    let mut given = json!({"tokenType": "Bearer", "accessToken": access, "expiresIn": life});
    if let Some(refresh) = refresh {
        given["refreshToken"] = json!(refresh);
    }
    Reply::json(200, &json!({"headers": {"interactionType": "accessTokenResponse"}, "callbackAuthentication": given}))
}

fn refused(status: u16, error: &str) -> Reply {
    Reply::json(status, &json!({"globalError": {"errorEnum": error, "detail": "no"}}))
}

/// A server that takes only the newest refresh token and gives the next.
fn rotating() -> impl FnMut(&Arrived) -> Reply {
    let mut generation = 1;
    move |arrived| {
        let given = &arrived.body["callbackAuthentication"]["refreshToken"];
        if *given != format!("refresh-{generation}") {
            return refused(400, "INVALID-TOKEN");
        }
        generation += 1;
        issued(&format!("access-{generation}"), Some(&format!("refresh-{generation}")), 86_400)
    }
}

fn reason(error: &NotRenewed) -> String {
    match error {
        NotRenewed::Later { unanswered, reason, .. } => format!("later {unanswered}: {reason}"),
        NotRenewed::Broken { reason } => format!("broken: {reason}"),
    }
}

/// The exchange of a vector: exactly its request is sent, and its answer is given.
async fn exchange(name: &str) -> (Home, Result<Access, NotRenewed>) {
    let vector = vector("smartthings", name);
    let (status, answer) = (vector["response"]["status"].as_u64().unwrap(), vector["response"]["body"].clone());
    let home = Home::new(move |_| Reply::json(status.try_into().unwrap(), &answer)).await;
    let fixture = &vector["fixture"]["link"];
    let given =
        Given { code: fixture["pendingCode"].as_str(), refresh: fixture["refreshToken"].as_str(), ..Given::default() };
    let link = home.grant(given).await;
    let result = home.tokens().access(&link).await;
    let arrived = home.server.arrived();
    assert_eq!(arrived.len(), 1, "{name}");
    let expected = &vector["request"];
    assert_eq!(
        arrived[0].line,
        format!("{} {}", expected["method"].as_str().unwrap(), expected["path"].as_str().unwrap())
    );
    assert_eq!(arrived[0].headers["content-type"], expected["headers"]["content-type"].as_str().unwrap());
    let (mut wanted, mut sent) = (expected["body"].clone(), arrived[0].body.clone());
    let id = sent["headers"].as_object_mut().unwrap().remove("requestId").unwrap();
    assert!(uuid::Uuid::parse_str(id.as_str().unwrap()).is_ok());
    wanted["headers"].as_object_mut().unwrap().remove("requestId");
    // One vector shows a secret that is out of date.
    wanted["callbackAuthentication"]["clientSecret"] = json!("example-st-client-secret-0001");
    assert_eq!(sent, wanted, "{name}");
    (home, result)
}

#[tokio::test]
async fn a_code_and_a_refresh_token_are_given_for_tokens() {
    for name in ["39_access_token_request", "42_refresh_access_tokens", "51_expired_flow_2_refresh"] {
        let given = vector("smartthings", name)["response"]["body"]["callbackAuthentication"].clone();
        let (home, access) = exchange(name).await;
        assert_eq!(token(&access.unwrap()), given["accessToken"], "{name}");
        let grant = home.link().await.grant.unwrap();
        assert_eq!((grant.code, grant.expires_at), (None, Some(NOW.plus(Duration::from_secs(86_400)))));
        let kept = Home::sealer().open(&home.key, grant.refresh_token.as_ref().unwrap()).unwrap();
        assert_eq!(secrecy::ExposeSecret::expose_secret(&kept), given["refreshToken"].as_str().unwrap());
        // What is stored is used from now on.
        assert_eq!(token(&home.tokens().access(&home.link().await).await.unwrap()), given["accessToken"]);
        assert_eq!(home.server.arrived().len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_breaks_the_link() {
    for name in ["40_access_token_request_invalid_code", "41_access_token_request_invalid_secret"] {
        let (_, result) = exchange(name).await;
        assert!(matches!(result, Err(NotRenewed::Broken { .. })), "{name}");
    }
    // What the vector's client does wrong, ours does not: a refresh is no accessTokenRequest. Its answer breaks the link, too.
    let wrong = vector("smartthings", "43_refresh_wrong_interaction_type");
    let answer = wrong["response"]["body"].clone();
    let home = Home::new(move |_| Reply::json(400, &answer)).await;
    let link = home.grant(Given { refresh: Some("r"), ..Given::default() }).await;
    assert!(matches!(home.tokens().access(&link).await, Err(NotRenewed::Broken { .. })));
    assert_ne!(home.server.arrived()[0].body["headers"], wrong["request"]["body"]["headers"]);
    assert_eq!(home.server.arrived()[0].body["headers"]["interactionType"], "refreshAccessTokens");
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_before_its_end() {
    let home = Home::new(rotating()).await;
    let given = Given { access: Some("access-1"), refresh: Some("refresh-1"), life: Some(3600), ..Given::default() };
    let link = home.grant(given).await;
    let tokens = home.tokens();
    pass(3299);
    assert_eq!(token(&tokens.access(&link).await.unwrap()), "access-1");
    assert!(home.server.arrived().is_empty());
    pass(1);
    assert_eq!(token(&tokens.access(&link).await.unwrap()), "access-2");
    // Whoever has read the link before finds the new one.
    assert_eq!(token(&tokens.access(&link).await.unwrap()), "access-2");
    assert_eq!(home.server.arrived().len(), 1);
}

#[tokio::test]
async fn a_short_life_is_renewed_at_its_half_and_an_unknown_one_when_it_is_refused() {
    let home = Home::new(|_| issued("short", None, 60)).await;
    let link = home.grant(Given { code: Some("c"), refresh: Some("r"), ..Given::default() }).await;
    let tokens = home.tokens();
    tokens.access(&link).await.unwrap();
    pass(29);
    tokens.access(&home.link().await).await.unwrap();
    assert_eq!(home.server.arrived().len(), 1);
    pass(1);
    tokens.access(&home.link().await).await.unwrap();
    assert_eq!(home.server.arrived().len(), 2);
    // No refresh token came with it: the old one stays.
    assert_eq!(home.server.arrived()[1].body["callbackAuthentication"]["refreshToken"], "r");

    let home = Home::new(|_| Reply::json(200, &json!({"callbackAuthentication": {"accessToken": "a"}}))).await;
    let link = home.grant(Given { code: Some("c"), ..Given::default() }).await;
    home.tokens().access(&link).await.unwrap();
    pass(1_000_000);
    assert_eq!(token(&home.tokens().access(&home.link().await).await.unwrap()), "a");
    assert_eq!(home.server.arrived().len(), 1);
}

#[tokio::test]
async fn two_hundred_that_are_refused_at_once_make_one_request() {
    let home = Home::new(rotating()).await;
    let given = Given { access: Some("access-1"), refresh: Some("refresh-1"), life: Some(80_000), ..Given::default() };
    let link = home.grant(given).await;
    let refused = home.access("access-1");
    let instances: Vec<Tokens> = (0..4).map(|_| home.tokens()).collect();
    let renewals = (0..200).map(|number| instances[number % 4].renew(&link, &refused));
    let renewed = join_all(renewals).await;
    assert_eq!(renewed.len(), 200);
    for access in renewed {
        assert_eq!(token(&access.unwrap()), "access-2");
    }
    assert_eq!(home.server.arrived().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_does_not_lose_the_link() {
    let mut lost = false;
    let home = Home::new(move |_| {
        if std::mem::replace(&mut lost, true) {
            issued("access-2", Some("refresh-2"), 86_400)
        } else {
            Reply::status(502)
        }
    })
    .await;
    let given = Given { access: Some("access-1"), refresh: Some("refresh-1"), life: Some(80_000), ..Given::default() };
    let link = home.grant(given).await;
    let (tokens, refused) = (home.tokens(), home.access("access-1"));
    let error = tokens.renew(&link, &refused).await.unwrap_err();
    assert!(matches!(error, NotRenewed::Later { unanswered: true, .. }), "{error:?}");
    // Nobody has to wait for the lease of the one that failed.
    pass(2);
    assert_eq!(token(&tokens.renew(&link, &refused).await.unwrap()), "access-2");
    let given: Vec<Json> =
        home.server.arrived().into_iter().map(|a| a.body["callbackAuthentication"]["refreshToken"].clone()).collect();
    assert_eq!(given, ["refresh-1", "refresh-1"]);
}

#[tokio::test]
async fn whoever_died_with_the_lease_is_not_waited_for_for_ever() {
    let home = Home::new(rotating()).await;
    let given = Given { access: Some("access-1"), refresh: Some("refresh-1"), life: Some(3600), ..Given::default() };
    let link = home.grant(given).await;
    let grant = link.grant.clone().unwrap();
    let (held, another) = (home.lease("dead", 3400 + 10), home.lease("another", 3500));
    assert!(home.table.store.take_lease(&home.key, &grant, &held, clock()).await.unwrap());
    assert!(!home.table.store.take_lease(&home.key, &grant, &another, clock()).await.unwrap());
    // The token is due, but good still: nobody waits.
    pass(3400);
    assert_eq!(token(&home.tokens().access(&link).await.unwrap()), "access-1");
    assert!(home.server.arrived().is_empty());
    pass(11);
    assert_eq!(token(&home.tokens().access(&link).await.unwrap()), "access-2");
}

#[tokio::test]
async fn the_tokens_of_another_instance_are_used_as_soon_as_they_are_stored() {
    let home = Home::new(|_| Reply::status(500)).await;
    let given = Given { access: Some("access-1"), refresh: Some("refresh-1"), life: Some(80_000), ..Given::default() };
    let link = home.grant(given).await;
    let grant = link.grant.clone().unwrap();
    let held = home.lease("another", 10);
    assert!(home.table.store.take_lease(&home.key, &grant, &held, clock()).await.unwrap());
    let sealed = Home::sealer().seal(&home.key, &"access-2".into()).unwrap();
    let renewed = Grant { access_token: Some(sealed), ..grant.clone() };
    let (tokens, refused) = (home.tokens(), home.access("access-1"));
    let other = async {
        tokio::task::yield_now().await;
        assert!(home.table.store.save_tokens(&home.key, &grant, &renewed).await.unwrap());
    };
    let (access, ()) = tokio::join!(tokens.renew(&link, &refused), other);
    assert_eq!(token(&access.unwrap()), "access-2");
    assert!(home.server.arrived().is_empty());
}

#[tokio::test]
async fn a_grant_that_comes_meanwhile_wins() {
    let home = Home::new(|arrived| {
        let code = arrived.body["callbackAuthentication"]["code"].as_str().unwrap_or("refresh").to_owned();
        let mut reply = if code == "refresh" {
            refused(400, "INVALID-TOKEN")
        } else {
            issued(&format!("of-{code}"), Some("r"), 900)
        };
        if code != "new" {
            reply.delay = Duration::from_millis(300);
        }
        reply
    })
    .await;
    for given in [Given { code: Some("old"), ..Given::default() }, Given { refresh: Some("old"), ..Given::default() }] {
        let before = home.server.arrived().len();
        let link = home.grant(given).await;
        pass(1);
        let tokens = home.tokens();
        let regrant = async {
            while home.server.arrived().len() == before {
                tokio::task::yield_now().await;
            }
            home.grant(Given { code: Some("new"), ..Given::default() }).await
        };
        let (access, _) = tokio::join!(tokens.access(&link), regrant);
        assert_eq!(token(&access.unwrap()), "of-new");
        let status = home.link().await.status;
        assert_eq!(status, Some(LinkStatus::Active));
    }
}

#[tokio::test]
async fn every_answer_of_the_token_server_has_its_meaning() {
    for (reply, expected) in [
        (refused(400, "INVALID-CODE"), "broken: 400 INVALID-CODE"),
        (refused(400, "INVALID-CLIENT"), "broken: 400 INVALID-CLIENT"),
        (refused(401, "INVALID-CLIENT-SECRET"), "broken: 401 INVALID-CLIENT-SECRET"),
        (refused(200, "INVALID-TOKEN"), "broken: 200 INVALID-TOKEN"),
        (refused(400, "UNSUPPORTED-GRANT-TYPE"), "broken: 400 UNSUPPORTED-GRANT-TYPE"),
        (refused(400, "BAD-REQUEST"), "broken: 400 BAD-REQUEST"),
        (Reply::status(401), "broken: 401"),
        (Reply::status(403), "later false: 403"),
        (Reply::status(404), "later false: 404"),
        (Reply::status(307), "later false: 307"),
        (Reply::status(429), "later true: 429"),
        (Reply::status(503), "later true: 503"),
        (Reply::status(200), "later false: the answer holds no access token"),
        (
            Reply::json(200, &json!({"callbackAuthentication": {"accessToken": ""}})),
            "later false: the answer holds no access token",
        ),
        (
            Reply::json(200, &json!({"callbackAuthentication": {"accessToken": 5}})),
            "later false: the answer holds no access token",
        ),
    ] {
        let home = Home::new(move |_| reply.clone()).await;
        let link = home.grant(Given { code: Some("c"), ..Given::default() }).await;
        assert_eq!(reason(&home.tokens().access(&link).await.unwrap_err()), expected);
    }
    let asked = Home::new(|_| Reply { header: Some(("retry-after", "40".to_owned())), ..Reply::status(429) }).await;
    let link = asked.grant(Given { code: Some("c"), ..Given::default() }).await;
    let error = asked.tokens().access(&link).await.unwrap_err();
    assert!(matches!(error, NotRenewed::Later { after: Some(after), .. } if after == Duration::from_secs(40)));
}

#[tokio::test]
async fn secrets_go_to_allowed_addresses_only_and_ended_links_get_no_tokens() {
    let home = Home::new(|_| issued("a", Some("r"), 900)).await;
    let seal = |text: &str| Home::sealer().seal(&home.key, &text.into()).unwrap();
    let good = format!("{}/x", home.server.url());
    // Another name of this machine is not on the list.
    let evil = good.replace("127.0.0.1", "localhost");
    for (state_callback, oauth_token) in [(&good, &evil), (&evil, &good)] {
        let grant = Grant {
            state_callback: state_callback.clone(),
            oauth_token: oauth_token.clone(),
            code: Some(seal("c")),
            access_token: None,
            refresh_token: None,
            expires_at: None,
            renew_at: None,
        };
        home.table.store.save_grant(&home.key, &grant, NOW, clock()).await.unwrap();
        let error = home.tokens().access(&home.link().await).await.unwrap_err();
        assert!(reason(&error).contains("HOMEPORT_SMARTTHINGS_HOSTS"), "{error:?}");
        pass(20);
    }
    assert!(home.server.arrived().is_empty());

    let link = home.grant(Given { code: Some("c"), ..Given::default() }).await;
    let broken = Receipt { status: Some(LinkStatus::Broken), ..Receipt::default() };
    home.table.store.keep_receipt(&link, &broken, clock()).await.unwrap();
    assert!(matches!(home.tokens().access(&link).await, Err(NotRenewed::Broken { .. })));
    home.table.store.unlink(&home.key, clock()).await.unwrap();
    assert!(matches!(home.tokens().access(&link).await, Err(NotRenewed::Broken { .. })));
    assert!(home.server.arrived().is_empty());
}
