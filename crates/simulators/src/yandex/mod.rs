//! Yandex Smart Home: <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference-alerts/resources-alerts>.

mod answer;
mod ask;
mod describe;
mod state;
mod validate;
mod vocabulary;

pub(crate) use answer::error;
pub(crate) use ask::{command, list, query, unlink};
pub(crate) use validate::{call, check};
