//! The codes of SmartThings.
//!
//! <https://developer.smartthings.com/docs/devices/cloud-connected/interaction-types>

use crate::model::DeviceError;

use super::wire::{DeviceErrorEnum, ErrorItem, GlobalErrorEnum};

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
        // A broken link is answered for the whole message, see `whole_message`.
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
        | DeviceError::LinkBroken => DeviceErrorEnum::DeviceUnavailable,
    }
}

/// The code for the whole message, where a device's failure concerns the link and not the device.
///
/// `TOKEN-EXPIRED` lets SmartThings try its refresh token: if the link is broken, that fails and the user is asked to
/// link again; nothing is deleted.
pub fn whole_message(error: DeviceError) -> Option<GlobalErrorEnum> {
    (error == DeviceError::LinkBroken).then_some(GlobalErrorEnum::TokenExpired)
}

/// One entry of `deviceError`.
pub fn device_error(error: DeviceError) -> ErrorItem<DeviceErrorEnum> {
    ErrorItem { error_enum: device_code(error), detail: Some(error.message().into()) }
}
