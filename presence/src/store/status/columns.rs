//! Statuses as the columns of the table, and as what the feed tells of them.

use entity::user_status::Model;
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use super::super::StatusChange;
use crate::{Declared, Hidden, Position, Shown, StatusRow, Timestamp, UserId, UserIdKind};

/// What others see of a user, as it is stored and told.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::store) struct ShownJson {
    availability: String,
    text: Option<String>,
    emoji: Option<String>,
    expires_at: Option<i64>,
    share_last_seen: bool,
}

/// What the feed tells of a status.
#[derive(Debug, Deserialize)]
pub(in crate::store) struct ToldStatus {
    user_id: String,
    shown: Option<ShownJson>,
    hidden: Option<Moment>,
}

#[derive(Debug, Deserialize)]
struct Moment {
    at: i64,
    last_seen: Option<i64>,
    went: i64,
}

impl ShownJson {
    pub(in crate::store) fn of(shown: &Shown) -> String {
        let Declared { availability, text, emoji, expires_at } = &shown.declared;
        let seen = Self {
            availability: availability.to_string(),
            text: text.as_deref().map(Into::into),
            emoji: emoji.as_deref().map(Into::into),
            expires_at: expires_at.map(Timestamp::millis),
            share_last_seen: shown.share_last_seen,
        };
        serde_json::to_string(&seen).unwrap_or_default()
    }

    fn shown(self, hidden: Option<Hidden>) -> Shown {
        let declared = declared(&self.availability, self.text, self.emoji, self.expires_at);
        Shown { declared, share_last_seen: self.share_last_seen, hidden }
    }
}

/// Nobody but this crate writes the table. A word that a later version may have put there reads as
/// the default.
fn declared(
    availability: &str,
    text: Option<String>,
    emoji: Option<String>,
    expires_at: Option<i64>,
) -> Declared {
    Declared {
        availability: availability.parse().unwrap_or_default(),
        text: text.map(Into::into),
        emoji: emoji.map(Into::into),
        expires_at: expires_at.map(Timestamp::from_millis),
    }
}

impl ToldStatus {
    /// What it tells; nothing if the user is not of the kind `ids`.
    pub(in crate::store) fn change(self, ids: UserIdKind) -> Option<StatusChange> {
        let moment = |Moment { at, last_seen, went }| Hidden {
            since: Timestamp::from_millis(at),
            last_seen: last_seen.map(Timestamp::from_millis),
            went: Position::from_micros(went),
        };
        let user = UserId::parse(ids, &self.user_id).ok()?;
        let hidden = self.hidden.map(moment);
        Some(StatusChange { user, shown: self.shown.map(|seen| seen.shown(hidden)) })
    }
}

/// What a row of the table says, if its key names somebody.
pub(in crate::store) fn row(
    model: Model,
    ids: UserIdKind,
) -> Result<Option<(UserId, StatusRow)>, DbErr> {
    let Ok(user) = UserId::parse(ids, &model.user_id) else { return Ok(None) };
    let moment = model.hidden_at.map(|at| Hidden {
        since: Timestamp::from_millis(at),
        last_seen: model.hidden_last_seen.map(Timestamp::from_millis),
        went: Position::from_micros(model.hidden_went.unwrap_or_default()),
    });
    let hidden = match (moment, model.hidden_shown) {
        (Some(moment), Some(json)) => {
            let seen: ShownJson = serde_json::from_str(&json)
                .map_err(|error| DbErr::Type(format!("user_status.hidden_shown: {error}")))?;
            Some(seen.shown(Some(moment)))
        }
        _ => None,
    };
    let row = StatusRow {
        declared: declared(&model.availability, model.text, model.emoji, model.expires_at),
        share_last_seen: model.share_last_seen,
        hidden,
        shown_at: Position::from_micros(model.shown_at),
        turned_at: Position::from_micros(model.turned_at),
        changed_at: Position::from_micros(model.changed_at),
    };
    Ok(Some((user, row)))
}

/// The row of the table that says this.
pub(in crate::store) fn model(user: &UserId, row: &StatusRow) -> Model {
    let Declared { availability, text, emoji, expires_at } = &row.declared;
    let moment = row.hidden.as_ref().and_then(|shown| shown.hidden);
    Model {
        user_id: user.to_string(),
        availability: availability.to_string(),
        text: text.as_deref().map(Into::into),
        emoji: emoji.as_deref().map(Into::into),
        expires_at: expires_at.map(Timestamp::millis),
        share_last_seen: row.share_last_seen,
        hidden_at: moment.map(|moment| moment.since.millis()),
        hidden_last_seen: moment.and_then(|moment| moment.last_seen).map(Timestamp::millis),
        hidden_went: moment.map(|moment| moment.went.micros()),
        hidden_shown: row.hidden.as_ref().map(ShownJson::of),
        shown_at: row.shown_at.micros(),
        turned_at: row.turned_at.micros(),
        changed_at: row.changed_at.micros(),
    }
}
