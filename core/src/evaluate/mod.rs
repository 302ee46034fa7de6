//! The rule at the heart: what a policy says about an action.
//!
//! Pure: it takes values and returns values. The strictest answer over the action and all its effects wins, whatever
//! the order of the rules; where nothing in the policy speaks of an action, the policy's default does.

mod delegation;
mod explain;
mod finding;
mod names;

use std::sync::Arc;

use crate::action::{Action, Target, kind_by_key};
use crate::call::ToolCall;
use crate::decision::{ApprovalTerms, Obligation, Risk, Verdict};
use crate::error::Code;
use crate::facts::Facts;
use crate::net::Special;
use crate::policy::{Answer, Clause, Policy, Request};

pub use delegation::delegators;
pub use explain::{ClauseNote, Explanation, explain};
use finding::Finding;
pub use names::{Names, judge_names, names_in};

/// What a policy says about an action.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The one word.
    pub verdict: Verdict,
    /// Why, as a word.
    pub code: Code,
    /// Why, in a sentence.
    pub reason: Arc<str>,
    /// The clauses that led to it, strictest first.
    pub rules: Vec<Arc<str>>,
    /// What comes with it, from all clauses that restrict.
    pub obligations: Vec<Obligation>,
    /// Who has to consent, if the verdict is `require_approval`.
    pub approval: Option<ApprovalTerms>,
    /// How dangerous the action is.
    pub risk: Risk,
}

/// Asks `policy` about `action` and all its effects.
pub fn evaluate(policy: &Policy, action: &Action, call: &ToolCall, facts: &Facts) -> Evaluation {
    let risk = risk_of(action);
    let mut findings = Vec::with_capacity(4);
    findings.extend(delegation::too_deep(policy, call));
    for part in action.walk() {
        judge(policy, &Request { call, action: part, risk: risk.score, facts }, &mut findings);
    }
    for delegator in delegation::delegators(call) {
        for part in action.walk() {
            let request = Request { call: &delegator, action: part, risk: risk.score, facts };
            delegation::restrict(policy, &request, &mut findings);
        }
    }
    conclude(policy, findings, risk)
}

/// How dangerous an action is: the highest base risk in it, and every flag once.
pub fn risk_of(action: &Action) -> Risk {
    let riskiest = action.walk().max_by_key(|part| part.base_risk).unwrap_or(action);
    let mut factors = vec![(riskiest.kind.clone(), riskiest.base_risk)];
    for flag in action.walk().flat_map(|part| &part.flags) {
        let name: Arc<str> = flag.to_string().into();
        if !factors.iter().any(|(known, _)| *known == name) {
            factors.push((name, flag.weight()));
        }
    }
    let score = factors.iter().fold(0u8, |sum, (_, points)| sum.saturating_add(*points)).min(100);
    Risk { score, factors }
}

/// Adds what the policy and the engine's own rules have to say about one action.
fn judge<'a>(policy: &'a Policy, request: &Request, findings: &mut Vec<Finding<'a>>) {
    let mut spoken = false;
    let mut openings = Openings::default();
    for clause in policy.candidates(request) {
        if clause.mismatch(request).is_some() {
            continue;
        }
        openings.note(clause, request);
        match clause.statement(request) {
            Answer::Silent(_) => {}
            Answer::Matches(verdict) => {
                spoken = true;
                findings.push(Finding::stated(clause, verdict));
            }
            Answer::Fails(failure) => {
                spoken = true;
                findings.push(Finding::failed(clause, failure));
            }
            Answer::Unclear(why) => findings.extend(Finding::unclear(clause, &why)),
        }
        findings.extend(Finding::unresolved(clause, request));
    }
    if !spoken {
        findings.push(Finding::default_of(policy, request));
    }
    findings.extend(request.action.doubts.iter().map(Finding::doubt));
    findings.extend(openings.refusal(request));
}

/// Which addresses and schemes the entries that apply have opened; everything special is closed otherwise.
#[derive(Default)]
struct Openings {
    special: bool,
    /// The strictest that is said of commands that contact a local address.
    local: Option<Verdict>,
    schemes_named: bool,
    scheme: bool,
}

