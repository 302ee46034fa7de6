//! One statement of a policy, ready to be asked: a tool entry or a rule.

use std::sync::{Arc, OnceLock};

use super::checks::{Checks, Failure};
use super::condition::Condition;
use super::matcher::Matcher;
use super::state::During;
use crate::action::{Action, Flag};
use crate::call::ToolCall;
use crate::decision::{ApprovalTerms, Verdict};
use crate::facts::Facts;
use crate::money::Usd;

/// What a policy is asked about: one action of one call, at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The call, for principal, session and context.
    pub call: &'a ToolCall,
    /// The action, or one of its effects.
    pub action: &'a Action,
    /// How dangerous the action is, 0 to 100.
    pub risk: u8,
    /// What is known besides.
    pub facts: &'a Facts,
}

/// A tool entry or a rule.
#[derive(Clone, Debug)]
pub struct Clause {
    /// Its name in decisions: a rule's `id`, or `tools.` and the entry's key.
    pub id: Arc<str>,
    /// The file and line it stands on.
    pub place: (Arc<str>, usize),
    /// The roles it applies to.
    pub scope: Scope,
    /// What it is about.
    pub matcher: Matcher,
    /// What must hold for its verdict to count; only tool entries have any.
    pub checks: Option<Box<Checks>>,
    /// When it applies, if not always; only rules have one.
    pub during: Option<During>,
    /// A further condition; only rules have one.
    pub when: Option<Condition>,
    /// Its verdict; a tool entry without one only restricts.
    pub verdict: Option<Verdict>,
    /// Why, in the policy's words.
    pub reason: Option<Arc<str>>,
    /// Why, where the policy has no words; made when it is first asked for.
    pub stated: OnceLock<Arc<str>>,
    /// What to do instead.
    pub safer_alternative: Option<Arc<str>>,
    /// Who has to consent.
    pub approval: Option<ApprovalTerms>,
    /// What a call costs, as far as is known beforehand.
    pub cost: Option<Usd>,
}

/// The roles a clause applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Whatever the role.
    Everyone,
    /// This role alone.
    Role(Arc<str>),
    /// Every role but these, which have an entry of their own.
    Except(Vec<Arc<str>>),
}

/// What a clause has to say about a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Nothing: it is not about this. The word names the first thing that did not match.
    Silent(&'static str),
    /// It matches, and this is its verdict.
    Matches(Verdict),
    /// A check failed.
    Fails(Failure),
    /// Its condition could not be evaluated, for this reason.
    Unclear(String),
}

impl Request<'_> {
    /// The names of the action's flags, without what the caller declared.
    pub fn flags(&self) -> impl Iterator<Item = String> {
        self.action.flags.iter().filter(|flag| !matches!(flag, Flag::Signal(_))).map(|flag| flag.to_string())
    }
}

impl Clause {
    /// Why, where its author gave no reason.
    pub fn stated(&self) -> &Arc<str> {
        self.stated.get_or_init(|| {
            let does = match self.verdict {
                Some(Verdict::Allow) | None => "allows it",
                Some(Verdict::DryRun) => "asks for a dry run",
                Some(Verdict::RequireApproval) => "requires approval",
                Some(Verdict::Deny) => "denies it",
            };
            format!("`{}` {does}", self.id).into()
        })
    }

    /// The file and line it stands on, `toolgate.yaml:12`.
    pub fn place(&self) -> String {
        let (file, line) = &self.place;
        format!("{}:{line}", if file.is_empty() { "policy" } else { file })
    }

    /// What it has to say about `request`.
    pub fn answer(&self, request: &Request) -> Answer {
        self.mismatch(request).map_or_else(|| self.statement(request), Answer::Silent)
    }

    /// The first thing that keeps it from being about `request`; `None` if it is.
    pub fn mismatch(&self, request: &Request) -> Option<&'static str> {
        if self.scope.includes(request.call.principal.role.as_deref()) {
            self.matcher.mismatch(request)
        } else {
            Some("role")
        }
    }

    /// What it has to say about a `request` that it is about.
    pub fn statement(&self, request: &Request) -> Answer {
        if self.during.as_ref().is_some_and(|during| !during.includes(request.facts.now)) {
            return Answer::Silent("during");
        }
        match self.when.as_ref().map(|when| when.evaluate(request)) {
            Some(Ok(false)) => return Answer::Silent("when"),
            Some(Err(why)) => return Answer::Unclear(why),
            Some(Ok(true)) | None => {}
        }
        match (self.checks.as_ref().and_then(|checks| checks.failure(request)), self.verdict) {
            (Some(failure), _) => Answer::Fails(failure),
            (None, Some(verdict)) => Answer::Matches(verdict),
            (None, None) => Answer::Silent("decision"),
        }
    }
}

impl Scope {
    fn includes(&self, role: Option<&str>) -> bool {
        match self {
            Scope::Everyone => true,
            Scope::Role(only) => role == Some(&**only),
            Scope::Except(others) => !others.iter().any(|other| role == Some(&**other)),
        }
    }
}
