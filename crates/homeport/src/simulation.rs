//! The simulated platforms: inside `homeport run` where no platform address is set, and alone as `homeport sim`.

use std::io::ErrorKind;
use std::time::Duration;

use common::config::Config;
use serde_json::json;
use simulators::{Platform, Settings, Simulators, Strangers};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::settings::{self, variable};

/// Where they listen when `HOMEPORT_SIM_ADDR` says nothing; if that is taken, on a free port.
const ADDRESS: &str = "127.0.0.1:8002";
/// How often an account is tried to be linked.
const LINK_EVERY: Duration = Duration::from_secs(2);
const ANY_PORT: &str = "127.0.0.1:0";

/// The listener, before it is known what is simulated.
pub(crate) struct Bound {
    listener: TcpListener,
    /// Where it is reached.
    pub(crate) url: String,
}

/// Simulators that answer.
pub(crate) struct Simulation {
    /// What they believe, and what can go wrong with them.
    pub(crate) simulators: Simulators,
    /// Where they are reached.
    pub(crate) url: String,
    serving: JoinHandle<()>,
}

/// Opens the listener.
pub(crate) async fn bind() -> Result<Bound, String> {
    let asked = variable("HOMEPORT_SIM_ADDR");
    let address = asked.as_deref().unwrap_or(ADDRESS);
    let listener = match TcpListener::bind(address).await {
        Err(error) if asked.is_none() && error.kind() == ErrorKind::AddrInUse => TcpListener::bind(ANY_PORT).await,
        bound => bound,
    };
    let listener = listener
        .map_err(|error| settings::cannot_listen("the simulated platforms", address, &error, "HOMEPORT_SIM_ADDR"))?;
    let listening = listener.local_addr().map_err(|error| error.to_string())?;
    if !listening.ip().is_loopback() {
        tracing::warn!(%listening, "the simulated platforms are reachable from other machines and do as anybody says");
    }
    Ok(Bound { listener, url: settings::base_url(listening) })
}

impl Bound {
    /// Simulates the platforms that are on and whose addresses are not set.
    pub(crate) fn simulate(self, config: &Config) -> Result<Simulation, String> {
        let mut settings = Settings::new(&self.url);
        // Whoever tries a request by hand is a user whom no simulator has linked.
        settings.strangers = Strangers::Accepted;
        let platforms = &config.platforms;
        if let Some(yandex) = platforms.yandex.as_ref().filter(|_| is_simulated(Platform::Yandex)) {
            settings.yandex_skill_id = Some(yandex.skill_id.clone());
            settings.yandex_token.clone_from(&yandex.token);
        }
        if let Some(sber) = platforms.sber.as_ref().filter(|_| is_simulated(Platform::Sber)) {
            settings.sber_token.clone_from(&sber.token);
        }
        if let Some(smartthings) = platforms.smartthings.as_ref().filter(|_| is_simulated(Platform::SmartThings)) {
            settings.smartthings_client_id = Some(smartthings.client_id.clone());
            settings.smartthings_client_secret.clone_from(&smartthings.client_secret);
        }
        self.serve(settings)
    }

    fn serve(self, settings: Settings) -> Result<Simulation, String> {
        let simulators = Simulators::new(settings).map_err(|error| error.to_string())?;
        let (listener, router) = (self.listener, simulators.router());
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(error = %error, "the simulated platforms have ended");
            }
        });
        Ok(Simulation { simulators, url: self.url, serving })
    }
}

/// Whether callbacks to this platform go to the simulator: no address of it is set.
pub(crate) fn is_simulated(platform: Platform) -> bool {
    let name = match platform {
        Platform::Yandex => "HOMEPORT_YANDEX_URL",
        Platform::Sber => "HOMEPORT_SBER_URL",
        Platform::SmartThings => "HOMEPORT_SMARTTHINGS_HOSTS",
    };
    variable(name).is_none()
}

impl Simulation {
    /// A user of every simulated platform links the account at this homeport.
    pub(crate) async fn link(&self, homeport: &str, user: &str, token: &str) -> Result<(), String> {
        for platform in self.simulators.platforms() {
            let linked = self.simulators.link(platform, homeport, user, token.to_owned().into()).await;
            linked.map_err(|error| format!("{platform}: {error}"))?;
        }
        Ok(())
    }

