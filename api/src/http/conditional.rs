//! Conditional requests: a client that has the set already is told so, and sent nothing.

use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder,
    http::header::{self, ETag, EntityTag, Header, HeaderValue, IfNoneMatch},
};
use presence::SetTag;

/// The answer to a client that has the set with that tag, if it says so.
pub(super) fn not_modified(
    request: &HttpRequest,
    tag: impl FnOnce() -> SetTag,
) -> Option<HttpResponseBuilder> {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return None;
    }
    let tag = tag();
    let has_set = match IfNoneMatch::parse(request).ok()? {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(theirs) => {
            let ours = entity_tag(tag);
            theirs.iter().any(|theirs| theirs.weak_eq(&ours))
        }
    };
    has_set.then(|| {
        let mut response = HttpResponse::NotModified();
        add_headers(&mut response, tag);
        response
    })
}

/// What a client needs to ask with `If-None-Match` the next time. Caches may keep the answer, and
/// are to ask before they use it.
pub(super) fn add_headers(response: &mut HttpResponseBuilder, tag: SetTag) {
    response
        .insert_header(ETag(entity_tag(tag)))
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")))
        .insert_header((header::VARY, HeaderValue::from_static("accept-encoding")));
}

/// Weak: the cursor beside the set moves on, and encodings differ.
fn entity_tag(tag: SetTag) -> EntityTag {
    EntityTag::new_weak(tag.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use presence::UserId;

    use super::*;

    fn has(headers: &[&str]) -> bool {
        let set = SetTag::of(&[UserId::integer(5).unwrap()]);
        let mut request = TestRequest::get();
        for header in headers {
            request = request.append_header((header::IF_NONE_MATCH, *header));
        }
        not_modified(&request.to_http_request(), || set).is_some()
    }

    #[test]
    fn the_tag_of_the_set_is_compared_weakly_with_each_in_the_list() {
        let tag = "57efa6cb3404e4ad9c233dbd17e1c259";
        for known in [format!("W/\"{tag}\""), format!("\"{tag}\""), "*".to_owned()] {
            assert!(has(&[&known]), "{known}");
        }
        assert!(has(&[&format!("\"a\", W/\"b\" , W/\"{tag}\"")]));
        assert!(has(&["\"a\"", &format!("W/\"{tag}\"")]), "the header may be repeated");
    }

    #[test]
    fn whatever_else_is_not_the_set() {
        for other in ["", "\"\"", "W/\"57\"", "57efa6cb3404e4ad9c233dbd17e1c259", "\"", "W/*"] {
            assert!(!has(&[other]), "{other}");
        }
        assert!(!has(&[]));
    }
}
