//! The JSON of Yandex Smart Home.
//!
//! What arrives is read leniently: unknown members are ignored, null is absent, a member of the wrong type is as good as
//! absent, and so never spoils its neighbours. What is sent has no nulls and no optional guesses.

mod action;
mod callback;
mod discovery;
mod lenient;
mod message;
mod state;

pub use action::{
    ActedCapability, ActedDevice, ActedState, ActionBody, ActionDevice, ActionResult, Command, CommandState, Status,
    Stream, StreamProtocol,
};
pub use callback::{Callback, CallbackAnswer, ChangedDevice, ChangedDevices, ChangedList, DeviceChange, Reachability};
pub use discovery::{
    Bounds, Capability, CapabilityKind, ColorScene, ColorSetting, Device, DeviceInfo, DiscoveryPayload,
    EventParameters, FloatParameters, Instance, KelvinBounds, Mode, ModeParameters, OnOffParameters, Property,
    PropertyKind, RangeParameters, Scene, StatusInfo, StreamParameters,
};
pub use message::{Message, MessageHeaders};
pub use state::{Hsv, QueriedDevice, QueryDevice, StateEntry, StateValue, States, Value};

use serde::{Deserialize, Serialize};

use crate::model::vocabulary::vocabulary;

vocabulary! {
    /// The kinds of capabilities and properties,
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/capability-types>.
    EntryType {
        OnOff = "devices.capabilities.on_off",
        ColorSetting = "devices.capabilities.color_setting",
        Mode = "devices.capabilities.mode",
        Range = "devices.capabilities.range",
        Toggle = "devices.capabilities.toggle",
        VideoStream = "devices.capabilities.video_stream",
        Float = "devices.properties.float",
        Event = "devices.properties.event",
    }
}

impl EntryType {
    /// Without the prefix: `on_off`, `float`.
    pub fn short(self) -> &'static str {
        self.as_str().rsplit('.').next().unwrap_or_default()
    }

    /// Whether it is read-only.
    pub fn is_property(self) -> bool {
        matches!(self, EntryType::Float | EntryType::Event)
    }
}

vocabulary! {
    /// Why something was not done or is not known; the list is closed,
    /// <https://yandex.ru/dev/dialogs/smart-home/doc/en/concepts/response-codes>.
    ErrorCode {
        DoorOpen = "DOOR_OPEN", LidOpen = "LID_OPEN", RemoteControlDisabled = "REMOTE_CONTROL_DISABLED",
        NotEnoughWater = "NOT_ENOUGH_WATER", LowChargeLevel = "LOW_CHARGE_LEVEL", ContainerFull = "CONTAINER_FULL",
        ContainerEmpty = "CONTAINER_EMPTY", DripTrayFull = "DRIP_TRAY_FULL", DeviceStuck = "DEVICE_STUCK",
        DeviceOff = "DEVICE_OFF", FirmwareOutOfDate = "FIRMWARE_OUT_OF_DATE",
        NotEnoughDetergent = "NOT_ENOUGH_DETERGENT", HumanInvolvementNeeded = "HUMAN_INVOLVEMENT_NEEDED",
        DeviceUnreachable = "DEVICE_UNREACHABLE", DeviceBusy = "DEVICE_BUSY", InternalError = "INTERNAL_ERROR",
        InvalidAction = "INVALID_ACTION", InvalidValue = "INVALID_VALUE",
        NotSupportedInCurrentMode = "NOT_SUPPORTED_IN_CURRENT_MODE", AccountLinkingError = "ACCOUNT_LINKING_ERROR",
        DeviceNotFound = "DEVICE_NOT_FOUND",
    }
}

/// An answer, <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference/resources>.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer<T> {
    /// The id of the request, again.
    pub request_id: String,
    /// What was asked for; absent in the answer to unlink.
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub payload: Option<T>,
}

/// A list of devices: the body of a query, the payload of an action and of the answers to both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: serde::de::DeserializeOwned"))]
pub struct Devices<T> {
    /// The devices; `None` if there is no such array, which no request may lack.
    #[serde(default, deserialize_with = "lenient::list", skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<T>>,
}
