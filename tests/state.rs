//! What a gate remembers: consent, budgets, limits, history, kill switches, through its public face.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::disallowed_methods)] // a test may fail

use std::sync::Arc;

use toolgate::approval::{Approver, GrantTerms, KeyRing, Secret, Status};
use toolgate::audit::{Outcome, Status as Ran};
use toolgate::registry::{Agent, AgentState};
use toolgate::store::{
    Asked, Begun, Change, Changed, Claim, Document, Kind, Known, MemoryStore, Settlement, Step, Store, StoreError,
};
use toolgate::switch::Switch;
use toolgate::{AuditTarget, Gate, SettableClock, StorePlace, Timestamp, ToolCall, Verdict};

const START: &str = "2026-12-01T08:00:00Z";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A gate whose clock is set by hand.
struct World {
    gate: Gate,
    clock: SettableClock,
}

impl World {
    fn new(policy: &str) -> World {
        World::with(policy, Arc::new(MemoryStore::default()))
    }

    fn with(policy: &str, store: Arc<dyn Store>) -> World {
        let clock = SettableClock::new(Timestamp::parse(START).unwrap());
        let keys = KeyRing::new(&[Secret::new(SECRET).unwrap()]).unwrap();
        let builder = Gate::builder().policy_text(policy).audit(AuditTarget::Off).store(store).keys(keys);
        World { gate: builder.clock(clock.clone()).cwd("/workspace").build().unwrap(), clock }
    }

    fn wait(&self, seconds: u64) {
        let now = toolgate::Clock::now(&self.clock);
        self.clock.set(now.plus_seconds(seconds));
    }

    /// Verdict and code of a charge of so much.
    fn charge(&self, amount: i64) -> (Verdict, &'static str) {
        let decision = self.gate.guard(&charge(amount));
        (decision.verdict, decision.code.as_str())
    }
}

