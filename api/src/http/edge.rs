//! What happens to every request on its way in, and to every answer on its way out.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Method, StatusCode, Uri, Version, header,
        uri::{Authority, PathAndQuery},
    },
    web,
};

use super::error::ApiError;
use crate::{connections::Connection, lifecycle::Lifecycle, settings::BasePath};

/// What a proxy did not take off the path is taken off here; a trailing slash under `/api` is
/// optional; HEAD is GET, whose body the protocol leaves out.
pub(super) fn normalize(request: &mut ServiceRequest, base: &BasePath) {
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some(uri) = inner(request.uri(), base) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

/// What `uri` means here, if it is written in another way.
fn inner(uri: &Uri, base: &BasePath) -> Option<Uri> {
    let path = base.strip(uri.path()).unwrap_or(uri.path());
    let short = path.strip_suffix('/').filter(|path| path.starts_with("/api/"));
    let path = short.unwrap_or(path);
    if path.len() == uri.path().len() {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok();
    Uri::from_parts(parts).ok()
}

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum Entry<F> {
    /// It is being answered.
    Admitted(F),
    Refused(ServiceResponse<BoxBody>),
    /// It came after the last one that is answered on its connection.
    TooLate(ServiceRequest, Arc<Connection>),
}

/// Lets `request` in, to be answered by `call`, if it may.
pub(super) fn enter<F>(
    request: ServiceRequest,
    connection: Option<&Arc<Connection>>,
    call: impl FnOnce(ServiceRequest) -> F,
) -> Entry<F> {
    if let Some(connection) = connection {
        if connection.is_leaving() {
            return Entry::TooLate(request, Arc::clone(connection));
        }
        connection.begin();
    }
    match refusal(&request) {
        None => Entry::Admitted(call(request)),
        Some(error) => {
            let mut answer = request.error_response(error);
            // Who else reads such a request may take it for another.
            answer.response_mut().head_mut().set_connection_type(ConnectionType::Close);
            Entry::Refused(answer)
        }
    }
}

/// Why a request is refused before anybody looks at what it asks for.
fn refusal(request: &ServiceRequest) -> Option<ApiError> {
    let headers = request.headers();
    if headers.get(header::HOST).is_some_and(|host| !is_host(host.as_bytes())) {
        return Some(ApiError::field(
            "Host",
            "expected a host name or an address, perhaps with a port",
        ));
    }
    // RFC 9110, 10.1.1: that of HTTP/1.0 is ignored.
    let mut expected = headers
        .get_all(header::EXPECT)
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii));
    let is_unknown = |expected: &[u8]| !expected.eq_ignore_ascii_case(b"100-continue");
    (request.version() == Version::HTTP_11 && expected.any(is_unknown))
        .then_some(ApiError::Expectation)
}

/// Whether `host` is the host, and perhaps the port, of a URL (RFC 9110, 7.2). It may be empty.
fn is_host(host: &[u8]) -> bool {
    let is_valid = |authority: Authority| {
        let host = authority.as_str();
        // What comes before an `@` is for no server to see.
        let port = host.rsplit(']').next().and_then(|rest| rest.split_once(':'));
        let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
        !host.contains('@') && port.is_none_or(|(_, port)| is_port(port))
    };
    host.is_empty() || Authority::try_from(host).is_ok_and(is_valid)
}

/// Tells the client when an answer is its last one on this connection: when it asked for that, when
/// the node drains, so that it connects anew elsewhere, or when others want its place.
pub(super) fn close_if_last<B>(response: &mut ServiceResponse<B>, connection: Option<&Connection>) {
    let request = response.request();
    let lifecycle = request.app_data::<web::Data<Lifecycle>>();
    let is_last = request.head().connection_type() == ConnectionType::Close
        || lifecycle.is_some_and(|lifecycle| lifecycle.is_draining())
        || connection.is_some_and(Connection::is_one_too_many);
    let head = response.response_mut().head_mut();
    // Heads are used again, and that of an older client would say that it is always the last.
    head.version = Version::HTTP_11;
    if is_last {
        head.set_connection_type(ConnectionType::Close);
    }
}

/// From here on the client is waited for again, unless this was its last answer.
pub(super) fn keep_pace<B>(response: &ServiceResponse<B>, connection: Option<&Connection>) {
    let Some(connection) = connection else { return };
    if response.status() == StatusCode::REQUEST_TIMEOUT {
        return connection.refuse();
    }
    connection.answer(response.response().head().connection_type() == ConnectionType::Close);
}

/// What comes after the last answer is not carried out, and not answered (RFC 9112, 9.6). The server
/// hears of it before it closes the connection, so it has to be told again.
pub(super) async fn ignore(
    request: ServiceRequest,
    connection: &Connection,
) -> ServiceResponse<BoxBody> {
    connection.cut().await;
    request.into_response(HttpResponse::NoContent().force_close().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slash_is_taken_off_under_api_alone() {
        let root = BasePath::default();
        let strip =
            |uri: &'static str| inner(&Uri::from_static(uri), &root).map(|uri| uri.to_string());
        assert_eq!(strip("/api/chat/heartbeat/"), Some("/api/chat/heartbeat".to_owned()));
        assert_eq!(strip("/api/x/?a=b/"), Some("/api/x?a=b/".to_owned()));
        assert_eq!(strip("/api/x//"), Some("/api/x/".to_owned()));
        for uri in ["/api/chat/heartbeat", "/", "/swagger-ui/", "/api/", "/apis/x/", "/api/x?y/"] {
            assert_eq!(strip(uri), None, "{uri}");
        }
    }

    #[test]
    fn a_host_is_that_of_a_url() {
        for host in
            ["", "x", "a-b.example.com", "a_b:8080", "127.0.0.1:1", "[::1]", "[::1]:65535", "x:"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "a b", " ", "a\tb", "a\0b", "a@b", "a/b", "a:b", "a:1:2", "a:65536", "a,b c", "[::1",
            "::1", "a?b", "a#b", "a\\b", "ü", "http://x",
        ] {
            assert!(!is_host(host.as_bytes()), "{host:?}");
        }
    }

    #[test]
    fn the_path_of_a_proxy_is_taken_off_once_and_may_be_missing() {
        let base: BasePath = "/p".parse().unwrap();
        let strip =
            |uri: &'static str| inner(&Uri::from_static(uri), &base).map(|uri| uri.to_string());
        assert_eq!(strip("/p/api/x?a=/p/b"), Some("/api/x?a=/p/b".to_owned()));
        assert_eq!(strip("/p/api/x/?a"), Some("/api/x?a".to_owned()));
        assert_eq!(strip("/p?a"), Some("/?a".to_owned()));
        assert_eq!(strip("/p/p/api"), Some("/p/api".to_owned()));
        assert_eq!(strip("http://h:1/p/livez"), Some("http://h:1/livez".to_owned()));
        for uri in ["/api/x", "/px/api", "/", "/%70/api"] {
            assert_eq!(strip(uri), None, "{uri}");
        }
    }
}
