//! Sber's code for each of our device errors.

use crate::model::DeviceError;

/// The `code` of an entry of `errors`: <https://developers.sber.ru/docs/ru/smarthome/c2c/error>.
pub const fn code(error: DeviceError) -> u16 {
    match error {
        DeviceError::NotFound
        | DeviceError::NotSupported
        | DeviceError::InvalidValue
        | DeviceError::WrongMode
        | DeviceError::NotReady => 400,
        DeviceError::LinkBroken => 401,
        DeviceError::RemoteControlDisabled => 403,
        DeviceError::Internal => 500,
        DeviceError::Offline
        | DeviceError::Busy
        | DeviceError::DoorOpen
        | DeviceError::LidOpen
        | DeviceError::NotEnoughWater
        | DeviceError::LowCharge
        | DeviceError::ContainerFull
        | DeviceError::ContainerEmpty
        | DeviceError::DripTrayFull
        | DeviceError::Stuck
        | DeviceError::FirmwareOutOfDate
        | DeviceError::NotEnoughDetergent
        | DeviceError::NeedsHuman => 503,
    }
}
