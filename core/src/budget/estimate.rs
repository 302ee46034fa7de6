//! What a question to a language model will cost at most, before it is answered.

use super::price::cost_of;
use super::tokens::Tokens;
use crate::action::Action;
use crate::money::Usd;
use crate::value::Value;

/// What a model writes if nobody says how much it may.
const OUTPUT_ASSUMED: u64 = 8192;

/// The cost of `action`, which asks a language model, by the list price of the model; `None` if nobody knows.
pub(super) fn of(action: &Action) -> Option<Usd> {
    if &*action.kind != "llm.call" {
        return None;
    }
    let model = action.args.get("model")?.as_str()?;
    let output = match action.args.get("max_tokens") {
        None | Some(Value::Null) => OUTPUT_ASSUMED,
        Some(value) => u64::try_from(value.as_int()?).ok()?,
    };
    // What an argument says of the size of the question is for the caller of the gate to say, not for an agent.
    cost_of(model, &Tokens { input: read(action), output, ..Tokens::default() })
}

/// The most tokens that the text of the question can be: no token is shorter than a byte.
fn read(action: &Action) -> u64 {
    let parts = ["messages", "system", "tools"].into_iter().filter_map(|name| action.args.get(name));
    parts.fold(0, |sum, part| sum.saturating_add(part.size().bytes as u64))
}
