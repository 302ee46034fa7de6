//! What has happened before: what is asked of it, and what a call leaves.

use std::sync::Arc;

use super::account;
use super::charge::Taken;
use crate::action::Action;
use crate::call::ToolCall;
use crate::clock::Timestamp;
use crate::decision::Verdict;
use crate::error::Code;
use crate::evaluate::risk_of;
use crate::facts::{Answer, Facts, Past, Question};
use crate::money::Unit;
use crate::policy::{Policy, Request};
use crate::store::{Asked, Charge, Keep, Known, Sum, Total};
use crate::value::Value;

/// Millionths in one.
const MILLION: f64 = 1e6;

/// What has to be known before `call` is decided about.
pub fn asked(policy: &Policy, call: &ToolCall, now: Timestamp) -> Asked {
    let sums = policy
        .state
        .questions
        .iter()
        .map(|question| Sum { account: name(question, call), since: Some(now.minus_seconds(question.window_s)) });
    Asked {
        at: Some(now),
        sums: sums.collect(),
        session: session(call),
        switches: true,
        agent: call.principal.id.clone(),
    }
}

/// The facts that `known` amounts to.
pub fn facts(policy: &Policy, known: &Known, now: Timestamp) -> Facts {
    let answers = known.sums.iter().map(|total| Answer { count: total.count, sum: total.amount });
    let history = policy.state.questions.iter().cloned().zip(answers).collect();
    Facts { now, labels: known.labels.clone(), history }
}

/// What must still be so when a call begins that was decided about with `known`.
pub fn expected(asked: &Asked, known: &Known) -> Vec<(Sum, Total)> {
    asked.sums.iter().cloned().zip(known.sums.iter().copied()).collect()
}

/// The labels that `call` leaves on its session.
pub fn labels(policy: &Policy, action: &Action, call: &ToolCall, facts: &Facts) -> Vec<(Arc<str>, Arc<str>)> {
    let risk = risk_of(action).score;
    let fits = |part: &Action, rule: &crate::policy::LabelRule| {
        rule.matcher.mismatch(&Request { call, action: part, risk, facts }).is_none()
    };
    let rules = policy.state.labels.iter().filter(|rule| action.walk().any(|part| fits(part, rule)));
    let added = rules.flat_map(|rule| &rule.add).filter(|label| !facts.labels.contains(label));
    added.map(|label| (session(call), label.clone())).collect()
}

/// What `call` leaves in the history that the conditions of the policy ask about. Each account once: with the longest
/// window that is asked for.
pub(super) fn entries(policy: &Policy, action: &Action, call: &ToolCall, facts: &Facts) -> Vec<Taken> {
    let mut taken: Vec<Taken> = Vec::new();
    for question in &policy.state.questions {
        let happened: Vec<&Action> = action.walk().filter(|part| *part.key == *question.action).collect();
        if happened.is_empty() {
            continue;
        }
        let until = Keep::Until(facts.now.plus_seconds(question.window_s));
        let account = name(question, call);
        if let Some(same) = taken.iter_mut().find(|one| one.charge.account == account) {
            if let (Keep::Until(longest), Keep::Until(other)) = (same.charge.keep, until) {
                same.charge.keep = Keep::Until(longest.max(other));
            }
            continue;
        }
        let amount = happened.iter().fold(0i64, |sum, part| sum.saturating_add(amount(question, part)));
        let charge = Charge { account, unit: Unit::Amount, amount, cap: None, since: None, keep: until };
        let id: Arc<str> = "history".into();
        taken.push(Taken { charge, id, verdict: Verdict::Deny, code: Code::LimitExceeded });
    }
    taken
}

/// Whose labels a call has. Calls of which nobody said the session have theirs together: a label must not get lost.
fn session(call: &ToolCall) -> Arc<str> {
    // No session has a name with such a sign in it.
    if call.session.id.is_empty() { "\u{1}".into() } else { call.session.id.clone() }
}

fn name(question: &Question, call: &ToolCall) -> Arc<str> {
    let whose: &str = match question.scope {
        Past::Principal => &call.principal.id,
        Past::Session => &call.session.id,
        Past::Role => call.principal.role.as_deref().unwrap_or_default(),
        Past::All => "",
    };
    let argument = question.argument.as_deref().unwrap_or_default();
    account::name(&["history", &question.action, argument, question.scope.as_str(), whose]).into()
}

/// The amount of one action, in millionths. What is no amount is the largest there is: a sum that cannot be known is
/// never a small one.
fn amount(question: &Question, action: &Action) -> i64 {
    let Some(argument) = &question.argument else { return 0 };
    match action.args.get(argument) {
        Some(Value::Int(number)) => number.saturating_mul(1_000_000).max(0),
        Some(Value::Float(number)) => (number * MILLION).ceil().max(0.0) as i64,
        Some(Value::String(text)) => text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
            .map_or(i64::MAX, |number| (number * MILLION).ceil().max(0.0) as i64),
        None => 0,
        Some(_) => i64::MAX,
    }
}
