//! Whether a transaction that came to nothing is tried again.

use std::time::Duration;

use tokio::time::Instant;
use toolgate::store::StoreError;

use crate::fault::Fault;

/// How often a transaction that others were in the way of is tried again.
const CONFLICTS_MAX: u32 = 30;
/// How often a connection that turns out to be broken is replaced.
const LOSSES_MAX: u32 = 3;
/// The longest pause before another try.
const PAUSE_MAX: Duration = Duration::from_millis(100);

/// The tries of one call.
#[derive(Debug)]
pub(crate) struct Tries {
    deadline: Instant,
    conflicts: u32,
    losses: u32,
}

impl Tries {
    pub(crate) fn until(deadline: Instant) -> Tries {
        Tries { deadline, conflicts: 0, losses: 0 }
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Waits for the next try, or says why there is none. While nobody knows whether something was committed, there is
    /// one as long as there is time.
    pub(crate) fn again(&mut self, fault: Fault, is_unknown: bool) -> Result<(), StoreError> {
        let may = match fault {
            Fault::Conflict(_) => {
                self.conflicts += 1;
                self.conflicts <= CONFLICTS_MAX
            }
            Fault::Lost(_) => {
                self.losses += 1;
                is_unknown || self.losses <= LOSSES_MAX
            }
            Fault::Late(_) | Fault::Foreign(_) | Fault::Refused(_) => false,
        };
        let pause = self.pause();
        if may && pause < self.deadline.saturating_duration_since(Instant::now()) {
            std::thread::sleep(pause);
            return Ok(());
        }
        Err(if is_unknown { fault.with("; whether it was done is not known").into() } else { fault.into() })
    }

    /// Longer each time, and another for each process, so that those in each other's way do not meet again.
    fn pause(&self) -> Duration {
        let longest = PAUSE_MAX.min(Duration::from_millis(1 << (self.conflicts + self.losses).min(10)));
        let share = getrandom::u32().unwrap_or_else(|_| std::process::id());
        longest * (share % 100) / 100
    }
}
