//! Everything that speaks HTTP. The routes are on one screen; one file per resource.

use std::{future::ready, rc::Rc, sync::Arc, time::Instant};

use actix_web::{
    App, Error,
    body::MessageBody,
    dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse},
    web::{self, Redirect},
};
use openapi::ui::PAGE_PATH;
use utoipa::openapi::{OpenApi as Document, Server};
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
mod fields;
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
mod operations;
mod page;
mod pages;
mod problems;
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
use self::{edge::Entry, fallback::RouteTable, site::Site};
use crate::{
    connections::Connection,
    settings::{BasePath, SettingsError},
};

/// The whole URL table. To mount a route is to document it. Some are there with accounts alone, and one
/// may be at an address of its own.
fn routes(config: &mut ServiceConfig, has_accounts: bool, has_metrics: bool) {
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
        .service(health::is_ready);
    if has_metrics {
        config.service(metrics::get_metrics);
    }
    if has_accounts {
        accounts::routes(config);
    }
}

/// What is served beside the documented routes.
const OTHERS: [&str; 2] = ["/", "/swagger-ui"];

/// The OpenAPI document: that of a node with everything.
#[must_use]
pub fn document() -> Document {
    document_of(true, true)
}

/// The document of the routes of a node with or without accounts and metrics.
fn document_of(has_accounts: bool, has_metrics: bool) -> Document {
    let app = App::new().into_utoipa_app().openapi(openapi::document());
    let mut document =
        app.configure(|config| routes(config, has_accounts, has_metrics)).split_for_parts().1;
    operations::complete(&mut document);
    if !has_accounts {
        document.tags.iter_mut().for_each(|tags| tags.retain(|tag| tag.name != "accounts"));
    }
    document
}

/// The document as a node serves it: without what it has not, and from where it is.
fn served_document(has_accounts: bool, has_metrics: bool, base: &BasePath) -> Document {
    let mut document = document_of(has_accounts, has_metrics);
    if !base.as_str().is_empty() {
        document.servers = Some(vec![Server::new(base.as_str())]);
    }
    document
}

/// Refuses a path for proxies below which there are routes of ours: it could not be told what is to
/// be taken off.
pub(crate) fn check_base_path(base: &BasePath) -> Result<(), SettingsError> {
    if base.as_str().is_empty() {
        return Ok(());
    }
    let document = document();
    let site = Site::new(base, true, &document);
    if !RouteTable::new(&document, &others(&site)).is_within(base) {
        return Ok(());
    }
    let reason = format!("{:?} is a path of this service itself: take another", base.as_str());
    Err(SettingsError::new("server.base_path", reason))
}

/// What is served beside the documented routes, at a node with that site.
fn others(site: &Site) -> Vec<&str> {
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
    let (has_accounts, has_metrics) = (services.has_accounts(), services.has_metrics());
    let site = services.site();
    let base = Rc::new(services.base.clone());
    let page = format!("{base}{PAGE_PATH}");
    let watch = Rc::new(Arc::clone(&services.watch));
    let to_page = move || ready(Redirect::to(page.clone()));
    let app = App::new()
        .wrap(services.cors.middleware())
        .wrap_fn(move |mut request, service| {
            let (start, watch, base) = (Instant::now(), Rc::clone(&watch), Rc::clone(&base));
            edge::normalize(&mut request, &base);
            let connection = request.conn_data::<Arc<Connection>>().cloned();
            let entry = edge::enter(request, connection.as_ref(), |request| service.call(request));
            async move {
                let answer = match entry {
                    Entry::Admitted(answer) => cors::as_problem(answer.await?).map_into_left_body(),
                    Entry::Refused(answer) => answer.map_into_right_body(),
                    Entry::TooLate(request, connection) => {
                        let nothing = edge::ignore(request, &connection).await;
                        return Ok(nothing.map_into_right_body().map_into_left_body());
                    }
                };
                let mut answer = problems::under(&base, answer);
                edge::close_if_last(&mut answer, connection.as_deref());
                edge::keep_pace(&answer, connection.as_deref());
                pages::complete(&mut answer);
                watch.note(&mut answer, start);
                Ok(answer)
            }
        })
        .into_utoipa_app()
        .configure(|config| routes(config, has_accounts, has_metrics))
        .into_app();
    app.configure(|config| services.install(config))
        .configure(|config| site.mount(config))
        // Unless the demo page is there.
        .route("/", web::get().to(to_page.clone()))
        .route("/swagger-ui", web::get().to(to_page))
        .default_service(web::to(fallback::refuse))
}

/// What is served at an address apart from all else: what operators ask for.
pub(crate) fn operators(
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
    let base = services.base.clone();
    let routes = RouteTable::new(&Document::default(), &["/metrics", "/livez", "/readyz"]);
    App::new()
        .wrap_fn(move |mut request, service| {
            edge::normalize(&mut request, &base);
            service.call(request)
        })
        .configure(|config| services.install(config))
        .app_data(web::Data::new(routes))
        .service(health::is_alive)
        .service(health::is_ready)
        .service(metrics::get_metrics)
        .default_service(web::to(fallback::refuse))
}
