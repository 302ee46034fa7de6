//! Connections that threads take turns at, and how long they wait for one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::sleep;
use std::time::{Duration, Instant};

use toolgate::fork;

use crate::connection::{Opened, Place};
use crate::error::Failure;
use crate::forking;

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
    pub(crate) fn of(most: usize) -> Arc<Pool> {
        let _running = forking::hold_off();
        let pool = Arc::new(Pool { state: Mutex::default(), moved: Condvar::new(), most });
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|pool| pool.strong_count() > 0);
        all.push(Arc::downgrade(&pool));
        pool
    }

    /// Waits for a turn. `None` if there was none in time.
    pub(crate) fn take(&self, patience: &Patience) -> Option<Lease<'_>> {
        begin_anew_in_a_child();
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
            *state = State { generation, ..State::default() };
        }
        state
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let _running = forking::hold_off();
        self.lock().idle.clear();
    }
}

/// All pools of this process.
static ALL: Mutex<Vec<Weak<Pool>>> = Mutex::new(Vec::new());

/// Closes every connection that a forked child has inherited before it opens one of its own: SQLite shares locks among
/// the connections of a process, and the child has none of the locks that its parent took. Closing frees nothing of the
/// parent's, and writes nothing.
fn begin_anew_in_a_child() {
    static GENERATION: AtomicU64 = AtomicU64::new(0);
    let generation = fork::generation();
    if GENERATION.load(Ordering::Acquire) != generation {
        let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().filter_map(Weak::upgrade).for_each(|pool| drop(pool.lock()));
        GENERATION.store(generation, Ordering::Release);
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
