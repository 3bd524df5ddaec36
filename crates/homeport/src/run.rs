//! `homeport run`: start, serve, stop.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use common::config::{Config, Needs};
use common::model::{Timestamp, UserId};
use common::services::Services;
use common::{store, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::banner::{self, Facts};
use crate::callbacks::Callbacks;
use crate::data::DataFolder;
use crate::demo;
use crate::dev::IdentityProvider;
use crate::dynamodb::Embedded;
use crate::server::{self, Server};
use crate::settings::{self, Settings, variable};
use crate::simulation::{self, Simulation};

/// As much stack as a function has, whose handlers run on the main thread. The usual 2 MB are more than half used in a build
/// without optimisation.
const STACK: usize = 8 * 1024 * 1024;
/// How long requests in work may take when the program is asked to stop.
const STOP_WITHIN: Duration = Duration::from_secs(5);

/// Serves until Ctrl-C or SIGTERM.
pub(crate) fn run(load_demo: bool) -> Result<(), String> {
    telemetry::init_local();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(serve(load_demo))
}

async fn serve(load_demo: bool) -> Result<(), String> {
    // Before anything else, so that being asked to stop ends it with status 0 from the first moment.
    let mut stop = Stop::new()?;
    let started = tokio::select! {
        started = start(load_demo) => started?,
        () = stop.asked() => return Ok(()),
    };
    let Started { listener, server, simulation, demo_token, callbacks, embedded, data: _data } = started;
    let simulation = Arc::new(simulation);
    let begin = callbacks.begin();
    let (linking, base_url) = (Arc::clone(&simulation), server.base_url.clone());
    tokio::spawn(async move {
        // Callbacks that wait since the last run would meet platforms that know nobody yet.
        if let Some(token) = demo_token
            && let Err(reason) = linking.link(&base_url, demo::USER, &token).await
        {
            tracing::warn!(reason, "the simulated platforms could not link the demo home");
        }
        begin.send_replace(true);
    });
    listen(listener, server, stop).await?;
    simulation.stop();
    callbacks.stop().await;
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    Ok(())
}

/// Ctrl-C and SIGTERM.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    fn new() -> Result<Self, String> {
        let listen = |kind| signal(kind).map_err(|error| format!("cannot start: {error}"));
        Ok(Stop { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

struct Started {
    listener: TcpListener,
    server: Server,
    simulation: Simulation,
    /// For the simulators, if the demo home was asked for.
    demo_token: Option<String>,
    callbacks: Callbacks,
    embedded: Option<Embedded>,
    /// Its lock keeps others out.
    data: DataFolder,
}

async fn start(load_demo: bool) -> Result<Started, String> {
    let address = variable("HOMEPORT_ADDR").unwrap_or_else(|| settings::ADDRESS.to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| settings::cannot_listen("the program", &address, &error, "HOMEPORT_ADDR"))?;
    let listening = listener.local_addr().map_err(|error| error.to_string())?;
    if !listening.ip().is_loopback() {
        tracing::warn!(%listening, "reachable from other machines: anybody there can get a token from /dev/token");
    }
    let base_url = settings::base_url(listening);

    let data_path = variable("HOMEPORT_DATA").unwrap_or_else(|| settings::DATA.to_owned());
    let data = DataFolder::open(&data_path)?;
    let platforms = simulation::bind().await?;
    let settings = Settings::new(base_url.clone(), data.token_key()?, platforms.url.clone());
    let config =
        common::config::load(|name| settings.lookup(name), Needs::ALL).await.map_err(|error| error.to_string())?;

    let (client, embedded, dynamodb) = open_table(&data, &config).await?;
    let identity = if settings.is_identity_provider() {
        let [issuer, audience] =
            ["HOMEPORT_AUTH_ISSUER", "HOMEPORT_AUTH_AUDIENCE"].map(|name| settings.lookup(name).unwrap_or_default());
        Some(IdentityProvider::new(issuer, audience, &data.signing_key()?)?)
    } else {
        None
    };
    let services = Services::new(config, client.clone()).map_err(|error| error.to_string())?;
    if load_demo {
        demo::load_into_empty(&client, &services, &data.demo_mark()).await?;
    }

    let simulation = platforms.simulate(&services.config)?;
    let callbacks = Callbacks::start(&services.config, &client, &dynamodb).await?;
    let demo_user = UserId::new(demo::USER).ok_or("the demo user's id is not one")?;
    let token = identity.as_ref().map(|identity| identity.token_for(&demo_user, Timestamp::now())).transpose()?;
    let demo_token = match &identity {
        Some(identity) if load_demo => Some(identity.long_token_for(&demo_user, Timestamp::now())?),
        _ => None,
    };
    let facts = Facts {
        base_url: &base_url,
        simulators: &simulation.url,
        dynamodb: &dynamodb,
        data: embedded.as_ref().map(|_| data_path.as_str()),
        vendor_key: variable("HOMEPORT_VENDOR_KEY").is_none().then_some(settings::VENDOR_KEY),
        token: token.as_deref(),
        demo: load_demo,
        config: &services.config,
    };
    // Nobody has to read it: a pipe that is closed is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{}", banner::banner(&facts));
    let welcome = banner::overview(&facts);
    let server = Server { services, identity, queue: callbacks.queue.clone(), base_url, welcome };
    Ok(Started { listener, server, simulation, demo_token, callbacks, embedded, data })
}

/// The table: in the embedded DynamoDB, unless the AWS variables name an endpoint.
async fn open_table(data: &DataFolder, config: &Config) -> Result<(Client, Option<Embedded>, String), String> {
    let external = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL"));
    let (client, embedded, endpoint) = match external {
        Some(endpoint) => (store::client(&store::sdk_config().await), None, endpoint),
        None => {
            let address = variable("HOMEPORT_DYNAMODB_ADDR").unwrap_or_else(|| settings::DYNAMODB_ADDRESS.to_owned());
            let embedded = Embedded::start(&address, &data.database()).await?;
            let endpoint = settings::base_url(embedded.address);
            (store::client(&store::local_config(&endpoint).await), Some(embedded), endpoint)
        }
    };
    let made = store::ensure_table(&client, &config.table).await;
    made.map_err(|error| format!("cannot make the table {} at {endpoint}: {error}", config.table))?;
    Ok((client, embedded, endpoint))
}

async fn listen(listener: TcpListener, server: Server, mut stop: Stop) -> Result<(), String> {
    let server = Arc::new(server);
    let (stopping, mut stopped) = watch::channel(());
    let serving = axum::serve(listener, server::router(Arc::clone(&server))).with_graceful_shutdown(async move {
        stop.asked().await;
        tracing::info!("stopping");
        drop(stopping);
    });
    let stopping = async move {
        let _ = stopped.changed().await;
        tokio::time::sleep(STOP_WITHIN).await;
    };
    tokio::select! {
        result = serving => result.map_err(|error| format!("cannot serve: {error}")),
        // A client that keeps its connection busy does not keep the program; every answer that was given is on disk.
        () = stopping => Ok(()),
    }
}
