//! Where `HOMEPORT_RETRY_QUEUE_URL` is set, the retry queue is that SQS queue, and this reads it as Lambda would.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::Message;
use common::notify::Courier;
use serde_json::json;
use tokio::sync::watch;

/// Messages in one batch, as in the template.
const BATCH_MAX: i32 = 10;
/// How long an empty queue is waited for.
const LONG_POLL_SECS: i32 = 2;
/// How long a batch may take, and its messages are hidden from others.
const WITHIN: Duration = Duration::from_secs(60);
const AFTER_FAULT: Duration = Duration::from_secs(2);

/// Reads the queue until asked to stop.
pub(super) async fn read(client: Client, url: String, courier: Arc<Courier>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let request = client.receive_message().queue_url(&url).max_number_of_messages(BATCH_MAX);
        let request = request.wait_time_seconds(LONG_POLL_SECS).visibility_timeout(90);
        let received = tokio::select! {
            received = request.send() => received,
            _ = stop.changed() => break,
        };
        match received {
            Ok(answer) => handle(&client, &url, &courier, answer.messages.unwrap_or_default()).await,
            Err(error) => {
                let reason = error.into_service_error();
                tracing::error!(reason = %reason, "the retry queue cannot be read: look at HOMEPORT_RETRY_QUEUE_URL");
                tokio::select! {
                    _ = stop.changed() => {}
                    () = tokio::time::sleep(AFTER_FAULT) => {}
                }
            }
        }
    }
}

async fn handle(client: &Client, url: &str, courier: &Courier, messages: Vec<Message>) {
    if messages.is_empty() {
        return;
    }
    let record = |message: &Message| json!({"messageId": message.message_id, "body": message.body});
    let event = json!({"Records": messages.iter().map(record).collect::<Vec<_>>()});
    let Ok(response) = courier.queue_batch(&event.to_string(), Instant::now() + WITHIN).await else { return };
    let failed: Vec<_> = response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
    for message in messages.into_iter().filter(|message| !failed.contains(&message.message_id)) {
        let request = client.delete_message().queue_url(url).set_receipt_handle(message.receipt_handle);
        if let Err(error) = request.send().await {
            tracing::warn!(reason = %error.into_service_error(), "a message comes again");
        }
    }
}
