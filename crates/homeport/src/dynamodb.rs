//! The embedded DynamoDB: a real endpoint on loopback, so that the code that runs on AWS runs here unchanged.

use std::net::SocketAddr;
use std::path::Path;

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A running embedded DynamoDB.
pub(crate) struct Embedded {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    server: JoinHandle<Result<(), String>>,
}

impl Embedded {
    /// Starts it on `address` with its tables in `file`.
    pub(crate) async fn start(address: &str, file: &Path) -> Result<Self, String> {
        let listener = TcpListener::bind(address).await.map_err(|error| {
            format!("the embedded DynamoDB cannot listen on {address}: {error}. Set HOMEPORT_DYNAMODB_ADDR to a free address.")
        })?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let path = file.to_str().ok_or("HOMEPORT_DATA must be a UTF-8 path")?;
        let database = Database::new(path).map_err(|error| {
            format!(
                "cannot open {path}: {error}. Is another homeport running on it? Set HOMEPORT_DATA to another folder."
            )
        })?;
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async {
            let _ = stopped.await;
        }));
        Ok(Embedded { address, stop, server })
    }

    /// Stops it after the requests in work.
    pub(crate) async fn stop(self) {
        let _ = self.stop.send(());
        // Idle keep-alive connections of our own clients must not hold up the exit; every write is on disk already.
        let _ = tokio::time::timeout(std::time::Duration::from_secs(2), self.server).await;
    }
}
