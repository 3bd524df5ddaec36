//! The floor of a function that uses DynamoDB: the client is built, as the SDK's guide advises, and not used.

use common::store;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let client = store::client(&store::sdk_config().await);
    let client = &client;
    run(service_fn(async move |_: LambdaEvent<Value>| {
        // Kept, so that the linker keeps it too.
        let configured = client.config().region().is_some();
        Ok::<_, Error>(json!({"statusCode": 200, "configured": configured}))
    }))
    .await
}
