//! The users whom a client watches.

use presence::{InvalidId, UserId, UserIdKind};

use super::error::ApiError;

/// The most users that a watch list may name.
const MAX_WATCHED: usize = 200;

/// Users, ascending and each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WatchList(Vec<UserId>);

impl WatchList {
    /// Of the values of a parameter that may be repeated.
    pub(super) fn read(lists: &[&str], kind: UserIdKind) -> Result<Self, ApiError> {
        let words = lists.iter().flat_map(|list| match kind {
            UserIdKind::Integer => list.split(',').collect(),
            UserIdKind::String => vec![*list],
        });
        Self::of(words.map(|word| UserId::parse(kind, word)))
    }

    /// # Errors
    ///
    /// [`ApiError::Invalid`], naming `ids`, when one is no id or there are too many.
    pub(super) fn of(
        ids: impl Iterator<Item = Result<UserId, InvalidId>>,
    ) -> Result<Self, ApiError> {
        let mut ids: Vec<_> =
            ids.collect::<Result<_, _>>().map_err(|error| ApiError::id("ids", error))?;
        if ids.len() > MAX_WATCHED {
            let detail = format!("at most {MAX_WATCHED} ids, not {}", ids.len());
            return Err(ApiError::field("ids", detail));
        }
        ids.sort_unstable();
        ids.dedup();
        Ok(Self(ids))
    }

    pub(super) fn ids(&self) -> &[UserId] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: UserIdKind, lists: &[&str]) -> Result<Vec<String>, String> {
        let list = WatchList::read(lists, kind).map_err(|error| error.to_string())?;
        Ok(list.ids().iter().map(ToString::to_string).collect())
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn integers_are_separated_by_commas_or_by_repeating() {
        let read = |lists: &[&str]| read(UserIdKind::Integer, lists);
        assert_eq!(read(&["10,2,3"]), Ok(ids(&["2", "3", "10"])));
        assert_eq!(read(&["2", "1,2"]), Ok(ids(&["1", "2"])));
        for wrong in ["", "a", "1,", "-1", "9007199254740992", "\u{fffd}"] {
            let refusal = read(&["5", wrong]).unwrap_err();
            assert!(refusal.starts_with("ids: "), "{wrong}");
        }
    }

    #[test]
    fn strings_may_hold_commas() {
        assert_eq!(read(UserIdKind::String, &["c d", "a,b"]), Ok(ids(&["a,b", "c d"])));
        assert!(read(UserIdKind::String, &[""]).is_err());
    }

    #[test]
    fn a_watch_list_has_at_most_200_ids() {
        let list = |count: usize| vec!["7"; count].join(",");
        assert_eq!(read(UserIdKind::Integer, &[&list(200)]), Ok(ids(&["7"])));
        assert_eq!(
            read(UserIdKind::Integer, &[&list(201)]),
            Err("ids: at most 200 ids, not 201".to_owned())
        );
    }
}
