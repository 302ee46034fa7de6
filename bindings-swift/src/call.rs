//! Makes a tool call of what Swift hands over.

use toolgate::error::{CallError, Code};
use toolgate::{ToolCall, wire};

/// A call as far as it could be read, and what stopped the reading.
pub(crate) struct Attempt {
    pub(crate) call: ToolCall,
    pub(crate) error: Option<CallError>,
}

/// Reads a call: a line with everything but the arguments in the core's own form, and behind it JSON text of the
/// arguments. They come last, so that a refusal over them still names the tool and the principal.
pub(crate) fn read(call: &[u8]) -> Attempt {
    let Ok(text) = std::str::from_utf8(call) else {
        let error = CallError::new(Code::CallMalformedArgs, "the call is no text".to_owned());
        return Attempt { call: ToolCall::default(), error: Some(error) };
    };
    let (facts, args) = text.split_once('\n').unwrap_or((text, ""));
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
