//! Yandex Smart Home: <https://yandex.ru/dev/dialogs/smart-home/doc/en/reference-alerts/resources-alerts>.

mod answer;
mod ask;
mod describe;
mod state;
mod validate;
mod vocabulary;

pub(crate) use answer::{accepted, error};
pub(crate) use ask::{command, list, query, unlink};
pub(crate) use validate::{call, check, is_of_strangers};
