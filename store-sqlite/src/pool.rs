//! Connections that threads take turns at, and how long they wait for one.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use toolgate::fork;

use crate::connection::{Opened, Place};
use crate::error::Failure;

/// At most so many connections of this process.
#[derive(Debug)]
pub(crate) struct Pool {
    state: Mutex<State>,
    returned: Condvar,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    generation: u64,
    idle: Vec<Opened>,
    taken: usize,
}

/// A turn. Its connection goes back to the pool with it.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    opened: Option<Opened>,
    generation: u64,
}

/// How long somebody still waits.
pub(crate) struct Patience {
    end: Instant,
    pauses: u32,
}

impl Pool {
    pub(crate) fn of(most: usize) -> Pool {
        Pool { state: Mutex::default(), returned: Condvar::new(), most }
    }

    /// Waits for a turn. `None` if there was none in time.
    pub(crate) fn take(&self, patience: &Patience) -> Option<Lease<'_>> {
        let is_full = |state: &mut State| state.taken >= self.most;
        let waited = self.returned.wait_timeout_while(self.lock(), patience.left(), is_full);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if is_full(&mut state) {
            return None;
        }
        state.taken += 1;
        Some(Lease { pool: self, opened: state.idle.pop(), generation: state.generation })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let generation = fork::generation();
        if state.generation != generation {
            // A forked child begins anew. Closing its copies frees nothing of the parent's: locks are not inherited, and
            // nothing is written when a connection is closed.
            *state = State { generation, ..State::default() };
        }
        state
    }
}

impl Lease<'_> {
    /// The connection to what is at `place` now.
    pub(crate) fn connection(&mut self, place: &Place) -> Result<&mut rusqlite::Connection, Failure> {
        if self.opened.as_ref().is_some_and(|opened| !opened.is_at(place)) {
            self.opened = None;
        }
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => place.open()?,
        };
        Ok(&mut self.opened.insert(opened).connection)
    }

    /// The connection is not to be used again.
    pub(crate) fn spoil(&mut self) {
        self.opened = None;
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self.pool.lock();
        if state.generation == self.generation {
            state.taken -= 1;
            state.idle.extend(self.opened.take());
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}

#[allow(clippy::disallowed_methods)] // how long one waits is no matter of what time it is
impl Patience {
    pub(crate) fn new(wait: Duration) -> Patience {
        let now = Instant::now();
        Patience { end: now.checked_add(wait).unwrap_or(now), pauses: 0 }
    }

    fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Waits a little, a little longer each time. `false` if there is no time left.
    pub(crate) fn pause(&mut self) -> bool {
        let left = self.left();
        if left.is_zero() {
            return false;
        }
        self.pauses += 1;
        sleep(left.min(SHORTEST_PAUSE * self.pauses.min(MOST_PAUSES)));
        true
    }
}

/// A step takes about as long.
const SHORTEST_PAUSE: Duration = Duration::from_micros(200);
const MOST_PAUSES: u32 = 10;
