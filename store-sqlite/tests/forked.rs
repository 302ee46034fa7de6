//! A store goes on in forked children, while the parent's threads write to it.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    unsafe_code,
    missing_docs
)] // a test may fail, and fork

mod common;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use common::{at, held, hold, open, place, step};
use toolgate::store::{Begun, Settlement, Store, Total};

const CHILDREN: i64 = 40;

#[test]
fn children_and_parent_write_to_one_store() {
    let (_directory, path) = place();
    let store = open(&path);
    let (is_over, charged) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for thread in 0..3 {
            let (store, is_over, charged) = (&store, &is_over, &charged);
            scope.spawn(move || {
                for turn in 0.. {
                    if is_over.load(Ordering::Relaxed) {
                        break;
                    }
                    take(store, &format!("parent-{thread}-{turn}"));
                    charged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let statuses: Vec<_> =
            (0..CHILDREN).map(|number| wait(in_child(|| take(&store, &format!("child-{number}"))))).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(statuses.iter().all(|status| *status == 0), "{statuses:?}");
    });
    let all = charged.into_inner() as i64 + CHILDREN;
    assert_eq!(held(&store, "x"), Total { amount: all, count: 0 });
    assert_eq!(held(&open(&path), "x"), Total { amount: all, count: 0 });
}

/// A connection that is not locked for its own process would be overlooked by others who clear up.
#[cfg(target_os = "linux")]
#[test]
fn a_child_has_locks_of_its_own() {
    let (_directory, path) = place();
    let (store, other) = (open(&path), open(&path));
    take(&store, "parent");
    assert!(held(&other, "x").amount == 1);
    let child = in_child(|| {
        take(&store, "child");
        let locks = std::fs::File::open("/proc/locks").map(std::io::read_to_string).unwrap().unwrap();
        let own = format!(" {} ", std::process::id());
        assert!(locks.lines().any(|line| line.contains("POSIX") && line.contains(&own)), "{locks}");
    });
    assert_eq!(wait(child), 0);
    assert_eq!(held(&other, "x").amount, 2);
}

/// Charges one and settles it.
fn take(store: &dyn Store, id: &str) {
    assert_eq!(store.begin(&step(id, vec![hold("x", 1, None)]), None).unwrap(), Begun::Done);
    assert!(store.settle(id, at(1), &Settlement::Spent(vec![])).unwrap());
}

/// Runs `work` in a forked child, which ends with 0 if it does not panic.
fn in_child(work: impl FnOnce()) -> libc::pid_t {
    // SAFETY: the child does its work and ends without returning to the test.
    let child = unsafe { libc::fork() };
    if child == 0 {
        // SAFETY: a child that hangs is ended, and one that is done runs nothing more.
        unsafe { libc::alarm(60) };
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        unsafe { libc::_exit(i32::from(done.is_err())) };
    }
    assert!(child > 0, "{}", std::io::Error::last_os_error());
    child
}

fn wait(child: libc::pid_t) -> i32 {
    let mut status = 0;
    // SAFETY: `status` is a number to write to.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    status
}
