//! `homeport run`: start, serve, stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use common::command::Sender;
use common::config::{Config, Needs};
use common::model::{Timestamp, UserId};
use common::services::Services;
use common::store::{self, Store};
use common::telemetry;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::banner::{self, Facts};
use crate::data::DataFolder;
use crate::dev::IdentityProvider;
use crate::dynamodb::Embedded;
use crate::server::{self, Server};
use crate::settings::{self, Settings, variable};
use crate::demo;

/// Serves until Ctrl-C or SIGTERM.
pub fn run(load_demo: bool) -> Result<(), String> {
    telemetry::init_local();
    let runtime = tokio::runtime::Runtime::new().map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(serve(load_demo))
}

async fn serve(load_demo: bool) -> Result<(), String> {
    let address = variable("HOMEPORT_ADDR").unwrap_or_else(|| settings::ADDRESS.to_owned());
    let listener = TcpListener::bind(&address)
        .await
        .map_err(|error| format!("cannot listen on {address}: {error}. Set HOMEPORT_ADDR to a free address."))?;
    let listening = listener.local_addr().map_err(|error| error.to_string())?;
    if !listening.ip().is_loopback() {
        tracing::warn!(%listening, "reachable from other machines: anybody there can get a token from /dev/token");
    }
    let base_url = settings::base_url(listening);

    let data_path = variable("HOMEPORT_DATA").unwrap_or_else(|| settings::DATA.to_owned());
    let data = DataFolder::open(&data_path)?;
    let settings = Settings::new(base_url.clone(), data.token_key()?);
    let lookup = common::config::secrets::resolved(|name| settings.lookup(name), Needs::ALL).await.map_err(|error| error.to_string())?;
    let config = Config::load(lookup, Needs::ALL).map_err(|error| error.to_string())?;

    let external = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL"));
    let embedded = match external {
        Some(_) => None,
        None => {
            let address = variable("HOMEPORT_DYNAMODB_ADDR").unwrap_or_else(|| settings::DYNAMODB_ADDRESS.to_owned());
            Some(Embedded::start(&address, &data.database()).await?)
        }
    };
    let dynamodb = match (&embedded, external_endpoint()) {
        (Some(embedded), _) => settings::base_url(embedded.address),
        (None, endpoint) => endpoint.unwrap_or_default(),
    };
    let client = match &embedded {
        Some(_) => store::client_at(&dynamodb).await,
        None => store::client().await,
    };
    store::ensure_table(&client, &config.table)
        .await
        .map_err(|error| format!("cannot make the table {} at {dynamodb}: {error}", config.table))?;

    let identity = if settings.is_identity_provider() {
        let audience = settings.lookup("HOMEPORT_AUTH_AUDIENCE").unwrap_or_default();
        Some(IdentityProvider::new(format!("{base_url}/dev"), audience, &data.signing_key()?)?)
    } else {
        None
    };
    let services = services(config, Store::new(client.clone(), settings.lookup("HOMEPORT_TABLE").unwrap_or_default()))?;
    if load_demo {
        demo::load_into_empty(&client, &services).await?;
    }

    let demo_user = UserId::new("demo").ok_or("demo is a user id")?;
    let token = identity.as_ref().map(|identity| identity.token_for(&demo_user, Timestamp::now())).transpose()?;
    let facts = Facts {
        base_url: &base_url,
        dynamodb: &dynamodb,
        data: embedded.as_ref().map(|_| data_path.as_str()),
        vendor_key: variable("HOMEPORT_VENDOR_KEY").is_none().then_some(settings::VENDOR_KEY),
        token: token.as_deref(),
        config: &services.config,
    };
    println!("{}", banner::banner(&facts));
    let welcome = banner::overview(&facts);
    listen(listener, Server { services, identity, welcome }, listening).await?;
    if let Some(embedded) = embedded {
        embedded.stop().await;
    }
    Ok(())
}
