//! Durable state behind one trait whose operations are the atomic steps themselves.
//!
//! A store knows two kinds of things and nothing of policies. *Documents* (approvals, grants, kill switches, agents)
//! change by a pure function that the store applies in a transaction. *Accounts* are sums that may have a cap: what is
//! begun is charged to all of its accounts or to none, counts while it is in flight, and is settled at what it really
//! was. Whatever a store cannot do, it says so; the gate then denies.

#[cfg(any(test, feature = "testing"))]
pub mod conformance;
mod memory;

use std::fmt;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::error::Code;

pub use crate::approval::Refused;
pub use crate::money::Unit;
pub use memory::MemoryStore;

/// Keeps state. Every method is one step: it happens whole, or not at all and an error says so.
///
/// Methods may be called from any thread, and, where the store is shared, from any process.
pub trait Store: Send + Sync {
    /// What has to be known before a call is decided about, as of one moment.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn read(&self, asked: &Asked) -> Result<Known, StoreError>;

    /// Begins what `step` describes, unless a cap stands against it. With a `claim`, a document is changed in the same
    /// step: nothing is charged for a claim that is refused, and nothing claimed for what a cap forbids.
    ///
    /// # Errors
    /// If the store cannot say whether it was begun. It may have been; what is in flight expires.
    fn begin(&self, step: &Step, claim: Option<Claim<'_>>) -> Result<Begun, StoreError>;

    /// Ends what [`Step::id`] began: charges are settled at what they really were. Tells whether there was anything to
    /// settle; a second time there is not. What has expired is settled all the same, as long as it is not forgotten.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn settle(&self, id: &str, at: Timestamp, settlement: &Settlement) -> Result<bool, StoreError>;

    /// A document.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn document(&self, kind: Kind, id: &str) -> Result<Option<Document>, StoreError>;

    /// The documents of a kind, those with `tag` if there is one, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn documents(&self, kind: Kind, tag: Option<&str>) -> Result<Vec<Document>, StoreError>;

    /// Changes a document, or makes or removes it. `change` is told what there is and says what there is to be; it may
    /// be asked more than once and does nothing else. The document is kept under `id`, whatever it says its own is. Tells
    /// what there is now.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn change(&self, kind: Kind, id: &str, change: &mut Change<'_>) -> Result<Changed, StoreError>;

    /// Forgets what nobody asks for any more: sums that ended, entries that left their window and documents that were
    /// last changed before `before`, kill switches and agents excepted. Tells how many things went.
    ///
    /// # Errors
    /// If the store cannot be written.
    fn prune(&self, before: Timestamp) -> Result<u64, StoreError>;

    /// Whether to ask it may take as long as a disk or a network does.
    fn waits(&self) -> bool {
        true
    }
}

/// Says what a document is to be: `Ok(None)` removes it, an error leaves everything as it is.
pub type Change<'a> = dyn FnMut(Option<&Document>) -> Result<Option<Document>, Refused> + 'a;

/// A document that is changed together with the beginning of a [`Step`].
pub struct Claim<'a> {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: &'a str,
    /// What it becomes.
    pub change: &'a mut Change<'a>,
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Changed {
    /// It was made; this is the document now.
    Done(Option<Document>),
    /// It was refused, and nothing changed.
    Refused(Refused),
}

/// Something that is kept under an id, as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its id, one for each of its kind.
    pub id: Arc<str>,
    /// Another name it can be found by, such as the digest of an approval's action; may be empty, and several may share
    /// one.
    pub tag: Arc<str>,
    /// What it says.
    pub body: Arc<str>,
    /// When it was last changed.
    pub at: Timestamp,
}

