//! The thread that talks to the server, so that callers need no async runtime and may well be inside one.
//!
//! A call hands it a future and waits for the answer until its deadline, whatever becomes of the future.

use std::future::Future;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::fault::Fault;

/// Runs futures on one thread, which ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Engine {
    handle: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    pub(crate) fn start() -> Result<Engine, Fault> {
        let lost = |error: std::io::Error| Fault::Lost(format!("no thread for the database: {error}"));
        let runtime = Builder::new_current_thread().enable_io().enable_time().build().map_err(lost)?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            // It ends with either a word or the sender's end.
            let _ = runtime.block_on(stopped);
            // A look-up of a name that hangs must not hold up whoever drops the store.
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new().name("toolgate-postgres".into()).spawn(run).map_err(lost)?;
        Ok(Engine { handle, stop: Some(stop), thread: Some(thread) })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been answered as a lost connection wherever somebody waited.
            let _ = thread.join();
        }
    }
}

/// What `future` gives, if it does before the deadline.
pub(crate) fn wait<T: Send + 'static>(
    handle: &Handle,
    deadline: Instant,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, Fault> {
    let (answer, answered) = mpsc::sync_channel(1);
    let task = handle.spawn(async move {
        // Nobody waits any more if the deadline has passed.
        let _ = answer.send(future.await);
    });
    answered.recv_timeout(deadline.saturating_duration_since(Instant::now())).map_err(|error| match error {
        RecvTimeoutError::Timeout => {
            task.abort();
            Fault::Late("the database did not answer in time".into())
        }
        RecvTimeoutError::Disconnected => Fault::Lost("the connection to the database broke".into()),
    })
}
