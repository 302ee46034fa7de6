//! Stories: what a gate answers over time, to calls, consent and the clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use toolgate::approval::{KeyRing, Secret};
use toolgate::audit::{Outcome, Status};
use toolgate::path::{NoFileSystem, PathRules};
use toolgate::store::MemoryStore;
use toolgate::value::Value;
use toolgate::{AuditTarget, Clock, Gate, SettableClock, Timestamp, ToolCall, wire};

const START: &str = "2026-12-01T08:00:00Z";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The first step of `case` that is not answered as expected.
pub(super) fn mismatch(policy: &str, case: &Json) -> Option<String> {
    let mut story = Story::new(policy);
    let steps = case["steps"].as_array().unwrap().iter().enumerate();
    steps.into_iter().find_map(|(number, step)| story.step(step).map(|what| format!("  step {}: {what}", number + 1)))
}

/// Every code that `case` expects.
pub(super) fn codes(case: &Json) -> Vec<String> {
    let steps = case["steps"].as_array().unwrap().iter();
    let found = steps.flat_map(|step| [&step["expect"]["code"], &step["refused"]]);
    found.filter_map(Json::as_str).map(str::to_owned).collect()
}

struct Story {
    gate: Gate,
    clock: SettableClock,
    kept: BTreeMap<String, Json>,
}

impl Story {
    fn new(policy: &str) -> Story {
        let clock = SettableClock::new(Timestamp::parse(START).unwrap());
        let keys = KeyRing::new(&[Secret::new(SECRET).unwrap()]).unwrap();
        let builder = Gate::builder().policy_text(policy).audit(AuditTarget::Off).clock(clock.clone());
        let builder = builder.cwd("/workspace").home("/home/me").file_system(NoFileSystem).path_rules(PathRules::Posix);
        let builder = builder.store(Arc::new(MemoryStore::default())).keys(keys).id_seed(7);
        Story { gate: builder.build().unwrap_or_else(|error| panic!("{error}")), clock, kept: BTreeMap::new() }
    }

    /// How the answer to `step` differs from the expected one.
    fn step(&mut self, step: &Json) -> Option<String> {
        let (action, input) = step.as_object().unwrap().iter().find(|(key, _)| ACTIONS.contains(&&***key)).unwrap();
        let input = self.filled(input);
        match action.as_str() {
            "wait" => {
                self.clock.set(self.clock.now().plus_seconds(input.as_u64().unwrap()));
                None
            }
            "guard" => self.guard(step, &input),
            "record" => self.record(&input),
            _ => self.operate(step, &input),
        }
    }

    fn guard(&mut self, step: &Json, call: &Json) -> Option<String> {
        let call: ToolCall = wire::call_from_json(&call.to_string()).unwrap();
        let decision: Json = serde_json::from_str(&wire::decision_json(&self.gate.guard(&call))).unwrap();
        if let Some(name) = step["keep"].as_str() {
            self.kept.insert(format!("${name}.decision"), decision["decision_id"].clone());
            self.kept.insert(format!("${name}.approval"), decision["approval"]["id"].clone());
        }
        difference(&step["expect"], &decision, "decision")
    }

    fn record(&mut self, input: &Json) -> Option<String> {
        let outcome = &input["outcome"];
        let known = [Status::Executed, Status::Failed, Status::Skipped];
        let text = |name: &str| outcome[name].as_str().map(str::to_owned);
        let outcome = Outcome {
            status: known.into_iter().find(|status| Some(status.as_str()) == outcome["status"].as_str()).unwrap(),
            duration_ms: None,
            cost_usd: text("cost_usd"),
            tokens: outcome["tokens"].as_u64(),
            result_digest: None,
            error: None,
        };
        self.gate.record_by_id(input["decision"].as_str().unwrap(), &outcome).err().map(|error| error.to_string())
    }

    fn operate(&mut self, step: &Json, input: &Json) -> Option<String> {
        let Value::Map(args) = Value::from_json(&input["args"].to_string()).unwrap() else { panic!("no arguments") };
        let answer = match wire::operate(&self.gate, input["operation"].as_str().unwrap(), &args) {
            Ok(answer) => serde_json::from_str(&answer.to_json()).unwrap(),
            Err(refused) => json!({ "refused": refused.code.as_str() }),
        };
        if let Some(name) = step["keep"].as_str() {
            self.kept.insert(format!("${name}"), answer.clone());
        }
        match step.get("refused") {
            Some(code) => difference(&json!({ "refused": code }), &answer, "answer"),
            None => difference(&step["expect"], &answer, "answer"),
        }
    }

    /// `input` with what was kept in the place of its names.
    fn filled(&self, input: &Json) -> Json {
        match input {
            Json::String(text) => self.kept.get(text).cloned().unwrap_or_else(|| input.clone()),
            Json::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), self.filled(value))).collect(),
            other => other.clone(),
        }
    }
}

const ACTIONS: [&str; 4] = ["wait", "guard", "record", "do"];

/// Where `actual` lacks what is expected. Of objects only what is expected is looked at, lists are compared item by item.
fn difference(expected: &Json, actual: &Json, place: &str) -> Option<String> {
    match (expected, actual) {
        (Json::Null, _) if place == "answer" => None,
        (Json::Object(wanted), Json::Object(_)) => {
            wanted.iter().find_map(|(key, value)| difference(value, &actual[key], &format!("{place}.{key}")))
        }
        (Json::Array(wanted), Json::Array(found)) if wanted.len() == found.len() => {
            wanted.iter().zip(found).find_map(|(wanted, found)| difference(wanted, found, &format!("{place}[]")))
        }
        _ => (expected != actual).then(|| format!("{place} is {actual}, not {expected}")),
    }
}
