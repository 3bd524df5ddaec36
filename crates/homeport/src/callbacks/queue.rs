//! The retry queue of the local program: a table beside the devices', so that what waits survives a restart and a `kill -9`.
//!
//! | item | pk | sk | holds |
//! |---|---|---|---|
//! | errand that waits | `ERRAND#<platform>` | `<when it is due>#<id>` | `body` |
//! | errand set aside | `DEAD` | `<when>#<id>` | `body` |
//! | place in the stream | `STREAM` | shard | `sequence_number` |

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
};
use common::model::Timestamp;
use common::notify::{Errand, Queue, QueueError};
use common::platform::Platform;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, try_join_all};
use tokio::sync::watch;
use uuid::Uuid;

const DEAD: &str = "DEAD";
const STREAM: &str = "STREAM";

/// The queue. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LocalQueue {
    client: Client,
    table: String,
    /// Changes when something is put in.
    put: watch::Sender<()>,
}

/// An errand in the queue.
pub(crate) struct Waiting {
    /// Its sort key.
    pub(crate) place: String,
    /// When it is to be taken up.
    pub(crate) due: Timestamp,
    pub(crate) errand: Errand,
}

type Item = HashMap<String, AttributeValue>;

impl LocalQueue {
    /// The queue beside this table; made if it is not there.
    pub(crate) async fn open(client: Client, devices_table: &str) -> Result<Self, String> {
        let queue = LocalQueue { client, table: format!("{devices_table}-queue"), put: watch::Sender::new(()) };
        queue.ensure_table().await.map_err(|error| format!("cannot make the table {}: {error}", queue.table))?;
        Ok(queue)
    }

