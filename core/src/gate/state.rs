//! Decisions that depend on what was before: budgets, limits, history, consent and kill switches.
//!
//! What is known is read in one step, the policy is evaluated with it, and what is allowed begins in one step that fails
//! if what was known is not so any more. Then it is decided again, a bounded number of times.

use std::path::Path;
use std::sync::Arc;

use super::approvals::{self, Consent};
use super::{Gate, Loaded};
use crate::action::Action;
use crate::approval::{Grant, Refused, Request, digest};
use crate::audit::Entry;
use crate::budget::{self, Taken};
use crate::call::ToolCall;
use crate::decision::{Approval, Decision, Verdict};
use crate::error::{CallError, Code};
use crate::evaluate;
use crate::facts::Facts;
use crate::policy::Policy;
use crate::registry::Agent;
use crate::store::{Asked, Begun, Claim, Kind, Known, Step, Store, StoreError};
use crate::switch::Switch;

/// How often a decision is made anew because others changed what it depends on.
const ATTEMPTS_MAX: usize = 16;
/// Seconds after which what is in flight is given back.
const FLIGHT_S: u64 = 600;

/// One call on its way through the state.
struct Passage<'a> {
    gate: &'a Gate,
    loaded: &'a Loaded,
    policy: &'a Policy,
    store: &'a dyn Store,
    call: &'a ToolCall,
    /// The decision that has let the same call pass before.
    passed: Option<Decision>,
}

/// What was known at one attempt.
struct Moment {
    asked: Asked,
    known: Known,
    facts: Facts,
}

/// What a decision comes to once the state is asked.
enum Next {
    Answer(Box<Decision>),
    Again,
}

type Passed = Result<Next, StoreError>;

impl Gate {
    /// Decides about `call` with what the store of the policy knows.
    pub(super) fn decide_with_state(&self, loaded: &Loaded, policy: &Policy, call: &ToolCall) -> Decision {
        let unable = |error: StoreError| self.unable(loaded, policy, call, error.code(), &error.to_string());
        let store = match loaded.store() {
            Ok(store) => store,
            Err(error) => return unable(error),
        };
        let passed = self.reentry.passed(call, &policy.hash);
        let passage = Passage { gate: self, loaded, policy, store: &*store, call, passed };
        for _ in 0..ATTEMPTS_MAX {
            match passage.attempt() {
                Ok(Next::Answer(decision)) => return *decision,
                Ok(Next::Again) => {}
                Err(error) => return unable(error),
            }
        }
        self.unable(loaded, policy, call, Code::StoreContended, Code::StoreContended.meaning())
    }

    fn unable(&self, loaded: &Loaded, policy: &Policy, call: &ToolCall, code: Code, why: &str) -> Decision {
        let decision = self.refusal(call, &CallError::new(code, why));
        if let Some(file) = loaded.kill_file() {
            return killed(decision, kill_file_reason(file));
        }
        let observed = policy.observes.then_some(Verdict::Deny);
        // Where the policy only observes, a store that fails blocks nothing either.
        let verdict = if policy.observes { Verdict::Allow } else { Verdict::Deny };
        Decision { verdict, observed, ..decision }
    }
}

