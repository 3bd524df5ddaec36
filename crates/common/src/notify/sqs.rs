//! The retry queue on AWS.
//!
//! A message is one [`Errand`] as JSON. What has been tried for too long is not sent anywhere by us: its message fails, and the
//! queue's redrive policy moves it to the dead-letter queue.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use reqwest::Url;

use super::{Errand, Queue, QueueError};

/// Messages in one `SendMessageBatch`
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html>).
const BATCH_MAX: usize = 10;
/// Bytes in one of them: the oldest and smallest of the service's limits.
const BATCH_MAX_BYTES: usize = 256 * 1024;
const BATCHES_AT_ONCE: usize = 8;
const OPERATION: Duration = Duration::from_secs(5);
const ATTEMPT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 4;

/// An SQS queue (standard, not FIFO: FIFO queues know no delay of a single message).
#[derive(Clone, Debug)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

/// The SQS client. Honours `AWS_ENDPOINT_URL_SQS` and `AWS_ENDPOINT_URL`.
pub fn client(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT).operation_timeout(OPERATION).build();
    let retries = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    Client::from_conf(aws_sdk_sqs::config::Builder::from(config).timeout_config(timeouts).retry_config(retries).build())
}

impl SqsQueue {
    /// The queue at `url`.
    pub fn new(client: Client, url: &Url) -> Self {
        SqsQueue { client, url: url.to_string() }
    }

    async fn send(&self, batch: &[(String, Duration)]) -> Result<(), QueueError> {
        let entries = batch.iter().enumerate().map(|(place, (body, delay))| {
            let seconds = i32::try_from(delay.as_millis().div_ceil(1000)).unwrap_or(i32::MAX);
            let entry = SendMessageBatchRequestEntry::builder().id(place.to_string()).message_body(body);
            entry.delay_seconds(seconds).build().map_err(|error| QueueError(error.to_string()))
        });
        let entries: Vec<_> = entries.collect::<Result<_, _>>()?;
        let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = request.send().await.map_err(|error| QueueError(describe(&error)))?;
        match answer.failed().first() {
            None => Ok(()),
            Some(failed) => Err(QueueError(format!("a message was refused: {}", failed.code()))),
        }
    }
}

/// The reason without the request: its body names users and devices.
pub(crate) fn describe<E, R>(error: &aws_sdk_sqs::error::SdkError<E, R>) -> String
where
    E: aws_sdk_sqs::error::ProvideErrorMetadata,
{
    use aws_sdk_sqs::error::SdkError;
    match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or("an unknown error").to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        _ => "an answer that cannot be read".to_owned(),
    }
}

impl Queue for SqsQueue {
    fn put(&self, errands: Vec<(Errand, Duration)>) -> BoxFuture<'_, Result<(), QueueError>> {
        async move {
            let mut messages = Vec::with_capacity(errands.len());
            for (errand, delay) in &errands {
                let body = serde_json::to_string(errand).map_err(|error| QueueError(error.to_string()))?;
                messages.push((body, *delay));
            }
            let batches = super::protocol::runs(&messages, BATCH_MAX, BATCH_MAX_BYTES, |(body, _)| body.len());
            let sends: Vec<_> = batches.into_iter().map(|batch| self.send(batch)).collect();
            stream::iter(sends).buffer_unordered(BATCHES_AT_ONCE).try_collect::<()>().await
        }
        .boxed()
    }
}
