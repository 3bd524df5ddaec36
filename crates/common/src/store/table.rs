//! The table itself, for the local program and for tests; on AWS the template makes it.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::client::Waiters;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection, ProjectionType,
    ScalarAttributeType, StreamSpecification, StreamViewType,
};

use super::StoreError;
use super::keys::{PK, SK};

/// The index for the list of a user's devices.
pub(super) const OWNER_INDEX: &str = "owner";

/// How long a new table may take until it can be used.
const CREATION: Duration = Duration::from_secs(120);

/// Creates the table with its index and stream, unless it is there.
///
/// # Errors
/// When it cannot be created.
pub async fn ensure_table(client: &Client, name: &str) -> Result<(), StoreError> {
    if client.describe_table().table_name(name).send().await.is_ok() {
        return Ok(());
    }
    let build = |error: aws_sdk_dynamodb::error::BuildError| StoreError::Unavailable(error.into());
    let text =
        |name: &str| AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S).build();
    let key = |name: &str, key_type| KeySchemaElement::builder().attribute_name(name).key_type(key_type).build();
    let index = GlobalSecondaryIndex::builder()
        .index_name(OWNER_INDEX)
        .key_schema(key("owner", KeyType::Hash).map_err(build)?)
        .key_schema(key(PK, KeyType::Range).map_err(build)?)
        .projection(Projection::builder().projection_type(ProjectionType::Include).non_key_attributes("desc").build());
    let stream = StreamSpecification::builder().stream_enabled(true).stream_view_type(StreamViewType::NewAndOldImages);
    let created = client
        .create_table()
        .table_name(name)
        .attribute_definitions(text(PK).map_err(build)?)
        .attribute_definitions(text(SK).map_err(build)?)
        .attribute_definitions(text("owner").map_err(build)?)
        .key_schema(key(PK, KeyType::Hash).map_err(build)?)
        .key_schema(key(SK, KeyType::Range).map_err(build)?)
        .global_secondary_indexes(index.build().map_err(build)?)
        .billing_mode(BillingMode::PayPerRequest)
        .stream_specification(stream.build().map_err(build)?)
        .send()
        .await;
    match created {
        Ok(_) => {}
        Err(error) if matches!(error.as_service_error(), Some(CreateTableError::ResourceInUseException(_))) => {}
        Err(error) => return Err(StoreError::unavailable(error)),
    }
    let ready = client.wait_until_table_exists().table_name(name).wait(CREATION).await;
    ready.map(|_| ()).map_err(|error| StoreError::Unavailable(error.into()))
}
