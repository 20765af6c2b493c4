//! R9, the margin law: how many lost beats the settings forgive.

use std::time::Duration;

use super::Policy;

/// A configuration under which one lost beat would take a user offline. The message spells the
/// sum out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MarginError(String);

impl Policy {
    /// R9: to survive `k` lost beats, `(k+1)*heartbeat_interval + clock_skew + coalesce +
    /// refresh <= window`; `k` is to be at least 1.
    ///
    /// # Errors
    ///
    /// When it is less, with the sum spelled out.
    pub fn check_margin(&self) -> Result<(), MarginError> {
        let slack = [self.clock_skew, self.coalesce, self.refresh];
        let sum = slack
            .into_iter()
            .fold(self.heartbeat_interval.saturating_mul(2), Duration::saturating_add);
        if sum <= self.window {
            return Ok(());
        }
        let [skew, coalesce, refresh] = slack.map(|term| term.as_secs_f64());
        Err(MarginError(format!(
            "one lost beat would take users offline: 2*heartbeat_interval + clock_skew + coalesce \
             + refresh = 2*{} + {skew} + {coalesce} + {refresh} = {} s, which is over the window \
             of {} s",
            self.heartbeat_interval.as_secs_f64(),
            sum.as_secs_f64(),
            self.window.as_secs_f64(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::policy, *};

    #[test]
    fn the_defaults_forgive_one_lost_beat() {
        assert_eq!(policy().check_margin(), Ok(()));
    }

    #[test]
    fn the_sum_may_reach_the_window_and_is_spelled_out_beyond_it() {
        let window = |seconds| Policy { window: Duration::from_secs(seconds), ..policy() };
        assert_eq!(window(281).check_margin(), Ok(()));
        assert_eq!(
            window(280).check_margin().unwrap_err().to_string(),
            "one lost beat would take users offline: 2*heartbeat_interval + clock_skew + coalesce \
             + refresh = 2*120 + 30 + 10 + 1 = 281 s, which is over the window of 280 s"
        );
    }
}
