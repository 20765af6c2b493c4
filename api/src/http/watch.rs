//! What is counted and logged of every request, once its answer is made.

use std::{
    collections::HashMap,
    fmt::Write,
    sync::OnceLock,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest,
    dev::{ResourceDef, ServiceResponse},
    http::StatusCode,
    web::Data,
};
use prometheus::{Histogram, IntCounter};
use utoipa::openapi::OpenApi as Document;

use super::failure_log::FailureLog;
use crate::metrics::Metrics;

/// Counts and logs by routes: what a client asks for that is none is one of its own.
#[derive(Debug)]
pub(crate) struct Watch {
    metrics: Data<Metrics>,
    log: FailureLog,
    /// Paths without parameters, which is most of them and of what is asked for.
    exact: HashMap<String, usize>,
    patterns: Vec<(ResourceDef, usize)>,
    /// The last is that of all other paths.
    routes: Vec<Route>,
}

/// A path, and its numbers by method.
#[derive(Debug)]
struct Route {
    path: String,
    methods: [Numbers; METHODS.len() + 1],
}

/// The numbers of a route and a method, found once: to look them up by their labels each time
/// would cost more than all the rest of it.
#[derive(Debug, Default)]
struct Numbers {
    seconds: OnceLock<Histogram>,
    answers: [OnceLock<IntCounter>; STATUSES.len() + 1],
}

/// Others count as one.
const METHODS: [&str; 5] = ["POST", "GET", "PUT", "PATCH", "DELETE"];

/// All that are given. Others count as one.
const STATUSES: [u16; 20] = [
    200, 304, 201, 204, 400, 401, 403, 404, 405, 408, 409, 413, 415, 417, 429, 500, 503, 301, 302,
    307,
];

/// Those that are asked for all the time, and of whose failures others speak.
const PROBES: [&str; 3] = ["/livez", "/readyz", "/metrics"];

impl Watch {
    /// Watches the routes of `document`, and `others`.
    pub(super) fn new(metrics: Data<Metrics>, document: &Document, others: &[&str]) -> Self {
        let documented = document.paths.paths.keys().map(String::as_str);
        let paths: Vec<_> = documented.chain(others.iter().copied()).collect();
        let (mut exact, mut patterns) = (HashMap::new(), Vec::new());
        for (route, path) in paths.iter().enumerate() {
            if path.contains('{') {
                patterns.push((ResourceDef::new(*path), route));
            } else {
                exact.insert((*path).to_owned(), route);
            }
        }
        let route = |path: &str| Route { path: path.to_owned(), methods: Default::default() };
        let routes = paths.into_iter().chain(["other"]).map(route).collect();
        Self { metrics, log: FailureLog::default(), exact, patterns, routes }
    }

    /// Takes note of an answer to a request that came at `start`.
    pub(super) fn note<B>(&self, response: &mut ServiceResponse<B>, start: Instant) {
        let (request, status) = (response.request(), response.status());
        let route = self.route(request.path());
        let elapsed = start.elapsed();
        let method = self.count(route, request, status, elapsed);
        let is_failure = status.is_client_error() || status.is_server_error();
        if is_failure && !PROBES.contains(&&*route.path) {
            self.log.tell(response, (method, &route.path), elapsed);
        }
    }

    fn route(&self, path: &str) -> &Route {
        let by_pattern = || {
            let (_, route) = self.patterns.iter().find(|(pattern, _)| pattern.is_match(path))?;
            Some(*route)
        };
        let route = self.exact.get(path).copied().or_else(by_pattern);
        &self.routes[route.unwrap_or(self.routes.len() - 1)]
    }

    /// Counts it, and says what its method counts as.
    fn count(
        &self,
        route: &Route,
        request: &HttpRequest,
        status: StatusCode,
        elapsed: Duration,
    ) -> &'static str {
        let given = request.method().as_str();
        let position = METHODS.iter().position(|method| *method == given);
        let numbers = &route.methods[position.unwrap_or(METHODS.len())];
        let method = position.map_or("other", |known| METHODS[known]);
        let status = STATUSES.iter().position(|known| *known == status.as_u16());
        let answers = numbers.answers[status.unwrap_or(STATUSES.len())].get_or_init(|| {
            let mut name = String::from("other");
            if let Some(known) = status {
                name.clear();
                write!(name, "{}", STATUSES[known]).ok();
            }
            self.metrics.requests.with_label_values(&[method, &*route.path, &*name])
        });
        answers.inc();
        // How long a long poll takes says nothing of the node.
        if !request.query_string().contains("wait=") {
            let labels = [method, &*route.path];
            let seconds = || self.metrics.seconds.with_label_values(&labels);
            numbers.seconds.get_or_init(seconds).observe(elapsed.as_secs_f64());
        }
        method
    }
}
