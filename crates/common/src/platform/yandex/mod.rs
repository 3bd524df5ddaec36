//! Yandex Smart Home.
//!
//! The platform asks over HTTP (REST) or, through a Cloud Function, with the same bodies inside one message. Pages:
//! <https://yandex.ru/dev/dialogs/smart-home/doc/en/>.
//!
//! [`wire`] mirrors its JSON, [`map`] says which trait is which capability or property, [`error_code`] names its errors,
//! [`inbound`] answers it, [`callback`] tells it of changes.

pub mod callback;
mod error;
pub mod inbound;
pub mod map;
pub mod wire;

pub use error::error_code;
