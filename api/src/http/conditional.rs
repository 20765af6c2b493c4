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
    let mut told = None;
    let is_known = has(request, || entity_tag(*told.insert(tag())));
    told.filter(|_| is_known).map(|tag| {
        let mut response = HttpResponse::NotModified();
        add_headers(&mut response, tag);
        response
    })
}

/// Whether the client says that it has what `tag` stands for, which is asked for only then.
pub(super) fn has(request: &HttpRequest, tag: impl FnOnce() -> EntityTag) -> bool {
    if !request.headers().contains_key(header::IF_NONE_MATCH) {
        return false;
    }
    let ours = tag();
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => true,
        Ok(IfNoneMatch::Items(theirs)) => theirs.iter().any(|theirs| theirs.weak_eq(&ours)),
        Err(_) => false,
    }
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
