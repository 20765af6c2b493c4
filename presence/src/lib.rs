//! What presence means, and where it is kept.
//!
//! Presence is computed, never stored: a user is online while one of their sessions has a
//! `last_activity` within the window, in store time. The rules R1 to R12 are those of
//! `docs/contract.md`.
//!
//! - `model`, `change`: the vocabulary, parsed once and valid ever after.
//! - `clock`: store time.
//! - `policy`: the rules as pure functions of (rows, change, now).
//! - `store`: where rows are kept: the trait and its implementations.
//! - `roster`: who is online, in memory; `cursor`: positions in its history.
//! - `status`: what users say of themselves, and what others see of them (R11).
//! - `writer`: group commit; `service`: [`Presence`], which ties all of it together; `contact`
//!   and `writes`: whether the store is in reach, and takes writes.

mod change;
mod clock;
mod contact;
mod cursor;
#[cfg(test)]
mod delta_tests;
#[cfg(test)]
mod hiding_tests;
mod model;
mod policy;
mod position;
mod roster;
mod service;
#[cfg(test)]
mod service_tests;
mod shared;
mod status;
mod store;
mod tally;
pub mod text;
mod writer;
mod writes;

pub use change::{Change, Row, Sessions, UserChange};
pub use clock::{Clock, SystemClock};
pub use cursor::{Cursor, GivenCursor, InvalidCursor};
pub use model::{InvalidId, SessionId, Timestamp, UserId, UserIdKind, UserIdValue};
pub use policy::{MarginError, Policy, record};
pub use position::{Era, Position};
pub use roster::{Delta, OnlineSet, SetTag};
pub use service::Presence;
pub use status::{
    Availability, Declared, Explanation, Export, Hidden, InvalidStatus, MAX_TEXT, OwnStatus,
    SessionExplanation, SessionState, Shown, StatusPatch, StatusRow, StatusWrite, UserStatus,
    emoji, text,
};
pub use store::{
    Age, ConnectError, Connections, Database, Entry, Feed, Intake, News, Origin, PresenceStore,
    ServerStore, ServingLock, SessionActivity, SqliteStore, StatusChange, StatusStore, StoreError,
    StoreResult, StoredSession, StoredStatus, Trust, Unseen, allowance,
};
pub use tally::{Count, Spread, Tally};
pub use writer::{Outcome, RecordError, Writer};
