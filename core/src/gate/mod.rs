//! The gate: the whole path of a tool call, in order, with nothing left out.
//!
//! [`Gate::guard`] always answers. A call that cannot be read, a policy that is missing, a log that cannot be written
//! and a panic anywhere on the way are each a deny with a code of its own.

mod approvals;
mod builder;
mod control;
mod discover;
mod ids;
mod links;
mod loaded;
mod names;
mod reentry;
mod secrets;
mod source;
mod state;
mod stores;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::action::{Action, Category, Confidence};
use crate::approval::{KeyRing, Refused};
use crate::audit::{AuditError, Entry, JsonlLog, Outcome, Status, Verification};
use crate::budget;
use crate::call::ToolCall;
use crate::clock::{Clock, Timestamp};
use crate::decision::{Approval, Decision, Risk, Verdict};
use crate::error::{CallError, Code, PolicyError};
use crate::evaluate::{self, Evaluation, Explanation};
use crate::facts::Facts;
use crate::mapper::Surroundings;
use crate::net::Resolver;
use crate::path::{FileSystem, PathRules};
use crate::policy::Policy;
use crate::store::{Settlement, Store, StoreError};

pub use builder::{AuditTarget, GateBuilder};
use ids::DecisionIds;
use loaded::Loaded;
use reentry::Reentry;
use source::PolicySource;
pub use stores::{StoreOpener, StorePlace};

/// Decides about tool calls by one policy.
///
/// ```
/// use toolgate::{Gate, ToolCall, Verdict};
/// let gate = Gate::from_yaml("
/// audit: off
/// tools:
///   file.read: { decision: allow, allowed_paths: [/workspace/] }
/// ")?;
/// let call = ToolCall::from_json("read_file", r#"{"path": "/workspace/notes.md"}"#)?;
/// assert_eq!(gate.guard(&call).verdict, Verdict::Allow);
/// let call = ToolCall::from_json("read_file", r#"{"path": "/workspace/../etc/passwd"}"#)?;
/// assert_eq!(gate.guard(&call).code.as_str(), "path.outside_allowed");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A gate is meant to be shared: all methods take `&self`, from any thread, also after `fork`.
pub struct Gate {
    loaded: ArcSwap<Loaded>,
    settings: Settings,
    ids: DecisionIds,
    reentry: Reentry,
}

/// What a gate was built with; a reload keeps it.
struct Settings {
    source: PolicySource,
    audit: AuditTarget,
    pin: Option<Arc<str>>,
    clock: Arc<dyn Clock>,
    cwd: Option<Arc<str>>,
    cwd_is_given: bool,
    home: Option<Arc<str>>,
    files: Arc<dyn FileSystem>,
    rules: PathRules,
    directory: PathBuf,
    resolver: Option<Arc<dyn Resolver>>,
    store: Option<Arc<dyn Store>>,
    place: Option<StorePlace>,
    opener: Option<Arc<StoreOpener>>,
    keys: Option<KeyRing>,
}

/// Why an outcome was not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordError {
    /// It is not in the audit log.
    Audit(AuditError),
    /// What the call has taken is not settled: it is given back when its time is over.
    Store(StoreError),
}

impl RecordError {
    /// Why, as a word.
    pub fn code(&self) -> Code {
        match self {
            RecordError::Audit(_) => Code::AuditUnwritable,
            RecordError::Store(error) => error.code(),
        }
    }
}

impl std::fmt::Display for RecordError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            RecordError::Audit(error) => error.fmt(f),
            RecordError::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RecordError {}

impl From<StoreError> for RecordError {
    fn from(error: StoreError) -> RecordError {
        RecordError::Store(error)
    }
}

/// Why [`Gate::run`] has no result.
#[derive(Debug)]
pub enum RunError<E> {
    /// The tool did not run; the decision says why.
    Refused(Box<Decision>),
    /// The tool ran and failed.
    Tool(E),
}

impl Gate {
    /// A gate for a policy given as text.
    ///
    /// # Errors
    /// Every problem of the policy.
    pub fn from_yaml(text: &str) -> Result<Gate, PolicyError> {
        Gate::builder().policy_text(text).build()
    }

    /// A gate for the policy in a file.
    ///
    /// # Errors
    /// Every problem of the policy, or why it cannot be read.
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Gate, PolicyError> {
        Gate::builder().policy_file(path).build()
    }

    /// Builds a gate with more to say than its policy.
    pub fn builder() -> GateBuilder {
        GateBuilder::default()
    }

