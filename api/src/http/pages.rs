//! The headers that answers need and whose makers do not think of: against caches, and what keeps
//! pages from being turned against their readers.

use actix_web::{
    dev::ServiceResponse,
    http::{
        Method,
        header::{self, HeaderName, HeaderValue},
    },
};

/// For every page that says nothing else: its own scripts and nothing from anywhere else. Swagger UI
/// sets styles in its elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// Adds them. What can be read and does not say for how long it is true is true now alone: probes,
/// numbers, statuses, failures. Answers of the API are no pages.
pub(super) fn complete<B>(response: &mut ServiceResponse<B>) {
    let is_read = *response.request().method() == Method::GET;
    let is_page = !response.request().path().starts_with("/api/");
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value: &'static str| {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    if is_read {
        add(header::CACHE_CONTROL, "no-store");
    }
    if !is_page {
        return;
    }
    add(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    add(header::REFERRER_POLICY, "no-referrer");
    add(header::CONTENT_SECURITY_POLICY, POLICY);
    add(header::X_FRAME_OPTIONS, "DENY");
    add(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
}
