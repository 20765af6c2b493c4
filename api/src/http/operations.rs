//! What the document says of operations, and utoipa does not: that a body may be left out, where it
//! makes of an `Option` that it may be `null`; and that what needs no token needs none.

use utoipa::openapi::{
    OpenApi as Document, PathItem, RefOr, Required,
    path::Operation,
    schema::{OneOf, Schema},
};

/// Says so of all of them.
pub(super) fn complete(document: &mut Document) {
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        operation.security.get_or_insert_default();
        let Some(RefOr::T(body)) = &mut operation.request_body else { continue };
        for content in body.content.values_mut() {
            let RefOr::T(content) = content else { continue };
            if let Some(schema) = content.schema.as_mut().and_then(not_null) {
                content.schema = Some(schema);
                body.required = Some(Required::False);
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// The other of two schemas of which one is that of `null`.
fn not_null(schema: &mut RefOr<Schema>) -> Option<RefOr<Schema>> {
    let RefOr::T(Schema::OneOf(OneOf { items, .. })) = schema else { return None };
    let is_other = |schema: &RefOr<Schema>| matches!(schema, RefOr::Ref(_));
    let [first, second] = &items[..] else { return None };
    [first, second].into_iter().find(|schema| is_other(schema)).cloned()
}