    /// The gate of this place: the policy named by `TOOLGATE_POLICY`, else `toolgate.yaml` in the working directory or
    /// above it. Never fails: without a usable policy the gate denies everything and says why.
    pub fn discover() -> Gate {
        Gate::builder().discover()
    }

    /// Decides about `call` and records the decision.
    pub fn guard(&self, call: &ToolCall) -> Decision {
        // Nothing behind this line is left half changed by a panic: state is swapped whole or guarded by its own lock.
        catch_unwind(AssertUnwindSafe(|| self.decide(call))).unwrap_or_else(|_| {
            let panicked = CallError::new(
                Code::InternalPanic,
                "the guard failed inside; nothing is allowed that it did not decide",
            );
            catch_unwind(AssertUnwindSafe(|| self.refuse(call, &panicked)))
                .unwrap_or_else(|_| self.refusal(call, &panicked))
        })
    }

    /// The deny for a call that could not even be made into one, recorded like any other. For bindings: `call` holds
    /// what could be read.
    pub fn refuse(&self, call: &ToolCall, error: &CallError) -> Decision {
        let loaded = self.loaded.load();
        self.recorded(&loaded, call, self.refusal(call, error))
    }

    /// Decides about `call` and, on allow, runs `tool` with exactly the call that was decided about. The outcome is
    /// recorded.
    ///
    /// # Errors
    /// [`RunError::Refused`] with the decision, or the tool's own error.
    pub fn run<T, E: std::fmt::Display>(
        &self,
        call: &ToolCall,
        tool: impl FnOnce(&ToolCall) -> Result<T, E>,
    ) -> Result<T, RunError<E>> {
        let decision = self.guard(call);
        if decision.verdict != Verdict::Allow {
            return Err(RunError::Refused(Box::new(decision)));
        }
        let started = self.now();
        let result = tool(call);
        let status = if result.is_ok() { Status::Executed } else { Status::Failed };
        let elapsed = self.now().as_micros().saturating_sub(started.as_micros());
        let outcome = Outcome {
            status,
            duration_ms: u64::try_from(elapsed / 1000).ok(),
            error: result.as_ref().err().map(|error| error.to_string()),
            cost_usd: None,
            tokens: None,
            result_digest: None,
        };
        // The tool has run: what it returned counts, also if that can no longer be written down.
        let _ = self.record(&decision, &outcome);
        result.map_err(RunError::Tool)
    }

    /// Records what became of a decision, and settles what it has taken from budgets.
    ///
    /// # Errors
    /// If the audit log or the state cannot be written. What could be written is.
    pub fn record(&self, decision: &Decision, outcome: &Outcome) -> Result<(), RecordError> {
        self.record_by_id(&decision.id, outcome)
    }

    /// As [`Gate::record`], for callers that kept no more of the decision than its id.
    ///
    /// # Errors
    /// If the audit log or the state cannot be written. What could be written is.
    pub fn record_by_id(&self, decision_id: &str, outcome: &Outcome) -> Result<(), RecordError> {
        let loaded = self.loaded.load();
        let now = self.now();
        let written = loaded.sink.as_ref().map_or(Ok(()), |sink| {
            sink.append(now, &Entry::execution(decision_id, outcome, &loaded.redactor)).map(drop)
        });
        // What has run is over: asked about again, it is another call that takes and needs consent anew.
        if loaded.policy.as_ref().is_ok_and(|policy| policy.state.is_used()) {
            self.reentry.end(decision_id);
        }
        if loaded.policy.as_ref().is_ok_and(|policy| policy.state.takes()) {
            let store = loaded.store()?;
            store.settle(decision_id, now, &budget::settlement(outcome))?;
        }
        written.map_err(RecordError::Audit)
    }

    /// How `call` is read and what every clause of the policy says of it. Records nothing.
    ///
    /// # Errors
    /// Why the call cannot be read, or that there is no policy.
    pub fn explain(&self, call: &ToolCall) -> Result<Explanation, CallError> {
        call.check_bounds()?;
        let loaded = self.loaded.load();
        let policy = loaded.policy.as_ref().map_err(missing)?;
        let unreadable = |error: StoreError| CallError::new(error.code(), error.to_string());
        let facts = facts(&loaded, policy, call, self.now()).map_err(unreadable)?;
        let (action, evaluation) = self.judge(&loaded, policy, call, &facts);
        let explanation = evaluate::explain(policy, &action, call, &facts);
        Ok(Explanation { evaluation, ..explanation })
    }

