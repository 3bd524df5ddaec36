//! placeholder
pub mod inbound {
    use crate::{
        platform::Operation,
        services::{Call, Services},
    };
    pub async fn answer(
        _: &Services,
        _: &Call,
        _: Operation,
        _: &http::Request<bytes::Bytes>,
    ) -> http::Response<bytes::Bytes> {
        http::Response::new(bytes::Bytes::new())
    }
}
pub mod map {
    use crate::{
        model::{Device, Trait},
        platform::Review,
    };
    pub fn describe(_: &Device) -> Option<()> {
        None
    }
    pub fn support(_: Trait) -> Option<String> {
        None
    }
    pub fn review(_: &Device) -> Review {
        Review::default()
    }
}
