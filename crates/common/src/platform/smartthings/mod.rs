//! SmartThings Schema: one endpoint, every message a JSON body with its kind in `headers.interactionType`.
//!
//! <https://developer.smartthings.com/docs/devices/cloud-connected/get-started>

pub mod error;
pub mod map;
pub mod wire;
