//! Devices and their state.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::item::{Attributes, attribute, device_of, micros, stored_events, stored_value};
use super::keys::{Key, PK};
use super::table::OWNER_INDEX;
use super::update::Update;
use super::{Origin, Record, Store, StoreError, pause};
use crate::model::{Device, DeviceId, State, UserId};

/// How often a registration is tried when reports keep changing the device under it.
const REGISTRATION_ATTEMPTS: u32 = 10;

impl Store {
    /// The documents of all devices of a user, ordered by id.
    ///
    /// # Errors
    /// When the list could not be read whole.
    pub async fn devices_of(&self, owner: &UserId) -> Result<Vec<Device>, StoreError> {
        let mut devices = Vec::new();
        let mut start = None;
        loop {
            let (items, next) = self.index_page(owner, start, None).await?;
            for item in items {
                devices.push(device_of(item)?);
            }
            match next {
                None => return Ok(devices),
                Some(next) => start = Some(next),
            }
        }
    }

    /// Some devices of a user with their state, ordered by id, beginning after the one named; and the id to go on after.
    ///
    /// # Errors
    /// When the page could not be read whole.
    pub async fn page(
        &self,
        owner: &UserId,
        after: Option<&DeviceId>,
        limit: u16,
    ) -> Result<(Vec<Record>, Option<DeviceId>), StoreError> {
        let start = after.map(|id| {
            let mut start = Key::device(id).map();
            start.insert("owner".to_owned(), AttributeValue::S(owner.as_str().to_owned()));
            start
        });
        let (items, next) = self.index_page(owner, start, Some(limit.into())).await?;
        let ids = items.into_iter().map(|item| Ok(device_of(item)?.id)).collect::<Result<Vec<_>, StoreError>>()?;
        let (records, _) = self.records(&ids, None).await?;
        // The index follows the table with a delay: a device may be gone or have another owner by now.
        let records = records.into_iter().flatten().filter(|record| record.device.owner == *owner).collect();
        Ok((records, next.and(ids.into_iter().next_back())))
    }

