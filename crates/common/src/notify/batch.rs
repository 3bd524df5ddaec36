//! The events of the notifier and of the redeliverer, as Lambda gives them and as the local program does.
//!
//! Both are answered item by item (`ReportBatchItemFailures`,
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>). Only faults of ours fail an item: what
//! a platform could not take is in the retry queue.

use std::time::Instant;

use aws_lambda_events::event::dynamodb::EventRecord;
use aws_lambda_events::event::sqs::SqsMessage;
use aws_lambda_events::event::streams::{
    DynamoDbBatchItemFailure, DynamoDbEventResponse, SqsBatchItemFailure, SqsEventResponse,
};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::{Change, Courier, Errand, Fault};
use crate::telemetry;

/// How many errands are taken up at once.
const ERRANDS_AT_ONCE: usize = 10;

/// A batch whose records are read one by one, so that a bad one does not spoil the others.
#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow, rename = "Records")]
    records: Vec<&'a RawValue>,
}

/// What is no batch at all: Lambda never sends such an event.
#[derive(Debug, thiserror::Error)]
#[error("the event has no Records: {0}")]
pub struct NoBatch(serde_json::Error);

impl Courier {
    /// Takes a batch of the table's stream. After a fault of ours all of it comes again: the records behind a failed one must not
    /// overtake it.
    ///
    /// # Errors
    /// [`NoBatch`]
    pub async fn stream_batch(&self, event: &str, deadline: Instant) -> Result<DynamoDbEventResponse, NoBatch> {
        let batch: Batch<'_> = serde_json::from_str(event).map_err(NoBatch)?;
        let (mut changes, mut unreadable) = (Vec::with_capacity(batch.records.len()), 0);
        for record in &batch.records {
            let read = serde_json::from_str::<EventRecord>(record.get()).map_err(|error| error.to_string());
            match read.and_then(|record| Change::decode(record).map_err(|error| error.to_string())) {
                Ok(change) => changes.push(change),
                Err(reason) => {
                    unreadable += 1;
                    let sequence_number = sequence_number(record).unwrap_or_default();
                    // The reason names the item's key and no value.
                    tracing::error!(sequence_number, reason, "stream record set aside: it cannot be read");
                }
            }
        }
        telemetry::set_aside(unreadable, (self.clock)());
        let mut response = DynamoDbEventResponse::default();
        if let Err(fault) = self.handle(&changes, deadline).await {
            tracing::error!(error = %fault, "batch has to come again");
            let first = batch.records.first().and_then(|record| sequence_number(record)).unwrap_or_default();
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(first);
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }

    /// Takes messages of the retry queue. A message fails after a fault of ours, or when it has been tried for a day or cannot be
    /// read: then the queue's redrive policy sets it aside.
    ///
    /// # Errors
    /// [`NoBatch`]
    pub async fn queue_batch(&self, event: &str, deadline: Instant) -> Result<SqsEventResponse, NoBatch> {
        let batch: Batch<'_> = serde_json::from_str(event).map_err(NoBatch)?;
        let messages =
            batch.records.iter().filter_map(|message| serde_json::from_str::<SqsMessage>(message.get()).ok());
        let work: Vec<_> = messages.map(|message| self.take_up(message, deadline)).collect();
        let failed: Vec<Option<String>> = stream::iter(work).buffer_unordered(ERRANDS_AT_ONCE).collect().await;
        let mut response = SqsEventResponse::default();
        response.batch_item_failures.extend(failed.into_iter().flatten().map(|id| {
            let mut failure = SqsBatchItemFailure::default();
            failure.item_identifier = Some(id);
            failure
        }));
        Ok(response)
    }

    /// The id of the message, if it failed.
    async fn take_up(&self, message: SqsMessage, deadline: Instant) -> Option<String> {
        let id = message.message_id.unwrap_or_default();
        let errand: Errand = match serde_json::from_str(&message.body.unwrap_or_default()) {
            Ok(errand) => errand,
            Err(error) => {
                tracing::error!(message_id = id, line = error.line(), "message fails: it is no errand");
                telemetry::set_aside(1, (self.clock)());
                return Some(id);
            }
        };
        let platform = errand.platform;
        match self.redeliver(errand, deadline).await {
            Ok(()) => None,
            Err(fault @ Fault::GivenUp(_)) => {
                tracing::error!(%platform, message_id = id, error = %fault, "message fails");
                telemetry::given_up(platform, (self.clock)());
                Some(id)
            }
            Err(fault) => {
                tracing::error!(%platform, message_id = id, error = %fault, "message has to come again");
                Some(id)
            }
        }
    }
}

fn sequence_number(record: &RawValue) -> Option<String> {
    let record: Json = serde_json::from_str(record.get()).ok()?;
    Some(record.get("dynamodb")?.get("SequenceNumber")?.as_str()?.to_owned())
}
