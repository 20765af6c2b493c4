//! Everything that speaks HTTP. The routes are on one screen; one file per resource.

use std::{rc::Rc, sync::Arc, time::Instant};

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse},
    web::{self, Redirect},
};
use openapi::ui::{DOCUMENT_PATH, PAGE_PATH, swagger_ui};
use utoipa::openapi::OpenApi as Document;
use utoipa_actix_web::{AppExt, scope, service_config::ServiceConfig};

mod accounts;
mod address;
mod answers;
mod bodies;
mod cadence;
mod caller;
mod conditional;
mod cors;
mod edge;
mod encoding;
mod error;
pub(crate) mod expect;
mod failure_log;
mod fallback;
mod freshness;
#[cfg(test)]
mod fuzz;
mod health;
mod heartbeat;
mod input;
mod latest_answer;
mod mark_offline;
mod metrics;
mod online_users;
mod optional_bodies;
mod page;
mod pages;
mod query;
mod services;
mod since;
mod site;
mod stranger;
#[cfg(test)]
mod tests;
pub(crate) mod unparsed;
mod user_status;
mod watch;
mod watch_list;
mod wire;

pub(crate) use self::services::Services;
use self::{edge::Entry, site::Site};
use crate::connections::Connection;

/// The whole URL table. To mount a route is to document it. Some are there with accounts alone.
fn routes(config: &mut ServiceConfig, has_accounts: bool) {
    config
        .service(
            scope::scope("/api/chat")
                .service(heartbeat::record_heartbeat)
                .service(mark_offline::mark_offline)
                .service(online_users::list_online_users)
                .service(cadence::get_config),
        )
        .configure(user_status::routes)
        .service(health::is_alive)
        .service(health::is_ready)
        .service(metrics::get_metrics);
    if has_accounts {
        accounts::routes(config);
    }
}

/// What is served beside the documented routes.
const OTHERS: [&str; 4] = ["/", "/swagger-ui", "/swagger-ui/{file:.*}", DOCUMENT_PATH];

/// The OpenAPI document: that of a node with everything.
#[must_use]
pub fn document() -> Document {
    document_of(true)
}

/// The document of the routes of a node with or without accounts.
fn document_of(has_accounts: bool) -> Document {
    let app = App::new().into_utoipa_app().openapi(openapi::document());
    let mut document = app.configure(|config| routes(config, has_accounts)).split_for_parts().1;
    optional_bodies::document_them(&mut document);
    document
}

/// The table that refused requests are looked up in.
fn route_table(has_accounts: bool, site: &Site) -> fallback::RouteTable {
    fallback::RouteTable::new(&document_of(has_accounts), &others(site))
}

fn others(site: &Site) -> Vec<&'static str> {
    OTHERS.into_iter().chain(site.paths()).collect()
}

/// The application of one worker.
pub(crate) fn app(
    services: Services,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (has_accounts, site) = (services.has_accounts(), services.site());
    let watch = Rc::new(Arc::clone(&services.watch));
    let app = App::new()
        .wrap(cors::cors(&services.origins))
        .wrap_fn(move |mut request, service| {
            let (start, watch) = (Instant::now(), Rc::clone(&watch));
            edge::normalize(&mut request);
            let connection = request.conn_data::<Arc<Connection>>().cloned();
            let entry = edge::enter(request, connection.as_ref(), |request| service.call(request));
            async move {
                let mut answer = match entry {
                    Entry::Admitted(answer) => {
                        let answer = fallback::as_problem(cors::as_problem(answer.await?));
                        answer.map_into_left_body()
                    }
                    Entry::Refused(answer) => answer.map_into_right_body(),
                    Entry::TooLate(request, connection) => {
                        return Ok(edge::ignore(request, &connection).await.map_into_right_body());
                    }
                };
                edge::close_if_last(&mut answer, connection.as_deref());
                edge::keep_pace(&answer, connection.as_deref());
                pages::secure(&mut answer);
                watch.note(&mut answer, start);
                Ok(answer)
            }
        })
        .into_utoipa_app()
        .configure(|config| routes(config, has_accounts))
        .into_app();
    app.configure(|config| services.install(config))
        .app_data(input::limits())
        .configure(|config| site.mount(config))
        // Unless the demo page is there.
        .route("/", web::get().to(async || Redirect::to(PAGE_PATH)))
        .route("/swagger-ui", web::get().to(async || Redirect::to(PAGE_PATH)))
        .service(swagger_ui(document()))
        .default_service(web::to(fallback::refuse))
}
