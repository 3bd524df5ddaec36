//! Puts the demo home into a table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Select;
use common::model::{Timestamp, report};
use common::services::Services;

/// Registers the devices and reports their first state, if nothing at all is in the table.
pub(crate) async fn load_into_empty(client: &Client, services: &Services) -> Result<(), String> {
    let refused = |error: &dyn std::fmt::Display| format!("cannot load the demo home: {error}");
    let scan = client.scan().table_name(&services.config.table).limit(1).select(Select::Count);
    if scan.send().await.map_err(|error| refused(&error.into_service_error()))?.count() > 0 {
        return Ok(());
    }
    for (device, report) in super::devices()? {
        let (_, record) = services.store.put_device(&device).await.map_err(|error| refused(&error))?;
        let state = report::apply(&device, &record.state, &report, Timestamp::now()).state;
        services.store.put_state(&record, &state, None).await.map_err(|error| refused(&error))?;
    }
    Ok(())
}