impl Openings {
    fn note(&mut self, clause: &Clause, request: &Request) {
        if let Target::Url(url) = &request.action.target {
            self.special |= clause.opens_special(url);
            self.local = self.local.max(clause.local_in_commands());
            if let Some(opens) = clause.opens_scheme(url) {
                self.scheme = opens && (self.scheme || !self.schemes_named);
                self.schemes_named = true;
            }
        }
    }

    fn refusal(&self, request: &Request) -> Option<Finding<'static>> {
        let Target::Url(url) = &request.action.target else { return None };
        let usual = || {
            kind_by_key(&request.action.key).is_some_and(|kind| kind.schemes.iter().any(|one| **one == *url.scheme()))
        };
        let scheme = if self.schemes_named { self.scheme } else { usual() };
        if !scheme {
            let message = format!("the scheme `{}` is not allowed", url.scheme());
            // What a command does with an unusual protocol is for a person to say; a tool that takes web addresses has
            // no business with it.
            let in_command = request.action.has_flag("in_command") && !self.schemes_named;
            let verdict = if in_command { Verdict::RequireApproval } else { Verdict::Deny };
            return Some(Finding::builtin(verdict, Code::NetSchemeNotAllowed, message));
        }
        let special = url.special().filter(|_| !self.special)?;
        let message = format!("`{}` is a special address ({})", url.host(), special.as_str());
        let verdict = match self.local.filter(|_| is_local(special) && request.action.has_flag("in_command")) {
            Some(verdict) => verdict,
            None => Verdict::Deny,
        };
        Some(Finding::builtin(verdict, Code::NetPrivateAddress, message))
    }
}

/// This machine and its own networks, unlike what serves credentials or is no host at all.
fn is_local(special: Special) -> bool {
    matches!(special, Special::Loopback | Special::LocalName | Special::Private | Special::SharedAddress)
}

/// The strictest finding wins; of several as strict, the one whose code and clause come first, so that the order of
/// the rules does not matter.
fn conclude(policy: &Policy, mut findings: Vec<Finding>, risk: Risk) -> Evaluation {
    findings.sort_by(|a, b| a.rank().cmp(&b.rank()));
    let mut rules: Vec<Arc<str>> = Vec::with_capacity(findings.len());
    for clause in findings.iter().filter_map(|finding| finding.clause) {
        if !rules.contains(&clause.id) {
            rules.push(clause.id.clone());
        }
    }
    let obligations = obligations(&findings);
    let Some(worst) = findings.first() else {
        // Every action leaves at least its default; without one nothing was asked, and nothing is allowed.
        return Evaluation::refused(Code::InternalError, "nothing was evaluated", risk);
    };
    let verdict = worst.verdict;
    Evaluation {
        verdict,
        code: worst.code,
        reason: worst.reason(),
        rules,
        obligations,
        approval: (verdict == Verdict::RequireApproval).then(|| approval(policy, &findings)),
        risk,
    }
}

impl Evaluation {
    fn refused(code: Code, reason: &str, risk: Risk) -> Evaluation {
        Evaluation {
            verdict: Verdict::Deny,
            code,
            reason: reason.into(),
            rules: Vec::new(),
            obligations: Vec::new(),
            approval: None,
            risk,
        }
    }
}

fn obligations(findings: &[Finding]) -> Vec<Obligation> {
    let restricting =
        findings.iter().filter(|finding| finding.verdict > Verdict::Allow).filter_map(|finding| finding.clause);
    let mut all: Vec<_> =
        restricting.filter_map(|clause| clause.safer_alternative.clone()).map(Obligation::SaferAlternative).collect();
    all.sort();
    all.dedup();
    all
}

/// Who has to consent: whoever the clauses that ask say, and the policy for those that do not.
fn approval(policy: &Policy, findings: &[Finding]) -> ApprovalTerms {
    let usual = policy.state.default_terms();
    let asking = findings.iter().filter(|finding| finding.verdict == Verdict::RequireApproval);
    let terms = asking.map(|finding| finding.clause.and_then(|clause| clause.approval.as_ref()).unwrap_or(&usual));
    let united = terms.fold(None, |united: Option<ApprovalTerms>, terms| {
        Some(united.map_or_else(|| terms.clone(), |united| united.united(terms)))
    });
    united.unwrap_or(usual.clone())
}
