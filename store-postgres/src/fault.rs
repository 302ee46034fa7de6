//! What can go wrong with a database, and which of it may be tried again.

use std::error::Error;

use tokio_postgres::error::SqlState;
use toolgate::store::StoreError;

/// Why a transaction came to nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The connection broke or could not be made.
    Lost(String),
    /// There was no answer in time.
    Late(String),
    /// Another transaction was in the way; the same may well succeed when it is tried again.
    Conflict(String),
    /// The tables are not those that this version made.
    Foreign(String),
    /// The server does not want to: no right to it, no room for it.
    Refused(String),
}

impl Fault {
    /// Of an error of the client. Only the server's own short message goes in: details may quote rows.
    pub(crate) fn of(error: &tokio_postgres::Error) -> Fault {
        match error.as_db_error() {
            Some(told) => {
                let text = format!("the database says `{}` ({})", told.message(), told.code().code());
                Fault::of_state(told.code(), text)
            }
            None => Fault::Lost(match error.source() {
                Some(cause) => format!("{error}: {cause}"),
                None => error.to_string(),
            }),
        }
    }

    fn of_state(state: &SqlState, text: String) -> Fault {
        match state.code().get(..2).unwrap_or_default() {
            "40" => Fault::Conflict(text),
            "08" | "53" => Fault::Lost(text),
            _ if *state == SqlState::UNIQUE_VIOLATION => Fault::Conflict(text),
            _ if *state == SqlState::QUERY_CANCELED || *state == SqlState::LOCK_NOT_AVAILABLE => Fault::Late(text),
            "57" | "25" => Fault::Lost(text),
            "22" | "23" | "42" if *state != SqlState::INSUFFICIENT_PRIVILEGE => Fault::Foreign(text),
            "3F" => Fault::Foreign(text),
            _ => Fault::Refused(text),
        }
    }
}

impl Fault {
    /// The same with more to say.
    pub(crate) fn with(mut self, more: &str) -> Fault {
        let (Fault::Lost(text)
        | Fault::Late(text)
        | Fault::Conflict(text)
        | Fault::Foreign(text)
        | Fault::Refused(text)) = &mut self;
        text.push_str(more);
        self
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> StoreError {
        match fault {
            Fault::Lost(text) | Fault::Conflict(text) | Fault::Refused(text) => StoreError::Unavailable(text),
            Fault::Late(text) => StoreError::Timeout(text),
            Fault::Foreign(text) => StoreError::Corrupt(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_says_what_to_do() {
        let fault = |code: &str| Fault::of_state(&SqlState::from_code(code), String::new());
        for (codes, expected) in [
            (&["40001", "40P01", "23505"][..], Fault::Conflict(String::new())),
            (&["08006", "53300", "57P01", "57P03", "25P03"], Fault::Lost(String::new())),
            (&["57014", "55P03"], Fault::Late(String::new())),
            (&["42P01", "42703", "3F000", "22003"], Fault::Foreign(String::new())),
            (&["42501", "28P01", "3D000", "XX000"], Fault::Refused(String::new())),
        ] {
            for code in codes {
                assert_eq!(fault(code), expected, "{code}");
            }
        }
    }
}
