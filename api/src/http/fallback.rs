//! Requests that no route takes: 405 where another method would do, else 404.

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResourceDef,
    http::{Method, header::Allow},
    web,
};
use utoipa::openapi::{OpenApi as Document, PathItem};

use super::error::ApiError;
use crate::settings::BasePath;

/// Every path that is served, with its methods.
#[derive(Clone, Debug)]
pub(crate) struct RouteTable(Vec<(ResourceDef, Vec<Method>)>);

impl RouteTable {
    /// The routes of `document`, which mounting them wrote, and `others`, which are read alone.
    pub(super) fn new(document: &Document, others: &[&str]) -> Self {
        let documented = document.paths.paths.iter().map(|(path, item)| (&**path, methods(item)));
        let others = others.iter().map(|path| (*path, vec![Method::GET, Method::HEAD]));
        Self(documented.chain(others).map(|(path, of)| (ResourceDef::new(path), of)).collect())
    }

    /// Whether `base` is one of them or above one.
    pub(super) fn is_within(&self, base: &BasePath) -> bool {
        let (base, below) = (base.as_str(), format!("{base}/"));
        let is_within = |(route, _): &(ResourceDef, _)| {
            route.is_match(base) || route.pattern().is_some_and(|path| path.starts_with(&below))
        };
        !base.is_empty() && self.0.iter().any(is_within)
    }

    fn methods(&self, path: &str) -> Option<&[Method]> {
        let (_, methods) = self.0.iter().find(|(route, _)| route.is_match(path))?;
        Some(methods)
    }
}

fn methods(item: &PathItem) -> Vec<Method> {
    let operations = [
        (Method::GET, &item.get),
        (Method::HEAD, &item.get),
        (Method::POST, &item.post),
        (Method::PUT, &item.put),
        (Method::PATCH, &item.patch),
        (Method::DELETE, &item.delete),
    ];
    operations.into_iter().filter(|(_, operation)| operation.is_some()).map(|(of, _)| of).collect()
}

/// All methods that any route has.
const METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// The answer where no route matched.
pub(super) async fn refuse(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let refusal = refusal(&request);
    if request.method() == Method::OPTIONS {
        // RFC 9110, 9.3.7: of the server as a whole.
        if request.path() == "*" {
            return Ok(options(METHODS.to_vec()));
        }
        if let ApiError::Method(methods) = refusal {
            return Ok(options(methods.into_iter().chain([Method::OPTIONS]).collect()));
        }
    }
    Err(refusal)
}

/// What may be asked for.
fn options(methods: Vec<Method>) -> HttpResponse {
    HttpResponse::NoContent().insert_header(Allow(methods)).finish()
}

/// Why nothing is served there.
pub(super) fn refusal(request: &HttpRequest) -> ApiError {
    let routes = request.app_data::<web::Data<RouteTable>>();
    let methods = routes.and_then(|routes| routes.methods(request.path()));
    methods.map_or(ApiError::NotFound, |of| ApiError::Method(of.to_vec()))
}
