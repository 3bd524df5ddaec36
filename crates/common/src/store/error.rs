//! What can go wrong with the store.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The item was changed by somebody else since it was read: read it again.
    #[error("the item was changed meanwhile")]
    Conflict,
    /// The table did not answer, or not in time; nothing is known of what was asked.
    #[error("the table cannot be reached")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// What is stored cannot be understood.
    #[error("the item {key} cannot be read")]
    Corrupt {
        /// Which item.
        key: String,
        /// What is wrong with it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Whether reading again and trying once more makes sense.
    pub fn is_conflict(&self) -> bool {
        matches!(self, StoreError::Conflict)
    }

    pub(super) fn unavailable<E, R>(error: SdkError<E, R>) -> Self
    where
        E: Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        StoreError::Unavailable(Box::new(error))
    }

    pub(super) fn corrupt(key: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        StoreError::Corrupt { key: key.into(), source: source.into() }
    }
}
