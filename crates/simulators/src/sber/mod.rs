//! Sber Smart Home: <https://developers.sber.ru/docs/ru/smarthome/c2c/bridge>.

mod answer;
mod ask;
mod categories;
mod describe;
mod functions;
mod state;
mod stored;
mod validate;

pub(crate) use answer::common_error;
pub(crate) use ask::{command, list, query, unlink};
pub(crate) use validate::{call, check, is_of_strangers};