fn charge(amount: i64) -> ToolCall {
    let args = format!(r#"{{"amount": {amount}, "currency": "eur", "customer": "cus_1"}}"#);
    ToolCall::from_json("stripe.charges.create", &args).unwrap().with_principal(toolgate::Principal::new("agent:a"))
}

const CONSENT: &str = "
approvals: { expires: 1h }
tools: { create_charge: { decision: allow } }
rules:
  - { id: large, match: { action: create_charge }, when: args.amount > 100, decision: require_approval }
  - { id: huge, match: { action: create_charge }, when: args.amount > 1000, decision: deny }
";

#[test]
fn consent_lets_exactly_this_call_pass_once() {
    let world = World::new(CONSENT);
    let held = world.gate.guard(&charge(500));
    assert_eq!(held.verdict, Verdict::RequireApproval);
    let id = held.approval.unwrap().id.unwrap();
    // Asked again, it is the same request.
    assert_eq!(world.gate.guard(&charge(500)).approval.unwrap().id.unwrap(), id);
    world.gate.approve(&id, &Approver::verified("alice"), Some("fine")).unwrap();
    assert_eq!(world.charge(501), (Verdict::RequireApproval, "policy.require_approval"));
    assert_eq!(world.charge(500), (Verdict::Allow, "approval.granted"));
    assert_eq!(world.charge(500), (Verdict::RequireApproval, "policy.require_approval"));
    assert_eq!(world.gate.approval(&id).unwrap().unwrap().status(world.gate_now()), Status::Used);
}

impl World {
    fn gate_now(&self) -> Timestamp {
        toolgate::Clock::now(&self.clock)
    }
}

#[test]
fn a_no_stays_a_no_until_the_request_expires() {
    let world = World::new(CONSENT);
    let id = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    world.gate.deny_approval(&id, &Approver::verified("alice"), Some("too much")).unwrap();
    let denied = world.gate.guard(&charge(500));
    assert_eq!((denied.verdict, denied.code.as_str()), (Verdict::Deny, "approval.denied"));
    assert!(denied.reason.contains("too much"));
    world.wait(3600);
    assert_eq!(world.charge(500).0, Verdict::RequireApproval);
}

#[test]
fn consent_does_not_outlive_its_time_nor_its_policy() {
    let world = World::new(CONSENT);
    let id = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    world.gate.approve(&id, &Approver::verified("alice"), None).unwrap();
    let named = |id: &Arc<str>| {
        let mut call = charge(500);
        call.context.approval = Some(id.clone());
        call
    };
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let old = World::with(CONSENT, store.clone());
    let other = old.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    old.gate.approve(&other, &Approver::verified("alice"), None).unwrap();
    let new = World::with(&format!("{CONSENT}\nname: other"), store);
    assert_eq!(new.gate.guard(&named(&other)).code.as_str(), "approval.policy_changed");
    world.wait(3600);
    let late = world.gate.guard(&named(&id));
    assert_eq!((late.verdict, late.code.as_str()), (Verdict::Deny, "approval.expired"));
    assert_eq!(world.gate.guard(&named(&"apr_x".into())).code.as_str(), "approval.not_found");
}

#[test]
fn a_token_answers_for_its_request() {
    let world = World::new(CONSENT);
    let id = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    let token = world.gate.approval_token(&id, Some("alice")).unwrap();
    let request = world.gate.approve(&token, &Approver::unverified("whoever"), None).unwrap();
    assert_eq!((&*request.votes[0].by, request.votes[0].verified), ("alice", true));
    let again = world.gate.approve(&token, &Approver::unverified("whoever"), None).unwrap_err();
    assert_eq!(again.code.as_str(), "approval.already_decided");
    assert_eq!(world.charge(500).0, Verdict::Allow);
    let used = world.gate.approve(&token, &Approver::unverified("whoever"), None).unwrap_err();
    assert_eq!(used.code.as_str(), "approval.already_used");
}

#[test]
fn an_edited_call_is_decided_about_anew() {
    let world = World::new(CONSENT);
    let id = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    let alice = Approver::verified("alice");
    let refused = world.gate.approve_edited(&id, &alice, charge(5000).args, None).unwrap_err();
    assert_eq!(refused.code.as_str(), "approval.edit_refused");
    let request = world.gate.approve_edited(&id, &alice, charge(200).args, None).unwrap();
    let mut call = charge(500);
    call.context.approval = Some(id.clone());
    assert_eq!(world.gate.guard(&call).code.as_str(), "approval.wrong_action");
    call.args = request.edited.unwrap();
    assert_eq!(world.gate.guard(&call).code.as_str(), "approval.granted");
    assert_eq!(world.gate.guard(&call).code.as_str(), "approval.already_used");
}

#[test]
fn a_grant_covers_what_it_names_so_often() {
    let world = World::new(CONSENT);
    let terms = GrantTerms {
        principal: "agent:a".into(),
        action: "create_charge".into(),
        target: "*".into(),
        session: None,
        uses: Some(2),
        expires: world.gate_now().plus_seconds(60),
        reason: None,
    };
    let grant = world.gate.grant(terms, "alice").unwrap();
    assert_eq!((world.charge(500).0, world.charge(600).0), (Verdict::Allow, Verdict::Allow));
    assert_eq!(world.charge(700).0, Verdict::RequireApproval);
    assert_eq!(world.charge(5000), (Verdict::Deny, "policy.deny"));
    assert_eq!(world.gate.grants().unwrap()[0].used, 2);
    assert!(world.gate.revoke(&grant.id).unwrap() && !world.gate.revoke(&grant.id).unwrap());
}

#[test]
fn a_kill_switch_stops_at_once() {
    let world = World::new(CONSENT);
    assert_eq!(world.charge(5).0, Verdict::Allow);
    let switch = Switch { action: Some("create_*".into()), reason: Some("incident".into()), ..Switch::default() };
    world.gate.kill(switch.clone()).unwrap();
    assert_eq!(world.charge(5), (Verdict::Deny, "kill_switch.on"));
    assert!(world.gate.unkill(&switch.id()).unwrap() && world.gate.switches().unwrap().is_empty());
    assert_eq!(world.charge(5).0, Verdict::Allow);
}

#[test]
fn only_registered_agents_where_the_policy_says_so() {
    let world = World::new(&format!("{CONSENT}\nprincipals: {{ require: registered }}"));
    assert_eq!(world.charge(5), (Verdict::Deny, "principal.unregistered"));
    world.gate.register(&Agent::new("agent:a")).unwrap();
    assert_eq!(world.charge(5).0, Verdict::Allow);
    world.gate.register(&Agent { state: AgentState::Suspended, ..Agent::new("agent:a") }).unwrap();
    assert_eq!(world.charge(5), (Verdict::Deny, "principal.inactive"));
}

#[test]
fn a_budget_stops_at_its_last_cent() {
    let world = World::new(
        "tools: { create_charge: { decision: allow, cost_usd: 0.50 } }
budgets: { 'agent:a': { daily_usd: 2.00, decision: deny } }",
    );
    for _ in 0..4 {
        assert_eq!(world.charge(5).0, Verdict::Allow);
    }
    assert_eq!(world.charge(5), (Verdict::Deny, "budget.exceeded"));
}

#[test]
fn what_is_settled_at_less_is_given_back() {
    let world = World::new(
        "tools: { create_charge: { decision: allow, cost_usd: 1.50 } }
budgets: { 'agent:a': { daily_usd: 2.00, decision: approve } }
approvals: { expires: 1h }",
    );
    let first = world.gate.guard(&charge(5));
    let over = world.gate.guard(&charge(6));
    assert_eq!((over.verdict, over.code.as_str()), (Verdict::RequireApproval, "budget.exceeded"));
    let outcome = Outcome {
        status: Ran::Executed,
        duration_ms: None,
        cost_usd: Some("0.25".into()),
        result_digest: None,
        error: None,
        tokens: None,
    };
    world.gate.record(&first, &outcome).unwrap();
    assert_eq!(world.charge(7).0, Verdict::Allow);
    // Over the budget, a person may still let it pass.
    world.gate.approve(&over.approval.unwrap().id.unwrap(), &Approver::verified("alice"), None).unwrap();
    assert_eq!(world.charge(6), (Verdict::Allow, "approval.granted"));
}

#[test]
fn a_rate_slides() {
    let world = World::new(
        "tools: { create_charge: { decision: allow } }
limits: [{ match: { action: create_charge }, max: 2, per: minute, by: principal, decision: deny }]",
    );
    assert_eq!(world.charge(5).0, Verdict::Allow);
    world.wait(30);
    assert_eq!(world.charge(5).0, Verdict::Allow);
    assert_eq!(world.charge(5), (Verdict::Deny, "limit.exceeded"));
    world.wait(31);
    assert_eq!(world.charge(5).0, Verdict::Allow);
    assert_eq!(world.charge(5), (Verdict::Deny, "limit.exceeded"));
}

#[test]
fn conditions_see_what_was_before() {
    let world = World::new(
        "tools: { create_charge: { decision: allow } }
rules:
  - id: five-thousand-a-day
    match: { action: create_charge }
    when: history.sum(\"create_charge\", \"amount\", \"24h\") + args.amount > 5000
    decision: deny",
    );
    assert_eq!((world.charge(3000).0, world.charge(2000).0), (Verdict::Allow, Verdict::Allow));
    assert_eq!(world.charge(1), (Verdict::Deny, "policy.deny"));
    world.wait(24 * 3600 + 1);
    assert_eq!(world.charge(5000).0, Verdict::Allow);
}

#[test]
fn labels_stay_with_a_session() {
    let world = World::new(
        "tools: { create_charge: { decision: allow }, file.read: { decision: allow, allowed_paths: [/workspace/] } }
labels: [{ match: { action: file.read, target: /workspace/private/** }, add: private }]
rules: [{ id: no, match: { action: create_charge, labels: [private] }, decision: deny }]",
    );
    let in_session = |call: ToolCall| world.gate.guard(&call.with_session("run-1")).verdict;
    assert_eq!(in_session(charge(5)), Verdict::Allow);
    let read = ToolCall::from_json("read_file", r#"{"path": "/workspace/private/x"}"#).unwrap();
    assert_eq!(in_session(read), Verdict::Allow);
    assert_eq!(in_session(charge(5)), Verdict::Deny);
    assert_eq!(world.charge(5).0, Verdict::Allow);
}

/// A store that fails whenever it is asked.
struct Broken;

impl Store for Broken {
    fn read(&self, _: &Asked) -> Result<Known, StoreError> {
        Err(StoreError::Unavailable("no".into()))
    }

    fn begin(&self, _: &Step, _: Option<Claim<'_>>) -> Result<Begun, StoreError> {
        Err(StoreError::Timeout("no".into()))
    }

    fn settle(&self, _: &str, _: Timestamp, _: &Settlement) -> Result<bool, StoreError> {
        Err(StoreError::Unavailable("no".into()))
    }

    fn document(&self, _: Kind, _: &str) -> Result<Option<Document>, StoreError> {
        Err(StoreError::Corrupt("no".into()))
    }

    fn documents(&self, _: Kind, _: Option<&str>) -> Result<Vec<Document>, StoreError> {
        Err(StoreError::Unavailable("no".into()))
    }

    fn change(&self, _: Kind, _: &str, _: &mut Change<'_>) -> Result<Changed, StoreError> {
        Err(StoreError::Unavailable("no".into()))
    }

    fn prune(&self, _: Timestamp) -> Result<u64, StoreError> {
        Err(StoreError::Unavailable("no".into()))
    }
}

#[test]
fn a_store_that_fails_is_a_deny() {
    let world = World::with(CONSENT, Arc::new(Broken));
    assert_eq!(world.charge(5), (Verdict::Deny, "store.unavailable"));
    let id = "apr_1";
    assert_eq!(world.gate.approve(id, &Approver::verified("a"), None).unwrap_err().code.as_str(), "store.unavailable");
}

#[test]
fn only_state_outside_memory_takes_a_wait() {
    let gate = |policy: &str, store: Arc<dyn Store>| World::with(policy, store).gate;
    assert!(!gate(CONSENT, Arc::new(MemoryStore::default())).waits());
    assert!(gate(CONSENT, Arc::new(Broken)).waits());
    assert!(!gate("tools: { note: { decision: allow } }", Arc::new(Broken)).waits());
    let at = |place| Gate::builder().policy_text(CONSENT).audit(AuditTarget::Off).store_at(place).build().unwrap();
    assert!(at(StorePlace::File("state.db".into())).waits());
    assert!(!at(StorePlace::Memory).waits());
}

/// How many of so many calls at once are allowed.
fn allowed_at_once(world: &World, calls: usize, amount: i64) -> usize {
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..calls).map(|_| scope.spawn(|| world.charge(amount).0 == Verdict::Allow)).collect();
        threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
    })
}

#[test]
fn a_hundred_at_once_stop_at_two_dollars() {
    let world = World::new(
        "tools: { create_charge: { decision: allow, cost_usd: 0.05 } }
budgets: { 'agent:*': { daily_usd: 2.00, decision: deny } }",
    );
    assert_eq!(allowed_at_once(&world, 100, 5), 40);
    assert_eq!(world.charge(5), (Verdict::Deny, "budget.exceeded"));
}

#[test]
fn none_at_once_is_allowed_by_a_sum_that_another_has_just_changed() {
    let world = World::new(
        "tools: { create_charge: { decision: allow } }
rules:
  - id: five-thousand-a-day
    match: { action: create_charge }
    when: history.sum(\"create_charge\", \"amount\", \"24h\") + args.amount > 5000
    decision: deny",
    );
    let allowed = allowed_at_once(&world, 50, 1000);
    assert!((1..=5).contains(&allowed), "{allowed} of 1000 each");
    let rest = (0..10).filter(|_| world.charge(1000).0 == Verdict::Allow).count();
    assert_eq!(allowed + rest, 5);
}

#[test]
fn consent_is_used_by_one_of_many_at_once() {
    let world = World::new(CONSENT);
    let id = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    world.gate.approve(&id, &Approver::verified("alice"), None).unwrap();
    assert_eq!(allowed_at_once(&world, 50, 500), 1);
}

#[test]
fn consent_to_one_of_two_requests_for_the_same_counts() {
    let world = World::new(CONSENT);
    let first = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    world.gate.cancel_approval(&first).unwrap();
    let second = world.gate.guard(&charge(500)).approval.unwrap().id.unwrap();
    assert_ne!(first, second);
    world.gate.approve(&second, &Approver::verified("alice"), None).unwrap();
    assert_eq!(world.charge(500), (Verdict::Allow, "approval.granted"));
}

#[test]
fn the_same_call_id_in_another_role_is_another_call() {
    let world = World::new(
        "approvals: {}
tools: { create_charge: { decision: allow } }
roles: { prod: { tools: { create_charge: { decision: require_approval } } } }",
    );
    let call = |role: Option<&str>| {
        let mut call = charge(5);
        call.principal.role = role.map(Arc::from);
        call.context.call_id = Some("c1".into());
        world.gate.guard(&call).verdict
    };
    assert_eq!((call(None), call(Some("prod"))), (Verdict::Allow, Verdict::RequireApproval));
}

/// Keeps nothing.
struct FullDisk;

impl toolgate::audit::AuditSink for FullDisk {
    fn append(
        &self,
        _: Timestamp,
        _: &toolgate::audit::Entry,
    ) -> Result<toolgate::audit::Receipt, toolgate::audit::AuditError> {
        Err(toolgate::audit::AuditError::Unwritable("the disk is full".to_owned()))
    }
}

#[test]
fn what_could_not_be_recorded_takes_nothing() {
    let policy = "tools: { create_charge: { decision: allow, cost_usd: 2 } }
budgets: { 'agent:*': { daily_usd: 2 } }";
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let world = World::with(policy, store.clone());
    let clock = world.clock.clone();
    let builder = Gate::builder().policy_text(policy).store(store).clock(clock);
    let full = builder.audit(AuditTarget::Sink(Arc::new(FullDisk))).build().unwrap();
    assert_eq!(full.guard(&charge(5)).code.as_str(), "audit.unwritable");
    assert_eq!(world.charge(5).0, Verdict::Allow);
}