    async fn index_page(
        &self,
        owner: &UserId,
        start: Option<Attributes>,
        limit: Option<i32>,
    ) -> Result<(Vec<Attributes>, Option<Attributes>), StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(OWNER_INDEX)
            .key_condition_expression("#owner = :owner")
            .expression_attribute_names("#owner", "owner")
            .expression_attribute_values(":owner", AttributeValue::S(owner.as_str().to_owned()))
            .set_exclusive_start_key(start)
            .set_limit(limit)
            .send()
            .await
            .map_err(StoreError::unavailable)?;
        Ok((answer.items.unwrap_or_default(), answer.last_evaluated_key.filter(|key| !key.is_empty())))
    }

    /// One device.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn record(&self, id: &DeviceId) -> Result<Option<Record>, StoreError> {
        let request = self.client.get_item().table_name(&self.table).set_key(Some(Key::device(id).map()));
        let answer = request.consistent_read(true).send().await.map_err(StoreError::unavailable)?;
        answer.item.map(Record::from_item).transpose()
    }

    /// Replaces the state of a device, if it is still the one that was read. An equal state writes nothing.
    ///
    /// # Errors
    /// `Conflict`, when somebody was faster or the device is gone.
    pub async fn put_state(
        &self,
        before: &Record,
        state: &State,
        origin: Option<&Origin>,
    ) -> Result<Record, StoreError> {
        if *state == before.state {
            return Ok(before.clone());
        }
        let after = Record {
            device: before.device.clone(),
            state: state.clone(),
            version: before.version + 1,
            origin: origin.cloned(),
            commanded_version: origin.map(|_| before.version + 1).or(before.commanded_version),
        };
        let mut update = self.next_version(before, origin)?;
        set_state(&mut update, &before.state, state)?;
        self.send(update, after).await
    }

    /// Registers a device or replaces its document; state survives for the traits that remain. An equal document writes nothing.
    ///
    /// Says whether the device is new.
    ///
    /// # Errors
    /// `Conflict`, when others kept changing it.
    pub async fn put_device(&self, device: &Device) -> Result<(bool, Record), StoreError> {
        for attempt in 0..REGISTRATION_ATTEMPTS {
            let result = match self.record(&device.id).await? {
                None => self.create(device).await.map(|record| (true, record)),
                Some(before) if before.device == *device => return Ok((false, before)),
                Some(before) => self.replace(&before, device).await.map(|record| (false, record)),
            };
            match result {
                Err(StoreError::Conflict) => pause(attempt).await,
                result => return result,
            }
        }
        Err(StoreError::Conflict)
    }

    async fn create(&self, device: &Device) -> Result<Record, StoreError> {
        let record = Record {
            device: device.clone(),
            state: State::default(),
            version: 1,
            origin: None,
            commanded_version: None,
        };
        let request = self.client.put_item().table_name(&self.table).set_item(Some(record.to_item()?));
        let request = request.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", PK);
        match request.send().await {
            Ok(_) => Ok(record),
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                Err(StoreError::Conflict)
            }
            Err(error) => Err(StoreError::unavailable(error)),
        }
    }

    async fn replace(&self, before: &Record, device: &Device) -> Result<Record, StoreError> {
        let mut state = before.state.clone();
        state.values.retain(|trait_, _| device.keeps(*trait_));
        state.events.retain(|trait_, _| device.has(*trait_));
        let mut update = self.next_version(before, None)?;
        set_state(&mut update, &before.state, &state)?;
        update.set(&["desc"], attribute(device)?);
        if device.owner != before.device.owner {
            update.set(&["owner"], attribute(&device.owner)?);
        }
        let after = Record {
            device: device.clone(),
            state,
            version: before.version + 1,
            origin: None,
            commanded_version: before.commanded_version,
        };
        self.send(update, after).await
    }

    /// Removes a device; none being there is fine.
    ///
    /// # Errors
    /// When it could not be done.
    pub async fn delete_device(&self, id: &DeviceId) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.table).set_key(Some(Key::device(id).map()));
        request.send().await.map(|_| ()).map_err(StoreError::unavailable)
    }

    fn next_version(&self, before: &Record, origin: Option<&Origin>) -> Result<Update, StoreError> {
        let mut update = Update::default();
        update.require(&["version"], attribute(&before.version)?);
        update.require(&["owner"], attribute(&before.device.owner)?);
        update.set(&["version"], attribute(&(before.version + 1))?);
        match origin {
            Some(origin) => {
                update.set(&["origin"], attribute(origin)?);
                update.set(&["commanded_version"], attribute(&(before.version + 1))?);
            }
            None => update.remove(&["origin"]),
        }
        Ok(update)
    }

    async fn send(&self, update: Update, after: Record) -> Result<Record, StoreError> {
        let key = Key::device(&after.device.id);
        let request = update
            .request(self, &key)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let error = match request.send().await {
            Ok(_) => return Ok(after),
            Err(error) => error,
        };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failure)) => {
                // An attempt whose answer was lost is tried again by the SDK, and then meets its own work.
                let stored = failure.item.clone().map(Record::from_item).transpose()?;
                if stored.as_ref() == Some(&after) { Ok(after) } else { Err(StoreError::Conflict) }
            }
            _ => Err(StoreError::unavailable(error)),
        }
    }
}

/// Writes what is different, member by member: what a newer version stored beside it stays.
fn set_state(update: &mut Update, before: &State, after: &State) -> Result<(), StoreError> {
    if before.online != after.online {
        update.set(&["online"], attribute(&after.online)?);
    }
    if before.online_at != after.online_at {
        match after.online_at {
            Some(at) => update.set(&["online_at"], micros::attribute(at)),
            None => update.remove(&["online_at"]),
        }
    }
    for (trait_, reported) in &after.values {
        if before.values.get(trait_) != Some(reported) {
            update.set(&["state", trait_.as_str()], stored_value(*reported)?);
        }
    }
    for trait_ in before.values.keys().filter(|trait_| !after.values.contains_key(trait_)) {
        update.remove(&["state", trait_.as_str()]);
    }
    for (trait_, events) in &after.events {
        if before.events.get(trait_) != Some(events) {
            update.set(&["events", trait_.as_str()], stored_events(events)?);
        }
    }
    for trait_ in before.events.keys().filter(|trait_| !after.events.contains_key(trait_)) {
        update.remove(&["events", trait_.as_str()]);
    }
    Ok(())
}
