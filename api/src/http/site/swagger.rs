//! Swagger UI, and the document that it shows.

use actix_web::web::Bytes;
use openapi::ui::{self, DOCUMENT_PATH, INITIALIZER, PAGE, PAGE_PATH};
use utoipa::openapi::OpenApi as Document;

use super::{ASK_EACH_TIME, File, Headers, served::fingerprint};
use crate::settings::BasePath;

/// What a page loads by the fingerprint of its contents stays as it is for ever: a year.
const KEEP: Headers =
    &[("cache-control", "public, max-age=31536000, immutable"), ("vary", "accept-encoding")];

/// The page under both of its names, its parts, and `document`.
pub(super) fn files(base: &BasePath, document: &Document) -> Vec<File> {
    let parts = ui::files(&format!("{base}{DOCUMENT_PATH}"));
    let links: Vec<_> = parts.iter().map(|part| (part.name, version(&part.body))).collect();
    let mut files = vec![File {
        path: DOCUMENT_PATH.to_owned(),
        content_type: "application/json".to_owned(),
        headers: ASK_EACH_TIME,
        body: serde_json::to_vec(document).unwrap_or_default().into(),
        version: None,
    }];
    for part in parts {
        let asked = matches!(part.name, PAGE | INITIALIZER);
        let body: Bytes =
            if part.name == PAGE { versioned(&part.body, &links) } else { part.body }.into();
        let file = |name: &str| File {
            path: format!("{PAGE_PATH}{name}"),
            content_type: part.content_type.clone(),
            headers: if asked { ASK_EACH_TIME } else { KEEP },
            body: body.clone(),
            version: (!asked).then(|| version(&body)),
        };
        files.push(file(part.name));
        if part.name == PAGE {
            files.push(file(""));
        }
    }
    files
}

fn version(body: &[u8]) -> String {
    fingerprint(body).chars().take(12).collect()
}

/// The page, in which each link says which version of the part it means.
fn versioned(page: &[u8], links: &[(&str, String)]) -> Vec<u8> {
    let page = String::from_utf8_lossy(page).into_owned();
    let page = links.iter().fold(page, |page, (name, version)| {
        let with = format!("\"./{name}?v={version}\"");
        page.replace(&format!("\"./{name}\""), &with).replace(&format!("\"{name}\""), &with)
    });
    page.into()
}
