//! Approvals: a person's consent to one action.
//!
//! A [`Request`] shows what would run and is bound to it by its digest. Whoever may consent votes on it, by name where
//! the host program knows who it is, or with a signed [`Token`] from a link. Once enough have consented, the consent
//! works once, for that action. A [`Grant`] is consent given beforehand. Everything here is pure: a request is changed
//! by functions of what it was and the time, which a store applies in one step.

mod digest;
mod grant;
mod key;
mod request;
mod token;

use std::fmt;
use std::sync::Arc;

use crate::error::Code;

pub use digest::digest;
pub use grant::{Grant, GrantTerms};
pub use key::{KeyRing, Secret, SecretError};
pub use request::{Approver, Escalation, Origin, Request, State, Status, Vote};
pub use token::{Token, VerifiedToken};

/// Why consent does not count, or cannot be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why, as a word.
    pub code: Code,
    /// Why, in a clause.
    pub message: Arc<str>,
}

impl Refused {
    /// A refusal of `code`, told in `message`.
    pub fn new(code: Code, message: impl Into<Arc<str>>) -> Refused {
        Refused { code, message: message.into() }
    }

    fn of(code: Code) -> Refused {
        Refused::new(code, code.meaning())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refused {}
