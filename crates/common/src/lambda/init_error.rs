//! Telling Lambda that a function cannot start.

use std::time::Duration;

use serde_json::json;

use crate::net;

const TIMEOUT: Duration = Duration::from_secs(1);

/// Reports through the Runtime API
/// (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html#runtimes-api-initerror>), so that whoever invokes the
/// function sees the reason. The log has it already, so a failure here is not worth a word.
pub(super) async fn report(reason: &str) {
    let Ok(api) = std::env::var("AWS_LAMBDA_RUNTIME_API") else { return };
    let Ok(client) = net::http_client() else { return };
    let error = json!({"errorType": "Runtime.WrongSettings", "errorMessage": reason, "stackTrace": []});
    let request = client
        .post(format!("http://{api}/2018-06-01/runtime/init/error"))
        .header("Lambda-Runtime-Function-Error-Type", "Runtime.WrongSettings")
        .timeout(TIMEOUT)
        .body(error.to_string());
    let _ = request.send().await;
}
