//! What a call takes.

use std::sync::Arc;

use super::account;
use super::estimate;
use super::history;
use crate::action::{Action, Category};
use crate::approval::Refused;
use crate::call::ToolCall;
use crate::clock::Timestamp;
use crate::decision::Verdict;
use crate::error::Code;
use crate::evaluate::{delegators, risk_of};
use crate::facts::Facts;
use crate::money::{Unit, Usd};
use crate::policy::{Budget, By, Cap, Limit, Policy, Request, Window};
use crate::store::{Charge, Keep, Total};

/// A charge, and what its cap means.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// What is charged.
    pub charge: Charge,
    /// The budget or limit that asks for it.
    pub id: Arc<str>,
    /// The verdict where the cap stands against it.
    pub verdict: Verdict,
    /// Why, as a word.
    pub code: Code,
}

impl Taken {
    /// Why, in a sentence, where the account holds `total`.
    pub fn reason(&self, total: Total) -> String {
        let amount = |amount: i64| match self.charge.unit {
            Unit::Usd => format!("{} USD", Usd::from_nanos(amount)),
            unit => format!("{amount} {}", unit.as_str()),
        };
        let cap = amount(self.charge.cap.unwrap_or(i64::MAX));
        format!("`{}` lets {cap}, of which {} are used or reserved", self.id, amount(total.amount))
    }
}

/// Everything that `call`, which amounts to `action`, takes from budgets and limits, and leaves in the history.
///
/// # Errors
/// [`Code::BudgetUnpriced`] if nobody knows what the call costs and a budget has to.
pub fn charges(policy: &Policy, action: &Action, call: &ToolCall, facts: &Facts) -> Result<Vec<Taken>, Refused> {
    let cost = cost(policy, action, call, facts);
    let mut taken: Vec<Taken> = Vec::new();
    // Who acts for others spends what is theirs as well; what they have together is charged once.
    for caller in std::iter::once(call.clone()).chain(delegators(call)) {
        let own = of_caller(policy, action, &caller, cost, facts)?;
        taken.extend(
            own.into_iter()
                .filter(|one| taken.iter().all(|known| known.charge.account != one.charge.account))
                .collect::<Vec<_>>(),
        );
    }
    taken.extend(history::entries(policy, action, call, facts));
    Ok(taken)
}

/// What a call takes from the budgets and limits of one caller.
fn of_caller(
    policy: &Policy,
    action: &Action,
    call: &ToolCall,
    cost: Option<Usd>,
    facts: &Facts,
) -> Result<Vec<Taken>, Refused> {
    let mut taken = Vec::new();
    for budget in &policy.state.budgets {
        let principal = &call.principal;
        if !budget.whose.includes(&principal.id, principal.role.as_deref()) {
            continue;
        }
        if cost.is_none() && !budget.observes && budget.caps.iter().any(|cap| cap.unit == Unit::Usd) {
            let message = format!("`{}` is enforced, and nobody knows what this costs", budget.id);
            return Err(Refused::new(Code::BudgetUnpriced, message));
        }
        let cost = cost.unwrap_or_default();
        let caps = budget.caps.iter();
        taken.extend(caps.filter_map(|cap| of_budget(policy, budget, *cap, cost, action, call, facts.now)));
    }
    let risk = risk_of(action).score;
    let counts = |limit: &&Limit| {
        action.walk().any(|part| limit.matcher.mismatch(&Request { call, action: part, risk, facts }).is_none())
    };
    let limits = policy.state.limits.iter().filter(counts);
    taken.extend(limits.map(|limit| of_limit(limit, action, call, facts.now)));
    Ok(taken)
}

/// What a call costs: what its caller estimates, or else what the policy's entries for it say, or else the list price
/// of the model. A model's answer costs something even if nobody says what; other things may cost nothing.
fn cost(policy: &Policy, action: &Action, call: &ToolCall, facts: &Facts) -> Option<Usd> {
    let request = Request { call, action, risk: 0, facts };
    let matching = policy.candidates(&request).filter(|clause| clause.mismatch(&request).is_none());
    let said = call.context.estimated_cost.or_else(|| matching.filter_map(|clause| clause.cost).max());
    said.or_else(|| estimate::of(action)).or_else(|| (action.category != Category::Llm).then_some(Usd::ZERO))
}

fn of_budget(
    policy: &Policy,
    budget: &Budget,
    cap: Cap,
    cost: Usd,
    action: &Action,
    call: &ToolCall,
    now: Timestamp,
) -> Option<Taken> {
    let (amount, keep) = match cap.unit {
        Unit::Usd => (cost.nanos(), Keep::Hold),
        // What a call takes of these is known when it is over; until then it has to find one left.
        Unit::Tokens => (i64::from(action.category == Category::Llm), Keep::Hold),
        _ => (1, Keep::Add),
    };
    let run = if cap.window == Window::Run { &*call.session.id } else { "" };
    let window = policy.state.zone.window(cap.window, now);
    let unit = cap.unit.as_str();
    let parts = ["budget", &budget.id, unit, cap.window.as_str(), &window, run, &who(budget.by, action, call)];
    let charge = Charge {
        account: account::name(&parts).into(),
        unit: cap.unit,
        amount,
        cap: (!budget.observes).then_some(cap.most),
        since: None,
        keep,
    };
    // Nothing is taken by what costs nothing, and a budget that is spent does not stop it.
    (amount > 0).then(|| Taken { charge, id: budget.id.clone(), verdict: budget.verdict, code: Code::BudgetExceeded })
}

fn of_limit(limit: &Limit, action: &Action, call: &ToolCall, now: Timestamp) -> Taken {
    let account = account::name(&["limit", &limit.id, &who(limit.by, action, call)]);
    let charge = Charge {
        account: account.into(),
        unit: Unit::Calls,
        amount: 1,
        cap: Some(limit.max),
        since: Some(now.minus_seconds(limit.per_s)),
        keep: Keep::Until(now.plus_seconds(limit.per_s)),
    };
    Taken { charge, id: limit.id.clone(), verdict: limit.verdict, code: Code::LimitExceeded }
}

/// Who is counted together.
fn who(by: By, action: &Action, call: &ToolCall) -> Arc<str> {
    match by {
        By::Principal => call.principal.id.clone(),
        By::Role => call.principal.role.clone().unwrap_or_default(),
        By::Session => call.session.id.clone(),
        By::Tool => crate::action::normal_name(&call.tool).into(),
        By::Action => action.key.clone(),
        By::All => Arc::default(),
    }
}
