//! What consent is bound to.

use std::sync::Arc;

use crate::action::Action;
use crate::call::ToolCall;
use crate::canonical::{sha256_hex, to_string};
use crate::decision::{Decision, Obligation};
use crate::value::{Map, Value};

/// The digest of what would run, `sha256:…`: over the tool, its arguments as given, every action it amounts to with the
/// places that paths lead to, the principal, the session and the policy. Whatever of these changes, it is another action.
///
/// Source: SHA-256 (FIPS 180-4) over canonical JSON (RFC 8785).
pub fn digest(call: &ToolCall, decision: &Decision) -> Arc<str> {
    let principal = &call.principal;
    let text = |text: &Arc<str>| Value::String(text.clone());
    let texts = |texts: &[Arc<str>]| Value::List(texts.iter().map(text).collect());
    let places = decision.obligations.iter().filter_map(|obligation| match obligation {
        Obligation::RealPath { written, real } => {
            Some(Value::List([Value::from(written.as_str()), Value::from(real.as_str())].into_iter().collect()))
        }
        _ => None,
    });
    let pairs = [
        ("actions", Value::List(decision.action.walk().map(action).collect())),
        ("args", Value::Map(call.args.clone())),
        ("cwd", call.context.cwd.as_ref().map_or(Value::Null, text)),
        ("on_behalf_of", texts(&principal.on_behalf_of)),
        ("places", Value::List(places.collect())),
        ("policy", text(&decision.policy_hash)),
        ("principal", text(&principal.id)),
        ("role", principal.role.as_ref().map_or(Value::Null, text)),
        ("server", call.context.server.as_ref().map_or(Value::Null, text)),
        ("session", text(&call.session.id)),
        ("tool", text(&call.tool)),
    ];
    let all = Map::from_pairs(pairs.into_iter().map(|(name, value)| (Arc::from(name), value)).collect());
    format!("sha256:{}", sha256_hex(&[to_string(&Value::Map(all.unwrap_or_default())).as_bytes()])).into()
}

fn action(action: &Action) -> Value {
    let pairs = vec![
        (Arc::from("args"), Value::Map(action.args.clone())),
        (Arc::from("target"), Value::from(action.target.as_str())),
        (Arc::from("type"), Value::String(action.kind.clone())),
    ];
    Value::Map(Map::from_pairs(pairs).unwrap_or_default())
}
