//! What a record says, before it has a place in the chain.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::action::Action;
use crate::call::ToolCall;
use crate::canonical::{self, sha256_hex};
use crate::decision::{Decision, Verdict};
use crate::error::Code;
use crate::limits;
use crate::redact::{Redacted, Redactor};
use crate::value::{Map, Value};

/// The content of one record. Everything that comes from outside went through a [`Redactor`] on its way in.
///
/// The text is written once, when the entry is made, so that little is left to do while the log is locked.
#[derive(Clone, Debug)]
pub struct Entry {
    text: String,
    /// Where `hash`, `prev` and `seq` go, which only the chain knows.
    cuts: [usize; 3],
}

/// What happened after a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the tool ran.
    pub status: Status,
    /// How long it took.
    pub duration_ms: Option<u64>,
    /// What it cost, as a decimal such as `0.0125`.
    pub cost_usd: Option<String>,
    /// Tokens that a language model read and wrote for it.
    pub tokens: Option<u64>,
    /// Digest of its result, `sha256:…`.
    pub result_digest: Option<String>,
    /// What went wrong, in its own words.
    pub error: Option<String>,
}

/// Whether a tool ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It ran and returned.
    Executed,
    /// It ran and failed.
    Failed,
    /// It did not run.
    Skipped,
}

impl Status {
    /// `executed`, `failed` or `skipped`.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Executed => "executed",
            Status::Failed => "failed",
            Status::Skipped => "skipped",
        }
    }
}

impl Entry {
    /// That `decision` was made for `call`.
    pub fn decision(call: &ToolCall, decision: &Decision, redactor: &Redactor) -> Entry {
        let action = &decision.action;
        let mut fields = Fields::new(redactor);
        fields.free("action", &action.kind);
        fields.free("actor", &call.principal.id);
        fields.word(
            "approval_id",
            decision.approval.as_ref().and_then(|needed| needed.id.as_deref()).unwrap_or_default(),
        );
        fields.args(&action.args);
        fields.free("call_id", call.context.call_id.as_deref().unwrap_or_default());
        fields.word("category", action.category.as_str());
        fields.word("code", decision.code.as_str());
        fields.word("confidence", action.confidence.as_str());
        fields.word("decision", decision.verdict.as_str());
        fields.word("decision_id", &decision.id);
        fields.effects(action);
        fields.word("event", "decision");
        fields.cut(0);
        fields.word("observed", decision.observed.map_or("", Verdict::as_str));
        fields.word("policy_hash", &decision.policy_hash);
        fields.cut(1);
        fields.free("reason", &decision.reason);
        fields.risk(decision);
        fields.number("risk_score", u64::from(decision.risk.score));
        fields.free("role", call.principal.role.as_deref().unwrap_or_default());
        fields.words("rules", decision.rules.iter().map(AsRef::as_ref));
        fields.cut(2);
        fields.free("session", &call.session.id);
        fields.free("target", action.target.as_str());
        fields.free("tool", &call.tool);
        fields.finish()
    }

    /// What came of the decision called `decision_id`.
    pub fn execution(decision_id: &str, outcome: &Outcome, redactor: &Redactor) -> Entry {
        let mut fields = Fields::new(redactor);
        fields.free("decision_id", decision_id);
        fields.word("event", "execution");
        fields.cut(0);
        fields.outcome(outcome);
        fields.cut(1);
        fields.cut(2);
        fields.finish()
    }

    /// That the policy with digest `hash` was loaded from `source`, a file or address; it is recorded as the target.
    pub fn policy_loaded(hash: &str, source: &str, redactor: &Redactor) -> Entry {
        let mut fields = Fields::new(redactor);
        fields.word("event", "policy.loaded");
        fields.cut(0);
        fields.word("policy_hash", hash);
        fields.cut(1);
        fields.cut(2);
        fields.free("target", source);
        fields.finish()
    }

    /// That something went wrong; `text` says what and is recorded as the reason.
    pub fn error(code: Code, text: &str, redactor: &Redactor) -> Entry {
        let mut fields = Fields::new(redactor);
        fields.word("code", code.as_str());
        fields.word("event", "error");
        fields.cut(0);
        fields.cut(1);
        fields.free("reason", text);
        fields.cut(2);
        fields.finish()
    }

    /// What happened to the request for consent called `id`, as `event`. `who` did it, and `reason` is why.
    pub fn approval(
        event: &str,
        id: &str,
        digest: &str,
        who: &str,
        reason: Option<&str>,
        redactor: &Redactor,
    ) -> Entry {
        let mut fields = Fields::new(redactor);
        fields.word("action_digest", digest);
        fields.free("actor", who);
        fields.word("approval_id", id);
        fields.word("event", event);
        fields.cut(0);
        fields.cut(1);
        fields.free("reason", reason.unwrap_or_default());
        fields.cut(2);
        fields.finish()
    }

    /// That a kill switch called `id` was turned on or off, by `who`.
    pub fn kill_switch(id: &str, is_on: bool, who: &str, reason: Option<&str>, redactor: &Redactor) -> Entry {
        let mut fields = Fields::new(redactor);
        fields.free("actor", who);
        fields.word("event", "kill_switch");
        fields.cut(0);
        fields.cut(1);
        fields.free("reason", reason.unwrap_or_default());
        fields.cut(2);
        fields.word("state", if is_on { "on" } else { "off" });
        fields.free("target", id);
        fields.finish()
    }

