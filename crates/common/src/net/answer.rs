//! Reading what a server answers.

/// The body of an answer; what is longer than `max_bytes` is cut off and not read.
///
/// # Errors
/// When the connection is lost before that.
pub async fn read_body(mut response: reqwest::Response, max_bytes: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = max_bytes.saturating_sub(body.len());
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if room < chunk.len() {
            break;
        }
    }
    Ok(body)
}

/// The kind of a failure, without the address: it may be a user's own.
pub fn describe(error: &reqwest::Error) -> &'static str {
    if error.is_connect() {
        "cannot be reached"
    } else if error.is_timeout() {
        "no answer in time"
    } else {
        "connection was lost"
    }
}
