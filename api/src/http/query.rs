//! Reading queries.

use std::{
    future::{Ready, ready},
    time::Duration,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    web::{self, Query},
};
use openapi::model::HeartbeatRequest;
use percent_encoding::percent_decode_str;
use presence::UserIdKind;
use utoipa::{
    IntoParams,
    openapi::schema::{Object, ObjectBuilder, Type},
};

use super::{error::ApiError, input::is_utf8, since::Since, watch_list::WatchList, wire};

/// The parameters of `GET /api/chat/online-users`, as documented.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documentation; repeated parameters are read by hand")]
pub(super) struct OnlineUsersQuery {
    /// The `cursor` of an earlier answer, unchanged: only what changed since is answered. A cursor
    /// is good for two windows; an older one is answered in full.
    #[param(required = false)]
    since: Option<String>,
    /// With `since`: while nothing is new, hold the answer for up to so many seconds. More than
    /// 60 count as 60.
    #[param(required = false, schema_with = whole_seconds)]
    wait: Option<u64>,
    /// Only these users, at most 200: separated by commas, or the parameter repeated, which is
    /// the only form for string ids; `ids[]` is the same. Cursors are still those of the whole set: ask for newly
    /// watched users without `since` first.
    #[param(style = Form, explode, max_items = 200, required = false)]
    ids: Option<Vec<String>>,
}

/// Without a largest: whatever is too long is cut.
fn whole_seconds() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0))
        .examples([serde_json::json!(25)])
        .build()
}

/// What a client polls for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Poll {
    /// Where it stands; nowhere if it needs the full answer.
    pub(super) since: Option<Since>,
    /// Whom it watches; everybody without `ids`.
    pub(super) watched: Option<WatchList>,
}

impl FromRequest for Poll {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request.query_string(), kind_of_ids(request)))
    }
}

fn kind_of_ids(request: &HttpRequest) -> UserIdKind {
    request.app_data::<web::Data<UserIdKind>>().map_or(UserIdKind::Integer, |kind| ***kind)
}

impl Poll {
    pub(super) fn read(query: &str, kind: UserIdKind) -> Result<Self, ApiError> {
        if query.is_empty() {
            return Ok(Self::default());
        }
        let pairs = pairs(query)?;
        let all = |wanted| {
            pairs.iter().filter(move |(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let wait = all("wait").next().map_or(Ok(Duration::ZERO), seconds)?;
        let since = all("since").next().map(|cursor| Since::new(cursor, wait)).transpose()?;
        let lists = pairs.iter().filter(|(name, _)| without_brackets(name) == "ids");
        let lists: Vec<_> = lists.map(|(_, value)| value.as_str()).collect();
        let watched = (!lists.is_empty()).then(|| WatchList::read(&lists, kind)).transpose()?;
        Ok(Self { since, watched })
    }

    /// What a beat polls for besides; nothing without `since`.
    pub(super) fn of_beat(beat: &HeartbeatRequest, kind: UserIdKind) -> Result<Self, ApiError> {
        let watched = beat.ids.as_ref().map(|ids| ids.iter().map(|id| wire::user(kind, id)));
        let watched = watched.map(WatchList::of).transpose()?;
        let Some(cursor) = &beat.since else { return Ok(Self::default()) };
        let since = Some(Since::new(cursor, Duration::ZERO)?);
        Ok(Self { since, watched })
    }
}

/// All parameters that there are: what a client calls others is not told.
const NAMES: [&str; 6] = ["ids", "since", "wait", "limit", "after", "q"];

/// The name of a list as it is meant: libraries write `ids[]=1&ids[]=2`, or `ids[0]=1&ids[1]=2`.
fn without_brackets(name: &str) -> &str {
    let is_index = |index: &str| index.bytes().all(|byte| byte.is_ascii_digit());
    let split = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    split.filter(|(_, index)| is_index(index)).map_or(name, |(name, _)| name)
}

/// The names and values in `query`, in their order.
pub(super) fn pairs(query: &str) -> Result<Vec<(String, String)>, ApiError> {
    if let Some(broken) = query.split('&').find(|pair| !is_utf8(pair)) {
        let name = percent_decode_str(broken.split('=').next().unwrap_or_default());
        let name = name.decode_utf8().unwrap_or_default();
        let known = NAMES.into_iter().find(|known| *known == without_brackets(&name));
        return Err(ApiError::field(known.unwrap_or("query"), "it is not UTF-8"));
    }
    let pairs = Query::<Vec<(String, String)>>::from_query(query);
    Ok(pairs.map_err(|_| ApiError::field("query", "it cannot be read"))?.into_inner())
}

/// Whole seconds.
fn seconds(text: &str) -> Result<Duration, ApiError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ApiError::field("wait", "expected a number of whole seconds such as 25"));
    }
    // Only too large a number is left to fail.
    Ok(Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURSOR: &str = "AsD_7gAABmC5kk0bggAGYLlWsjYI8rc";

    pub(super) fn read(query: &str) -> Result<Poll, String> {
        Poll::read(query, UserIdKind::Integer).map_err(|error| error.to_string())
    }

    /// How long the client waits.
    fn wait(wait: &str) -> Option<u64> {
        let poll = read(&format!("since={CURSOR}&wait={wait}")).ok()?;
        Some(poll.since.unwrap().wait.as_secs())
    }

    #[test]
    fn nothing_is_asked_for_by_default() {
        for query in ["", "x=1", "id=5", "wait=25"] {
            assert_eq!(read(query), Ok(Poll::default()), "{query}");
        }
    }

    #[test]
    fn lists_may_be_written_as_libraries_do() {
        let plain = read("ids=7&ids=5").unwrap();
        for written in [
            "ids[]=7&ids[]=5",
            "ids%5B%5D=7&ids%5b%5d=5",
            "ids[0]=7&ids[1]=5",
            "ids%5B0%5D=7&ids%5B1%5D=5",
            "ids[]=7,5",
            "ids=5&ids[]=7",
        ] {
            assert_eq!(read(written).unwrap(), plain, "{written}");
        }
        for other in ["ids[x]=7", "ids]=7", "ids[=7", "xids[]=7", "ids[][]=7", "[]=7"] {
            assert_eq!(read(other).unwrap(), Poll::default(), "{other}");
        }
        assert!(read("ids[]=").unwrap_err().starts_with("ids: "));
        assert!(read("ids%5B%5D=%ff").unwrap_err().starts_with("ids: "));
        assert!(read("forged%0a=%ff").unwrap_err().starts_with("query: "));
    }

    #[test]
    fn since_takes_what_once_was_a_cursor() {
        assert_eq!(read(&format!("since={CURSOR}")).unwrap().since.unwrap().wait, Duration::ZERO);
        for wrong in ["since=", "since=0", "since=yesterday", "since=AcD_7gAABmC5kk0bgnBQ"] {
            assert!(read(wrong).unwrap_err().starts_with("since: "), "{wrong}");
        }
    }

    #[test]
    fn wait_takes_whole_seconds_and_60_at_most() {
        assert_eq!(wait("0"), Some(0));
        assert_eq!(wait("25"), Some(25));
        assert_eq!(wait("61"), Some(60));
        assert_eq!(wait("99999999999999999999999"), Some(60));
        for wrong in ["", "-1", "%2B1", "1.5", "1s", "a", "٣"] {
            assert_eq!(wait(wrong), None, "{wrong}");
            assert!(read(&format!("wait={wrong}")).unwrap_err().starts_with("wait: "), "{wrong}");
        }
    }
}
