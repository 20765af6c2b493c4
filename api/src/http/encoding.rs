//! Compression: which of the codings a client takes, and how.

use std::io::{self, Write};

use actix_web::{
    HttpRequest,
    http::header::{self, AcceptEncoding, ContentEncoding, Encoding, Header, Preference, Quality},
    web::Bytes,
};
use flate2::{Compression, write::GzEncoder};

/// A smaller body fits into one packet anyhow.
pub(super) const WORTH_COMPRESSING: usize = 1024;

/// A way to compress a body. In the order in which they are preferred: by what they save of a
/// large set in how much time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    pub(super) const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    /// Its name in `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        self.content_encoding().as_str()
    }

    fn content_encoding(self) -> ContentEncoding {
        match self {
            Self::Zstd => ContentEncoding::Zstd,
            Self::Brotli => ContentEncoding::Brotli,
            Self::Gzip => ContentEncoding::Gzip,
        }
    }

    /// `body`, compressed at the cheapest level: a set is soon followed by another.
    pub(super) fn compress(self, mut body: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd => zstd::bulk::compress(body, 1),
            Self::Brotli => {
                let mut compressed = Vec::new();
                let cheap = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
                brotli::BrotliCompress(&mut body, &mut compressed, &cheap)?;
                Ok(compressed)
            }
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(body)?;
                encoder.finish()
            }
        }
    }
}

/// `body` for one client, compressed if it is worth it and they want that.
pub(super) fn encoded(request: &HttpRequest, body: Bytes) -> (Bytes, Option<Coding>) {
    let worth_it = body.len() >= WORTH_COMPRESSING;
    let coding = worth_it.then(|| wanted(request)).flatten();
    match coding.and_then(|coding| coding.compress(&body).ok()) {
        Some(compressed) => (compressed.into(), coding),
        None => (body, None),
    }
}

/// The coding that the client wants most; none if it prefers the body as it is, or says nothing.
/// That is also what it gets if it refuses everything: rather that than no answer.
pub(super) fn wanted(request: &HttpRequest) -> Option<Coding> {
    if !request.headers().contains_key(header::ACCEPT_ENCODING) {
        return None;
    }
    let AcceptEncoding(items) = AcceptEncoding::parse(request).ok()?;
    let quality = |encoding: ContentEncoding| {
        let wanted = Preference::Specific(Encoding::Known(encoding));
        items.iter().find(|item| item.item == wanted).map_or(Quality::ZERO, |item| item.quality)
    };
    let of = |coding: &Coding| quality(coding.content_encoding());
    // Of equals the last is the maximum, so from the end.
    let best = Coding::ALL.into_iter().rev().max_by_key(of)?;
    let wanted = of(&best) > Quality::ZERO && of(&best) >= quality(ContentEncoding::Identity);
    wanted.then_some(best)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn wants(headers: &[&str]) -> Option<&'static str> {
        let mut request = TestRequest::get();
        for header in headers {
            request = request.append_header((header::ACCEPT_ENCODING, *header));
        }
        wanted(&request.to_http_request()).map(Coding::name)
    }

    #[test]
    fn of_what_a_client_takes_the_best_is_chosen() {
        assert_eq!(wants(&["gzip, deflate, br, zstd"]), Some("zstd"), "a browser with TLS");
        assert_eq!(wants(&["gzip, deflate, br"]), Some("br"));
        assert_eq!(wants(&["gzip, deflate"]), Some("gzip"), "a browser without");
        assert_eq!(wants(&["GZIP"]), Some("gzip"));
        assert_eq!(wants(&["deflate", "gzip"]), Some("gzip"), "the header may be repeated");
    }

    #[test]
    fn qualities_go_before_our_taste() {
        assert_eq!(wants(&["zstd;q=0.1, br;q=0.2, gzip;q=0.9"]), Some("gzip"));
        assert_eq!(wants(&["zstd;q=0, br;q=0.5, gzip;q=0.5"]), Some("br"));
        assert_eq!(wants(&["gzip, *;q=0"]), Some("gzip"));
        assert_eq!(wants(&["gzip;q=0.5, identity;q=0.1"]), Some("gzip"));
        assert_eq!(wants(&["identity, gzip;q=0.5"]), None);
    }

    #[test]
    fn nobody_is_sent_what_they_do_not_read() {
        for none in ["", "deflate", "gzip;q=0", "identity", "identity;q=0", "*", "gzip;q=x", "ünï"]
        {
            assert_eq!(wants(&[none]), None, "{none}");
        }
        assert_eq!(wants(&[]), None);
    }
}
