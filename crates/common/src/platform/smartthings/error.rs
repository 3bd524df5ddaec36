//! The codes of SmartThings.
//!
//! <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>

use crate::model::DeviceError;

use super::wire::{DeviceErrorEnum, ErrorItem};

/// The code of a device's failure.
pub fn device_code(error: DeviceError) -> DeviceErrorEnum {
    match error {
        DeviceError::NotFound => DeviceErrorEnum::DeviceDeleted,
        DeviceError::Offline => DeviceErrorEnum::DeviceOffline,
        DeviceError::NotSupported => DeviceErrorEnum::CapabilityNotSupported,
        DeviceError::InvalidValue
        | DeviceError::WrongMode
        | DeviceError::NotReady
        | DeviceError::RemoteControlDisabled => DeviceErrorEnum::ResourceConstraintViolation,
        DeviceError::Busy
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
        | DeviceError::NeedsHuman
        | DeviceError::Internal
        // One device's trouble with its account is not the user's link to SmartThings.
        | DeviceError::LinkBroken => DeviceErrorEnum::DeviceUnavailable,
    }
}

/// One entry of `deviceError`.
pub fn device_error(error: DeviceError) -> ErrorItem<DeviceErrorEnum> {
    ErrorItem { error_enum: device_code(error), detail: Some(error.message().into()) }
}
