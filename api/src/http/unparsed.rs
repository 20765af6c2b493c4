//! What the server says by itself of requests that it cannot read, in the form of all other failures.
//!
//! actix answers these before any code of ours runs, with a status and nothing else. So the answer is
//! found on its way out, where it is always the last one of its connection.

use openapi::model::Problem;

use super::error::ApiError;

/// An answer without a body at the end of what is to be written.
#[derive(Debug)]
pub(crate) struct Unparsed {
    /// Where it begins.
    pub(crate) start: usize,
    pub(crate) status: u16,
    /// What to write in its place.
    pub(crate) better: Vec<u8>,
}

/// No head that the server makes by itself is longer.
const LONGEST: usize = 256;

const NO_BODY: &str = "content-length: 0\r\n";

/// The answer of the server itself that `bytes` end with, if they do: a failure that has no body, for
/// all of ours have one. Of other answers mostly the last byte is looked at.
pub(crate) fn answer(bytes: &[u8]) -> Option<Unparsed> {
    if !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let tail = bytes.len().saturating_sub(LONGEST);
    let protocol = b"HTTP/1.";
    let start = tail + bytes[tail..].windows(protocol.len()).rposition(|word| word == protocol)?;
    let head = str::from_utf8(&bytes[start..]).ok()?;
    let status: u16 = head.split(' ').nth(1)?.parse().ok()?;
    let problem = problem(status).filter(|_| head.contains(NO_BODY))?;
    let body = serde_json::to_string(&problem).ok()?;
    let headers = format!(
        "content-length: {}\r\ncontent-type: application/problem+json\r\nconnection: close\r\n",
        body.len()
    );
    let head = head.replace("connection: close\r\n", "").replace(NO_BODY, &headers);
    Some(Unparsed { start, status, better: (head + &body).into_bytes() })
}

fn problem(status: u16) -> Option<Problem> {
    let error = match status {
        400 => ApiError::Malformed,
        408 => ApiError::HeadTooSlow,
        431 => ApiError::HeadTooLarge,
        _ => return None,
    };
    Some(error.problem())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_a_body_gets_one_and_what_stands_before_it_is_left_alone() {
        let before = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        let own = "HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\n\
            connection: close\r\ndate: Fri, 27 Nov 2026 05:00:00 GMT\r\n\r\n";
        let found = answer(format!("{before}{own}").as_bytes()).unwrap();
        assert_eq!((found.start, found.status), (before.len(), 431));
        let better = String::from_utf8(found.better).unwrap();
        let (head, body) = better.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())), "{head}");
        assert_eq!(head.matches("connection: close").count(), 1, "{head}");
        assert!(body.contains("/problems/header-fields-too-large"), "{body}");
    }

    #[test]
    fn our_own_answers_are_left_alone() {
        for ours in [
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 304 Not Modified\r\ndate: today\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 120\r\n\r\n",
            "\r\n\r\n",
            "",
        ] {
            assert!(answer(ours.as_bytes()).is_none(), "{ours}");
        }
    }
}