    /// Loads the policy again. It is swapped whole: a call meets the old one or the new one. A policy with problems
    /// leaves the old one in force, and the log says so.
    ///
    /// # Errors
    /// Every problem of the new policy.
    pub fn reload(&self) -> Result<(), PolicyError> {
        loop {
            let before = self.loaded.load_full();
            let loaded = Loaded::new(&self.settings, Some(&before)).inspect_err(|error| self.report(&before, error))?;
            let loaded = Arc::new(loaded);
            // Whoever was overtaken by another reload reads again: an older policy never replaces a newer one. There is
            // no lock, since a forked child could inherit it locked.
            let found = self.loaded.compare_and_swap(&before, loaded.clone());
            if Arc::ptr_eq(&found, &before) {
                self.announce(&loaded);
                return Ok(());
            }
        }
    }

    /// The digest of the policy in force, `sha256:…`; empty if there is none.
    pub fn policy_hash(&self) -> Arc<str> {
        self.loaded.load().policy.as_ref().map(|policy| policy.hash.clone()).unwrap_or_default()
    }

    /// Whether a decision may take as long as the network or the disk does: the policy has host names looked up, or uses
    /// state that is kept outside this process's memory. Names whose addresses the policy gives itself take no wait.
    pub fn waits(&self) -> bool {
        let loaded = self.loaded.load();
        let keeps_state = loaded.policy.as_ref().is_ok_and(|policy| policy.state.is_used());
        loaded.resolver.as_ref().is_some_and(|resolver| resolver.waits()) || keeps_state && loaded.store_waits()
    }

    /// The directory of the audit log, if there is one on disk.
    pub fn audit_directory(&self) -> Option<PathBuf> {
        self.loaded.load().audit_directory.clone()
    }

