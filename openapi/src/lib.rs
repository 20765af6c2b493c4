//! The contract of the HTTP API: the bodies on the wire, the base of the document that describes
//! them, and the page that shows it.
//!
//! Knows neither the server nor the tables. The paths are not here: mounting a route in `api`
//! documents it, so that the two cannot drift apart. `openapi.json` beside this crate is the whole
//! document as served, committed so that a change of contract shows in a diff.

use utoipa::{
    Modify, OpenApi,
    openapi::{
        OpenApi as Document, Server,
        security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

mod account;
mod export;
pub mod failures;
mod given;
mod heartbeat;
pub mod model;
mod poll;
mod problem;
mod scalar;
mod status;
mod time;
pub mod ui;

/// The document without its paths.
#[must_use]
pub fn document() -> Document {
    Base::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Lastseen",
        description = "Who is online, and when was everyone else last seen?\n\n\
            Say \"I am here\" with a heartbeat every `heartbeat_interval` seconds and poll for who \
            is online every `poll_interval` seconds. A user is online while one of their sessions \
            has beaten within the window, 5 minutes by default.\n\n\
            Every route under `/api` needs `Authorization: Bearer <JWT>`, but to register and to log \
            in. To try them out here, run `lastseen token --user 5`, or register and log in below \
            where accounts are on; then press **Authorize** and paste the token.",
        contact(name = "Lastseen"),
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "presence", description = "Say \"I am here\", say \"I am leaving\", and ask who is online."),
        (
            name = "status",
            description = "How it stands with users: when they were last seen, what they say of \
                themselves, and why they are on- or offline. Whoever hides is offline to everybody \
                else, since they hid."
        ),
        (
            name = "accounts",
            description = "For applications without a login of their own. There with \
                `accounts.enabled`, which is on in development unless it is set to false; \
                otherwise all of these are a 404."
        ),
        (name = "operations", description = "For load balancers and operators. Open.")
    ),
    components(schemas(model::Problem, model::FieldError)),
    modifiers(&Bearer)
)]
struct Base;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(
                "A JSON Web Token of your own issuer, of a login, or of `lastseen token`.",
            ))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
        document.servers = Some(vec![Server::new("/")]);
    }
}
