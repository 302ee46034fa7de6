//! Keeps steps and forks apart.
//!
//! A child that is forked in the middle of a step would find SQLite's own locks taken by threads that it does not have,
//! and would wait for them forever. So a fork waits until no step is under way, and steps that come meanwhile wait for
//! the fork. Between two steps the child's copies of the connections are whole, and it can close them.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread::sleep;
use std::time::Duration;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// While it lives, forks wait.
pub(crate) struct HeldOff;

/// Holds off forks, after those that are under way.
pub(crate) fn hold_off() -> HeldOff {
    watch();
    loop {
        RUNNING.fetch_add(1, SeqCst);
        if FORKING.load(SeqCst) == 0 {
            return HeldOff;
        }
        RUNNING.fetch_sub(1, SeqCst);
        sleep(PAUSE);
    }
}

impl Drop for HeldOff {
    fn drop(&mut self) {
        RUNNING.fetch_sub(1, SeqCst);
    }
}

const PAUSE: Duration = Duration::from_micros(100);

#[cfg(unix)]
fn watch() {
    use std::sync::Once;
    static WATCH: Once = Once::new();
    /// Ten seconds. A fork must not hang for a step that does, and a child of that fork can still time out.
    const PAUSES: usize = 100_000;
    extern "C" fn before() {
        FORKING.fetch_add(1, SeqCst);
        let mut pauses = 0;
        while RUNNING.load(SeqCst) > 0 && pauses < PAUSES {
            sleep(PAUSE);
            pauses += 1;
        }
    }
    extern "C" fn in_parent() {
        FORKING.fetch_sub(1, SeqCst);
    }
    extern "C" fn in_child() {
        FORKING.store(0, SeqCst);
        RUNNING.store(0, SeqCst);
    }
    #[allow(unsafe_code)]
    // SAFETY: the handlers touch atomics and sleep, which is allowed around any fork.
    WATCH.call_once(|| unsafe {
        libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child));
    });
}

#[cfg(not(unix))]
fn watch() {}
