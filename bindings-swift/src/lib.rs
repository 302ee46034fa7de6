//! The native half of the Swift package `Toolgate`: converts, calls the core, converts back.
//!
//! What Swift needs of its own (values, async closures, task-local context) stands in `Sources/Toolgate`. Nothing here
//! knows anything about policies. Everything exported returns a `Result`: UniFFI turns a panic into an error that Swift
//! can catch only where an error is declared, and ends the process elsewhere.
//!
//! Calls and answers cross as JSON text, and decisions as handles: a record costs ten times as much on the way. A call is
//! read where Swift wrote it, without a copy.

// The macros of UniFFI export functions under names that C finds.
#![allow(unsafe_code)]

mod call;
mod decision;
mod error;
mod gate;
mod open;
mod outcome;

use toolgate::Value;
use toolgate::redact::Redactor;

use crate::error::NativeError;

uniffi::setup_scaffolding!("toolgate");

/// JSON text without secrets.
#[uniffi::export]
fn redact_json(json: String) -> Result<String, NativeError> {
    let value = Value::from_json(&json)?;
    Ok(Redactor::default().value(&value).as_ref().to_json())
}

/// Reads the arguments of a call and drops them: the bare crossing that benchmarks compare with.
#[uniffi::export]
fn convert_only(call: &[u8]) -> Result<bool, NativeError> {
    Ok(call::read(call).error.is_none())
}

/// Panics, so that a test sees what becomes of a panic.
#[uniffi::export]
#[allow(clippy::panic)] // it is what the function is for
fn panic_inside() -> Result<bool, NativeError> {
    panic!("a panic inside the library")
}
