//! The answer to a tool call.

use std::fs::File;
use std::io::{Error, ErrorKind};
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::action::{Action, Target};
use crate::clock::Timestamp;
use crate::error::Code;
use crate::path::{self, CleanPath, OpenOptions};

/// The one word of a decision, from the loosest to the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The tool may run.
    Allow,
    /// The tool is to be tried without effect.
    DryRun,
    /// The tool may run once a person consents.
    RequireApproval,
    /// The tool may not run.
    Deny,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// Names this decision in the audit log. The same call asked again keeps it.
    pub id: Arc<str>,
    /// When it was made.
    pub at: Timestamp,
    /// The one word.
    pub verdict: Verdict,
    /// What the verdict would have been, if the policy only observes.
    pub observed: Option<Verdict>,
    /// Why, as a word to match on.
    pub code: Code,
    /// Why, in a sentence for a person or a model.
    pub reason: Arc<str>,
    /// The rules and tool entries that led to it, strictest first.
    pub rules: Vec<Arc<str>>,
    /// The action as it was read.
    pub action: Arc<Action>,
    /// How dangerous it is.
    pub risk: Risk,
    /// Digest of the policy that decided, `sha256:…`; empty if there is none.
    pub policy_hash: Arc<str>,
    /// What the caller has to do or may offer.
    pub obligations: Vec<Obligation>,
    /// What consent it needs, if the verdict is `require_approval`.
    pub approval: Option<Approval>,
}

/// How dangerous an action is: its type's base risk and the weight of each flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Risk {
    /// 0 to 100.
    pub score: u8,
    /// What it is made of, with the points of each; the base risk first.
    pub factors: Vec<(Arc<str>, u8)>,
}

/// What comes with a verdict. The obligations of all matching rules are united.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obligation {
    /// A way to reach the goal that the policy would rather see; to be shown to the model.
    SaferAlternative(Arc<str>),
    /// The addresses that were judged: whoever connects to the host must use one of them and look nothing up again.
    PinAddresses {
        /// The host, as the URL names it.
        host: Arc<str>,
        /// The port, if need be that of the scheme; 0 for a scheme whose port is not known.
        port: u16,
        /// Its addresses, preferred ones first.
        addresses: Vec<IpAddr>,
    },
    /// Where a path of the action really leads, by the links that were there: this, and no link put there since, is
    /// what may be opened (see [`Decision::open`]).
    RealPath {
        /// The path as it was read.
        written: CleanPath,
        /// The place, no name of which is a link.
        real: CleanPath,
    },
}

/// The consent that a call needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who has to give it.
    pub terms: ApprovalTerms,
    /// The request that was made for it, if the gate keeps any.
    pub id: Option<Arc<str>>,
    /// Where it can be answered, if the policy says so. Whoever answers has to show who they are.
    pub url: Option<Arc<str>>,
    /// Until when.
    pub expires: Option<Timestamp>,
}

/// Who has to consent. Where several rules ask, the strictest of each term holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalTerms {
    /// How many people.
    pub count: u32,
    /// Whether they must be different people.
    pub distinct: bool,
    /// Who may consent, one list per rule that names any; an approver must be on each. Empty means anyone.
    pub from: Vec<Vec<Arc<str>>>,
    /// How long the request stands, in seconds.
    pub expires_s: u64,
}

impl Decision {
    /// Where the action's path really leads; nothing if it has none or its links were not followed.
    pub fn real_path(&self) -> Option<&CleanPath> {
        let Target::Path(target) = &self.action.target else { return None };
        self.obligations.iter().find_map(|obligation| match obligation {
            Obligation::RealPath { written, real } if written == target => Some(real),
            _ => None,
        })
    }

    /// Opens exactly the file that was decided about: no link that has been put in its way since is followed.
    ///
    /// # Errors
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) if the decision does not allow it: the verdict is not
    /// `allow`, the action is not about one file whose links were followed, or it only reads and `options` change the
    /// file. Else whatever keeps the file from being opened.
    pub fn open(&self, options: &OpenOptions) -> std::io::Result<File> {
        path::open_exactly(self.may_open(options.changes())?.as_str().as_ref(), options)
    }

    /// The file that may be opened by this decision: for reading, or so that it changes. For callers that open it later
    /// and do not keep the decision, with [`path::open_exactly`].
    ///
    /// # Errors
    /// [`PermissionDenied`](ErrorKind::PermissionDenied) if the decision does not allow it.
    pub fn may_open(&self, changes: bool) -> std::io::Result<&CleanPath> {
        let refused = |clause: &str| Error::new(ErrorKind::PermissionDenied, clause);
        if self.verdict != Verdict::Allow {
            return Err(refused("the decision is not to allow it"));
        }
        if changes && &*self.action.kind != "file.write" {
            return Err(refused("the decision is not about writing a file"));
        }
        if !matches!(&*self.action.kind, "file.write" | "file.read") {
            return Err(refused("the decision is not about reading or writing a file"));
        }
        self.real_path().ok_or_else(|| refused("the links of the path were not followed"))
    }
}

impl From<ApprovalTerms> for Approval {
    fn from(terms: ApprovalTerms) -> Approval {
        Approval { terms, id: None, url: None, expires: None }
    }
}

impl ApprovalTerms {
    /// How long a request stands if nobody says otherwise: one hour.
    pub const EXPIRES_S: u64 = 3600;

    /// Terms that satisfy both.
    pub fn united(self, other: &ApprovalTerms) -> ApprovalTerms {
        let mut from = self.from;
        from.extend(other.from.iter().filter(|list| !from.contains(list)).cloned().collect::<Vec<_>>());
        from.sort();
        ApprovalTerms {
            count: self.count.max(other.count),
            distinct: self.distinct || other.distinct,
            from,
            expires_s: self.expires_s.min(other.expires_s),
        }
    }
}

impl Default for ApprovalTerms {
    fn default() -> ApprovalTerms {
        ApprovalTerms { count: 1, distinct: true, from: Vec::new(), expires_s: ApprovalTerms::EXPIRES_S }
    }
}

impl Verdict {
    /// All verdicts, loosest first.
    pub const ALL: [Verdict; 4] = [Verdict::Allow, Verdict::DryRun, Verdict::RequireApproval, Verdict::Deny];

    /// `allow`, `dry_run`, `require_approval` or `deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "allow",
            Verdict::DryRun => "dry_run",
            Verdict::RequireApproval => "require_approval",
            Verdict::Deny => "deny",
        }
    }

    /// Reads a verdict, and the aliases `block` and `approve`.
    pub fn parse(word: &str) -> Option<Verdict> {
        match word {
            "block" => Some(Verdict::Deny),
            "approve" => Some(Verdict::RequireApproval),
            _ => Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word),
        }
    }
}

impl Risk {
    /// `low` below 25, `medium` below 50, `high` below 75, else `critical`.
    pub fn level(&self) -> &'static str {
        match self.score {
            0..25 => "low",
            25..50 => "medium",
            50..75 => "high",
            _ => "critical",
        }
    }
}
