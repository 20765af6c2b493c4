//! `GET /api/user-status/{user_id}/export`

use accounts::{Account, Accounts};
use actix_web::{HttpRequest, HttpResponse, get, web};
use openapi::{
    failures::AdminFailures,
    model::{
        ExportReply, FeedEntry, FeedSession, FeedStatus, ShownWhileHidden, StoredAccount,
        StoredDeclaration, StoredSession, StoredStatus, Time, UserId,
    },
};
use presence::{
    Declared, Entry, Export, Position, Presence, Row, SessionActivity, Shown, StatusChange,
    StatusRow, Timestamp,
};

use super::{answer, named_user::NamedUser};
use crate::http::{accounts::own_user, caller::Caller, error::ApiError, wire};

/// All that is stored of a user
///
/// Every session, the status with what others see of one who hides, what the nodes tell each other of
/// the user at the moment, and the account, where accounts are on. Of somebody never heard of that is
/// nothing. In truth, so this is for the user themselves, and for tokens with the scope
/// `presence:admin`.
#[utoipa::path(
    tag = "status",
    security(("bearer" = [])),
    params(("user_id" = UserId, Path, description = "Of whom")),
    responses(
        (status = 200, description = "All that is stored", body = ExportReply),
        AdminFailures
    )
)]
#[get("/{user_id}/export")]
pub(super) async fn export_user(
    caller: Caller,
    user: NamedUser,
    request: HttpRequest,
    presence: web::Data<Presence>,
    accounts: Option<web::Data<Accounts>>,
) -> Result<HttpResponse, ApiError> {
    let NamedUser(user) = user;
    if caller.named() != Some(&user) {
        caller.must_be_admin()?;
    }
    let account = match accounts {
        Some(accounts) => accounts.find(&user).await?,
        None => None,
    };
    answer(&request, &reply(&presence.export(&user).await?, account))
}

fn reply(export: &Export, account: Option<Account>) -> ExportReply {
    let stored = |account| StoredAccount { profile: own_user(account), has_password: true };
    ExportReply {
        user_id: wire::user_id(&export.user),
        sessions: export.sessions.iter().map(session).collect(),
        status: export.status.as_ref().map(status),
        feed: export.told.iter().map(entry).collect(),
        account: account.map(stored),
        server_time: wire::time(export.now),
    }
}

fn session(row: &Row) -> StoredSession {
    StoredSession {
        session_id: row.session.as_str().to_owned(),
        last_activity: unless_epoch(row.last_activity),
        last_seen: wire::time(row.last_seen),
        online_since: row.online_since.map(wire::time),
        beat_stamp: row.beat_stamp.map(wire::time),
        offline_at: row.offline_at.map(wire::time),
        offline_mark: row.offline_mark.map(wire::time),
    }
}

fn status(row: &StatusRow) -> StoredStatus {
    StoredStatus {
        declared: declaration(&row.declared, row.share_last_seen),
        hidden: row.hidden.as_ref().and_then(hidden),
        shown_at: unless_start(row.shown_at),
        turned_at: unless_start(row.turned_at),
        changed_at: wire::time(row.changed_at.time()),
    }
}

fn entry(entry: &Entry) -> FeedEntry {
    FeedEntry {
        at: wire::time(entry.position.time()),
        sessions: entry.sessions.iter().map(told).collect(),
        status: entry.statuses.last().map(changed),
    }
}

fn told(activity: &SessionActivity) -> FeedSession {
    FeedSession {
        session_id: activity.session.as_str().to_owned(),
        last_activity: unless_epoch(activity.last_activity),
        last_seen: unless_epoch(activity.last_seen),
        mark: activity.mark.map(wire::time),
    }
}

fn changed(change: &StatusChange) -> FeedStatus {
    let hidden = change.shown.as_ref().and_then(hidden);
    let in_sight = change.shown.as_ref().filter(|shown| shown.hidden.is_none());
    let shown = in_sight.map(|shown| declaration(&shown.declared, shown.share_last_seen));
    FeedStatus { shown, hidden }
}

/// What others see of somebody who hides; nothing of somebody who does not.
fn hidden(shown: &Shown) -> Option<ShownWhileHidden> {
    let moment = shown.hidden?;
    Some(ShownWhileHidden {
        declared: declaration(&shown.declared, shown.share_last_seen),
        since: wire::time(moment.since),
        last_seen: moment.last_seen.map(wire::time),
        went_at: unless_start(moment.went),
    })
}

fn declaration(declared: &Declared, share_last_seen: bool) -> StoredDeclaration {
    StoredDeclaration {
        availability: wire::availability(declared.availability),
        text: declared.text.as_deref().map(Into::into),
        emoji: declared.emoji.as_deref().map(Into::into),
        expires_at: declared.expires_at.map(wire::time),
        share_last_seen,
    }
}

/// The epoch stands for what ended, and shows nowhere (R6).
fn unless_epoch(time: Timestamp) -> Option<Time> {
    (time != Timestamp::EPOCH).then(|| wire::time(time))
}

fn unless_start(position: Position) -> Option<Time> {
    (position != Position::START).then(|| wire::time(position.time()))
}