    async fn ensure_table(&self) -> Result<(), String> {
        let text = |error: aws_sdk_dynamodb::error::BuildError| error.to_string();
        let mut request = self.client.create_table().table_name(&self.table).billing_mode(BillingMode::PayPerRequest);
        for (name, key_type) in [("pk", KeyType::Hash), ("sk", KeyType::Range)] {
            let attribute =
                AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
            let key = KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
            request = request.attribute_definitions(attribute.map_err(text)?).key_schema(key.map_err(text)?);
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) => {
                Ok(())
            }
            Err(error) => Err(DisplayErrorContext(error).to_string()),
        }
    }

    /// Tells when something is put in.
    pub(crate) fn watch(&self) -> watch::Receiver<()> {
        self.put.subscribe()
    }

    /// The errands of a platform that are due first, at most `limit`, in the order in which they are due.
    pub(crate) async fn first(&self, platform: Platform, limit: i32) -> Result<Vec<Waiting>, QueueError> {
        let items = self.query(&errands_of(platform), Some(limit)).await?;
        for item in items.iter().filter(|item| read(item).is_none()) {
            // It would stand in the way of the others for good.
            let (place, body) = (text(item, "sk").unwrap_or_default(), text(item, "body").unwrap_or_default());
            tracing::error!(%platform, place, "errand is set aside: it cannot be read");
            self.write(DEAD, &place, "body", &body).await?;
            self.delete(&errands_of(platform), &place).await?;
        }
        Ok(items.iter().filter_map(read).collect())
    }

    /// How many errands of a platform wait, and since when the oldest of them does.
    pub(crate) async fn waiting(&self, platform: Platform) -> Result<(usize, Option<Timestamp>), QueueError> {
        let items = self.query(&errands_of(platform), None).await?;
        let since = items.iter().filter_map(read).filter_map(|waiting| waiting.errand.first_failed_at).min();
        Ok((items.len(), since))
    }

    /// How many errands are set aside.
    pub(crate) async fn set_aside_count(&self) -> Result<usize, QueueError> {
        Ok(self.query(DEAD, None).await?.len())
    }

    /// Takes an errand out.
    pub(crate) async fn remove(&self, waiting: &Waiting) -> Result<(), QueueError> {
        self.delete(&errands_of(waiting.errand.platform), &waiting.place).await
    }

    /// Sets an errand aside.
    pub(crate) async fn set_aside(&self, errand: &Errand) -> Result<(), QueueError> {
        self.write(DEAD, &place(Timestamp::now()), "body", &body(errand)?).await
    }

    /// Puts back what was set aside; how many.
    pub(crate) async fn redrive(&self) -> Result<usize, QueueError> {
        let dead = self.query(DEAD, None).await?;
        let mut put_back = 0;
        for waiting in dead.iter().filter_map(read) {
            self.put(vec![(waiting.errand.renewed(), Duration::ZERO)]).await?;
            self.delete(DEAD, &waiting.place).await?;
            put_back += 1;
        }
        Ok(put_back)
    }

    /// How far a shard of the stream has been read.
    pub(crate) async fn stream_position(&self, shard: &str) -> Result<Option<String>, QueueError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(key(STREAM, shard)));
        let answer = request.consistent_read(true).send().await.map_err(failed)?;
        Ok(answer.item.as_ref().and_then(|item| text(item, "sequence_number")))
    }

    /// Notes how far a shard of the stream has been read.
    pub(crate) async fn keep_stream_position(&self, shard: &str, sequence_number: &str) -> Result<(), QueueError> {
        self.write(STREAM, shard, "sequence_number", sequence_number).await
    }

    async fn query(&self, pk: &str, limit: Option<i32>) -> Result<Vec<Item>, QueueError> {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let request = self.client.query().table_name(&self.table).key_condition_expression("pk = :pk");
            let request = request.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
            let request = request.consistent_read(true).set_limit(limit).set_exclusive_start_key(start);
            let answer = request.send().await.map_err(failed)?;
            items.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key.filter(|key| !key.is_empty());
            if start.is_none() || limit.is_some() {
                return Ok(items);
            }
        }
    }

    async fn write(&self, pk: &str, sk: &str, name: &str, value: &str) -> Result<(), QueueError> {
        let mut item = key(pk, sk);
        item.insert(name.to_owned(), AttributeValue::S(value.to_owned()));
        let request = self.client.put_item().table_name(&self.table).set_item(Some(item));
        request.send().await.map(|_| ()).map_err(failed)
    }

    async fn delete(&self, pk: &str, sk: &str) -> Result<(), QueueError> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(key(pk, sk)));
        request.send().await.map(|_| ()).map_err(failed)
    }
}

impl Queue for LocalQueue {
    fn put(&self, errands: Vec<(Errand, Duration)>) -> BoxFuture<'_, Result<(), QueueError>> {
        async move {
            let now = Timestamp::now();
            let writes = errands.iter().map(|(errand, delay)| async move {
                self.write(&errands_of(errand.platform), &place(now.plus(*delay)), "body", &body(errand)?).await
            });
            try_join_all(writes).await?;
            self.put.send_replace(());
            Ok(())
        }
        .boxed()
    }
}

fn errands_of(platform: Platform) -> String {
    format!("ERRAND#{platform}")
}

/// Sorts by time; two at the same moment are told apart.
fn place(due: Timestamp) -> String {
    format!("{:020}#{}", due.micros(), Uuid::new_v4())
}

fn key(pk: &str, sk: &str) -> Item {
    [("pk", pk), ("sk", sk)].map(|(name, value)| (name.to_owned(), AttributeValue::S(value.to_owned()))).into()
}

fn text(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

fn body(errand: &Errand) -> Result<String, QueueError> {
    serde_json::to_string(errand).map_err(|error| QueueError(error.to_string()))
}

fn read(item: &Item) -> Option<Waiting> {
    let place = text(item, "sk")?;
    let due = Timestamp::from_micros(place.split('#').next()?.parse().ok()?);
    Some(Waiting { due, errand: serde_json::from_str(&text(item, "body")?).ok()?, place })
}

fn failed<E, R>(error: aws_sdk_dynamodb::error::SdkError<E, R>) -> QueueError
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    QueueError(DisplayErrorContext(error).to_string())
}