impl Passage<'_> {
    fn attempt(&self) -> Passed {
        let now = self.gate.now();
        let asked = budget::asked(self.policy, self.call, now);
        let known = self.store.read(&asked)?;
        let facts = budget::facts(self.policy, &known, now);
        let moment = Moment { asked, known, facts };
        let (action, evaluation) = self.gate.judge(self.loaded, self.policy, self.call, &moment.facts);
        let decision = self.gate.decision(evaluation, action, now, self.policy);
        if let Some(why) = self.killed(&decision.action, &moment)? {
            return Ok(answer(killed(decision, why)));
        }
        if let Some(refused) = self.unregistered(&moment)? {
            return Ok(answer(denied(decision, refused)));
        }
        match (decision.verdict, &self.passed) {
            (Verdict::Deny | Verdict::DryRun, _) => Ok(answer(decision)),
            // It has begun already, and is only asked about again.
            (_, Some(passed)) if passed.rules == decision.rules && passed.action == decision.action => {
                Ok(answer(passed.clone()))
            }
            (Verdict::Allow, _) => self.begin(decision, &moment),
            (Verdict::RequireApproval, _) => self.consent(decision, &moment),
        }
    }

    /// Why a kill switch stops the call, if one does.
    fn killed(&self, action: &Action, moment: &Moment) -> Result<Option<String>, StoreError> {
        for document in &moment.known.switches {
            let switch: Switch = approvals::parse(document)?;
            if switch.stops(self.call, action) {
                return Ok(Some(switch.to_string()));
            }
        }
        Ok(self.loaded.kill_file().map(kill_file_reason))
    }

    /// Why the principal may not ask at all, if it may not.
    fn unregistered(&self, moment: &Moment) -> Result<Option<Refused>, StoreError> {
        let (rules, principal) = (&self.policy.state, &self.call.principal);
        let Some(document) = &moment.known.agent else {
            let code = Code::PrincipalUnregistered;
            return Ok(rules.registered_only.then(|| Refused::new(code, code.meaning())));
        };
        let agent: Agent = approvals::parse(document)?;
        let refusal = agent.refusal(principal.role.as_deref(), moment.facts.now);
        Ok(refusal.map(|(code, why)| Refused::new(code, why)))
    }

    /// Begins a call that the policy allows.
    fn begin(&self, decision: Decision, moment: &Moment) -> Passed {
        let taken = match self.taken(&decision, moment) {
            Ok(taken) => taken,
            Err(refused) => return self.stopped(decision, Verdict::Deny, refused, moment),
        };
        match self.store.begin(&self.step(&decision, &taken, moment), None)? {
            Begun::Done => Ok(answer(decision)),
            Begun::Stale => Ok(Next::Again),
            Begun::Refused(refused) => Ok(answer(denied(decision, refused))),
            Begun::Exceeded(index, total) => {
                let (verdict, refused) = exceeded(&taken, index, total);
                self.stopped(decision, verdict, refused, moment)
            }
        }
    }

    /// A budget or a limit stands against a call that the policy allows otherwise.
    fn stopped(&self, decision: Decision, verdict: Verdict, refused: Refused, moment: &Moment) -> Passed {
        if self.policy.observes {
            return self.observed(decision, verdict, refused, moment);
        }
        if verdict == Verdict::Deny {
            return Ok(answer(denied(decision, refused)));
        }
        let approval = Some(Approval::from(self.policy.state.default_terms()));
        self.consent(Decision { verdict, code: refused.code, reason: refused.message, approval, ..decision }, moment)
    }

    /// What only is observed happens, and so it counts.
    fn observed(&self, decision: Decision, verdict: Verdict, refused: Refused, moment: &Moment) -> Passed {
        let mut taken = self.taken(&decision, moment).unwrap_or_default();
        taken.iter_mut().for_each(|one| one.charge.cap = None);
        match self.store.begin(&self.step(&decision, &taken, moment), None)? {
            Begun::Stale => Ok(Next::Again),
            _ => {
                let observed = decision.observed.max(Some(verdict));
                Ok(answer(Decision { observed, code: refused.code, reason: refused.message, ..decision }))
            }
        }
    }

    /// A person has to consent: begins the call if one has, else asks.
    fn consent(&self, decision: Decision, moment: &Moment) -> Passed {
        if self.policy.state.approvals.is_none() {
            return Ok(answer(decision));
        }
        let digest = digest(self.call, &decision);
        let covers = |grant: &Grant| self.is_covered(&decision, grant, &moment.facts);
        match Consent::find(self.store, self.call, &decision, &digest, &covers)? {
            Consent::Refused(refused) => Ok(answer(denied(decision, refused))),
            Consent::Asked(request) => Ok(answer(self.held(decision, &request))),
            Consent::None => self.ask(decision, digest),
            Consent::Approved(request) => {
                let by = decision.id.clone();
                let used = &mut |request: &Request, now| request.used(&digest, &by, now);
                let mut change = approvals::changing(moment.facts.now, &request.id, used);
                let claim = Claim { kind: Kind::Approval, id: &request.id, change: &mut change };
                self.begin_with(decision, claim, moment)
            }
            Consent::Granted(grant) => {
                let mut change = approvals::using(moment.facts.now, &grant.id);
                let claim = Claim { kind: Kind::Grant, id: &grant.id, change: &mut change };
                self.begin_with(decision, claim, moment)
            }
        }
    }

    fn ask(&self, decision: Decision, digest: Arc<str>) -> Passed {
        let request = approvals::request(self.loaded, self.policy, self.call, &decision, digest);
        approvals::open(self.store, &request)?;
        self.note("approval.requested", &request.id, &request.digest);
        Ok(answer(self.held(decision, &request)))
    }

    /// Begins a call that a person has consented to. What needs no more than consent does not stop it any more, if they
    /// saw it; a grant was given before.
    fn begin_with(&self, decision: Decision, claim: Claim<'_>, moment: &Moment) -> Passed {
        let mut taken = match self.taken(&decision, moment) {
            Ok(taken) => taken,
            Err(refused) => return Ok(answer(denied(decision, refused))),
        };
        let (kind, id): (Kind, Arc<str>) = (claim.kind, claim.id.into());
        let lifts = |one: &&mut Taken| kind == Kind::Approval && one.verdict == Verdict::RequireApproval;
        taken.iter_mut().filter(lifts).for_each(|one| one.charge.cap = None);
        match self.store.begin(&self.step(&decision, &taken, moment), Some(claim))? {
            Begun::Done => Ok(answer(self.granted(decision, kind, &id))),
            Begun::Stale => Ok(Next::Again),
            // Somebody else was faster: what there is now decides.
            Begun::Refused(_) if self.call.context.approval.is_none() => Ok(Next::Again),
            Begun::Refused(refused) => Ok(answer(denied(decision, refused))),
            Begun::Exceeded(index, total) => {
                let (verdict, refused) = exceeded(&taken, index, total);
                self.stopped(decision, verdict, refused, moment)
            }
        }
    }

    fn granted(&self, decision: Decision, kind: Kind, id: &Arc<str>) -> Decision {
        self.note(if kind == Kind::Approval { "approval.consumed" } else { "grant.used" }, id, "");
        Decision {
            verdict: Verdict::Allow,
            code: Code::ApprovalGranted,
            reason: format!("allowed by the consent `{id}`").into(),
            approval: decision.approval.map(|approval| Approval { id: Some(id.clone()), ..approval }),
            ..decision
        }
    }

    fn held(&self, decision: Decision, request: &Request) -> Decision {
        let base_url = self.policy.state.approvals.as_ref().and_then(|setting| setting.base_url.as_ref());
        let approval = approvals::asked(request, base_url);
        Decision { approval: Some(approval), ..decision }
    }

    /// Whether a grant covers every part of the action that the policy does not allow by itself. There has to be one: a
    /// grant says nothing of budgets and limits, and what is held for them alone is not what it was given for.
    fn is_covered(&self, decision: &Decision, grant: &Grant, facts: &Facts) -> bool {
        let mut held = false;
        let all = decision.action.walk().all(|part| {
            let alone = Action { effects: Vec::new(), ..part.clone() };
            let evaluation = evaluate::evaluate(self.policy, &alone, self.call, facts);
            match self.gate.judge_names(self.loaded, self.policy, &alone, self.call, facts, evaluation).verdict {
                Verdict::Allow => true,
                Verdict::RequireApproval => {
                    held = true;
                    grant.covers(part)
                }
                Verdict::DryRun | Verdict::Deny => false,
            }
        });
        all && held && !matches!(decision.code, Code::BudgetExceeded | Code::LimitExceeded)
    }

    fn taken(&self, decision: &Decision, moment: &Moment) -> Result<Vec<Taken>, Refused> {
        budget::charges(self.policy, &decision.action, self.call, &moment.facts)
    }

    fn step(&self, decision: &Decision, taken: &[Taken], moment: &Moment) -> Step {
        let now = moment.facts.now;
        Step {
            id: decision.id.clone(),
            at: now,
            expires: now.plus_seconds(FLIGHT_S),
            charges: taken.iter().map(|one| one.charge.clone()).collect(),
            expected: budget::expected(&moment.asked, &moment.known),
            labels: budget::labels(self.policy, &decision.action, self.call, &moment.facts),
        }
    }

    fn note(&self, event: &'static str, id: &str, digest: &str) {
        if let Some(sink) = &self.loaded.sink {
            let entry = Entry::approval(event, id, digest, &self.call.principal.id, None, &self.loaded.redactor);
            // The decision itself is recorded next, and denied if it cannot be.
            let _ = sink.append(self.gate.now(), &entry);
        }
    }
}

