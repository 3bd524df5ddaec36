//! Reads the table's stream and gives it to the notifier, in the same events as Lambda does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType, StreamRecord};
use common::notify::Courier;
use serde_dynamo::Item;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::queue::LocalQueue;

/// How often an idle stream is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How soon one batch follows another at most: changes of one device in quick succession become one callback. Lambda polls a
/// shard four times a second.
const BATCH_EVERY: Duration = Duration::from_millis(350);
/// Records in one batch, as in the template.
const BATCH_MAX: i32 = 100;
/// How long a batch may take, as long as the function has on AWS.
const WITHIN: Duration = Duration::from_secs(25);
const AFTER_FAULT: Duration = Duration::from_secs(1);
/// How often new shards are looked for.
const SHARDS_EVERY: Duration = Duration::from_secs(15);

/// The reader of one stream.
pub(super) struct Reader {
    pub(super) client: Client,
    pub(super) stream: String,
    pub(super) queue: LocalQueue,
    pub(super) courier: Arc<Courier>,
}

impl Reader {
    /// Reads until asked to stop; a batch that has been begun is finished. What was handled before the last stop or kill is not read
    /// again, except for the last batch.
    pub(super) async fn read(self, mut stop: watch::Receiver<bool>) {
        let mut iterators: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut looked: Option<Instant> = None;
        while !*stop.borrow() {
            if looked.is_none_or(|looked| looked.elapsed() >= SHARDS_EVERY) {
                match self.open_shards(&mut iterators).await {
                    Ok(()) => looked = Some(Instant::now()),
                    Err(reason) => {
                        tracing::error!(reason, "the table's stream cannot be read");
                        pause(&mut stop, AFTER_FAULT).await;
                        continue;
                    }
                }
            }
            let begun = Instant::now();
            let mut wait = LOOK_EVERY;
            for (shard, iterator) in &mut iterators {
                match self.step(shard, iterator).await {
                    Ok(0) => {}
                    Ok(records) if records == usize::try_from(BATCH_MAX).unwrap_or_default() => wait = Duration::ZERO,
                    Ok(_) => wait = wait.max(BATCH_EVERY.saturating_sub(begun.elapsed())),
                    Err(reason) => {
                        tracing::error!(reason, "the stream's batch has to come again");
                        // An iterator may have expired: a new one begins after what was kept.
                        *iterator = None;
                        looked = None;
                        wait = AFTER_FAULT;
                    }
                }
            }
            pause(&mut stop, wait).await;
        }
    }

    /// Finds the shards, and where each has to be read from.
    async fn open_shards(&self, iterators: &mut BTreeMap<String, Option<String>>) -> Result<(), String> {
        let answer = self.client.describe_stream().stream_arn(&self.stream).send().await.map_err(text)?;
        let shards = answer.stream_description.map(|stream| stream.shards.unwrap_or_default()).unwrap_or_default();
        let names: BTreeSet<String> = shards.into_iter().filter_map(|shard| shard.shard_id).collect();
        iterators.retain(|shard, _| names.contains(shard));
        for shard in names {
            if matches!(iterators.get(&shard), Some(Some(_))) {
                continue;
            }
            let position = self.queue.stream_position(&shard).await.map_err(|error| error.to_string())?;
            let request = self.client.get_shard_iterator().stream_arn(&self.stream).shard_id(&shard);
            let request = match position {
                Some(position) => {
                    request.shard_iterator_type(ShardIteratorType::AfterSequenceNumber).sequence_number(position)
                }
                None => request.shard_iterator_type(ShardIteratorType::TrimHorizon),
            };
            let iterator = match request.send().await {
                Ok(answer) => answer.shard_iterator,
                // What is older than a day is gone; the rest is read.
                Err(error)
                    if error.as_service_error().is_some_and(|error| error.is_trimmed_data_access_exception()) =>
                {
                    let request = self.client.get_shard_iterator().stream_arn(&self.stream).shard_id(&shard);
                    let request = request.shard_iterator_type(ShardIteratorType::TrimHorizon);
                    request.send().await.map_err(text)?.shard_iterator
                }
                Err(error) => return Err(text(error)),
            };
            iterators.insert(shard, iterator);
        }
        Ok(())
    }

    /// Reads and handles one batch; how many records it had.
    async fn step(&self, shard: &str, iterator: &mut Option<String>) -> Result<usize, String> {
        // A shard that has been read to its end has none.
        let Some(from) = iterator.clone() else { return Ok(0) };
        let answer = self.client.get_records().shard_iterator(from).limit(BATCH_MAX).send().await.map_err(text)?;
        let records = answer.records.unwrap_or_default();
        if let Some(last) = records.last().and_then(|record| record.dynamodb.as_ref()?.sequence_number.clone()) {
            let event = json!({"Records": records.iter().map(|record| lambda_record(record, &self.stream)).collect::<Vec<_>>()});
            let response = self.courier.stream_batch(&event.to_string(), Instant::now() + WITHIN).await;
            let response = response.map_err(|error| error.to_string())?;
            if !response.batch_item_failures.is_empty() {
                return Err("a fault of ours, see above".to_owned());
            }
            self.queue.keep_stream_position(shard, &last).await.map_err(|error| error.to_string())?;
        }
        *iterator = answer.next_shard_iterator;
        Ok(records.len())
    }
}

/// The record as Lambda writes it
/// (<https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html#services-dynamodb-event-example>).
pub fn lambda_record(record: &Record, stream: &str) -> Json {
    let change = record.dynamodb.clone().unwrap_or_else(|| StreamRecord::builder().build());
    let mut written = json!({
        "ApproximateCreationDateTime": change.approximate_creation_date_time.map(|at| at.as_secs_f64()),
        "SequenceNumber": change.sequence_number,
        "SizeBytes": change.size_bytes,
        "StreamViewType": change.stream_view_type.as_ref().map(|view| view.as_str()),
    });
    for (name, image) in [("Keys", change.keys), ("OldImage", change.old_image), ("NewImage", change.new_image)] {
        if let (Some(image), Some(written)) = (image, written.as_object_mut()) {
            written.insert(name.to_owned(), json!(Item::from(image)));
        }
    }
    json!({
        "eventID": record.event_id,
        "eventName": record.event_name.as_ref().map(|name| name.as_str()),
        "eventVersion": record.event_version,
        "eventSource": "aws:dynamodb",
        "awsRegion": record.aws_region,
        "dynamodb": written,
        "eventSourceARN": stream,
    })
}

async fn pause(stop: &mut watch::Receiver<bool>, wait: Duration) {
    tokio::select! {
        _ = stop.changed() => {}
        () = tokio::time::sleep(wait) => {}
    }
}

fn text<E: std::error::Error + 'static, R: std::fmt::Debug>(error: aws_sdk_dynamodb::error::SdkError<E, R>) -> String {
    DisplayErrorContext(error).to_string()
}
