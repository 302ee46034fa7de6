//! Reads what a call says beside its tool and its arguments.

use std::sync::Arc;

use napi::{Error, Result};
use napi_derive::napi;
use toolgate::error::{CallError, Code};
use toolgate::money::Usd;
use toolgate::{Map, Principal, ToolCall, Value, wire};

use crate::values;

/// Whether the facts of a context can be read; the error says what cannot.
#[napi(catch_unwind)]
pub fn check_facts(text: String) -> Result<()> {
    put_into(&mut ToolCall::default(), &text).map_err(|error| Error::from_reason(error.message))
}

/// Puts into `call` what `text` says, a JSON list of facts, the outermost first. The inner ones win; labels and signals
/// add up: they only make answers stricter.
pub(crate) fn put_into(call: &mut ToolCall, text: &str) -> std::result::Result<(), CallError> {
    let levels = values::written(text)?;
    levels.as_list().into_iter().flatten().filter_map(Value::as_map).try_for_each(|facts| put_level(call, facts))
}

fn put_level(call: &mut ToolCall, facts: &Map) -> std::result::Result<(), CallError> {
    // First, so that a refusal over another fact still names who asked.
    if let Some(given) = facts.get("principal") {
        call.principal = principal(given)?;
    }
    if let Some(id) = text(facts, "session")? {
        call.session.id = id;
    }
    let context = &mut call.context;
    put_text(&mut context.call_id, facts, "callId")?;
    put_text(&mut context.approval, facts, "approval")?;
    if let Some(text) = text(facts, "estimatedCostUsd")? {
        context.estimated_cost = Some(cost(&text)?);
    }
    put_text(&mut context.framework, facts, "framework")?;
    put_text(&mut context.server, facts, "server")?;
    put_text(&mut context.cwd, facts, "cwd")?;
    add_texts(&mut context.signals, facts, "signals")?;
    add_texts(&mut call.session.labels, facts, "labels")
}

/// A principal given as an id or as an object.
fn principal(given: &Value) -> std::result::Result<Principal, CallError> {
    let fields = match given {
        Value::Map(fields) => {
            let renamed = |name: &Arc<str>| if &**name == "onBehalfOf" { "on_behalf_of".into() } else { name.clone() };
            let pairs = fields.iter().map(|(name, field)| (renamed(name), field.clone())).collect();
            Value::Map(Map::from_pairs(pairs)?)
        }
        other => other.clone(),
    };
    // The core knows the fields; a call of nothing is the envelope it reads them in.
    let envelope = vec![(Arc::from("principal"), fields), (Arc::from("tool"), Value::from("-"))];
    wire::call_from_map(&Map::from_pairs(envelope)?).map(|call| call.principal)
}

fn put_text(place: &mut Option<Arc<str>>, facts: &Map, name: &str) -> std::result::Result<(), CallError> {
    if let Some(text) = text(facts, name)? {
        *place = Some(text);
    }
    Ok(())
}

fn text(facts: &Map, name: &str) -> std::result::Result<Option<Arc<str>>, CallError> {
    match facts.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(malformed(format!("`{name}` is {}, not text", other.kind()))),
    }
}

fn add_texts(place: &mut Vec<Arc<str>>, facts: &Map, name: &str) -> std::result::Result<(), CallError> {
    let wrong = || malformed(format!("`{name}` is not a list of texts"));
    let Some(given) = facts.get(name) else { return Ok(()) };
    for item in given.as_list().ok_or_else(wrong)? {
        let text = item.as_str().ok_or_else(wrong)?;
        if !place.iter().any(|known| &**known == text) {
            place.push(text.into());
        }
    }
    Ok(())
}

/// An amount of money; a number is refused, since it is none that is exact.
fn cost(text: &str) -> std::result::Result<Usd, CallError> {
    Usd::parse(text).ok_or_else(|| malformed("`estimatedCostUsd` is no decimal such as `0.0125`".to_owned()))
}

fn malformed(message: String) -> CallError {
    CallError::new(Code::CallMalformedArgs, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_wins_and_labels_add_up() {
        let mut call = ToolCall::default();
        let text = r#"[{"principal":"a","session":"s","labels":["x"]},{"principal":{"id":"b","onBehalfOf":["c"]},"labels":["x","y"]}]"#;
        put_into(&mut call, text).unwrap();
        assert_eq!((&*call.principal.id, &*call.session.id), ("b", "s"));
        assert_eq!(call.principal.on_behalf_of, ["c".into()]);
        assert_eq!(call.session.labels, ["x".into(), "y".into()]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (text, told) in [
            (r#"[{"session":7}]"#, "`session` is a whole number, not text"),
            (r#"[{"estimatedCostUsd":0.5}]"#, "`estimatedCostUsd` is a number, not text"),
            (r#"[{"estimatedCostUsd":"much"}]"#, "`estimatedCostUsd` is no decimal such as `0.0125`"),
            (r#"[{"labels":"x"}]"#, "`labels` is not a list of texts"),
            (r#"[{"principal":{"rolle":"x"}}]"#, "a principal has no field `rolle`"),
        ] {
            assert_eq!(put_into(&mut ToolCall::default(), text).unwrap_err().message, told);
        }
    }
}
