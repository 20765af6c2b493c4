//! What happens to every request on its way in, and to every answer on its way out.

use actix_web::{
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, Method, StatusCode, Uri, uri::PathAndQuery},
    web,
};

use crate::{lifecycle::Lifecycle, pace::Pace, settings::BasePath};

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
    let bare = path.strip_suffix('/').filter(|path| path.starts_with("/api/"));
    let path = bare.unwrap_or(path);
    if path.len() == uri.path().len() {
        return None;
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(format!("{path}{query}")).ok();
    Uri::from_parts(parts).ok()
}

/// A node that drains asks its clients to connect anew, by then elsewhere.
pub(super) fn close_if_draining<B>(response: &mut ServiceResponse<B>) {
    let lifecycle = response.request().app_data::<web::Data<Lifecycle>>();
    if lifecycle.is_some_and(|lifecycle| lifecycle.is_draining()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
}

/// From here on the client is waited for again.
pub(super) fn keep_pace<B>(response: &ServiceResponse<B>, pace: Option<&Pace>) {
    let Some(pace) = pace else { return };
    match response.status() {
        StatusCode::REQUEST_TIMEOUT => pace.refuse(),
        _ => pace.end(),
    }
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
