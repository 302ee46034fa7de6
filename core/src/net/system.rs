//! Asks the operating system for the addresses of a name, and waits no longer than it was told to.
//!
//! The system's own look-up cannot be interrupted, so each runs on a thread of its own that nobody has to wait for:
//! one that comes too late is dropped, and how many may be under way is bounded. None of them outlives the process.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use arc_swap::ArcSwap;

use super::resolve::{ResolveError, Resolver, StaticResolver};
use crate::{fork, limits};

/// Asks the operating system, and before it the names it was given, as `/etc/hosts` would.
pub struct SystemResolver {
    timeout: Duration,
    known: StaticResolver,
    desk: ArcSwap<Desk>,
}

impl SystemResolver {
    /// Waits at most `timeout` for each name.
    pub fn new(timeout: Duration) -> SystemResolver {
        SystemResolver { timeout, known: StaticResolver::default(), desk: ArcSwap::from_pointee(Desk::new()) }
    }

    /// Takes the addresses of names in `known` from there.
    pub fn knowing(self, known: StaticResolver) -> SystemResolver {
        SystemResolver { known, ..self }
    }

    /// The desk of this process: what its parent had under way does not run in a forked child.
    fn desk(&self) -> Arc<Desk> {
        let desk = self.desk.load_full();
        if desk.generation == fork::generation() {
            return desk;
        }
        let fresh = Arc::new(Desk::new());
        self.desk.store(fresh.clone());
        fresh
    }

    fn ask(&self, host: &str, look_up: fn(&str) -> Answer) -> Answer {
        let ticket = Ticket::take(self.desk()).ok_or(ResolveError::Busy)?;
        let (sender, answer) = sync_channel(1);
        let host = host.to_owned();
        let work = move || {
            let found = look_up(&host);
            drop(ticket);
            // Nobody may be waiting any more.
            let _ = sender.send(found);
        };
        std::thread::Builder::new().name("toolgate-resolve".to_owned()).spawn(work).map_err(|_| ResolveError::Busy)?;
        answer.recv_timeout(self.timeout).unwrap_or_else(|why| match why {
            RecvTimeoutError::Timeout => Err(ResolveError::TimedOut),
            RecvTimeoutError::Disconnected => Err(ResolveError::Failed),
        })
    }
}

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str) -> Answer {
        match self.known.get(host) {
            Some(addresses) => Ok(addresses.to_vec()),
            None => self.ask(host, look_up),
        }
    }
}

type Answer = Result<Vec<IpAddr>, ResolveError>;

#[allow(clippy::disallowed_methods)] // the one place that asks the system
fn look_up(host: &str) -> Answer {
    let found = (host, 0).to_socket_addrs().map_err(|_| ResolveError::Failed)?;
    // One more than may be, so that too many are seen to be too many.
    let addresses: Vec<IpAddr> = found.map(|address| address.ip()).take(limits::ADDRESSES_MAX + 1).collect();
    if addresses.is_empty() { Err(ResolveError::NotFound) } else { Ok(addresses) }
}

/// Counts the look-ups under way in one process.
struct Desk {
    generation: u64,
    under_way: AtomicUsize,
}

impl Desk {
    fn new() -> Desk {
        Desk { generation: fork::generation(), under_way: AtomicUsize::new(0) }
    }
}

/// The right to one look-up, given back when it is dropped.
struct Ticket(Arc<Desk>);

impl Ticket {
    fn take(desk: Arc<Desk>) -> Option<Ticket> {
        let before = desk.under_way.fetch_add(1, Ordering::Relaxed);
        let ticket = Ticket(desk);
        (before < limits::LOOKUPS_MAX).then_some(ticket)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolver(timeout_ms: u64) -> SystemResolver {
        SystemResolver::new(Duration::from_millis(timeout_ms))
    }

    #[test]
    fn the_system_knows_this_machine() {
        let found = resolver(5_000).resolve("localhost").unwrap();
        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
    }

    #[test]
    fn what_is_given_comes_before_the_system() {
        let one = IpAddr::from([192, 0, 2, 1]);
        let resolver = resolver(5_000).knowing(StaticResolver::new([("localhost", vec![one])]));
        assert_eq!(resolver.resolve("localhost"), Ok(vec![one]));
    }

    #[test]
    fn nobody_waits_longer_than_was_said() {
        fn never(_: &str) -> Answer {
            loop {
                std::thread::park();
            }
        }
        let resolver = resolver(2);
        for _ in 0..limits::LOOKUPS_MAX {
            assert_eq!(resolver.ask("slow.example", never), Err(ResolveError::TimedOut));
        }
        assert_eq!(resolver.ask("slow.example", never), Err(ResolveError::Busy));
    }

    #[test]
    fn a_look_up_that_ends_makes_room_for_another() {
        let resolver = resolver(5_000);
        for _ in 0..3 * limits::LOOKUPS_MAX {
            assert_eq!(resolver.ask("a.example", |_| Err(ResolveError::NotFound)), Err(ResolveError::NotFound));
        }
    }

    #[test]
    fn a_look_up_that_panics_gives_no_address() {
        let resolver = resolver(5_000);
        for _ in 0..2 * limits::LOOKUPS_MAX {
            assert_eq!(resolver.ask("a.example", |_| panic!("broken")), Err(ResolveError::Failed));
        }
    }
}
