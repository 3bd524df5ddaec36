//! A table of its own for each test: on an embedded DynamoDB, or on the endpoint in `HOMEPORT_TEST_DYNAMODB_URL`.
//!
//! Include it with `#[path = "support/dynamodb.rs"] mod dynamodb;`.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{
    ConfigBag, Credentials, Intercept, Region, RuntimeComponents, SharedCredentialsProvider,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_smithy_types::config_bag::{Storable, StoreReplace};
use common::store::{self, Store};
use testkit::DynamoDb;

/// A table, the store on it, and what it takes to look at it from outside.
pub struct TestTable {
    /// The store, counted by `trips`.
    pub store: Store,
    /// The client of the store.
    pub client: Client,
    /// The table's name.
    pub name: String,
    /// Where DynamoDB is.
    pub endpoint: String,
    /// How many requests went there one after another.
    pub trips: RoundTrips,
    _dynamodb: DynamoDb,
}

impl TestTable {
    /// A new, empty table.
    pub async fn new() -> Self {
        let dynamodb = DynamoDb::start().await;
        let trips = RoundTrips::default();
        let client = client(dynamodb.url(), &trips).await;
        let name = format!("homeport-test-{}", uuid::Uuid::new_v4().simple());
        store::ensure_table(&client, &name).await.expect("a table");
        trips.restart();
        let endpoint = dynamodb.url().to_owned();
        TestTable { store: Store::new(client.clone(), &name), client, name, endpoint, trips, _dynamodb: dynamodb }
    }

    /// The same table, reached through another address (a proxy).
    pub async fn through(&self, endpoint: &str) -> Store {
        Store::new(self.client_through(endpoint).await, &self.name)
    }

    /// A client of this address, counted by `trips`.
    pub async fn client_through(&self, endpoint: &str) -> Client {
        client(endpoint, &self.trips).await
    }
}

async fn client(endpoint: &str, trips: &RoundTrips) -> Client {
    let config = if std::env::var_os("AWS_ACCESS_KEY_ID").is_some() {
        store::sdk_config().await.into_builder()
    } else {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("test", "test", None, None, "test")))
    };
    let client = store::client(&config.endpoint_url(endpoint).build());
    Client::from_conf(client.config().to_builder().interceptor(trips.clone()).build())
}

/// Counts requests that wait for one another: one that starts after another has been answered is one round trip later.
#[derive(Clone, Debug, Default)]
pub struct RoundTrips {
    answered: Arc<AtomicUsize>,
    longest: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl RoundTrips {
    /// The longest chain of requests since the last restart.
    pub fn count(&self) -> usize {
        self.longest.load(Ordering::SeqCst)
    }

    /// All requests since the last restart.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// Counts from zero.
    pub fn restart(&self) {
        for counter in [&self.answered, &self.longest, &self.requests] {
            counter.store(0, Ordering::SeqCst);
        }
    }
}

#[derive(Debug)]
struct Place(usize);

impl Storable for Place {
    type Storer = StoreReplace<Self>;
}

impl Intercept for RoundTrips {
    fn name(&self) -> &'static str {
        "RoundTrips"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let place = self.answered.load(Ordering::SeqCst) + 1;
        self.longest.fetch_max(place, Ordering::SeqCst);
        self.requests.fetch_add(1, Ordering::SeqCst);
        bag.interceptor_state().store_put(Place(place));
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        bag: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Place(place)) = bag.load::<Place>() {
            self.answered.fetch_max(*place, Ordering::SeqCst);
        }
        Ok(())
    }
}
