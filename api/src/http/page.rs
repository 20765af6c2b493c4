//! Lists that are read a page at a time: how much is wanted, and from where.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use presence::{UserId, UserIdKind};

use super::error::ApiError;

/// The lists whose pages have tokens, each with a number of its own: the token of one is none of
/// another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum List {
    /// `GET /api/users`
    Users = 1,
    /// `GET /api/user-status/online`
    Online = 2,
    /// `GET /api/users?q=`
    Search = 3,
}

/// Which part of a list by ascending user id is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    list: List,
    limit: usize,
    after: Option<UserId>,
}

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 1000;

impl Page {
    /// What the parameters `limit` and `after` among `pairs` want of `list`, where ids are of the
    /// kind `ids`.
    ///
    /// # Errors
    ///
    /// [`ApiError::Invalid`] that names the parameter which cannot be used.
    pub(super) fn read(
        list: List,
        ids: UserIdKind,
        pairs: &[(String, String)],
    ) -> Result<Self, ApiError> {
        let (page, after) = Self::read_by(list, pairs, |id| UserId::parse(ids, id).ok())?;
        Ok(Self { after, ..page })
    }

    /// The same of a list in another order; and what `key` makes of the key that its page begins after.
    ///
    /// # Errors
    ///
    /// As `read`.
    pub(super) fn read_by<K>(
        list: List,
        pairs: &[(String, String)],
        key: impl Fn(&str) -> Option<K>,
    ) -> Result<(Self, Option<K>), ApiError> {
        let find = |wanted| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let limit = find("limit").map_or(Ok(DEFAULT_LIMIT), |text| read_limit(text))?;
        let read = |token: &String| {
            let text = read_token(list, token).and_then(|text| String::from_utf8(text).ok());
            let refusal = "this was never the `next` of this list: send it back unchanged";
            text.and_then(|text| key(&text)).ok_or_else(|| ApiError::field("after", refusal))
        };
        // Who fills in a template asks for the first page with an empty one.
        let after = find("after").filter(|token| !token.is_empty()).map(read).transpose()?;
        Ok((Self { list, limit, after: None }, after))
    }

    /// Whom the page begins after; nobody if it is the first.
    pub(super) fn after(&self) -> Option<&UserId> {
        self.after.as_ref()
    }

    /// How many to look for: one more than the page holds, to know whether it is the last.
    pub(super) fn wanted(&self) -> usize {
        self.limit + 1
    }

    /// Takes off what is more than the page holds, and makes the token of the next page; none if
    /// there is no next one.
    pub(super) fn cut<T>(&self, found: &mut Vec<T>, id: impl Fn(&T) -> &UserId) -> Option<String> {
        self.cut_by(found, |last| id(last).to_string())
    }

    /// The same of a list by another key.
    pub(super) fn cut_by<T>(
        &self,
        found: &mut Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Option<String> {
        if found.len() <= self.limit {
            return None;
        }
        found.truncate(self.limit);
        found.last().map(|last| token(self.list, key(last).as_bytes()))
    }
}

fn read_limit(text: &str) -> Result<usize, ApiError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| {
        ApiError::field("limit", format_args!("expected a number from 1 to {MAX_LIMIT}"))
    })
}

const CHECK_BYTES: usize = 4;

/// The position behind `key` in `list`, opaque to clients: in the alphabet of URLs, the list's
/// number, the key, and four bytes that check both.
fn token(list: List, key: &[u8]) -> String {
    let mut bytes = [&[list as u8], key].concat();
    bytes.extend(check(&bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The key in a token of `list`; none in what is no such token.
fn read_token(list: List, token: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (content, given) = bytes.split_last_chunk::<CHECK_BYTES>()?;
    let (&number, key) = content.split_first()?;
    (number == list as u8 && check(content) == *given).then(|| key.to_owned())
}

/// Tells a token from a slip of the pen; it is no protection against forgery, which gains nothing.
fn check(bytes: &[u8]) -> [u8; CHECK_BYTES] {
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&digest(&SHA256, bytes).as_ref()[..CHECK_BYTES]);
    check
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: UserIdKind, query: &[(&str, &str)]) -> Result<Page, String> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let pairs: Vec<_> = query.iter().map(own).collect();
        Page::read(List::Users, kind, &pairs).map_err(|error| error.to_string())
    }

    #[test]
    fn a_page_has_100_unless_1_to_1000_are_wanted() {
        let wanted = |limit| read(UserIdKind::Integer, &[("limit", limit)]).map(|it| it.wanted());
        assert_eq!(read(UserIdKind::Integer, &[]).unwrap().wanted(), 101);
        assert_eq!((wanted("1"), wanted("1000")), (Ok(2), Ok(1001)));
        for wrong in ["", "0", "1001", "-1", "+1", "1.5", "all", "99999999999999999999"] {
            assert!(wanted(wrong).unwrap_err().starts_with("limit: "), "{wrong}");
        }
    }

    #[test]
    fn a_page_goes_on_where_the_one_before_ended() {
        for (kind, ids) in [
            (UserIdKind::Integer, ["1", "5", "9007199254740991"]),
            (UserIdKind::String, ["a", "ünï", "x,y"]),
        ] {
            let ids = ids.map(|id| UserId::parse(kind, id).unwrap());
            let mut found = ids.to_vec();
            let first = read(kind, &[("limit", "2")]).unwrap();
            assert_eq!(first.wanted(), found.len());
            let next = first.cut(&mut found, |id| id).unwrap();
            assert_eq!(found, ids[..2]);
            let second = read(kind, &[("after", &next), ("limit", "2")]).unwrap();
            assert_eq!(second.after(), Some(&ids[1]));
            let mut rest = ids[2..].to_vec();
            assert_eq!(second.cut(&mut rest, |id| id), None, "that was the last");
        }
    }

    #[test]
    fn what_was_never_the_token_of_this_list_is_refused() {
        let good = token(List::Users, b"5");
        assert_eq!(good, "ATWzihuc");
        assert!(read(UserIdKind::Integer, &[("after", &good)]).is_ok());
        let other = token(List::Online, b"5");
        let string = token(List::Users, b"ada");
        let slip = good.replace('A', "B");
        assert_eq!(read(UserIdKind::Integer, &[("after", "")]).unwrap().after(), None);
        for wrong in ["5", "AQ", "yesterday", &good[1..], &slip, &other, &string, "AcD_7gAA"] {
            let refusal = read(UserIdKind::Integer, &[("after", wrong)]).unwrap_err();
            assert!(refusal.starts_with("after: "), "{wrong}");
        }
    }
}
