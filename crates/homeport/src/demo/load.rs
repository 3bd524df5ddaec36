//! Puts the demo home into a table.

use std::fmt::Display;
use std::path::Path;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::Select;
use common::model::{Timestamp, report};
use common::services::Services;

/// Registers the devices and reports their first state, if nothing at all is in the table, or if `mark` shows that a load was
/// cut off.
pub(crate) async fn load_into_empty(client: &Client, services: &Services, mark: &Path) -> Result<(), String> {
    let refused = |error: &dyn Display| format!("cannot load the demo home: {error}");
    let scan = client.scan().table_name(&services.config.table).limit(1).select(Select::Count);
    let found = scan.send().await.map_err(|error| refused(&error.into_service_error()))?.count();
    if found > 0 && !mark.exists() {
        return Ok(());
    }
    std::fs::write(mark, "").map_err(|error| refused(&error))?;
    for (device, report) in super::devices()? {
        let (_, record) = services.store.put_device(&device).await.map_err(|error| refused(&error))?;
        let state = report::apply(&device, &record.state, &report, Timestamp::now()).state;
        services.store.put_state(&record, &state, None).await.map_err(|error| refused(&error))?;
    }
    std::fs::remove_file(mark).map_err(|error| refused(&error))
}
