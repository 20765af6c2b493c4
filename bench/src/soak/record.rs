//! What came of it: counts, and the rules that held or did not.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

/// How many breaches of each rule are told in full.
const TOLD: u64 = 10;

/// What was counted, under names that go into the table.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Requests by kind.
    pub(crate) requests: RefCell<BTreeMap<&'static str, u64>>,
    /// Requests without the answer that they wanted, by what they got instead.
    pub(crate) failures: RefCell<BTreeMap<String, u64>>,
    /// How long recovery took, by the kind of fault.
    pub(crate) recoveries: RefCell<BTreeMap<&'static str, Vec<Duration>>>,
    /// How often each rule held, and how often not.
    pub(crate) rules: RefCell<BTreeMap<&'static str, [u64; 2]>>,
    /// How long answers took that did not have to wait.
    pub(crate) latencies: RefCell<Vec<Duration>>,
    /// Turns of users who still waited for an answer.
    pub(crate) skipped: Cell<u64>,
}

impl Record {
    pub(crate) fn request(&self, kind: &'static str) {
        *self.requests.borrow_mut().entry(kind).or_default() += 1;
    }

    pub(crate) fn failure(&self, what: &str) {
        *self.failures.borrow_mut().entry(what.to_owned()).or_default() += 1;
    }

    pub(crate) fn recovery(&self, fault: &'static str, took: Duration) {
        self.recoveries.borrow_mut().entry(fault).or_default().push(took);
    }

    /// Counts whether `rule` held, and tells of `breach` if not.
    pub(crate) fn check(&self, rule: &'static str, held: bool, breach: impl FnOnce() -> String) {
        let mut rules = self.rules.borrow_mut();
        let [passed, failed] = rules.entry(rule).or_default();
        if held {
            *passed += 1;
        } else {
            *failed += 1;
            if *failed <= TOLD {
                eprintln!("broken: {rule}: {}", breach());
            }
        }
    }

    /// Whether every rule held that was looked at.
    pub(crate) fn all_held(&self) -> bool {
        self.rules.borrow().values().all(|[_, failed]| *failed == 0)
    }
}
