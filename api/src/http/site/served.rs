//! One file, as it is sent.

use std::sync::OnceLock;

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ETag, EntityTag},
    web::Bytes,
};
use aws_lc_rs::digest;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};

use super::{ASK_EACH_TIME, File, Headers};
use crate::http::{
    conditional,
    encoding::{self, Coding},
};

/// A file, ready to be sent.
#[derive(Debug)]
pub(super) struct Served {
    file: File,
    tag: EntityTag,
    /// By coding, where that is smaller. Made when somebody takes it: of the largest some 10 ms, once.
    compressed: [OnceLock<Option<Bytes>>; Coding::ALL.len()],
}

/// Stands for the contents of a file.
pub(super) fn fingerprint(body: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, body))
}

impl Served {
    pub(super) fn new(file: File) -> Self {
        let tag = EntityTag::new_weak(fingerprint(&file.body));
        Self { file, tag, compressed: Default::default() }
    }

    pub(super) fn path(&self) -> &str {
        &self.file.path
    }

    fn compressed(&self, coding: Coding) -> Option<Bytes> {
        let plain = &self.file.body;
        let compress = || coding.compress(plain).ok().filter(|body| body.len() < plain.len());
        self.compressed[coding as usize].get_or_init(|| compress().map(Bytes::from)).clone()
    }

    /// Those of the file; but while nodes are upgraded one by one, the page may be another's, and what
    /// this one has is not the version that it means.
    fn headers(&self, query: &str) -> Headers {
        let versions = self.file.version.as_deref().zip(query.strip_prefix("v="));
        match versions {
            Some((ours, meant)) if ours != meant => ASK_EACH_TIME,
            _ => self.file.headers,
        }
    }

    pub(super) fn send(&self, request: &HttpRequest) -> HttpResponse {
        let is_known = conditional::has(request, || self.tag.clone());
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        for header in self.headers(request.query_string()) {
            response.insert_header(*header);
        }
        response.insert_header(ETag(self.tag.clone()));
        if is_known {
            return response.finish();
        }
        response.content_type(self.file.content_type.as_str());
        let compressed =
            encoding::wanted(request).and_then(|coding| Some((coding, self.compressed(coding)?)));
        match compressed {
            Some((coding, body)) => {
                response.insert_header((header::CONTENT_ENCODING, coding.name())).body(body)
            }
            None => response.body(self.file.body.clone()),
        }
    }
}
