//! What happens to every request on its way in, and to every answer on its way out.

use actix_web::{
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, Method, StatusCode, Uri, uri::PathAndQuery},
    web,
};

use crate::{lifecycle::Lifecycle, pace::Pace};

/// A trailing slash under `/api` is optional; HEAD is GET, whose body the protocol leaves out.
pub(super) fn normalize(request: &mut ServiceRequest) {
    if *request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    if let Some(uri) = without_trailing_slash(request.uri()) {
        request.match_info_mut().get_mut().update(&uri);
        request.head_mut().uri = uri;
    }
}

fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| path.starts_with("/api/"))?;
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
        let strip = |uri: &'static str| {
            without_trailing_slash(&Uri::from_static(uri)).map(|uri| uri.to_string())
        };
        assert_eq!(strip("/api/chat/heartbeat/"), Some("/api/chat/heartbeat".to_owned()));
        assert_eq!(strip("/api/x/?a=b/"), Some("/api/x?a=b/".to_owned()));
        assert_eq!(strip("/api/x//"), Some("/api/x/".to_owned()));
        for uri in ["/api/chat/heartbeat", "/", "/swagger-ui/", "/api/", "/apis/x/", "/api/x?y/"] {
            assert_eq!(strip(uri), None, "{uri}");
        }
    }
}
