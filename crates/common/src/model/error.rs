//! Why a device did not do what was asked.

use super::vocabulary::vocabulary;

vocabulary! {
    /// The class of a device's failure. The spelling is what a vendor's device cloud answers as `code`.
    ///
    /// Each platform chooses its own code by an exhaustive match in its `error` module.
    DeviceError {
        NotFound = "not_found", Offline = "offline", Busy = "busy", NotSupported = "not_supported",
        InvalidValue = "invalid_value", WrongMode = "wrong_mode", NotReady = "not_ready",
        RemoteControlDisabled = "remote_control_disabled", DoorOpen = "door_open", LidOpen = "lid_open",
        NotEnoughWater = "not_enough_water", LowCharge = "low_charge", ContainerFull = "container_full",
        ContainerEmpty = "container_empty", DripTrayFull = "drip_tray_full", Stuck = "stuck",
        FirmwareOutOfDate = "firmware_out_of_date", NotEnoughDetergent = "not_enough_detergent",
        NeedsHuman = "needs_human", Internal = "internal", LinkBroken = "link_broken",
    }
}

impl DeviceError {
    /// A short sentence for logs and for the platforms' testing pages.
    pub const fn message(self) -> &'static str {
        match self {
            DeviceError::NotFound => "Unknown device",
            DeviceError::Offline => "Device is offline or did not answer in time",
            DeviceError::Busy => "Device is busy",
            DeviceError::NotSupported => "Device does not support this",
            DeviceError::InvalidValue => "Value is not acceptable for this device",
            DeviceError::WrongMode => "Not possible in the present mode",
            DeviceError::NotReady => "Device must be switched on first, or its present value is unknown",
            DeviceError::RemoteControlDisabled => "Remote control is switched off at the device",
            DeviceError::DoorOpen => "Door is open",
            DeviceError::LidOpen => "Lid is open",
            DeviceError::NotEnoughWater => "Not enough water",
            DeviceError::LowCharge => "Battery is too low",
            DeviceError::ContainerFull => "Container is full",
            DeviceError::ContainerEmpty => "Container is empty",
            DeviceError::DripTrayFull => "Drip tray is full",
            DeviceError::Stuck => "Device is stuck",
            DeviceError::FirmwareOutOfDate => "Firmware must be updated",
            DeviceError::NotEnoughDetergent => "Not enough detergent",
            DeviceError::NeedsHuman => "Somebody has to look at the device",
            DeviceError::Internal => "Internal error",
            DeviceError::LinkBroken => "Accounts must be linked again",
        }
    }
}

impl std::error::Error for DeviceError {}
