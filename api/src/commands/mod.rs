//! What each command of the command line does.

mod healthcheck;
mod migrate;
mod print;
mod serve;
mod token;

pub(crate) use self::{
    healthcheck::healthcheck,
    migrate::migrate,
    print::{config, openapi},
    serve::serve,
    token::token,
};