/// What a document is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A request for consent, with what was said to it.
    Approval,
    /// A consent given beforehand, for some actions and some time.
    Grant,
    /// A kill switch that is on.
    Switch,
    /// A registered agent.
    Agent,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 4] = [Kind::Approval, Kind::Grant, Kind::Switch, Kind::Agent];

    /// `approval`, `grant`, `switch` or `agent`.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Approval => "approval",
            Kind::Grant => "grant",
            Kind::Switch => "switch",
            Kind::Agent => "agent",
        }
    }

    /// Whether old ones may be forgotten.
    pub fn is_transient(self) -> bool {
        matches!(self, Kind::Approval | Kind::Grant)
    }
}

/// What is asked before a decision.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// When. Without it nothing has expired yet.
    pub at: Option<Timestamp>,
    /// Sums of accounts.
    pub sums: Vec<Sum>,
    /// Whose labels; empty for nobody's.
    pub session: Arc<str>,
    /// Whether the kill switches are wanted.
    pub switches: bool,
    /// An agent's id; empty for nobody.
    pub agent: Arc<str>,
}

/// What there is to know. Lists are oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The sums, in the order they were asked for.
    pub sums: Vec<Total>,
    /// Labels of the session.
    pub labels: Vec<Arc<str>>,
    /// Every kill switch.
    pub switches: Vec<Document>,
    /// The agent.
    pub agent: Option<Document>,
}

/// A sum over an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sum {
    /// Which account.
    pub account: Arc<str>,
    /// Only entries after this moment; without it everything.
    pub since: Option<Timestamp>,
}

/// What an account holds, with what is in flight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// The sum of the amounts.
    pub amount: i64,
    /// How many entries there are; of an account whose entries are not kept, only those in flight.
    pub count: i64,
}

/// Something that begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The decision's id.
    pub id: Arc<str>,
    /// When it begins.
    pub at: Timestamp,
    /// When what is in flight is given back, if nobody has settled it.
    pub expires: Timestamp,
    /// What it takes.
    pub charges: Vec<Charge>,
    /// What was known when it was decided. If any of it is not so any more, nothing begins.
    pub expected: Vec<(Sum, Total)>,
    /// Labels that a session gets, if it has a name; it has each once.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
}

/// An amount that is charged to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// Which account.
    pub account: Arc<str>,
    /// What is counted.
    pub unit: Unit,
    /// How much; what is below zero counts as zero.
    pub amount: i64,
    /// The most that the account may hold with this, over `since`.
    pub cap: Option<i64>,
    /// What the cap looks at: entries after this moment, or without it everything.
    pub since: Option<Timestamp>,
    /// How it is kept.
    pub keep: Keep,
}

/// How a charge is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// In flight until it is settled, then in the account's sum.
    Hold,
    /// In the account's sum at once.
    Add,
    /// As an entry of its own, so that a window can slide over it. It counts at once, and at this moment no more.
    Until(Timestamp),
}

/// Whether something began.
#[derive(Clone, Debug, PartialEq)]
pub enum Begun {
    /// It did.
    Done,
    /// A cap stands against it: that of the charge with this number, whose account holds so much.
    Exceeded(usize, Total),
    /// Something that was expected is not so any more: decide again.
    Stale,
    /// The claim was refused.
    Refused(Refused),
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It was so much of these units, not below zero, and what was charged of the others.
    Spent(Vec<(Unit, i64)>),
    /// It did not happen: everything that is kept as an entry is given back.
    Nothing,
}

/// Why a step could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreError {
    /// The disk, the server or the way to it. Trying again may help.
    Unavailable(String),
    /// It took longer than it may.
    Timeout(String),
    /// What is kept is not what this version keeps, or is damaged.
    Corrupt(String),
}

impl StoreError {
    /// The code of the deny that follows.
    pub fn code(&self) -> Code {
        match self {
            StoreError::Unavailable(_) => Code::StoreUnavailable,
            StoreError::Timeout(_) => Code::StoreTimeout,
            StoreError::Corrupt(_) => Code::StoreCorrupt,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StoreError::Unavailable(what) | StoreError::Timeout(what) | StoreError::Corrupt(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for StoreError {}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::new(error.code(), error.to_string())
    }
}
