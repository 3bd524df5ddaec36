//! Callbacks in the local program: what on AWS the stream mapping, the retry queue and two functions do.

mod queue;
mod sqs;
mod stream;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use common::config::Config;
use common::notify::sqs::SqsQueue;
use common::notify::{Courier, Queue};
use common::platform::Platform;
use common::store::{self, Store};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use queue::LocalQueue;
pub use stream::lambda_record;

use crate::settings::variable;

/// How long work that has been begun may take when the program is asked to stop.
const STOP_WITHIN: Duration = Duration::from_secs(4);

/// The running tasks.
pub(crate) struct Callbacks {
    begin: watch::Sender<bool>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    /// The program's own retry queue.
    pub(crate) queue: LocalQueue,
}

impl Callbacks {
    /// Makes everything ready to tell the platforms what changes in the table at `endpoint`; see [`Callbacks::begin`].
    pub(crate) async fn start(config: &Config, dynamodb: &Client, endpoint: &str) -> Result<Self, String> {
        let queue = LocalQueue::open(dynamodb.clone(), &config.table).await?;
        let store = Store::new(dynamodb.clone(), config.table.clone());
        let ((begin, beginning), (stop, stopping)) = (watch::channel(false), watch::channel(false));
        let mut tasks = JoinSet::new();
        let remote = match &config.retry_queue {
            Some(url) => Some((common::notify::sqs::client(&store::sdk_config().await), url)),
            None => None,
        };
        let put: Box<dyn Queue> = match &remote {
            Some((client, url)) => Box::new(SqsQueue::new(client.clone(), url)),
            None => Box::new(queue.clone()),
        };
        let courier = Arc::new(Courier::new(&config.platforms, store, put).map_err(|error| error.to_string())?);
        if let Some((client, url)) = remote {
            let read = sqs::read(client, url.to_string(), Arc::clone(&courier), stopping.clone());
            tasks.spawn(after(beginning.clone(), read));
        }
        // Errands of a start without SQS may wait still.
        for platform in Platform::ALL {
            let work = worker::work(*platform, Arc::clone(&courier), queue.clone(), stopping.clone());
            tasks.spawn(after(beginning.clone(), work));
        }
        match stream_of(dynamodb, &config.table).await? {
            Some(stream) => {
                let reader =
                    stream::Reader { client: streams_client(endpoint).await, stream, queue: queue.clone(), courier };
                tasks.spawn(after(beginning, reader.read(stopping)));
            }
            None => tracing::warn!(table = config.table, "the table has no stream: no callbacks are sent"),
        }
        Ok(Callbacks { begin, stop, tasks, queue })
    }

    /// What lets the work begin.
    pub(crate) fn begin(&self) -> watch::Sender<bool> {
        self.begin.clone()
    }

    /// Stops after the work that has been begun. What has not is on disk.
    pub(crate) async fn stop(mut self) {
        self.stop.send_replace(true);
        self.begin.send_replace(true);
        let _ = tokio::time::timeout(STOP_WITHIN, async { while self.tasks.join_next().await.is_some() {} }).await;
    }
}

async fn after(mut beginning: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    if beginning.wait_for(|begun| *begun).await.is_ok() {
        work.await;
    }
}

async fn stream_of(dynamodb: &Client, table: &str) -> Result<Option<String>, String> {
    let answer = dynamodb.describe_table().table_name(table).send().await;
    let answer = answer.map_err(|error| format!("cannot read the table {table}: {}", error.into_service_error()))?;
    Ok(answer.table.and_then(|table| table.latest_stream_arn))
}

/// The streams are at the table's endpoint, unless there is another one for them.
async fn streams_client(endpoint: &str) -> aws_sdk_dynamodbstreams::Client {
    if variable("AWS_ENDPOINT_URL_DYNAMODB_STREAMS").is_some() {
        return aws_sdk_dynamodbstreams::Client::new(&store::sdk_config().await);
    }
    let external = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL")).is_some();
    let config = if external { store::sdk_config().await } else { store::local_config(endpoint).await };
    let config = aws_sdk_dynamodbstreams::config::Builder::from(&config).endpoint_url(endpoint).build();
    aws_sdk_dynamodbstreams::Client::from_conf(config)
}
