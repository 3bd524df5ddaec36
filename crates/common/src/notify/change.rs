//! One record of the table's stream, as what it means.

use aws_lambda_events::event::dynamodb::EventRecord;

use crate::model::Timestamp;
use crate::store::{Link, Record, StoreError, is_device_key};

/// A device before and after a write.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceChange {
    /// Before; none when it was registered.
    pub old: Option<Record>,
    /// After; none when it was removed.
    pub new: Option<Record>,
    /// When it was written, to the second at best: the age of a callback is counted from here.
    pub at: Timestamp,
}

/// A link before and after a write.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkChange {
    /// Before; none when it is new.
    pub old: Option<Link>,
    /// After; none when its item was removed.
    pub new: Option<Link>,
}

/// What a stream record says.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A device changed.
    Device(Box<DeviceChange>),
    /// A link changed.
    Link(Box<LinkChange>),
    /// An item that no platform is told of.
    Other,
}

impl Change {
    /// Reads a record with both images (`NEW_AND_OLD_IMAGES`).
    ///
    /// # Errors
    /// When an image is not the item that its key says.
    pub fn decode(record: EventRecord) -> Result<Change, StoreError> {
        let at = Timestamp::from_micros(record.change.approximate_creation_date_time.timestamp_micros());
        let (old, new) = (record.change.old_image, record.change.new_image);
        if is_device_key(&record.change.keys) {
            let read = |image: serde_dynamo::Item| {
                if image.inner().is_empty() { Ok(None) } else { Record::from_item(image).map(Some) }
            };
            return Ok(Change::Device(Box::new(DeviceChange { old: read(old)?, new: read(new)?, at })));
        }
        if crate::store::is_link_key(&record.change.keys) {
            let read = |image: serde_dynamo::Item| {
                if image.inner().is_empty() { Ok(None) } else { Link::from_item(image).map(Some) }
            };
            return Ok(Change::Link(Box::new(LinkChange { old: read(old)?, new: read(new)? })));
        }
        Ok(Change::Other)
    }
}
