//! What is known besides the call when it is decided about: the moment, and what was before.

use std::sync::Arc;

use crate::clock::Timestamp;

/// The facts of one decision. The heart of the engine looks nothing up: whoever asks it says what is so.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// The moment.
    pub now: Timestamp,
    /// Labels that earlier actions have left on the session.
    pub labels: Vec<Arc<str>>,
    /// What has happened before, as far as the policy asks.
    pub history: Vec<(Question, Answer)>,
}

/// A question about the past.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Question {
    /// Actions of this type, in normal spelling.
    pub action: Arc<str>,
    /// The argument whose amounts are added up, if any are.
    pub argument: Option<Arc<str>>,
    /// How far back, in seconds.
    pub window_s: u64,
    /// Whose past.
    pub scope: Past,
}

/// Whose past is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Past {
    /// The principal's.
    Principal,
    /// The session's.
    Session,
    /// That of all in the principal's role.
    Role,
    /// Everybody's.
    All,
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// How many there were.
    pub count: i64,
    /// The sum of the argument, in millionths.
    pub sum: i64,
}

impl Facts {
    /// What is known where nothing is remembered: the moment alone.
    pub fn at(now: Timestamp) -> Facts {
        Facts { now, labels: Vec::new(), history: Vec::new() }
    }

    /// The answer to `question`, if it was asked.
    pub fn answer(&self, question: &Question) -> Option<Answer> {
        self.history.iter().find(|(asked, _)| asked == question).map(|(_, answer)| *answer)
    }
}

impl Past {
    /// All of them.
    pub const ALL: [Past; 4] = [Past::Principal, Past::Session, Past::Role, Past::All];

    /// `principal`, `session`, `role` or `all`.
    pub fn as_str(self) -> &'static str {
        match self {
            Past::Principal => "principal",
            Past::Session => "session",
            Past::Role => "role",
            Past::All => "all",
        }
    }
}
