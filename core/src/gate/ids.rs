//! Names decisions: in the order of time, never twice, also not in a forked child.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use crate::clock::Timestamp;
use crate::fork;

/// Hands out `dec_` and 32 hexadecimal digits: the moment, a number of this process, a counter.
pub(super) struct DecisionIds {
    /// The fork generation and the number drawn in it.
    process: ArcSwap<(u64, u64)>,
    counter: AtomicU64,
    seed: Option<u64>,
}

impl DecisionIds {
    pub(super) fn new(seed: Option<u64>) -> DecisionIds {
        DecisionIds {
            process: ArcSwap::from_pointee((fork::generation(), draw(seed))),
            counter: AtomicU64::new(0),
            seed,
        }
    }

    pub(super) fn next(&self, at: Timestamp) -> Arc<str> {
        let generation = fork::generation();
        let mut process = **self.process.load();
        if process.0 != generation {
            process = (generation, draw(self.seed));
            self.process.store(Arc::new(process));
        }
        let counter = self.counter.fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(at.as_micros()).unwrap_or(0);
        // 52 bits of microseconds reach the year 2112; 44 bits tell processes apart; 32 bits count.
        let number = (u128::from(micros & 0xf_ffff_ffff_ffff) << 76)
            | (u128::from(process.1 & 0xfff_ffff_ffff) << 32)
            | u128::from(counter & 0xffff_ffff);
        let mut text = *b"dec_00000000000000000000000000000000";
        for (index, digit) in text.iter_mut().skip(4).enumerate() {
            let nibble = (number >> (124 - 4 * index)) & 0xf;
            *digit = b"0123456789abcdef".get(nibble as usize).copied().unwrap_or(b'0');
        }
        String::from_utf8_lossy(&text).into()
    }
}

fn draw(seed: Option<u64>) -> u64 {
    // Without the system's randomness the process id still tells processes apart at one moment.
    seed.or_else(|| getrandom::u64().ok()).unwrap_or_else(|| u64::from(std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_sort_by_time() {
        let ids = DecisionIds::new(None);
        let (first, second) = (ids.next(Timestamp::from_micros(1)), ids.next(Timestamp::from_micros(2)));
        assert!(first < second && first.len() == 36 && first.starts_with("dec_"));
        let again = DecisionIds::new(Some(7));
        assert_eq!(again.next(Timestamp::from_micros(1)), DecisionIds::new(Some(7)).next(Timestamp::from_micros(1)));
    }
}
