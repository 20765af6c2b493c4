//! Which pages of other origins may ask (CORS): those that are configured, and none by default.

use actix_cors::{Cors, CorsError};
use actix_web::{
    HttpRequest,
    body::{EitherBody, MessageBody},
    dev::ServiceResponse,
    http::{
        Method,
        header::{ACCESS_CONTROL_REQUEST_HEADERS, HeaderName},
    },
    middleware::Condition,
    web,
};

use super::error::ApiError;
use crate::{
    plain_text::plain_text,
    settings::{AllowedHeader, Origin},
};

/// For how long a browser need not ask again whether it may ask: a day. It takes less if it likes.
const PREFLIGHT_SECONDS: usize = 24 * 60 * 60;

/// What a client of the API sends, and what browsers and libraries for requests send with it.
const HEADERS: [&str; 12] = [
    "accept",
    "accept-language",
    "authorization",
    "cache-control",
    "content-language",
    "content-type",
    "if-none-match",
    "last-event-id",
    "pragma",
    "x-correlation-id",
    "x-request-id",
    "x-requested-with",
];

/// What is added to requests of a page in which traces are taken or errors reported: by OpenTelemetry
/// (W3C, B3, Jaeger, `OpenTracing`), Sentry, Datadog, New Relic, Elastic, Dynatrace, `AppDynamics`,
/// Instana, Azure, AWS, Google Cloud, `PostHog`, `LogRocket` and Highlight. Nothing here reads any of it.
const TRACING: [&str; 38] = [
    "adrum",
    "b3",
    "baggage",
    "elastic-apm-traceparent",
    "newrelic",
    "ot-tracer-sampled",
    "ot-tracer-spanid",
    "ot-tracer-traceid",
    "request-context",
    "request-id",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-cloud-trace-context",
    "x-datadog-origin",
    "x-datadog-parent-id",
    "x-datadog-sampled",
    "x-datadog-sampling-priority",
    "x-datadog-tags",
    "x-datadog-trace-id",
    "x-dtc",
    "x-dtpc",
    "x-highlight-request",
    "x-instana-l",
    "x-instana-s",
    "x-instana-t",
    "x-logrocket-url",
    "x-ot-span-context",
    "x-posthog-distinct-id",
    "x-posthog-session-id",
    "x-posthog-window-id",
];

/// Who may ask, and what they may send along.
#[derive(Clone, Debug)]
pub(crate) struct CorsRules {
    origins: Vec<Origin>,
    /// None is all.
    headers: Option<Vec<HeaderName>>,
}

impl CorsRules {
    /// These `origins`, with the usual headers and `added`.
    pub(super) fn new(origins: &[Origin], added: &[AllowedHeader]) -> Self {
        let usual = HEADERS.iter().chain(&TRACING).map(|name| HeaderName::from_static(name));
        let added = added.iter().map(|header| match header {
            AllowedHeader::Any => None,
            AllowedHeader::One(name) => Some(name.clone()),
        });
        Self { origins: origins.to_vec(), headers: usual.map(Some).chain(added).collect() }
    }

    /// The part of the application that tells browsers, if there is anything to tell.
    pub(super) fn middleware(&self) -> Condition<Cors> {
        let cors = Cors::default()
            .allowed_methods([
                Method::GET,
                Method::HEAD,
                Method::POST,
                Method::PUT,
                Method::PATCH,
                Method::DELETE,
            ])
            .expose_headers(["etag", "retry-after", "age", "x-request-id"])
            .max_age(PREFLIGHT_SECONDS);
        let cors = match &self.headers {
            Some(names) => cors.allowed_headers(names),
            None => cors.allow_any_header(),
        };
        let cors = self.origins.iter().fold(cors, |cors, origin| match origin {
            // Tokens are sent by scripts, never by browsers on their own: so this gives nothing away.
            Origin::Any => cors.allow_any_origin().send_wildcard(),
            Origin::One(origin) => cors.allowed_origin(origin),
        });
        Condition::new(!self.origins.is_empty(), cors)
    }

    /// The first header that a page wants to send along and may not.
    fn unknown<'a>(&self, request: &'a HttpRequest) -> Option<&'a str> {
        let wanted = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS)?.to_str().ok()?;
        let known = self.headers.as_deref()?;
        let is_known =
            |name: &str| known.iter().any(|known| name.eq_ignore_ascii_case(known.as_str()));
        wanted.split(',').map(str::trim).find(|name| !is_known(name))
    }
}

/// A refusal in the form of all others.
pub(super) fn as_problem<B: MessageBody>(
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let refusal = response.response().error().and_then(|error| error.as_error::<CorsError>());
    match refusal.map(|refusal| problem(refusal, response.request())) {
        None => response.map_into_left_body(),
        Some(problem) => {
            let (request, _) = response.into_parts();
            ServiceResponse::from_err(problem, request).map_into_right_body()
        }
    }
}

/// The longest name of a header that is told.
const LONGEST_NAME: usize = 64;

/// The refusal, which whoever sets the page up reads in the browser's tools.
fn problem(refusal: &CorsError, request: &HttpRequest) -> ApiError {
    use CorsError::{BadRequestHeaders, BadRequestMethod, HeadersNotAllowed};
    use CorsError::{MethodNotAllowed, MissingRequestMethod};
    if matches!(refusal, HeadersNotAllowed | BadRequestHeaders) {
        let rules = request.app_data::<web::Data<CorsRules>>();
        let name = rules.and_then(|rules| rules.unknown(request)).unwrap_or_default();
        let name = plain_text(name, LONGEST_NAME);
        let detail = format!("`{name}` is not allowed: server.allowed_headers may add it");
        return ApiError::field("access-control-request-headers", detail);
    }
    let of_method = matches!(refusal, MissingRequestMethod | BadRequestMethod | MethodNotAllowed);
    ApiError::field(if of_method { "access-control-request-method" } else { "origin" }, refusal)
}