    /// Checks the whole audit log on disk. A gate without one has nothing that could be wrong.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn verify_audit(&self) -> Result<Verification, AuditError> {
        match self.audit_directory() {
            Some(directory) => JsonlLog::verify(&directory),
            None => Ok(Verification::default()),
        }
    }

    /// The store of the policy in force.
    fn store(&self) -> Result<Arc<dyn Store>, StoreError> {
        self.loaded.load().store()
    }

    fn decide(&self, call: &ToolCall) -> Decision {
        if let Err(error) = call.check_bounds() {
            return self.refuse(call, &error);
        }
        let loaded = self.loaded.load();
        let policy = match &loaded.policy {
            Ok(policy) => policy,
            Err(error) => return self.refusal(call, &missing(error)),
        };
        let decision = if policy.state.is_used() {
            self.decide_with_state(&loaded, policy, call)
        } else {
            self.decide_alone(&loaded, policy, call)
        };
        let decision = match call.context.call_id {
            None => self.recorded(&loaded, call, decision),
            Some(_) => self.reentry.once(call, decision, |decision| self.recorded(&loaded, call, decision)),
        };
        if decision.code == Code::AuditUnwritable && policy.state.takes() {
            // It will not run. What cannot be given back now is when its time is over.
            let _ = loaded.store().and_then(|store| store.settle(&decision.id, decision.at, &Settlement::Nothing));
        }
        decision
    }

    /// Decides about `call` by the policy and the moment alone.
    fn decide_alone(&self, loaded: &Loaded, policy: &Policy, call: &ToolCall) -> Decision {
        let facts = Facts::at(self.now());
        let (action, evaluation) = self.judge(loaded, policy, call, &facts);
        self.decision(evaluation, action, facts.now, policy)
    }

    /// What the policy would say of `call` now; nothing begins and nothing is recorded.
    fn judged(&self, call: &ToolCall) -> Result<Decision, Refused> {
        let refused = |error: CallError| Refused::new(error.code, error.message);
        call.check_bounds().map_err(refused)?;
        let loaded = self.loaded.load();
        let policy = loaded.policy.as_ref().map_err(missing).map_err(refused)?;
        let facts = facts(&loaded, policy, call, self.now())?;
        let (action, evaluation) = self.judge(&loaded, policy, call, &facts);
        Ok(self.decision(evaluation, action, facts.now, policy))
    }

    /// What `call` amounts to and what the policy says of it. The disk is looked at only for what the policy does not
    /// deny as it is written: a look can be slow, and can itself be what an attacker wants.
    fn judge(&self, loaded: &Loaded, policy: &Policy, call: &ToolCall, facts: &Facts) -> (Action, Evaluation) {
        let mut action = loaded.mapper.map(call, self.surroundings(policy));
        let mut evaluation = evaluate::evaluate(policy, &action, call, facts);
        let mut places = Vec::new();
        if evaluation.verdict != Verdict::Deny && policy.paths.follows_links {
            let followed = links::follow(&mut action, &*self.settings.files);
            if followed.changed {
                evaluation = evaluate::evaluate(policy, &action, call, facts);
            }
            places = followed.places;
        }
        evaluation = self.judge_names(loaded, policy, &action, call, facts, evaluation);
        if evaluation.verdict != Verdict::Deny {
            evaluation.obligations.extend(places);
        }
        (action, evaluation)
    }

    /// `evaluation`, or the stricter one that the addresses behind names call for.
    fn judge_names(
        &self,
        loaded: &Loaded,
        policy: &Policy,
        action: &Action,
        call: &ToolCall,
        facts: &Facts,
        evaluation: Evaluation,
    ) -> Evaluation {
        match &loaded.resolver {
            Some(resolver) => names::judge(&**resolver, policy, action, call, facts, evaluation),
            None => evaluation,
        }
    }

    fn decision(&self, evaluation: Evaluation, action: Action, at: Timestamp, policy: &Policy) -> Decision {
        let verdict = if policy.observes { Verdict::Allow } else { evaluation.verdict };
        Decision {
            id: self.ids.next(at),
            at,
            verdict,
            observed: policy.observes.then_some(evaluation.verdict),
            code: evaluation.code,
            reason: evaluation.reason,
            rules: evaluation.rules,
            action: Arc::new(action),
            risk: evaluation.risk,
            policy_hash: policy.hash.clone(),
            obligations: evaluation.obligations,
            approval: evaluation.approval.map(Approval::from),
        }
    }

    /// Writes `decision` down; what cannot be written down is denied.
    fn recorded(&self, loaded: &Loaded, call: &ToolCall, decision: Decision) -> Decision {
        let Some(sink) = &loaded.sink else { return decision };
        match sink.append(decision.at, &Entry::decision(call, &decision, &loaded.redactor)) {
            Ok(_) => decision,
            Err(error) => Decision {
                verdict: Verdict::Deny,
                code: Code::AuditUnwritable,
                reason: format!("the decision could not be recorded: {error}").into(),
                approval: None,
                ..decision
            },
        }
    }

    fn refusal(&self, call: &ToolCall, error: &CallError) -> Decision {
        let at = self.now();
        Decision {
            id: self.ids.next(at),
            at,
            verdict: Verdict::Deny,
            observed: None,
            code: error.code,
            reason: error.message.as_str().into(),
            rules: Vec::new(),
            action: Arc::new(unread(call)),
            risk: Risk::default(),
            policy_hash: self.policy_hash(),
            obligations: Vec::new(),
            approval: None,
        }
    }

    /// Writes down that a new policy was not taken.
    fn report(&self, before: &Loaded, error: &PolicyError) {
        if let Some(sink) = &before.sink {
            let text = format!("the policy was not reloaded: {error}");
            // The caller gets the error itself; that it cannot also be logged changes nothing for them.
            let _ = sink.append(self.now(), &Entry::error(error.code, &text, &before.redactor));
        }
    }

    fn announce(&self, loaded: &Loaded) {
        if let (Some(sink), Ok(policy)) = (&loaded.sink, &loaded.policy) {
            // A log that cannot be written shows at the first decision, which is then denied.
            let _ = sink
                .append(self.now(), &Entry::policy_loaded(&policy.hash, self.settings.source.name(), &loaded.redactor));
        }
    }

    fn surroundings(&self, policy: &Policy) -> Surroundings<'_> {
        Surroundings {
            cwd: self.settings.cwd.as_deref(),
            cwd_is_given: self.settings.cwd_is_given,
            home: self.settings.home.as_deref(),
            rules: policy.paths.rules,
        }
    }

    /// The moment by the gate's clock.
    pub(crate) fn time(&self) -> Timestamp {
        self.now()
    }

    fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }
}

/// What is known of a call that was never read.
fn unread(call: &ToolCall) -> Action {
    let mut name = call.tool.to_string();
    name.retain(|c| !c.is_control());
    let name: Arc<str> = name.chars().take(crate::limits::NAME_BYTES_MAX / 4).collect::<String>().into();
    let key = crate::action::normal_name(&name).into();
    Action { confidence: Confidence::Opaque, ..Action::new(name, key, Category::Other, 0) }
}

/// What is known besides `call`.
fn facts(loaded: &Loaded, policy: &Policy, call: &ToolCall, now: Timestamp) -> Result<Facts, StoreError> {
    if !policy.state.is_used() {
        return Ok(Facts::at(now));
    }
    let known = loaded.store()?.read(&budget::asked(policy, call, now))?;
    Ok(budget::facts(policy, &known, now))
}

fn missing(error: &PolicyError) -> CallError {
    CallError::new(error.code, error.to_string())
}
