//! Swagger UI, from assets inside the binary.

use std::sync::Arc;

use utoipa_swagger_ui::{Config, serve};

/// Where the document is served.
pub const DOCUMENT_PATH: &str = "/api-docs/openapi.json";

/// Where the page is served; without the slash there is a redirect.
pub const PAGE_PATH: &str = "/swagger-ui/";

/// The page itself.
pub const PAGE: &str = "index.html";

/// What tells the page where the document is.
pub const INITIALIZER: &str = "swagger-initializer.js";

/// What else the page loads.
const PARTS: [&str; 6] = [
    "index.css",
    "swagger-ui.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

/// A file of the page.
#[derive(Clone, Debug)]
pub struct UiFile {
    /// Its name in the folder of the page.
    pub name: &'static str,
    /// Its `Content-Type`.
    pub content_type: String,
    /// What is in it.
    pub body: Vec<u8>,
}

/// The files of a page that shows the document at `url`. The token survives a reload, and "Try it out"
/// needs no click.
#[must_use]
pub fn files(url: &str) -> Vec<UiFile> {
    let config = Config::new([url.to_owned()])
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .display_request_duration(true)
        .validator_url("none");
    let config = Arc::new(config);
    let file = |name| {
        let file = serve(name, Arc::clone(&config)).ok().flatten()?;
        let is_text = file.content_type.starts_with("text/");
        let charset = if is_text { "; charset=utf-8" } else { "" };
        let content_type = format!("{}{charset}", file.content_type);
        Some(UiFile { name, content_type, body: file.bytes.into_owned() })
    };
    [PAGE, INITIALIZER].into_iter().chain(PARTS).filter_map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_the_page_loads_is_there() {
        let files = files("/p/api-docs/openapi.json");
        assert_eq!(files.len(), PARTS.len() + 2);
        let text = |name| {
            let file = files.iter().find(|file| file.name == name).unwrap();
            String::from_utf8(file.body.clone()).unwrap()
        };
        let page = text(PAGE);
        let loaded =
            page.split('"').filter(|word| [".js", ".css"].iter().any(|end| word.ends_with(end)));
        let loaded: Vec<_> = loaded.map(|word| word.trim_start_matches("./")).collect();
        assert!(loaded.len() > 3, "{page}");
        for name in loaded {
            assert!(files.iter().any(|file| file.name == name), "{name}");
        }
        assert!(text(INITIALIZER).contains("\"/p/api-docs/openapi.json\""));
    }
}
