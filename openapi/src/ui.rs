//! Swagger UI, from assets inside the binary.

use utoipa::openapi::OpenApi as Document;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Where the document is served.
pub const DOCUMENT_PATH: &str = "/api-docs/openapi.json";

/// Where the page is served; without the slash there is a redirect.
pub const PAGE_PATH: &str = "/swagger-ui/";

/// The page and the document. The token survives a reload, and "Try it out" needs no click.
#[must_use]
pub fn swagger_ui(document: Document) -> SwaggerUi {
    let config = Config::new([DOCUMENT_PATH])
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    SwaggerUi::new(format!("{PAGE_PATH}{{_:.*}}")).url(DOCUMENT_PATH, document).config(config)
}
