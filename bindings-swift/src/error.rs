//! What Swift catches. The package turns it into its own `ToolgateError`.

use std::fmt;

use toolgate::RecordError;
use toolgate::approval::Refused;
use toolgate::audit::AuditError;
use toolgate::error::{CallError, PolicyError};
use toolgate::wire;

/// Why a call into the library has no result.
#[derive(Debug, uniffi::Error)]
pub(crate) enum NativeError {
    /// A policy was not loaded.
    Policy {
        /// All problems, as text for a person.
        message: String,
        /// The same as JSON: `code` and `problems`.
        json: String,
    },
    /// The audit log could not be written or read.
    Audit {
        /// Why.
        message: String,
    },
    /// A value cannot be read.
    Value {
        /// The code of what is wrong.
        code: String,
        /// What is wrong, and where.
        message: String,
    },
    /// A file could not be opened.
    File {
        /// The system's number for it; 0 if the library itself refused.
        errno: i32,
        /// Why.
        message: String,
    },
}

impl fmt::Display for NativeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NativeError::Policy { message, .. }
            | NativeError::Audit { message }
            | NativeError::Value { message, .. }
            | NativeError::File { message, .. } => f.write_str(message),
        }
    }
}

impl std::error::Error for NativeError {}

impl From<PolicyError> for NativeError {
    fn from(error: PolicyError) -> NativeError {
        NativeError::Policy { message: error.to_string(), json: wire::policy_error(&error).to_json() }
    }
}

impl From<AuditError> for NativeError {
    fn from(error: AuditError) -> NativeError {
        NativeError::Audit { message: error.to_string() }
    }
}

impl From<RecordError> for NativeError {
    fn from(error: RecordError) -> NativeError {
        match error {
            RecordError::Audit(error) => error.into(),
            RecordError::Store(error) => Refused::from(error).into(),
        }
    }
}

impl From<Refused> for NativeError {
    fn from(refused: Refused) -> NativeError {
        NativeError::Value { code: refused.code.as_str().to_owned(), message: refused.message.to_string() }
    }
}

impl From<CallError> for NativeError {
    fn from(error: CallError) -> NativeError {
        NativeError::Value { code: error.code.as_str().to_owned(), message: error.message }
    }
}

impl From<std::io::Error> for NativeError {
    fn from(error: std::io::Error) -> NativeError {
        NativeError::File { errno: error.raw_os_error().unwrap_or(0), message: error.to_string() }
    }
}
