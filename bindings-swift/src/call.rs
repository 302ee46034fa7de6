//! Makes a tool call of what Swift hands over.

use toolgate::error::CallError;
use toolgate::{ToolCall, wire};

/// A call as far as it could be read, and what stopped the reading.
pub(crate) struct Attempt {
    pub(crate) call: ToolCall,
    pub(crate) error: Option<CallError>,
}

/// Reads a call: `facts` is everything but the arguments in the core's own form, `args` is JSON text of an object. The
/// arguments come last, so that a refusal over them still names the tool and the principal.
pub(crate) fn read(facts: &str, args: &str) -> Attempt {
    match wire::call_from_json(facts) {
        Ok(call) => with_arguments(call, args),
        Err(error) => Attempt { call: ToolCall::default(), error: Some(error) },
    }
}

fn with_arguments(call: ToolCall, args: &str) -> Attempt {
    match ToolCall::from_json("", args) {
        Ok(read) => Attempt { call: ToolCall { args: read.args, ..call }, error: None },
        Err(error) => Attempt { call, error: Some(error) },
    }
}
