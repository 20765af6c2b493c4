//! What users say of themselves beside being here, and what of all that others see (R11).
//!
//! These are cold data: a heartbeat neither reads nor writes them.

mod declared;
mod explain;
mod export;
mod patch;
mod row;
mod service;
mod shown;

pub use self::{
    declared::{Availability, Declared, InvalidStatus, MAX_TEXT, emoji, text},
    explain::{Explanation, SessionExplanation, SessionState},
    export::Export,
    patch::StatusPatch,
    row::{StatusRow, StatusWrite},
    shown::{Hidden, OwnStatus, Shown, UserStatus},
};
