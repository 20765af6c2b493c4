//! What is kept of an account, but for its password.

use entity::account::Model;
use presence::{InvalidId, Timestamp, UserId, UserIdKind};

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whom its tokens name.
    pub user: UserId,
    /// As its owner wrote it.
    pub username: String,
    /// What others are shown, if it is something else.
    pub display_name: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// For its owner alone.
    pub gender: Option<String>,
    /// `YYYY-MM-DD`. For its owner alone.
    pub birthdate: Option<String>,
    /// For its owner alone.
    pub phone_number: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// # Errors
    ///
    /// When its number is no id of that kind: past 2^53.
    pub(crate) fn read(model: Model, ids: UserIdKind) -> Result<Self, InvalidId> {
        Ok(Self {
            user: UserId::parse(ids, &model.id.to_string())?,
            username: model.username,
            display_name: model.display_name,
            avatar_url: model.avatar_url,
            gender: model.gender,
            birthdate: model.birthdate,
            phone_number: model.phone_number,
            created_at: Timestamp::from_millis(model.created_at),
        })
    }
}

/// The number of the account that `user` would have. Not every user is one: ids may be strings.
pub(crate) fn number(user: &UserId) -> Option<i64> {
    let text = user.to_string();
    let number = text.parse::<i64>().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_number_if_it_is_written_like_one() {
        let number = |text: &str| number(&UserId::parse(UserIdKind::String, text).unwrap());
        assert_eq!(number("5"), Some(5));
        for other in ["ada", "05", "+5", "5 ", "5.0", "99999999999999999999"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