    async fn link_user(&self, homeport: &str, user: &str) -> Result<(), String> {
        let token = match variable("HOMEPORT_SIM_TOKEN") {
            Some(token) => token,
            None => development_token(homeport, user).await?,
        };
        self.link(homeport, user, &token).await.map_err(|reason| {
            let hosts = self.url.trim_start_matches("http://");
            format!("{reason} (does homeport run with HOMEPORT_SMARTTHINGS_HOSTS={hosts}?)")
        })
    }

    /// Stops answering.
    pub(crate) fn stop(&self) {
        self.serving.abort();
    }
}

/// `homeport sim`: serves until it is killed.
pub(crate) fn run(homeport: Option<&str>, user: &str) -> Result<(), String> {
    common::telemetry::init_local();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start: {error}"))?;
    runtime.block_on(async {
        let bound = bind().await?;
        let mut settings = Settings::new(&bound.url);
        let secret = |name: &str, default: &str| Some(variable(name).unwrap_or_else(|| default.to_owned()).into());
        settings.yandex_skill_id = Some(variable("HOMEPORT_YANDEX_SKILL_ID").unwrap_or_else(|| "dev-skill".to_owned()));
        settings.yandex_token = secret("HOMEPORT_YANDEX_TOKEN", "dev-yandex");
        settings.sber_token = secret("HOMEPORT_SBER_TOKEN", "dev-sber");
        settings.smartthings_client_id =
            Some(variable("HOMEPORT_SMARTTHINGS_CLIENT_ID").unwrap_or_else(|| "dev-st".to_owned()));
        settings.smartthings_client_secret = secret("HOMEPORT_SMARTTHINGS_CLIENT_SECRET", "dev-st-secret");
        let simulation = bound.serve(settings)?;
        println!("{}", instructions(&simulation.url));
        if let Some(homeport) = homeport {
            let homeport = homeport.trim_end_matches('/');
            let address = reqwest::Url::parse(homeport).ok().filter(|url| url.has_host());
            address.ok_or_else(|| format!("--homeport {homeport:?} is no address such as http://127.0.0.1:8080"))?;
            // It may be started after this.
            let mut said = String::new();
            while let Err(reason) = simulation.link_user(homeport, user).await {
                if reason != said {
                    eprintln!("homeport: {user} cannot be linked yet: {reason}");
                    said = reason;
                }
                tokio::time::sleep(LINK_EVERY).await;
            }
            println!("  {user} is linked at {homeport}");
        }
        simulation.serving.await.map_err(|error| error.to_string())
    })
}

fn instructions(url: &str) -> String {
    let hosts = url.trim_start_matches("http://");
    format!(
        "The simulated platforms are at {url}/sim. Start homeport with\n\n  \
         HOMEPORT_YANDEX_URL={url} HOMEPORT_SBER_URL={url} HOMEPORT_SMARTTHINGS_HOSTS={hosts}\n"
    )
}

async fn development_token(homeport: &str, user: &str) -> Result<String, String> {
    let address = format!("{homeport}/dev/token");
    let problem = |reason: String| {
        format!("no token from {address}: {reason}. Give the user's access token in HOMEPORT_SIM_TOKEN.")
    };
    let client = common::net::http_client().map_err(|error| error.to_string())?;
    let request = client.post(&address).timeout(Duration::from_secs(5)).body(json!({"user_id": user}).to_string());
    let answer = request.send().await.map_err(|error| problem(common::net::describe(&error).to_owned()))?;
    let body = answer.bytes().await.map_err(|error| problem(error.to_string()))?;
    let body: serde_json::Value = serde_json::from_slice(&body).map_err(|error| problem(error.to_string()))?;
    let token = body.get("access_token").and_then(serde_json::Value::as_str).map(str::to_owned);
    let detail = body.get("detail").and_then(serde_json::Value::as_str).unwrap_or("the answer has none");
    token.ok_or_else(|| problem(detail.to_owned()))
}
