//! Connections that threads take turns at, and how long they wait for one.

use std::collections::VecDeque;
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
    /// Somebody came back, or left the queue.
    moved: Condvar,
    most: usize,
}

#[derive(Debug, Default)]
struct State {
    generation: u64,
    idle: Vec<Opened>,
    taken: usize,
    /// Who waits, by number, first come first.
    queue: VecDeque<u64>,
    came: u64,
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
        Pool { state: Mutex::default(), moved: Condvar::new(), most }
    }

    /// Waits for a turn. `None` if there was none in time.
    pub(crate) fn take(&self, patience: &Patience) -> Option<Lease<'_>> {
        let mut state = self.lock();
        let own = state.came;
        state.came += 1;
        state.queue.push_back(own);
        let must_wait = |state: &mut State| state.taken >= self.most || state.queue.front() != Some(&own);
        let waited = self.moved.wait_timeout_while(state, patience.left(), must_wait);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let is_late = must_wait(&mut state);
        state.queue.retain(|number| *number != own);
        self.moved.notify_all();
        if is_late {
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
    pub(crate) fn connection(&mut self, place: &Place) -> Result<&Opened, Failure> {
        if self.opened.as_ref().is_some_and(|opened| !opened.is_at(place)) {
            self.opened = None;
        }
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => place.open()?,
        };
        Ok(self.opened.insert(opened))
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
        self.pool.moved.notify_all();
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

    /// Waits for whoever is about to end. `false` if there is no time left.
    pub(crate) fn blink(&self) -> bool {
        let left = self.left();
        sleep(left.min(BLINK));
        !left.is_zero()
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

/// A step takes some times as long.
const BLINK: Duration = Duration::from_micros(50);
const SHORTEST_PAUSE: Duration = Duration::from_micros(200);
const MOST_PAUSES: u32 = 5;
