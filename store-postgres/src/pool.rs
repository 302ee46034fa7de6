//! The connections of one process: so many at most, and a bounded wait for one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;
use toolgate::fork;

use crate::connection::Connection;
use crate::engine::Engine;
use crate::fault::Fault;
use crate::options::Options;

/// Connections that are free, and how many there may still be.
#[derive(Debug)]
pub(crate) struct Pool {
    generation: u64,
    options: Options,
    state: Mutex<State>,
    engine: Option<Engine>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    idle: Vec<Connection>,
    /// All there are, idle or lent.
    open: usize,
}

impl Pool {
    pub(crate) fn start(options: Options) -> Result<Pool, Fault> {
        Ok(Pool {
            generation: fork::generation(),
            options,
            state: Mutex::default(),
            engine: Some(Engine::start()?),
            freed: Condvar::new(),
        })
    }

    /// Whether this process made it. The connections of a parent are the parent's: two that talk on one would read each
    /// other's answers.
    pub(crate) fn is_own(&self) -> bool {
        self.generation == fork::generation()
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// A connection that nobody else has: one that is free, or a new one while there may be more.
    pub(crate) fn lend(self: &Arc<Pool>, deadline: Instant) -> Result<Lease, Fault> {
        let mut lease = Lease { pool: Arc::clone(self), connection: self.reserve(deadline)?, is_clean: false };
        if lease.connection.is_none() {
            // If it cannot be made, the lease gives its place back.
            lease.connection = Some(self.connect(deadline)?);
        }
        Ok(lease)
    }

    fn connect(&self, deadline: Instant) -> Result<Connection, Fault> {
        let engine = self.engine.as_ref().ok_or_else(|| Fault::Lost("the store is closed".into()))?;
        Connection::open(engine.handle(), self.options.config(), deadline)
    }

    /// A free connection, or none and the right to make one.
    fn reserve(&self, deadline: Instant) -> Result<Option<Connection>, Fault> {
        let mut state = self.lock();
        loop {
            while let Some(connection) = state.idle.pop() {
                if !connection.is_closed() {
                    return Ok(Some(connection));
                }
                state.open -= 1;
            }
            if state.open < self.options.connections_max() {
                state.open += 1;
                return Ok(None);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Fault::Late("every connection to the database was in use".into()));
            }
            state = self.freed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic happens while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if !self.is_own() {
            // In a forked child there is no thread to join, and closing would take the parent's connections out of the
            // parent's selector. They are left as they are.
            std::mem::forget(self.engine.take());
            std::mem::forget(std::mem::take(&mut self.state));
        }
    }
}

/// A connection while it is lent. Unless it is [`Lease::give_back`] it is ended: nobody knows what it is in the middle of.
#[derive(Debug)]
pub(crate) struct Lease {
    pool: Arc<Pool>,
    connection: Option<Connection>,
    is_clean: bool,
}

impl Lease {
    pub(crate) fn connection(&self) -> Result<&Connection, Fault> {
        self.connection.as_ref().ok_or_else(|| Fault::Lost("there is no connection to the database".into()))
    }

    /// Says that no transaction is open on it.
    pub(crate) fn give_back(mut self) {
        self.is_clean = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let connection = self.connection.take();
        let mut state = self.pool.lock();
        match connection {
            Some(connection) if self.is_clean && !connection.is_closed() => state.idle.push(connection),
            ended => {
                state.open -= 1;
                drop(state);
                drop(ended);
            }
        }
        self.pool.freed.notify_one();
    }
}
