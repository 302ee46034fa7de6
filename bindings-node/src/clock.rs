//! For the tests: a clock that JavaScript sets.

use napi::bindgen_prelude::External;
use napi::{Error, Result};
use napi_derive::napi;
use toolgate::{SettableClock, Timestamp};

/// A clock that stands at the RFC 3339 time `at`.
#[napi(catch_unwind)]
pub fn clock(at: String) -> Result<External<SettableClock>> {
    moment(&at).map(|now| External::new(SettableClock::new(now)))
}

/// Sets a clock, and so the time of the gates that were built with it.
#[napi(catch_unwind)]
pub fn set_clock(clock: &External<SettableClock>, at: String) -> Result<()> {
    moment(&at).map(|now| clock.set(now))
}

fn moment(text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| Error::from_reason("`at` is no RFC 3339 time"))
}
