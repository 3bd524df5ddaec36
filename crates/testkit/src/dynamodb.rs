//! A DynamoDB endpoint: embedded and in memory, or the one in `HOMEPORT_TEST_DYNAMODB_URL`.

use dynoxide::Database;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A DynamoDB endpoint for one test.
pub struct DynamoDb {
    url: String,
    _stop: Option<oneshot::Sender<()>>,
}

impl DynamoDb {
    /// Starts an embedded one, unless the environment names another.
    pub async fn start() -> Self {
        match std::env::var("HOMEPORT_TEST_DYNAMODB_URL") {
            Ok(url) if !url.is_empty() => return DynamoDb { url, _stop: None },
            _ => {}
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let database = Database::memory().unwrap();
        tokio::spawn(dynoxide::server::serve_with_shutdown(listener, database, async {
            let _ = stopped.await;
        }));
        DynamoDb { url, _stop: Some(stop) }
    }

    /// The endpoint.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What a process needs in its environment to use it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "eu-west-1"),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}
