//! Passwords and users, for those who bring no login of their own.
//!
//! Presence needs no account: a token names a user, and that is all. This is for who has nothing
//! to sign tokens with.
//!
//! - `folding`: what makes two names the same; `shape`: what makes them look the same; `rules`: what
//!   texts may hold.
//! - `username`, `password`, `profile`, `search`: what clients send, parsed once and valid ever
//!   after.
//! - `guesses`: who guessed wrong too often waits.
//! - `threads`: where passwords are hashed, out of everybody's way.
//! - `account`, `store`, `index`: what is kept of an account, and where; `turns`: how many ask at once.
//! - `service`: [`Accounts`], which ties all of it together.

mod account;
mod folding;
mod guesses;
mod index;
mod password;
mod profile;
mod rules;
mod search;
mod service;
mod shape;
mod store;
#[cfg(test)]
mod tests;
mod threads;
mod turns;
mod username;

pub use account::Account;
pub use password::Password;
pub use profile::{Field, Profile};
pub use rules::Invalid;
pub use search::{Place, Search};
pub use service::{Accounts, AccountsError, OldPassword, PasswordChange};
pub use username::Username;