fn answer(decision: Decision) -> Next {
    Next::Answer(Box::new(decision))
}

/// The verdict where the cap of the charge with this number stands against a call, and why.
fn exceeded(taken: &[Taken], index: usize, total: crate::store::Total) -> (Verdict, Refused) {
    match taken.get(index) {
        Some(over) => (over.verdict, Refused::new(over.code, over.reason(total))),
        None => (Verdict::Deny, Refused::new(Code::InternalError, Code::InternalError.meaning())),
    }
}

fn kill_file_reason(file: &Path) -> String {
    format!("the kill switch `{}` is on", file.display())
}

/// The same decision, but to deny it; where the policy only observes, to say so.
fn denied(decision: Decision, refused: Refused) -> Decision {
    let observed = decision.observed.map(|_| Verdict::Deny);
    let verdict = if observed.is_some() { Verdict::Allow } else { Verdict::Deny };
    Decision { verdict, observed, code: refused.code, reason: refused.message, approval: None, ..decision }
}

/// The same decision, stopped by a kill switch: that also holds where the policy only observes.
fn killed(decision: Decision, why: String) -> Decision {
    Decision {
        verdict: Verdict::Deny,
        observed: None,
        code: Code::KillSwitchOn,
        reason: why.into(),
        approval: None,
        ..decision
    }
}
