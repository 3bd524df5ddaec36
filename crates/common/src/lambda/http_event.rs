//! HTTP requests and answers in API Gateway's payload format 2.0.
//!
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::serve::{self, BODY_MAX_BYTES};

/// An HTTP request. What else API Gateway says of it is not needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HttpEvent {
    request_context: RequestContext,
    raw_path: Option<String>,
    raw_query_string: Option<String>,
    headers: Option<BTreeMap<String, Option<String>>>,
    body: Option<String>,
    is_base64_encoded: Option<bool>,
}

#[derive(Deserialize)]
struct RequestContext {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl HttpEvent {
    /// `None` for an event that is no HTTP request.
    pub(super) fn parse(event: &[u8]) -> Option<Self> {
        serde_json::from_slice(event).ok()
    }

    /// The request, or why it cannot be taken.
    pub(super) fn into_request(self) -> Result<Request<Bytes>, Problem> {
        let bad = |detail| Problem::new(StatusCode::BAD_REQUEST, detail);
        let body = self.body.unwrap_or_default();
        let body = match self.is_base64_encoded {
            Some(true) => STANDARD.decode(&body).map_err(|_| bad("The body is not base64."))?,
            _ => body.into_bytes(),
        };
        if body.len() > BODY_MAX_BYTES {
            return Err(serve::too_large());
        }
        let method = Method::from_bytes(self.request_context.http.method.as_bytes());
        let mut request = Request::new(Bytes::from(body));
        *request.method_mut() = method.map_err(|_| bad("The method is none."))?;
        let uri = address(self.raw_path.as_deref(), self.raw_query_string.as_deref());
        *request.uri_mut() = uri.ok_or_else(|| bad("The path is none."))?;
        *request.headers_mut() = headers(self.headers.unwrap_or_default());
        Ok(request)
    }
}

fn address(path: Option<&str>, query: Option<&str>) -> Option<Uri> {
    let path = path.filter(|path| path.starts_with('/')).unwrap_or("/");
    let mut text = encoded(path).into_owned();
    if let Some(query) = query.filter(|query| !query.is_empty()) {
        text.push('?');
        text.push_str(query);
    }
    text.parse().ok()
}

/// The path as it was sent: API Gateway decodes it, a function URL does not.
fn encoded(path: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@%".contains(&byte);
    if path.bytes().all(plain) {
        return Cow::Borrowed(path);
    }
    let mut text = String::with_capacity(path.len() * 3);
    for byte in path.bytes() {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    Cow::Owned(text)
}

/// A header that HTTP would not allow is left out.
fn headers(headers: BTreeMap<String, Option<String>>) -> HeaderMap {
    headers
        .into_iter()
        .filter_map(|(name, value)| {
            let value = HeaderValue::from_bytes(value?.as_bytes()).ok()?;
            Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
        })
        .collect()
}

/// An answer to an HTTP request.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HttpAnswer {
    status_code: u16,
    headers: BTreeMap<String, String>,
    body: String,
    is_base64_encoded: bool,
}

impl From<Response<Bytes>> for HttpAnswer {
    fn from(response: Response<Bytes>) -> Self {
        let (head, body) = response.into_parts();
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &head.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|known| {
                    known.push_str(", ");
                    known.push_str(&value);
                })
                .or_insert_with(|| value.clone().into_owned());
        }
        let (body, is_base64_encoded) = match String::from_utf8(body.into()) {
            Ok(text) => (text, false),
            Err(binary) => (STANDARD.encode(binary.as_bytes()), true),
        };
        HttpAnswer { status_code: head.status.as_u16(), headers, body, is_base64_encoded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn request(event: &Json) -> Result<Request<Bytes>, Problem> {
        HttpEvent::parse(event.to_string().as_bytes()).unwrap().into_request()
    }

    fn event(members: &Json) -> Json {
        let mut event = json!({
            "version": "2.0",
            "rawPath": "/prod/yandex/v1.0/user/devices",
            "rawQueryString": "",
            "headers": {"authorization": "Bearer t", "x-request-id": "r"},
            "requestContext": {"stage": "prod", "http": {"method": "GET", "path": "/prod/yandex/v1.0/user/devices"}},
            "isBase64Encoded": false,
        });
        event.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        event
    }

    #[test]
    fn a_request_is_understood() {
        let text = "{\"name\": \"лампа\"}";
        let members =
            json!({"rawQueryString": "cursor=a%20b&x", "body": STANDARD.encode(text), "isBase64Encoded": true});
        let request = request(&event(&members)).unwrap();
        assert_eq!(request.method(), Method::GET);
        assert_eq!(request.uri(), "/prod/yandex/v1.0/user/devices?cursor=a%20b&x");
        assert_eq!(request.headers()["authorization"], "Bearer t");
        assert_eq!(request.body(), text);
    }

    #[test]
    fn absent_members_and_nulls_are_empty() {
        let request =
            request(&json!({"requestContext": {"http": {"method": "HEAD"}}, "headers": null, "body": null})).unwrap();
        assert_eq!((request.method(), request.uri().path()), (&Method::HEAD, "/"));
        assert!(request.body().is_empty() && request.headers().is_empty());
    }

    #[test]
    fn a_decoded_path_is_encoded_again() {
        let path = |raw: &str| request(&event(&json!({ "rawPath": raw }))).unwrap().uri().path().to_owned();
        assert_eq!(
            path("/v1/users/иван иванов/devices"),
            "/v1/users/%D0%B8%D0%B2%D0%B0%D0%BD%20%D0%B8%D0%B2%D0%B0%D0%BD%D0%BE%D0%B2/devices"
        );
        assert_eq!(path("/v1/users/a%20b/devices"), "/v1/users/a%20b/devices");
        assert_eq!(path("/v1/a?b#c"), "/v1/a%3Fb%23c");
    }

    #[test]
    fn bad_requests_are_answered() {
        let status = |members: Json| request(&event(&members)).unwrap_err().status.as_u16();
        assert_eq!(status(json!({"body": "!", "isBase64Encoded": true})), 400);
        assert_eq!(status(json!({"body": "a".repeat(BODY_MAX_BYTES + 1)})), 413);
        assert_eq!(status(json!({"requestContext": {"http": {"method": "GET IT"}}})), 400);
        assert_eq!(status(json!({"rawQueryString": "a b"})), 400);
        let odd = request(&event(&json!({"headers": {"a b": "c", "d": "e\n", "f": null, "g": "h"}}))).unwrap();
        assert_eq!(odd.headers().keys().collect::<Vec<_>>(), ["g"]);
    }

    #[test]
    fn other_events_are_no_requests() {
        for event in [json!({"headers": {"schema": "st-schema"}}), json!({"requestContext": {}}), json!([]), json!("x")]
        {
            assert!(HttpEvent::parse(event.to_string().as_bytes()).is_none(), "{event}");
        }
    }

    #[test]
    fn answers_are_written() {
        let answer = |body: &'static [u8]| {
            let mut response = Response::new(Bytes::from_static(body));
            response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
            response.headers_mut().append("allow", HeaderValue::from_static("GET"));
            response.headers_mut().append("allow", HeaderValue::from_static("PUT"));
            serde_json::to_value(HttpAnswer::from(response)).unwrap()
        };
        let headers = json!({"content-type": "application/json", "allow": "GET, PUT"});
        assert_eq!(
            answer(b"{}"),
            json!({"statusCode": 200, "headers": headers, "body": "{}", "isBase64Encoded": false})
        );
        assert_eq!(
            answer(b"\xff"),
            json!({"statusCode": 200, "headers": headers, "body": "/w==", "isBase64Encoded": true})
        );
    }
}
