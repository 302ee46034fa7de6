//! One reason for a verdict.

use std::sync::Arc;

use crate::action::{Confidence, Doubt};
use crate::decision::Verdict;
use crate::error::Code;
use crate::policy::{Clause, Failure, Policy, Request};

/// One reason for a verdict, from a clause or from the engine itself.
pub(super) struct Finding<'a> {
    pub(super) verdict: Verdict,
    pub(super) code: Code,
    pub(super) clause: Option<&'a Clause>,
    message: Option<Arc<str>>,
}

impl<'a> Finding<'a> {
    /// A clause matched.
    pub(super) fn stated(clause: &'a Clause, verdict: Verdict) -> Finding<'a> {
        let code = match verdict {
            Verdict::Allow => Code::PolicyAllow,
            Verdict::DryRun => Code::PolicyDryRun,
            Verdict::RequireApproval => Code::PolicyRequireApproval,
            Verdict::Deny => Code::PolicyDeny,
        };
        Finding { verdict, code, clause: Some(clause), message: None }
    }

    /// A check of an entry failed.
    pub(super) fn failed(clause: &'a Clause, failure: Failure) -> Finding<'a> {
        Finding {
            verdict: failure.verdict,
            code: failure.code,
            clause: Some(clause),
            message: Some(failure.message.into()),
        }
    }

    /// A rule could not be evaluated: it holds if it restricts, and not if it permits.
    pub(super) fn unclear(clause: &'a Clause, why: &str) -> Option<Finding<'a>> {
        let verdict = clause.verdict.filter(|verdict| *verdict > Verdict::Allow)?;
        let message = format!("the condition of `{}` could not be evaluated: {why}", clause.id);
        Some(Finding { verdict, code: Code::PolicyRuleFailed, clause: Some(clause), message: Some(message.into()) })
    }

    /// An entry has a stricter word for what could not be read.
    pub(super) fn unresolved(clause: &'a Clause, request: &Request) -> Option<Finding<'a>> {
        let checks = clause.checks.as_ref().filter(|_| request.action.confidence == Confidence::Opaque)?;
        let doubt = request.action.doubts.first()?;
        let message = Some(doubt.detail.as_ref().into());
        (checks.unresolved == Verdict::Deny).then_some(Finding {
            verdict: Verdict::Deny,
            code: doubt.code,
            clause: Some(clause),
            message,
        })
    }

    /// Nothing in the policy spoke of the action.
    pub(super) fn default_of(policy: &Policy, request: &Request) -> Finding<'a> {
        let message = format!("nothing in the policy speaks of `{}`", request.action.kind);
        Finding::builtin(policy.default, Code::PolicyDefault, message)
    }

    /// A part was not understood. What makes no sense at all is denied; anything else a person may decide.
    pub(super) fn doubt(doubt: &Doubt) -> Finding<'a> {
        let verdict = match doubt.code {
            Code::PathMalformed | Code::NetMalformedUrl => Verdict::Deny,
            _ => Verdict::RequireApproval,
        };
        Finding::builtin(verdict, doubt.code, doubt.detail.as_ref())
    }

    /// The engine's own rule.
    pub(super) fn builtin(verdict: Verdict, code: Code, message: impl Into<Arc<str>>) -> Finding<'a> {
        Finding { verdict, code, clause: None, message: Some(message.into()) }
    }

    /// Strictest first, then by code and clause: the same for any order of the rules.
    pub(super) fn rank(&self) -> (std::cmp::Reverse<Verdict>, Code, &str, Option<&str>) {
        (
            std::cmp::Reverse(self.verdict),
            self.code,
            self.clause.map_or("", |clause| &*clause.id),
            self.message.as_deref(),
        )
    }

    /// Why, in a sentence: the policy's own words come first.
    pub(super) fn reason(&self) -> Arc<str> {
        match (&self.message, self.clause) {
            (_, Some(Clause { reason: Some(reason), .. })) => reason.clone(),
            (Some(message), _) => message.clone(),
            (None, Some(clause)) => clause.stated().clone(),
            (None, None) => self.code.meaning().into(),
        }
    }
}
