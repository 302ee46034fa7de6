//! The native half of the Node package `toolgate`: reads texts, calls the core, writes texts.
//!
//! What needs JavaScript's own means (objects, promises, exceptions) stands in `toolgate/`. Nothing here knows anything
//! about policies. Every function is flat and takes the gate as a value that only this library can make: a method of a
//! native class costs several times as much to call. Whatever goes wrong is part of the answer, so that JavaScript
//! makes the errors, and a panic becomes an exception (`catch_unwind`), never the end of the process.

mod answer;
pub mod aside;
mod call;
pub mod clock;
mod exact;
pub mod facts;
pub mod gate;
pub mod open;
pub mod outcome;
pub mod state;
pub mod values;

use napi_derive::napi;

/// The version of this library, which has to be that of the package around it.
#[napi(catch_unwind)]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
