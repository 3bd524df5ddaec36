//! Registering, reading and removing devices.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use serde::Serialize;

use super::{body, device_id, json, no_content, no_device};
use crate::model::{Device, DeviceId, Timestamp, Trait, UserId, Value};
use crate::platform;
use crate::problem::Problem;
use crate::services::Services;
use crate::store::Record;

/// Devices on one page of a list.
const PAGE: u16 = 100;

/// A device as it is read.
#[derive(Serialize)]
struct View<'a> {
    device: &'a Device,
    online: bool,
    state: BTreeMap<Trait, Value>,
    reported_at: BTreeMap<Trait, Timestamp>,
    version: u64,
}

impl<'a> From<&'a Record> for View<'a> {
    fn from(record: &'a Record) -> Self {
        let values = &record.state.values;
        View {
            device: &record.device,
            online: record.state.online,
            state: values.iter().map(|(trait_, reported)| (*trait_, reported.value)).collect(),
            reported_at: values.iter().map(|(trait_, reported)| (*trait_, reported.at)).collect(),
            version: record.version,
        }
    }
}

pub(super) async fn put(services: &Services, id: &str, body: &Bytes) -> Result<Response<Bytes>, Problem> {
    #[derive(Serialize)]
    struct Stored<'a> {
        #[serde(flatten)]
        device: &'a Device,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<String>,
    }
    let id = DeviceId::new(id).ok_or_else(|| {
        let detail = "The device id in the path must be 1 to 128 of A-Z a-z 0-9 _ . : -";
        Problem::new(StatusCode::BAD_REQUEST, detail)
    })?;
    let device = Device::parse(&id, &body::json(body)?).map_err(body::invalid)?;
    let review = platform::review(&device);
    if !review.errors.is_empty() {
        return Err(body::invalid(review.errors));
    }
    let (created, record) = services.store.put_device(&device).await?;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    Ok(json(status, &Stored { device: &record.device, warnings: review.warnings }))
}

pub(super) async fn get(services: &Services, id: &str) -> Result<Response<Bytes>, Problem> {
    let record = services.store.record(&device_id(id)?).await?.ok_or_else(|| no_device(id))?;
    Ok(json(StatusCode::OK, &View::from(&record)))
}

pub(super) async fn delete(services: &Services, id: &str) -> Result<Response<Bytes>, Problem> {
    if let Some(id) = DeviceId::new(id) {
        services.store.delete_device(&id).await?;
    }
    Ok(no_content())
}

pub(super) async fn list(services: &Services, user: &UserId, query: Option<&str>) -> Result<Response<Bytes>, Problem> {
    #[derive(Serialize)]
    struct Page<'a> {
        devices: Vec<View<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        cursor: Option<DeviceId>,
    }
    let (records, cursor) = services.store.page(user, cursor(query)?.as_ref(), PAGE).await?;
    Ok(json(StatusCode::OK, &Page { devices: records.iter().map(View::from).collect(), cursor }))
}

fn cursor(query: Option<&str>) -> Result<Option<DeviceId>, Problem> {
    let mut pairs = query.unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    let Some((_, cursor)) = pairs.find(|(name, value)| *name == "cursor" && !value.is_empty()) else {
        return Ok(None);
    };
    let cursor = percent_decode_str(cursor).decode_utf8().ok().and_then(|cursor| DeviceId::new(&cursor));
    match cursor {
        Some(cursor) => Ok(Some(cursor)),
        None => Err(Problem::new(StatusCode::BAD_REQUEST, "The cursor must be the one of the page before.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_is_found_in_the_query() {
        let found = |query: &str| cursor(Some(query)).unwrap().map(|id| id.to_string());
        assert_eq!(cursor(None).unwrap(), None);
        assert_eq!(found(""), None);
        assert_eq!(found("cursor="), None);
        assert_eq!(found("a=b&cursor=lamp%3A1&x"), Some("lamp:1".to_owned()));
        for bad in ["cursor=a%20b", "cursor=%FF", "cursor=%"] {
            assert_eq!(cursor(Some(bad)).unwrap_err().status, StatusCode::BAD_REQUEST);
        }
    }
}
