//! What a policy says about the addresses that host names lead to.
//!
//! A name that was let through is judged once more by each of its addresses, as if the address had stood in its place.
//! That can only make the answer stricter. The look-up itself is not done here: it comes in as a fact.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Evaluation, Finding, conclude};
use crate::action::{Action, Flag, Target};
use crate::call::ToolCall;
use crate::decision::{Obligation, Verdict};
use crate::error::Code;
use crate::facts::Facts;
use crate::net::{CleanUrl, ResolveError, Special};
use crate::policy::{Answer, Clause, Policy, Request};

/// What is known about names: the addresses of each, or why there are none.
pub type Names = [(Arc<str>, Result<Vec<IpAddr>, ResolveError>)];

/// The names that `action` and its effects lead to, each once. Addresses are no names.
pub fn names_in(action: &Action) -> Vec<&str> {
    let mut names = Vec::new();
    for name in action.walk().filter_map(named_url).map(CleanUrl::host) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Judges the names of `action`, which `policy` answered with `evaluation`, by their addresses. If all of them may be
/// contacted, the caller is obliged to use them.
pub fn judge_names(
    policy: &Policy,
    action: &Action,
    call: &ToolCall,
    facts: &Facts,
    names: &Names,
    evaluation: Evaluation,
) -> Evaluation {
    let (mut findings, mut pins) = (Vec::new(), Vec::new());
    for part in action.walk() {
        let Some(url) = named_url(part) else { continue };
        match names.iter().find(|(name, _)| **name == *url.host()).map(|(_, found)| found) {
            Some(Err(ResolveError::NotAsked)) => {}
            Some(Ok(addresses)) => {
                let request = Request { call, action: part, risk: evaluation.risk.score, facts };
                let judge = Judge { policy, request, url };
                pins.push(judge.all(addresses, &mut findings));
            }
            Some(Err(why)) => findings.push(unresolved(url, *why)),
            None => findings.push(unresolved(url, ResolveError::Failed)),
        }
    }
    if findings.is_empty() {
        return with_pins(evaluation, pins);
    }
    conclude(policy, findings, evaluation.risk)
}

fn named_url(part: &Action) -> Option<&CleanUrl> {
    match &part.target {
        Target::Url(url) if url.ip().is_none() && !url.host().is_empty() => Some(url),
        _ => None,
    }
}

fn unresolved<'a>(url: &CleanUrl, why: ResolveError) -> Finding<'a> {
    let message = format!("`{}` could not be looked up: {why}", url.host());
    Finding::builtin(Verdict::Deny, Code::NetUnresolvedHost, message)
}

fn with_pins(mut evaluation: Evaluation, pins: Vec<Obligation>) -> Evaluation {
    evaluation.obligations.extend(pins);
    evaluation.obligations.sort();
    evaluation.obligations.dedup();
    evaluation
}

/// Judges one name.
struct Judge<'a, 'r> {
    policy: &'a Policy,
    request: Request<'r>,
    url: &'r CleanUrl,
}

impl<'a> Judge<'a, '_> {
    /// Judges `addresses`, and returns those to use.
    fn all(&self, addresses: &[IpAddr], findings: &mut Vec<Finding<'a>>) -> Obligation {
        let mut usable = Vec::with_capacity(addresses.len());
        for ip in self.considered(addresses) {
            if !usable.contains(&ip) {
                usable.push(ip);
                self.one(ip, findings);
            }
        }
        Obligation::PinAddresses { host: self.url.host().into(), port: self.url.port(), addresses: usable }
    }

    /// `localhost` has several addresses, of which an entry may have opened one: then that one is meant.
    fn considered(&self, addresses: &[IpAddr]) -> Vec<IpAddr> {
        let is_loopback = self.url.special() == Some(Special::Loopback) && addresses.iter().all(IpAddr::is_loopback);
        let opened: Vec<IpAddr> = addresses.iter().copied().filter(|ip| is_loopback && self.opens(*ip)).collect();
        if opened.is_empty() { addresses.to_vec() } else { opened }
    }

    fn one(&self, ip: IpAddr, findings: &mut Vec<Finding<'a>>) {
        let url = self.url.at(ip);
        let special = url.special();
        let action = leading_to(self.request.action, url);
        let request = Request { action: &action, ..self.request };
        for clause in self.policy.candidates(&request) {
            findings.extend(self.objection(clause, &request, ip));
        }
        if let Some(special) = special.filter(|_| !self.opens(ip)) {
            let message = format!("`{}` leads to {ip}, a special address ({special})", self.url.host());
            findings.push(Finding::builtin(Verdict::Deny, Code::NetPrivateAddress, message));
        }
    }

    /// What an entry's lists of denied addresses, or a rule that restricts, have to say of `ip`. An entry's other
    /// checks are about the name, for which they hold.
    fn objection(&self, clause: &'a Clause, request: &Request, ip: IpAddr) -> Option<Finding<'a>> {
        if clause.checks.is_some() {
            let failure = clause.mismatch(request).is_none().then(|| clause.address_failure(self.url, ip))??;
            return Some(Finding::failed(clause, failure));
        }
        clause.verdict.filter(|verdict| *verdict > Verdict::Allow)?;
        match clause.answer(request) {
            Answer::Matches(verdict) => Some(Finding::stated(clause, verdict)),
            Answer::Unclear(why) => Finding::unclear(clause, &why),
            Answer::Silent(_) | Answer::Fails(_) => None,
        }
    }

    fn opens(&self, ip: IpAddr) -> bool {
        let clauses = self.policy.candidates(&self.request).filter(|clause| clause.mismatch(&self.request).is_none());
        clauses.into_iter().any(|clause| clause.opens_address(self.url, ip))
    }
}

/// `part` as it would be read with `url` for its target.
fn leading_to(part: &Action, url: CleanUrl) -> Action {
    let special = url.special();
    let mut action = Action {
        target: Target::Url(url),
        args: part.args.clone(),
        flags: part.flags.clone(),
        confidence: part.confidence,
        cwd: part.cwd.clone(),
        ..Action::new(part.kind.clone(), part.key.clone(), part.category, part.base_risk)
    };
    if let Some(special) = special {
        action.add_flag(Flag::SpecialAddress);
        if special == Special::Metadata {
            action.add_flag(Flag::MetadataHost);
        }
    }
    action
}
