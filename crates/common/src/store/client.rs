//! The DynamoDB client.

use std::time::Duration;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{Credentials, Region, SharedCredentialsProvider};

use crate::net;

/// A platform is answered within 2 s whatever happens, so one operation with all its retries has less.
const OPERATION: Duration = Duration::from_millis(1600);
/// One attempt; a healthy table answers in under 10 ms.
const ATTEMPT: Duration = Duration::from_millis(700);
const CONNECT: Duration = Duration::from_millis(500);
/// The first try and the retries of a throttled or failed one.
const ATTEMPTS: u32 = 5;
const FIRST_BACKOFF: Duration = Duration::from_millis(40);
const LONGEST_BACKOFF: Duration = Duration::from_millis(400);

/// The AWS settings of the environment, with the HTTP client that all AWS clients of the process share.
pub async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest()).http_client(net::aws_http_client()).load().await
}

/// The settings for an endpoint on this machine that checks no keys: nothing of the environment, no metadata service.
pub async fn local_config(endpoint: &str) -> SdkConfig {
    let keys = Credentials::new("homeport", "homeport", None, None, "local");
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(net::aws_http_client())
        .endpoint_url(endpoint)
        .region(Region::new("local"))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .load()
        .await
}

/// The DynamoDB client. Honours `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL`.
pub fn client(config: &SdkConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(ATTEMPT)
        .operation_timeout(OPERATION)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(ATTEMPTS)
        .with_initial_backoff(FIRST_BACKOFF)
        .with_max_backoff(LONGEST_BACKOFF);
    let config = aws_sdk_dynamodb::config::Builder::from(config).timeout_config(timeouts).retry_config(retries).build();
    Client::from_conf(config)
}
