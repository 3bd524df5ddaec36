//! One record of the table's stream, as what it means.

use aws_lambda_events::event::dynamodb::EventRecord;
use serde_dynamo::Item;

use crate::model::Timestamp;
use crate::store::{Link, Record, StoreError, is_device_key, is_link_key};

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
        let keys = &record.change.keys;
        let (is_device, is_link) = (is_device_key(keys), is_link_key(keys));
        let (old, new) = (present(record.change.old_image), present(record.change.new_image));
        if is_device {
            let read = |image: Option<Item>| image.map(Record::from_item).transpose();
            return Ok(Change::Device(Box::new(DeviceChange { old: read(old)?, new: read(new)?, at })));
        }
        if is_link {
            let read = |image: Option<Item>| image.map(Link::from_item).transpose();
            return Ok(Change::Link(Box::new(LinkChange { old: read(old)?, new: read(new)? })));
        }
        Ok(Change::Other)
    }
}

/// An image that is not there is an empty item.
fn present(image: Item) -> Option<Item> {
    (!image.is_empty()).then_some(image)
}
