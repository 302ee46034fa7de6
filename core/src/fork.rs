//! Tells whether this process is still the one that made a piece of state.
//!
//! After `fork()` the child holds the parent's locks in whatever state they were and would hand out the parent's
//! ids. State that must not cross carries the [`generation`] it was made in; on a mismatch it is left alone, locks
//! untouched, and made anew.

use std::sync::atomic::{AtomicU64, Ordering};

static GENERATION: AtomicU64 = AtomicU64::new(1);

/// A number that differs between a process and its forked children. Costs one load.
pub fn generation() -> u64 {
    watch();
    GENERATION.load(Ordering::Relaxed)
}

#[cfg(unix)]
fn watch() {
    use std::sync::Once;
    static WATCH: Once = Once::new();
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    #[allow(unsafe_code)]
    // SAFETY: the handler only adds to an atomic, which is allowed in a child of any process, threads or not.
    WATCH.call_once(|| unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    });
}

#[cfg(not(unix))]
fn watch() {}