    /// The fields before `hash`, before `prev`, before `seq` and before `ts`, each followed by a comma.
    pub(super) fn parts(&self) -> [&str; 4] {
        let [hash, prev, seq] = self.cuts;
        let part = |from, to| self.text.get(from..to).unwrap_or_default();
        [part(0, hash), part(hash, prev), part(prev, seq), part(seq, self.text.len())]
    }
}

/// Bytes kept of a text that only helps to read the record; the arguments hold the whole of it.
const TEXT_BYTES_MAX: usize = 4096;
const EFFECT_BYTES_MAX: usize = 512;

/// Writes fields, which have to come in the order of their names. Fields without content are left out.
struct Fields<'r> {
    redactor: &'r Redactor,
    text: String,
    cuts: [usize; 3],
}

impl Fields<'_> {
    fn new(redactor: &Redactor) -> Fields<'_> {
        Fields { redactor, text: String::with_capacity(768), cuts: [0; 3] }
    }

    fn name(&mut self, name: &str) {
        self.text.push('"');
        self.text.push_str(name);
        self.text.push_str("\":");
    }

    /// A word of ours or of the policy.
    fn word(&mut self, name: &str, word: &str) {
        if !word.is_empty() {
            self.name(name);
            canonical::write_str(&mut self.text, word);
            self.text.push(',');
        }
    }

    /// Text from outside.
    fn free(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            let clean = self.redactor.borrow(text);
            self.name(name);
            write_clipped(&mut self.text, &clean, TEXT_BYTES_MAX);
            self.text.push(',');
        }
    }

    fn number(&mut self, name: &str, number: u64) {
        self.name(name);
        // Readers take whole numbers as signed.
        let _ = write!(self.text, "{},", number.min(i64::MAX.unsigned_abs()));
    }

    fn words<'w>(&mut self, name: &str, words: impl ExactSizeIterator<Item = &'w str>) {
        if words.len() > 0 {
            self.name(name);
            self.list(words, canonical::write_str);
        }
    }

    /// What the risk is made of. A signal's name comes from outside.
    fn risk(&mut self, decision: &Decision) {
        let factors = &decision.risk.factors;
        if !factors.is_empty() {
            let redactor = self.redactor;
            self.name("risk");
            self.list(factors.iter(), |text, (name, _)| canonical::write_str(text, redactor.borrow(name).as_ref()));
        }
    }

    /// The arguments, and the digest of what they were before redaction: it ties the record to what ran.
    fn args(&mut self, args: &Map) {
        let clean = self.redactor.map(args);
        self.name("args");
        let start = self.text.len();
        write_args(&mut self.text, clean.as_ref());
        let digest = if clean.is_changed() {
            let mut whole = String::new();
            write_args(&mut whole, args);
            sha256_hex(&[whole.as_bytes()])
        } else {
            sha256_hex(&[self.text.as_bytes().get(start..).unwrap_or_default()])
        };
        self.text.push_str(",\"args_digest\":\"sha256:");
        self.text.push_str(&digest);
        self.text.push_str("\",");
    }

    fn effects(&mut self, action: &Action) {
        if !action.effects.is_empty() {
            let redactor = self.redactor;
            self.name("effects");
            self.list(action.walk().skip(1).take(limits::EFFECTS_MAX), |text, effect| {
                text.push('{');
                let target = effect.target.as_str();
                if !target.is_empty() {
                    text.push_str("\"target\":");
                    write_clipped(text, &redactor.borrow(target), EFFECT_BYTES_MAX);
                    text.push(',');
                }
                text.push_str("\"type\":");
                write_clipped(text, &redactor.borrow(&effect.kind), EFFECT_BYTES_MAX);
                text.push('}');
            });
        }
    }

    fn outcome(&mut self, outcome: &Outcome) {
        self.name("outcome");
        self.text.push('{');
        self.free("cost_usd", outcome.cost_usd.as_deref().unwrap_or_default());
        if let Some(duration) = outcome.duration_ms {
            self.number("duration_ms", duration);
        }
        self.free("error", outcome.error.as_deref().unwrap_or_default());
        self.free("result_digest", outcome.result_digest.as_deref().unwrap_or_default());
        self.word("status", outcome.status.as_str());
        if let Some(tokens) = outcome.tokens {
            self.number("tokens", tokens);
        }
        self.text.pop(); // the comma after the last field
        self.text.push_str("},");
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, write: impl Fn(&mut String, T)) {
        self.text.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.text.push(',');
            }
            write(&mut self.text, item);
        }
        self.text.push_str("],");
    }

    /// Here goes a field that only the chain knows.
    fn cut(&mut self, index: usize) {
        if let Some(cut) = self.cuts.get_mut(index) {
            *cut = self.text.len();
        }
    }

    fn finish(self) -> Entry {
        Entry { text: self.text, cuts: self.cuts }
    }
}

fn write_args(out: &mut String, args: &Map) {
    canonical::write_value(out, &Value::Map(args.clone()));
}

fn write_clipped(out: &mut String, text: &Redacted<Cow<'_, str>>, bytes_max: usize) {
    let text = text.as_ref();
    if text.len() <= bytes_max {
        return canonical::write_str(out, text);
    }
    let kept = (0..=bytes_max).rev().find_map(|end| text.get(..end)).unwrap_or_default();
    canonical::write_str(out, &format!("{kept}…"));
}
