//! The tables of Lastseen as sea-orm entities, and nothing else.
//!
//! An entity never reaches the wire: the bodies of the API are types of their own (crate
//! `openapi`), so that a column can change without breaking a client. Migrations do not import
//! this crate: it describes the newest schema, they describe how each version came about.

pub mod account;
pub mod account_shape;
pub mod account_term;
pub mod presence;
pub mod presence_era;
pub mod presence_feed;
pub mod user_status;
