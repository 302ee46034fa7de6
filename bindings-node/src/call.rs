//! Makes a tool call of the texts that JavaScript hands over.

use toolgate::error::{CallError, Code};
use toolgate::{Map, ToolCall};

use crate::{facts, values};

/// The arguments as JavaScript wrote them.
pub(crate) const WRITTEN: u32 = 0;
/// JSON text of the arguments that came from elsewhere.
pub(crate) const GIVEN: u32 = 1;
// Any other form is the code and the message of what kept the call from being written, a line feed between them.

/// A call as far as it could be read, and what stopped the reading.
pub(crate) struct Attempt {
    pub(crate) call: ToolCall,
    pub(crate) error: Option<CallError>,
}

/// Reads a call. The arguments come last, so that a refusal over them still names the tool and the principal.
pub(crate) fn read(tool: String, form: u32, args: &str, facts: Option<&str>) -> Attempt {
    let mut call = ToolCall::new(tool, Map::default());
    let error = fill(&mut call, form, args, facts).err();
    Attempt { call, error }
}

fn fill(call: &mut ToolCall, form: u32, args: &str, facts: Option<&str>) -> Result<(), CallError> {
    if let Some(facts) = facts {
        facts::put_into(call, facts)?;
    }
    call.args = match form {
        WRITTEN => values::map(values::written(args)?)?,
        GIVEN => ToolCall::from_json("", args)?.args,
        _ => return Err(fault(args)),
    };
    Ok(())
}

fn fault(text: &str) -> CallError {
    let (code, message) = text.split_once('\n').unwrap_or_default();
    let code = Code::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(Code::InternalError);
    CallError::new(code, message)
}
