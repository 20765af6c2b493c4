//! Accounts on the wire.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

use crate::{
    given::{Given, given},
    model::{Time, UserId, UserStatus},
};

/// A password as it is sent, with no way to print it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

impl PartialSchema for Password {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
            .description(Some("8 to 128 characters, taken exactly as they are sent."))
            .min_length(Some(8))
            .max_length(Some(128))
            .examples(["correct horse battery staple"])
            .into()
    }
}

impl ToSchema for Password {}

/// Who wants an account.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct RegisterRequest {
    /// The name to log in by: 1 to 64 characters that show, with single spaces between its words.
    /// Two names that differ in case, in the width of letters or in how accents are written are the
    /// same, and so are two that look the same if one of them is not in ASCII. A word of it is of one
    /// script, Chinese, Japanese and Korean with Latin ones.
    #[schema(value_type = String, required = true, min_length = 1, max_length = 64, example = "ada")]
    pub username: Option<String>,
    /// The password.
    #[schema(value_type = Password, required = true)]
    pub password: Option<Password>,
    /// What others are shown, if it is something else: 1 to 100 characters.
    #[schema(min_length = 1, max_length = 100, example = "Ada Lovelace")]
    pub display_name: Option<String>,
}

/// Who logs in.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct LoginRequest {
    /// The name of the account.
    #[schema(value_type = String, required = true, example = "ada")]
    pub username: Option<String>,
    /// Its password.
    #[schema(value_type = Password, required = true)]
    pub password: Option<Password>,
}

/// Who wants another password.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct PasswordRequest {
    /// The one that counts until now.
    #[schema(value_type = Password, required = true)]
    pub old_password: Option<Password>,
    /// The one that is to count.
    #[schema(value_type = Password, required = true)]
    pub new_password: Option<Password>,
}

/// The answer to a login.
#[derive(Serialize, ToSchema)]
pub struct LoginReply {
    /// What every other request wants as `Authorization: Bearer …`. Each login is a session of its
    /// own.
    #[schema(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.…")]
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the token expires.
    #[schema(example = 43200)]
    pub expires_in: u64,
    /// Who has logged in.
    pub user: User,
}

/// A user, as everybody sees them.
#[derive(Debug, Serialize, ToSchema)]
pub struct User {
    /// What tokens and the routes about presence call them.
    pub id: UserId,
    /// The name that they log in by, as they wrote it.
    #[schema(example = "ada")]
    pub username: String,
    /// What to show, if it is something else.
    #[schema(example = "Ada Lovelace")]
    pub display_name: Option<String>,
    /// A picture: relative to wherever the application keeps them, or by http or https.
    #[schema(example = "/pictures/ada.png")]
    pub avatar_url: Option<String>,
    /// When the account was made.
    pub created_at: Time,
}

/// A user, and how it stands with them.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contact {
    /// Who.
    #[serde(flatten)]
    pub user: User,
    /// Their status object.
    pub status: UserStatus,
}

/// Some of the users.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsersReply {
    /// By ascending id, in the order in which they registered; with `q` by what it found.
    pub users: Vec<Contact>,
    /// What `after` takes for those that follow; null when these are the last.
    #[schema(example = "ATWzihuc")]
    pub next: Option<String>,
}

/// A user, as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnUser {
    /// What others see as well.
    #[serde(flatten)]
    pub user: User,
    /// Shown to nobody else.
    #[schema(example = "woman")]
    pub gender: Option<String>,
    /// `YYYY-MM-DD`. Shown to nobody else.
    #[schema(format = Date, example = "1915-12-10")]
    pub birthdate: Option<String>,
    /// Shown to nobody else.
    #[schema(example = "+44 20 7946 0123")]
    pub phone_number: Option<String>,
}

/// What is to change of oneself (RFC 7396): what is left out stays, and null clears.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct ProfileRequest {
    /// What others are shown: 1 to 100 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, example = "Ada Lovelace")]
    pub display_name: Given,
    /// A picture: relative, or by http or https, and no other scheme; at most 2048 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048, example = "/pictures/ada.png")]
    pub avatar_url: Given,
    /// Free text: 1 to 64 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64, example = "woman")]
    pub gender: Given,
    /// A day from 1900-01-01 to today.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = Date, example = "1915-12-10")]
    pub birthdate: Given,
    /// Digits, spaces, and `+-./()#*x`: 1 to 32 characters.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 32, example = "+44 20 7946 0123")]
    pub phone_number: Given,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_tells_null_from_nothing() {
        let patch: ProfileRequest =
            serde_json::from_str(r#"{"gender":null,"display_name":"Ada"}"#).unwrap();
        assert_eq!(patch.display_name, Given::Value("Ada".to_owned()));
        assert_eq!((patch.gender, patch.birthdate), (Given::Null, Given::Nothing));
    }

    #[test]
    fn a_password_never_shows() {
        let request: LoginRequest =
            serde_json::from_str(r#"{"username":"ada","password":"correct horse"}"#).unwrap();
        assert!(!format!("{request:?}").contains("horse"));
    }
}
