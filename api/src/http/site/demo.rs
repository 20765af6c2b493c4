//! The browser client and the demo page, as `web/` builds them.

use actix_web::web::Bytes;

use super::{File, Headers};
use crate::settings::BasePath;

const PAGE: &str = include_str!("../../../../web/served/demo/index.html");

/// What the page loads: its path, its type and its contents.
const PARTS: [(&str, &str, &[u8]); 3] = [
    (
        "/demo/app.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../../../../web/served/demo/app.js"),
    ),
    (
        "/demo/style.css",
        "text/css; charset=utf-8",
        include_bytes!("../../../../web/served/demo/style.css"),
    ),
    ("/demo/icon.svg", "image/svg+xml", include_bytes!("../../../../web/served/demo/icon.svg")),
];

/// What the demo page may do: load what is ours, and nothing that stands in the page itself.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// The browser asks each time whether what it has is still good: a new binary shows at once.
const CLIENT_HEADERS: Headers = &[
    ("cache-control", "public, no-cache"),
    ("x-content-type-options", "nosniff"),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("vary", "accept-encoding"),
];

const HEADERS: Headers = &[
    ("cache-control", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", PAGE_POLICY),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("vary", "accept-encoding"),
];

/// The browser client. Pages of other origins may import it.
pub(super) fn client() -> File {
    File {
        path: "/lastseen.js".to_owned(),
        content_type: "text/javascript; charset=utf-8".to_owned(),
        headers: CLIENT_HEADERS,
        body: Bytes::from_static(include_bytes!("../../../../web/served/lastseen.js")),
        version: None,
    }
}

/// The page, whose links are under `base`, and what it loads.
pub(super) fn files(base: &BasePath) -> Vec<File> {
    let linked =
        |page: &str, link: &str| page.replace(link, &link.replace('/', &format!("{base}/")));
    let page =
        ["href=\"/", "src=\"/"].into_iter().fold(PAGE.to_owned(), |page, link| linked(&page, link));
    let page = ("/", "text/html; charset=utf-8", Bytes::from(page));
    let parts = PARTS.map(|(path, kind, body)| (path, kind, Bytes::from_static(body)));
    let file = |(path, kind, body): (&str, &str, Bytes)| File {
        path: path.to_owned(),
        content_type: kind.to_owned(),
        headers: HEADERS,
        body,
        version: None,
    };
    [page].into_iter().chain(parts).map(file).collect()
}
