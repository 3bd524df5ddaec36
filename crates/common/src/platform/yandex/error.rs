//! Our errors in Yandex's words.

use super::wire::ErrorCode;
use crate::model::DeviceError;

/// The code for an error, <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/response-codes>.
pub const fn error_code(error: DeviceError) -> ErrorCode {
    match error {
        DeviceError::NotFound => ErrorCode::DeviceNotFound,
        DeviceError::Offline => ErrorCode::DeviceUnreachable,
        DeviceError::Busy => ErrorCode::DeviceBusy,
        DeviceError::NotSupported => ErrorCode::InvalidAction,
        DeviceError::InvalidValue => ErrorCode::InvalidValue,
        DeviceError::WrongMode => ErrorCode::NotSupportedInCurrentMode,
        DeviceError::NotReady => ErrorCode::DeviceOff,
        DeviceError::RemoteControlDisabled => ErrorCode::RemoteControlDisabled,
        DeviceError::DoorOpen => ErrorCode::DoorOpen,
        DeviceError::LidOpen => ErrorCode::LidOpen,
        DeviceError::NotEnoughWater => ErrorCode::NotEnoughWater,
        DeviceError::LowCharge => ErrorCode::LowChargeLevel,
        DeviceError::ContainerFull => ErrorCode::ContainerFull,
        DeviceError::ContainerEmpty => ErrorCode::ContainerEmpty,
        DeviceError::DripTrayFull => ErrorCode::DripTrayFull,
        DeviceError::Stuck => ErrorCode::DeviceStuck,
        DeviceError::FirmwareOutOfDate => ErrorCode::FirmwareOutOfDate,
        DeviceError::NotEnoughDetergent => ErrorCode::NotEnoughDetergent,
        DeviceError::NeedsHuman => ErrorCode::HumanInvolvementNeeded,
        DeviceError::Internal => ErrorCode::InternalError,
        DeviceError::LinkBroken => ErrorCode::AccountLinkingError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_reached_and_by_one_error_only() {
        let reached: Vec<ErrorCode> = DeviceError::ALL.iter().map(|error| error_code(*error)).collect();
        for code in ErrorCode::ALL {
            assert_eq!(reached.iter().filter(|reached| *reached == code).count(), 1, "{code}");
        }
    }
}
