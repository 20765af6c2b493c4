//! Nonsense, made up for a while: ten seconds a target, or `FUZZ_SECONDS`. What it finds becomes a test
//! with a name; the seed that failed is printed.

use std::time::{Duration, Instant};

use proptest::{
    prelude::*,
    test_runner::{Config, TestCaseResult, TestRunner},
};
use serde_json::{Map, Value};

mod configuration;
mod tokens;

/// Tries `check` with what `strategy` makes up until the time is over.
pub(crate) fn for_a_while<S: Strategy>(strategy: S, check: impl Fn(S::Value) -> TestCaseResult) {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let until = Instant::now() + Duration::from_secs(seconds.unwrap_or(10));
    let config = Config { cases: 256, failure_persistence: None, ..Config::default() };
    while Instant::now() < until {
        let mut runner = TestRunner::new(config.clone());
        runner.run(&strategy, &check).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// Any JSON, some of it with what is looked for in it: `names`, and `words`.
pub(crate) fn json(
    names: &'static [&'static str],
    words: &'static [&'static str],
) -> impl Strategy<Value = Value> {
    let name = prop_oneof![proptest::sample::select(names).prop_map(str::to_owned), ".{0,8}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (0_u64..20).prop_map(Value::from),
        proptest::sample::select(words).prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 8, move |inner| {
        let members = proptest::collection::vec((name.clone(), inner.clone()), 0..8);
        prop_oneof![
            proptest::collection::vec(inner, 0..8).prop_map(Value::from),
            members.prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
