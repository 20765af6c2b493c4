//! Files that are part of the binary: `GET /lastseen.js`, the demo page, Swagger UI with the document,
//! and the pages about problems.

use std::{future::ready, sync::Arc};

use actix_web::{
    HttpRequest,
    web::{self, Bytes, ServiceConfig},
};
use utoipa::openapi::OpenApi as Document;

use crate::settings::BasePath;

mod demo;
mod problems;
mod served;
mod swagger;

use self::served::Served;

type Headers = &'static [(&'static str, &'static str)];

/// The browser asks each time whether what it has is still good: a new binary shows at once.
const ASK_EACH_TIME: Headers = &[("cache-control", "no-cache"), ("vary", "accept-encoding")];

/// A file, and what is said of it.
#[derive(Debug)]
struct File {
    path: String,
    content_type: String,
    headers: Headers,
    body: Bytes,
    /// What `?v=` in links of ours says, if they say it.
    version: Option<String>,
}

/// What is served here, made once and shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Site(Vec<Arc<Served>>);

impl Site {
    /// The files of a node that a proxy puts under `base`, with the demo page if it is wanted.
    pub(super) fn new(base: &BasePath, has_demo: bool, document: &Document) -> Self {
        let demo = demo::files(base).into_iter().filter(|_| has_demo);
        let files = [demo::client()]
            .into_iter()
            .chain(demo)
            .chain(swagger::files(base, document))
            .chain(problems::files(base));
        Self(files.map(|file| Arc::new(Served::new(file))).collect())
    }

    /// Where it is served.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|file| file.path())
    }

    /// Mounts it. It is no part of the API, so no part of its document.
    pub(super) fn mount(&self, config: &mut ServiceConfig) {
        for file in &self.0 {
            let served = Arc::clone(file);
            let send = move |request: HttpRequest| ready(served.send(&request));
            config.route(file.path(), web::get().to(send));
        }
    }
}
