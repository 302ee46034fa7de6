//! The store on real servers, which each test starts for itself and stops, breaks or cuts off.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail, and measures time

mod conformance;
mod opening;
mod outages;
mod processes;
mod proxy;
mod support;
