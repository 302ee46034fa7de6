//! Calls and decisions as JSON: one form for every language, the sidecar, the command line and the vectors.
//!
//! The field names here are part of the contract.

mod operate;
mod text;

use std::sync::Arc;

use crate::action::Action;
use crate::call::{CallContext, Session, ToolCall};
use crate::decision::{Approval, Decision, Obligation};
use crate::error::{CallError, Code, PolicyError};
use crate::evaluate::{ClauseNote, Explanation};
use crate::money::Usd;
use crate::principal::Principal;
use crate::value::{Map, Value};

pub use operate::operate;

/// Reads a call: `tool`, `args` (an object, or JSON text of one), and optionally `principal` (`id`, `role`,
/// `on_behalf_of`, `attributes`), `session` (`id`, `labels`), `call_id`, `approval`, `estimated_cost_usd` (decimal text), `framework`, `server`, `cwd`, `signals`.
///
/// # Errors
/// [`Code::CallMalformedArgs`] and the other codes of unreadable calls. An unknown field is an error too: a fact that
/// was meant to restrict must not be lost by a slip of the finger.
pub fn call_from_json(text: &str) -> Result<ToolCall, CallError> {
    match Value::from_json(text)? {
        Value::Map(map) => call_from_map(&map),
        other => Err(malformed(format!("a call is an object, not {}", other.kind()))),
    }
}

/// As [`call_from_json`], from a value.
///
/// # Errors
/// As [`call_from_json`].
pub fn call_from_map(map: &Map) -> Result<ToolCall, CallError> {
    const FIELDS: [&str; 11] = [
        "tool",
        "args",
        "principal",
        "session",
        "call_id",
        "approval",
        "estimated_cost_usd",
        "framework",
        "server",
        "cwd",
        "signals",
    ];
    refuse_unknown(map, &FIELDS, "call")?;
    let tool = text(map, "tool")?.ok_or_else(|| malformed("the call has no `tool`"))?;
    let call = match map.get("args") {
        None | Some(Value::Null) => ToolCall::new(tool, Map::default()),
        Some(Value::Map(args)) => ToolCall::new(tool, args.clone()),
        Some(Value::String(json)) => ToolCall::from_json(tool, json)?,
        Some(other) => return Err(malformed(format!("`args` is {}, not an object", other.kind()))),
    };
    let context = CallContext {
        call_id: text(map, "call_id")?,
        approval: text(map, "approval")?,
        estimated_cost: cost(map)?,
        framework: text(map, "framework")?,
        server: text(map, "server")?,
        cwd: text(map, "cwd")?,
        signals: texts(map, "signals")?,
    };
    Ok(ToolCall { principal: principal(map)?, session: session(map)?, context, ..call })
}

/// A decision as a JSON value.
pub fn decision(decision: &Decision) -> Value {
    object([
        ("decision_id", Value::String(decision.id.clone())),
        ("at", Value::from(&*decision.at.to_string())),
        ("verdict", Value::from(decision.verdict.as_str())),
        ("observed", decision.observed.map_or(Value::Null, |verdict| Value::from(verdict.as_str()))),
        ("code", Value::from(decision.code.as_str())),
        ("reason", Value::String(decision.reason.clone())),
        ("rules", list(decision.rules.iter().map(|rule| Value::String(rule.clone())))),
        ("action", action(&decision.action)),
        ("risk", risk(decision)),
        ("policy_hash", Value::String(decision.policy_hash.clone())),
        ("obligations", list(decision.obligations.iter().map(obligation))),
        ("approval", decision.approval.as_ref().map_or(Value::Null, approval)),
    ])
}

/// A decision as canonical JSON text: the same bytes in every language.
pub fn decision_json(of: &Decision) -> String {
    text::decision(of)
}

/// An action as a JSON value.
pub fn action(action: &Action) -> Value {
    let doubt = |doubt: &crate::action::Doubt| {
        object([("code", Value::from(doubt.code.as_str())), ("detail", Value::from(&*doubt.detail))])
    };
    object([
        ("type", Value::String(action.kind.clone())),
        ("category", Value::from(action.category.as_str())),
        ("target", Value::from(action.target.as_str())),
        ("args", Value::Map(action.args.clone())),
        ("effects", list(action.effects.iter().map(self::action))),
        ("flags", list(action.flags.iter().map(|flag| Value::from(&*flag.to_string())))),
        ("confidence", Value::from(action.confidence.as_str())),
        ("doubts", list(action.doubts.iter().map(doubt))),
    ])
}

/// An explanation as a JSON value.
pub fn explanation(explanation: &Explanation) -> Value {
    let note = |note: &ClauseNote| {
        object([
            ("rule", Value::String(note.id.clone())),
            ("place", Value::from(&*note.place)),
            ("verdict", note.verdict.map_or(Value::Null, |verdict| Value::from(verdict.as_str()))),
            ("why", Value::from(&*note.why)),
        ])
    };
    let part = |(read, notes): &(Action, Vec<ClauseNote>)| {
        object([("action", action(read)), ("rules", list(notes.iter().map(note)))])
    };
    let evaluation = &explanation.evaluation;
    let outline = explanation.parts.first().map(|(action, _)| action.outline()).unwrap_or_default();
    object([
        ("verdict", Value::from(evaluation.verdict.as_str())),
        ("code", Value::from(evaluation.code.as_str())),
        ("reason", Value::String(evaluation.reason.clone())),
        ("parts", list(explanation.parts.iter().map(part))),
        ("reading", list(outline.iter().map(|line| Value::from(&**line)))),
        ("tree", list(explanation.tree().iter().map(|line| Value::from(&**line)))),
    ])
}

