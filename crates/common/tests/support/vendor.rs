//! The vendor API over a table of its own, called without a network.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, Instant};

use bytes::Bytes;
use common::config::{Config, Needs};
use common::model::Timestamp;
use common::services::{Call, Services};
use common::vendor;
use http::{HeaderMap, Request};
use serde_json::Value as Json;

use crate::dynamodb::TestTable;

/// The vendor key.
pub const KEY: &str = "test-vendor-key";
/// The present of every call that does not say otherwise.
pub const NOW: Timestamp = Timestamp::from_secs(1_772_359_200);

/// Services that know the vendor key, and their table.
pub struct VendorApi {
    /// What handlers work with.
    pub services: Services,
    /// The table.
    pub table: TestTable,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null if there is none.
    pub body: Json,
}

impl VendorApi {
    /// Over a new, empty table.
    pub async fn new() -> Self {
        Self::over(TestTable::new().await, None).await
    }

    /// Over this table, reached through another address (a proxy).
    pub async fn over(table: TestTable, proxy: Option<&str>) -> Self {
        let lookup = |name: &str| match name {
            "HOMEPORT_TABLE" => Some(table.name.clone()),
            "HOMEPORT_VENDOR_KEY" => Some(KEY.to_owned()),
            _ => None,
        };
        let config = Config::load(lookup, Needs { vendor: true, ..Needs::default() }).unwrap();
        let client = table.client_through(proxy.unwrap_or(&table.endpoint)).await;
        VendorApi { services: Services::new(config, client).unwrap(), table }
    }

    /// Sends a request with the vendor key at [`NOW`].
    pub async fn send(&self, method: &str, path: &str, body: Option<Json>) -> Answer {
        self.send_at(NOW, method, path, body).await
    }

    /// Sends a request with the vendor key at this time.
    pub async fn send_at(&self, now: Timestamp, method: &str, path: &str, body: Option<Json>) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {KEY}"));
        self.call(call(now), request.body(Bytes::from(body)).unwrap()).await
    }

    /// Sends any request.
    pub async fn call(&self, call: Call, request: Request<Bytes>) -> Answer {
        let response = vendor::answer(&self.services, &call, &request).await;
        let body = match response.body().as_ref() {
            [] => Json::Null,
            body => serde_json::from_slice(body).unwrap(),
        };
        Answer { status: response.status().as_u16(), headers: response.headers().clone(), body }
    }
}

/// A call at this time with the usual deadline.
pub fn call(now: Timestamp) -> Call {
    Call { request_id: String::new(), now, deadline: Instant::now() + Duration::from_secs(2) }
}
