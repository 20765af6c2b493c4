//! `GET /lastseen.js`, and the demo page: files that are part of the binary.

use std::{future::ready, sync::Arc};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web::{self, Bytes, ServiceConfig},
};
use aws_lc_rs::digest;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::{
    conditional,
    encoding::{self, Coding},
};

/// A file, as `web/` builds it.
struct File {
    path: &'static str,
    content_type: &'static str,
    body: &'static [u8],
}

/// The browser client. Pages of other origins may import it.
const CLIENT: File = File {
    path: "/lastseen.js",
    content_type: "text/javascript; charset=utf-8",
    body: include_bytes!("../../../web/served/lastseen.js"),
};

const DEMO: [File; 4] = [
    File {
        path: "/",
        content_type: "text/html; charset=utf-8",
        body: include_bytes!("../../../web/served/demo/index.html"),
    },
    File {
        path: "/demo/app.js",
        content_type: "text/javascript; charset=utf-8",
        body: include_bytes!("../../../web/served/demo/app.js"),
    },
    File {
        path: "/demo/style.css",
        content_type: "text/css; charset=utf-8",
        body: include_bytes!("../../../web/served/demo/style.css"),
    },
    File {
        path: "/demo/icon.svg",
        content_type: "image/svg+xml",
        body: include_bytes!("../../../web/served/demo/icon.svg"),
    },
];

/// What the demo page may do: load what is ours, and nothing that stands in the page itself.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

type Headers = &'static [(&'static str, &'static str)];

/// The browser asks each time whether what it has is still good: a new binary shows at once.
const CLIENT_HEADERS: Headers = &[
    ("cache-control", "public, no-cache"),
    ("x-content-type-options", "nosniff"),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
    ("vary", "accept-encoding"),
];

const DEMO_HEADERS: Headers = &[
    ("cache-control", "no-cache"),
    ("x-content-type-options", "nosniff"),
    ("content-security-policy", PAGE_POLICY),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("vary", "accept-encoding"),
];

/// What is served here, made once and shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct Site(Vec<Arc<Served>>);

/// A file, ready to be sent.
#[derive(Debug)]
struct Served {
    path: &'static str,
    content_type: &'static str,
    headers: Headers,
    tag: EntityTag,
    plain: Bytes,
    /// By coding, where that is smaller.
    compressed: [Option<Bytes>; Coding::ALL.len()],
}

impl Site {
    /// The client, and the demo page if it is wanted.
    pub(super) fn new(has_demo: bool) -> Self {
        let demo = DEMO.iter().filter(|_| has_demo).map(|file| (file, DEMO_HEADERS));
        let files = [(&CLIENT, CLIENT_HEADERS)].into_iter().chain(demo);
        Self(files.map(|(file, headers)| Arc::new(Served::new(file, headers))).collect())
    }

    /// Where it is served.
    pub(super) fn paths(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|file| file.path)
    }

    /// Mounts it. It is no part of the API, so no part of its document.
    pub(super) fn mount(&self, config: &mut ServiceConfig) {
        for file in &self.0 {
            let served = Arc::clone(file);
            let send = move |request: HttpRequest| ready(served.send(&request));
            config.route(file.path, web::get().to(send));
        }
    }
}

impl Served {
    fn new(file: &File, headers: Headers) -> Self {
        let hash = digest::digest(&digest::SHA256, file.body);
        let compress = |coding: Coding| coding.compress(file.body).ok().map(Bytes::from);
        let smaller = |body: &Bytes| body.len() < file.body.len();
        Self {
            path: file.path,
            content_type: file.content_type,
            headers,
            tag: EntityTag::new_weak(BASE64_URL_SAFE_NO_PAD.encode(hash)),
            plain: Bytes::from_static(file.body),
            compressed: Coding::ALL.map(|coding| compress(coding).filter(smaller)),
        }
    }

    fn send(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = conditional::has(request, || self.tag.clone());
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        for header in self.headers {
            response.insert_header(*header);
        }
        response.insert_header(ETag(self.tag.clone()));
        if is_known {
            return response.finish();
        }
        response.content_type(self.content_type);
        let compressed = encoding::wanted(request)
            .and_then(|coding| Some((coding, self.compressed[coding as usize].clone()?)));
        match compressed {
            Some((coding, body)) => {
                response.insert_header((header::CONTENT_ENCODING, coding.name())).body(body)
            }
            None => response.body(self.plain.clone()),
        }
    }
}
