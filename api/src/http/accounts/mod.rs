//! Accounts: to register, to log in and out, and the users themselves.

use accounts::Account;
use openapi::model::{OwnUser, User};
use utoipa_actix_web::{scope, service_config::ServiceConfig};

use super::wire;

mod login;
mod logout;
mod own_user;
mod password;
mod register;
mod users;

/// The routes that are there with accounts alone.
pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(
            scope::scope("/api/auth")
                .service(register::register_user)
                .service(login::log_in)
                .service(logout::log_out),
        )
        .service(
            scope::scope("/api/users")
                .service(users::list_users)
                .service(own_user::get_own_user)
                .service(own_user::change_own_user)
                .service(password::change_password),
        );
}

/// A user, as everybody sees them.
fn user(account: Account) -> User {
    User {
        id: wire::user_id(&account.user),
        username: account.username,
        display_name: account.display_name,
        avatar_url: account.avatar_url,
        created_at: wire::time(account.created_at),
    }
}

/// A user, as they see themselves.
pub(super) fn own_user(mut account: Account) -> OwnUser {
    OwnUser {
        gender: account.gender.take(),
        birthdate: account.birthdate.take(),
        phone_number: account.phone_number.take(),
        user: user(account),
    }
}
