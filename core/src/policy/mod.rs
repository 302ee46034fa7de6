//! The policy: what may be done, loaded from YAML once and asked often.
//!
//! [`Policy::load`] either returns a policy that means exactly what its text says or every problem of the text; there
//! is no other way to make one. Asking it (`crate::evaluate`) needs neither disk nor time.

mod checks;
mod clause;
mod condition;
mod index;
mod language;
mod load;
mod matcher;
mod network;
mod places;
mod read;
mod sql;
mod state;
mod vocabulary;

use std::net::IpAddr;
use std::sync::Arc;

use crate::action::Mapping;
use crate::decision::Verdict;
use crate::net::CleanUrl;

pub use checks::{Checks, Failure};
pub use clause::{Answer, Clause, Request, Scope};
pub use language::POLICY;
pub use load::{Source, Sources, pack, packs};
pub use network::{Network, Resolve};
pub use places::{Machine, PathSetting};
pub use state::{
    ApprovalSetting, Budget, By, Cap, During, Escalate, LabelRule, Limit, StateRules, StoreSetting, Whose, Window, Zone,
};

/// A loaded policy.
#[derive(Debug)]
pub struct Policy {
    /// Its name, for people and records.
    pub name: Option<Arc<str>>,
    /// Whether it only observes.
    pub observes: bool,
    /// The verdict where nothing matches: `deny` or `require_approval`.
    pub default: Verdict,
    /// `sha256:` and the digest of the file, or, with includes, of the list of all files and their digests.
    pub hash: Arc<str>,
    /// Tools that it maps by itself.
    pub mappings: Vec<Mapping>,
    /// Where decisions are recorded.
    pub audit: AuditSetting,
    /// How names are looked up.
    pub network: Network,
    /// How paths are taken.
    pub paths: PathSetting,
    /// What needs a store.
    pub state: StateRules,
    clauses: Vec<Clause>,
    index: index::Index,
}

/// Where decisions are recorded, as the policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditSetting {
    /// Nowhere; this has to be written.
    Off,
    /// In a directory.
    On {
        /// The directory, if it is not the usual one.
        path: Option<Arc<str>>,
        /// Further keys and texts to take out.
        redact: Vec<String>,
    },
}

impl Policy {
    /// Every tool entry and rule.
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// The clauses that may be about `request`: all that are, and few others, each once.
    pub fn candidates<'a>(&'a self, request: &Request) -> impl Iterator<Item = &'a Clause> {
        let mut numbers: Vec<u32> = Vec::with_capacity(16);
        self.index.visit(request, |number| numbers.push(number));
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.clauses.get(number as usize))
    }
}

impl Clause {
    /// What this clause has for a command that contacts a local address; `None` if it says nothing of that.
    pub fn local_in_commands(&self) -> Option<Verdict> {
        self.checks.as_ref()?.http.as_ref()?.local_in_commands
    }

    /// Whether this clause opens the special address `url` leads to.
    pub fn opens_special(&self, url: &CleanUrl) -> bool {
        self.checks.as_ref().and_then(|checks| checks.http.as_ref()).is_some_and(|http| http.opens_special(url))
    }

    /// Whether this clause opens the special address `ip` of the name in `url`.
    pub fn opens_address(&self, url: &CleanUrl, ip: IpAddr) -> bool {
        self.checks.as_ref().and_then(|checks| checks.http.as_ref()).is_some_and(|http| http.opens_address(url, ip))
    }

    /// Why this clause does not let `ip`, an address of the name in `url`, be contacted.
    pub fn address_failure(&self, url: &CleanUrl, ip: IpAddr) -> Option<Failure> {
        self.checks.as_ref().and_then(|checks| checks.http.as_ref()).and_then(|http| http.address_failure(url, ip))
    }

    /// Whether this clause opens the scheme of `url`; `None` if it says nothing of schemes.
    pub fn opens_scheme(&self, url: &CleanUrl) -> Option<bool> {
        self.checks.as_ref().and_then(|checks| checks.http.as_ref()).and_then(|http| http.opens_scheme(url))
    }
}
