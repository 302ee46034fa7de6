//! What happened after a decision, and what an audit log holds.

use napi::bindgen_prelude::{AsyncTask, External};
use napi_derive::napi;
use toolgate::Value;
use toolgate::audit::{self, Status};
use toolgate::error::Code;

use crate::aside::{Aside, aside};
use crate::gate::Held;
use crate::values::object;

/// What became of a decision.
#[napi(object)]
pub struct Outcome {
    /// `executed`, `failed` or `skipped`.
    pub status: String,
    /// In milliseconds.
    pub duration_ms: Option<i64>,
    /// In US dollars, as decimal text.
    pub cost_usd: Option<String>,
    /// Of a language model, read and written.
    pub tokens: Option<i64>,
    /// `sha256:…`
    pub result_digest: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Records `outcome`: an empty text, or the code and the reason, a line each, if it cannot be written; nothing if it would
/// have to wait for the disk.
#[napi(catch_unwind)]
pub fn record(gate: &External<Held>, decision_id: String, outcome: Outcome) -> Option<String> {
    if gate.waits() {
        return None;
    }
    Some(recorded(gate, &decision_id, outcome))
}

/// The same, away from the event loop.
#[napi(catch_unwind)]
pub fn record_aside(gate: &External<Held>, decision_id: String, outcome: Outcome) -> AsyncTask<Aside> {
    let gate = Held::clone(gate);
    aside(move || Some(recorded(&gate, &decision_id, outcome)))
}

/// Checks the audit log: JSON text of `records`, `files` and `problem`, or of an `error`.
#[napi(catch_unwind)]
pub fn verify_audit(gate: &External<Held>) -> AsyncTask<Aside> {
    let gate = Held::clone(gate);
    aside(move || {
        let told = match gate.verify_audit() {
            Ok(verification) => verified(&verification),
            Err(error) => object([("error", Value::from(&*error.to_string()))]),
        };
        Some(told.to_json())
    })
}

fn recorded(gate: &Held, decision_id: &str, outcome: Outcome) -> String {
    let known = [Status::Executed, Status::Failed, Status::Skipped];
    let Some(status) = known.into_iter().find(|known| known.as_str() == outcome.status) else {
        return format!("{}\n`status` is `executed`, `failed` or `skipped`", Code::AuditUnwritable);
    };
    let Outcome { duration_ms, cost_usd, tokens, result_digest, error, .. } = outcome;
    let count = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
    let (duration_ms, tokens) = (count(duration_ms), count(tokens));
    let outcome = audit::Outcome { status, duration_ms, cost_usd, tokens, result_digest, error };
    let problem = gate.record_by_id(decision_id, &outcome).err();
    problem.map(|error| format!("{}\n{error}", error.code())).unwrap_or_default()
}

fn verified(verification: &audit::Verification) -> Value {
    let broken = |broken: &audit::Broken| {
        object([
            ("file", Value::from(&*broken.file)),
            ("line", count(broken.line)),
            ("seq", count(broken.seq)),
            ("why", Value::from(&*broken.why)),
        ])
    };
    object([
        ("records", count(verification.records)),
        ("files", count(verification.files as u64)),
        ("problem", verification.problem.as_ref().map_or(Value::Null, broken)),
    ])
}

fn count(number: u64) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