/// The explanation of a call that cannot be read: a deny that has no parts.
pub fn unread_explanation(error: &CallError) -> Value {
    object([
        ("verdict", Value::from("deny")),
        ("code", Value::from(error.code.as_str())),
        ("reason", Value::from(&*error.message)),
        ("parts", Value::from(Vec::new())),
    ])
}

/// The problems of a policy as a JSON value.
pub fn policy_error(error: &PolicyError) -> Value {
    let problem = |problem: &crate::error::Problem| {
        object([
            ("file", Value::from(&*problem.file)),
            ("line", count(problem.line)),
            ("column", count(problem.column)),
            ("code", Value::from(problem.code)),
            ("message", Value::from(&*problem.message)),
            ("help", Value::from(&*problem.help)),
        ])
    };
    object([("code", Value::from(error.code.as_str())), ("problems", list(error.problems.iter().map(problem)))])
}

fn risk(decision: &Decision) -> Value {
    let factor = |(name, points): &(Arc<str>, u8)| {
        object([("name", Value::String(name.clone())), ("points", Value::Int(i64::from(*points)))])
    };
    object([
        ("score", Value::Int(i64::from(decision.risk.score))),
        ("level", Value::from(decision.risk.level())),
        ("factors", list(decision.risk.factors.iter().map(factor))),
    ])
}

fn obligation(obligation: &Obligation) -> Value {
    match obligation {
        Obligation::SaferAlternative(words) => {
            object([("kind", Value::from("safer_alternative")), ("value", Value::String(words.clone()))])
        }
        Obligation::PinAddresses { host, port, addresses } => object([
            ("kind", Value::from("pin_addresses")),
            ("host", Value::String(host.clone())),
            ("port", Value::Int(i64::from(*port))),
            ("addresses", list(addresses.iter().map(|address| Value::from(&*address.to_string())))),
        ]),
        Obligation::RealPath { written, real } => object([
            ("kind", Value::from("real_path")),
            ("value", Value::from(real.as_str())),
            ("of", Value::from(written.as_str())),
        ]),
    }
}

fn approval(approval: &Approval) -> Value {
    let terms = &approval.terms;
    let text = |text: &Option<Arc<str>>| text.clone().map_or(Value::Null, Value::String);
    let names = |names: &Vec<Arc<str>>| list(names.iter().map(|name| Value::String(name.clone())));
    object([
        ("count", Value::Int(i64::from(terms.count))),
        ("distinct", Value::Bool(terms.distinct)),
        ("from", list(terms.from.iter().map(names))),
        ("expires_s", Value::Int(i64::try_from(terms.expires_s).unwrap_or(i64::MAX))),
        ("id", text(&approval.id)),
        ("url", text(&approval.url)),
        ("expires", approval.expires.map_or(Value::Null, |at| Value::from(&*at.to_string()))),
    ])
}

fn principal(map: &Map) -> Result<Principal, CallError> {
    let Some(value) = map.get("principal").filter(|value| **value != Value::Null) else {
        return Ok(Principal::default());
    };
    if let Value::String(id) = value {
        return Ok(Principal::new(id.clone()));
    }
    let map = value.as_map().ok_or_else(|| malformed("`principal` is neither a name nor an object"))?;
    refuse_unknown(map, &["id", "role", "on_behalf_of", "attributes"], "principal")?;
    let attributes = match map.get("attributes") {
        None | Some(Value::Null) => Map::default(),
        Some(Value::Map(attributes)) => attributes.clone(),
        Some(_) => return Err(malformed("`principal.attributes` is not an object")),
    };
    Ok(Principal {
        id: text(map, "id")?.unwrap_or_default(),
        role: text(map, "role")?,
        on_behalf_of: texts(map, "on_behalf_of")?,
        attributes,
    })
}

fn session(map: &Map) -> Result<Session, CallError> {
    let Some(value) = map.get("session").filter(|value| **value != Value::Null) else { return Ok(Session::default()) };
    if let Value::String(id) = value {
        return Ok(Session { id: id.clone(), labels: Vec::new() });
    }
    let map = value.as_map().ok_or_else(|| malformed("`session` is neither a name nor an object"))?;
    refuse_unknown(map, &["id", "labels"], "session")?;
    Ok(Session { id: text(map, "id")?.unwrap_or_default(), labels: texts(map, "labels")? })
}

fn refuse_unknown(map: &Map, known: &[&str], what: &str) -> Result<(), CallError> {
    match map.iter().find(|(key, _)| !known.contains(&&***key)) {
        Some((key, _)) => Err(malformed(format!("a {what} has no field `{}`", key.escape_debug()))),
        None => Ok(()),
    }
}

fn text(map: &Map, key: &str) -> Result<Option<Arc<str>>, CallError> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(malformed(format!("`{key}` is {}, not text", other.kind()))),
    }
}

fn cost(map: &Map) -> Result<Option<Usd>, CallError> {
    let Some(text) = text(map, "estimated_cost_usd")? else { return Ok(None) };
    Usd::parse(&text).map(Some).ok_or_else(|| malformed("`estimated_cost_usd` is no decimal such as `0.0125`"))
}

fn texts(map: &Map, key: &str) -> Result<Vec<Arc<str>>, CallError> {
    let wrong = || malformed(format!("`{key}` is not a list of texts"));
    match map.get(key) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::List(items)) => items.iter().map(|item| item.as_str().map(Arc::from).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn malformed(message: impl Into<String>) -> CallError {
    CallError::new(Code::CallMalformedArgs, message)
}

fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    // The names are written above, each once.
    Value::Map(
        Map::from_pairs(pairs.into_iter().map(|(name, value)| (Arc::from(name), value)).collect()).unwrap_or_default(),
    )
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    Value::List(items.collect())
}

fn count(number: usize) -> Value {
    Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
}
