//! Frameworks ask again about a call they already asked about, when they resume a run. It is the same decision, and
//! it is recorded once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::call::ToolCall;
use crate::canonical;
use crate::decision::{Decision, Verdict};
use crate::fork;
use crate::limits;

/// Remembers the latest decisions about calls that have an id.
#[derive(Default)]
pub(super) struct Reentry {
    memory: ArcSwap<Memory>,
}

struct Memory {
    generation: u64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    by_call: HashMap<String, Decision>,
    oldest_first: VecDeque<String>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory { generation: fork::generation(), known: Mutex::default() }
    }
}

impl Reentry {
    /// The decision given before about the same call, if it was the same answer; else `record`s the new one.
    ///
    /// The policy has already been asked again: a call whose answer changed gets a new decision.
    pub(super) fn once(
        &self,
        call: &ToolCall,
        decision: Decision,
        record: impl FnOnce(Decision) -> Decision,
    ) -> Decision {
        let key = key(call);
        let memory = self.memory();
        let mut known = lock(&memory);
        if let Some(before) = known.by_call.get(&key).filter(|before| same_answer(before, &decision)) {
            return before.clone();
        }
        // Held while recording, so that two threads with the same call do not both record it.
        let recorded = record(decision);
        if recorded.code != crate::error::Code::AuditUnwritable {
            known.remember(key, recorded.clone());
        }
        recorded
    }

    /// Forgets the decision called `id`: the call is over.
    pub(super) fn end(&self, id: &str) {
        let memory = self.memory();
        lock(&memory).by_call.retain(|_, decision| *decision.id != *id);
    }

    /// The decision that has let the same call pass under the same policy, if one has.
    pub(super) fn passed(&self, call: &ToolCall, policy_hash: &str) -> Option<Decision> {
        call.context.call_id.as_ref()?;
        let memory = self.memory();
        let known = lock(&memory);
        let before = known.by_call.get(&key(call))?;
        (before.verdict == Verdict::Allow && *before.policy_hash == *policy_hash).then(|| before.clone())
    }

    /// The memory of this process; a forked child starts its own and leaves the parent's lock alone.
    fn memory(&self) -> Arc<Memory> {
        let memory = self.memory.load_full();
        if memory.generation == fork::generation() {
            return memory;
        }
        let fresh = Arc::new(Memory::default());
        self.memory.store(fresh.clone());
        fresh
    }
}

fn lock(memory: &Memory) -> MutexGuard<'_, Known> {
    // Entries go in whole, so what a panicking thread left behind can be used.
    memory.known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn remember(&mut self, key: String, decision: Decision) {
        if self.by_call.insert(key.clone(), decision).is_none() {
            self.oldest_first.push_back(key);
        }
        while self.oldest_first.len() > limits::REENTRY_MAX {
            self.oldest_first.pop_front().map(|oldest| self.by_call.remove(&oldest));
        }
    }
}

fn same_answer(before: &Decision, now: &Decision) -> bool {
    (before.verdict, before.observed, before.code, &before.policy_hash, &before.rules, &before.action)
        == (now.verdict, now.observed, now.code, &now.policy_hash, &now.rules, &now.action)
}

/// Session, principal, tool, call id and arguments, each as a JSON text so that no two calls run together.
fn key(call: &ToolCall) -> String {
    let mut text = String::with_capacity(256);
    let (principal, context) = (&call.principal, &call.context);
    let maybe = |name: &Option<Arc<str>>| name.clone().unwrap_or_default();
    let names = [call.session.id.clone(), principal.id.clone(), maybe(&principal.role), call.tool.clone()];
    for name in names.iter().chain([&maybe(&context.call_id)]).chain(&principal.on_behalf_of) {
        canonical::write_str(&mut text, name);
    }
    canonical::write_value(&mut text, &crate::value::Value::Map(call.args.clone()));
    canonical::sha256_hex(&[text.as_bytes()])
}
