//! The answer for the latest set: made once in each encoding, when somebody asks for it.

use std::sync::Arc;

use actix_web::{
    rt,
    web::{self, Bytes},
};
use arc_swap::ArcSwapOption;
use openapi::model::Seconds;
use presence::OnlineSet;
use tokio::sync::OnceCell;

use super::{
    bodies,
    encoding::{Coding, WORTH_COMPRESSING},
    error::ApiError,
};

/// What all who ask for the set of everybody online are answered.
#[derive(Debug, Default)]
pub(super) struct LatestAnswer(ArcSwapOption<Answer>);

#[derive(Debug)]
struct Answer {
    set: Arc<OnlineSet>,
    plain: OnceCell<Bytes>,
    compressed: [OnceCell<Bytes>; Coding::ALL.len()],
}

/// A set of so many is encoded aside, on a thread of its own: it takes long enough for other
/// requests to be kept waiting.
const LARGE: usize = 8 * 1024;

impl LatestAnswer {
    /// The answer for `set` in the `wanted` coding, and whether that was worth it.
    pub(super) async fn encoded(
        &self,
        set: &Arc<OnlineSet>,
        poll_interval: Seconds,
        wanted: impl FnOnce() -> Option<Coding>,
    ) -> Result<(Bytes, Option<Coding>), ApiError> {
        let answer = self.of(set);
        let plain = answer.plain(poll_interval).await?;
        let worth_it = plain.len() >= WORTH_COMPRESSING;
        match worth_it.then(wanted).flatten() {
            None => Ok((plain, None)),
            Some(coding) => Ok((answer.compressed(plain, coding).await?, Some(coding))),
        }
    }

    fn of(&self, set: &Arc<OnlineSet>) -> Arc<Answer> {
        let of_set = |answer: &Option<Arc<Answer>>| {
            answer.as_ref().filter(|answer| Arc::ptr_eq(&answer.set, set)).map(Arc::clone)
        };
        if let Some(answer) = of_set(&self.0.load()) {
            return answer;
        }
        let fresh = Arc::new(Answer::new(Arc::clone(set)));
        // Of all who find the set new, one puts its answer here; the others take that.
        self.0.rcu(|latest| of_set(latest).or_else(|| Some(Arc::clone(&fresh))));
        // Or the next set has overtaken this one already.
        of_set(&self.0.load()).unwrap_or(fresh)
    }
}

impl Answer {
    fn new(set: Arc<OnlineSet>) -> Self {
        Self { set, plain: OnceCell::new(), compressed: Default::default() }
    }

    async fn plain(self: &Arc<Self>, poll_interval: Seconds) -> Result<Bytes, ApiError> {
        let encode = move |Self { set, .. }: &Self| {
            Some(bodies::full(set.ids(), set.cursor(), poll_interval))
        };
        self.once(|answer| &answer.plain, encode).await
    }

    async fn compressed(self: &Arc<Self>, plain: Bytes, coding: Coding) -> Result<Bytes, ApiError> {
        let compress = move |_: &Self| coding.compress(&plain).ok().map(Bytes::from);
        self.once(move |answer| &answer.compressed[coding as usize], compress).await
    }

    /// What is in the cell, which the first who asks has `make` fill.
    async fn once(
        self: &Arc<Self>,
        cell: impl Fn(&Self) -> &OnceCell<Bytes> + 'static,
        make: impl FnOnce(&Self) -> Option<Bytes> + Send + 'static,
    ) -> Result<Bytes, ApiError> {
        if let Some(made) = cell(self).get() {
            return Ok(made.clone());
        }
        let answer = Arc::clone(self);
        // In a task of its own: whoever asked first may leave, and the next would begin anew.
        let task = rt::spawn(async move {
            let body = cell(&answer).get_or_try_init(|| Self::make(Arc::clone(&answer), make));
            body.await.cloned()
        });
        task.await.unwrap_or(Err(ApiError::Unknown))
    }

    async fn make(
        self: Arc<Self>,
        make: impl FnOnce(&Self) -> Option<Bytes> + Send + 'static,
    ) -> Result<Bytes, ApiError> {
        let body = if self.set.ids().len() < LARGE {
            make(&self)
        } else {
            web::block(move || make(&self)).await.ok().flatten()
        };
        body.ok_or(ApiError::Unknown)
    }
}
