//! A delegate never gains what one of those it acts for lacks.
//!
//! Of a delegator nothing is known but its name. So its role and attributes are taken to be those of the delegate, and
//! of what the policy says about it only that counts which restricts.

use super::finding::Finding;
use crate::call::ToolCall;
use crate::decision::Verdict;
use crate::error::Code;
use crate::policy::{Answer, Policy, Request};
use crate::principal::Principal;

/// Why the call may not be made at all, if it was delegated more often than the policy lets.
pub(super) fn too_deep(policy: &Policy, call: &ToolCall) -> Option<Finding<'static>> {
    let code = Code::PrincipalDelegationTooDeep;
    let most = policy.state.delegation_depth_max?;
    (call.principal.on_behalf_of.len() > most).then(|| Finding::builtin(Verdict::Deny, code, code.meaning()))
}

/// The call as each of its delegators would make it.
pub fn delegators(call: &ToolCall) -> impl Iterator<Item = ToolCall> {
    call.principal.on_behalf_of.iter().map(|id| {
        let principal = Principal { id: id.clone(), ..call.principal.clone() };
        call.clone().with_principal(principal)
    })
}

/// Adds what restricts the delegator that `request` is about, and is not said yet.
pub(super) fn restrict<'a>(policy: &'a Policy, request: &Request, findings: &mut Vec<Finding<'a>>) {
    for clause in policy.candidates(request).filter(|clause| clause.mismatch(request).is_none()) {
        let finding = match clause.statement(request) {
            Answer::Silent(_) => None,
            Answer::Matches(verdict) => Some(Finding::stated(clause, verdict)),
            Answer::Fails(failure) => Some(Finding::failed(clause, failure)),
            Answer::Unclear(why) => Finding::unclear(clause, &why),
        };
        let said = |other: &Finding| other.clause.is_some_and(|other| std::ptr::eq(other, clause));
        let restricts = |finding: &Finding| finding.verdict > Verdict::Allow && !findings.iter().any(said);
        let finding = finding.filter(restricts);
        findings.extend(finding);
    }
}
