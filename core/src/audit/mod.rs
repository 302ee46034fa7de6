//! The audit log: one hash-chained line per event.
