//! State behind a lock that survives both a panic and a fork.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;

use crate::fork;

/// A `T` of this process alone. A forked child begins with a new one, and so does the next caller after a panic.
pub(super) struct Own<T> {
    slot: ArcSwap<Slot<T>>,
}

struct Slot<T> {
    generation: u64,
    value: Mutex<T>,
}

impl<T: Default> Own<T> {
    /// Runs `f` on the state while nobody else does.
    pub(super) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> R {
        let slot = self.current();
        match slot.value.lock() {
            Ok(mut value) => f(&mut value),
            Err(poisoned) => {
                slot.value.clear_poison();
                let mut value = poisoned.into_inner();
                *value = T::default();
                f(&mut value)
            }
        }
    }

    fn current(&self) -> Arc<Slot<T>> {
        let slot = self.slot.load_full();
        if slot.generation == fork::generation() {
            return slot;
        }
        self.slot.compare_and_swap(&slot, Arc::new(Slot::new()));
        // The parent's state may have been caught half changed: it is never looked at again, not even to drop it.
        std::mem::forget(slot);
        self.slot.load_full()
    }
}

impl<T: Default> Slot<T> {
    fn new() -> Slot<T> {
        Slot { generation: fork::generation(), value: Mutex::new(T::default()) }
    }
}

impl<T: Default> Default for Own<T> {
    fn default() -> Own<T> {
        Own { slot: ArcSwap::from_pointee(Slot::new()) }
    }
}
