//! Problems of a service that a proxy puts under a path.

use actix_web::{
    body::{BoxBody, EitherBody, MessageBody},
    dev::ServiceResponse,
};

use super::error::ApiError;
use crate::settings::BasePath;

/// The answer, in which the `type` of a problem leads to its page under `base`.
pub(super) fn under<B: MessageBody>(
    base: &BasePath,
    response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let error = response.response().error().and_then(|error| error.as_error::<ApiError>());
    let Some(error) = error.filter(|_| !base.as_str().is_empty()) else {
        return response.map_into_left_body();
    };
    let mut problem = error.problem();
    problem.kind.insert_str(0, base.as_str());
    let body = BoxBody::new(serde_json::to_string(&problem).unwrap_or_default());
    response.map_body(|_, _| EitherBody::right(body))
}
