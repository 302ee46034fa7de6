//! What the agent asked for.

use std::sync::Arc;

use crate::error::{CallError, Code};
use crate::limits;
use crate::money::Usd;
use crate::principal::Principal;
use crate::value::{Map, Value};

/// A tool call: tool name, arguments, principal and what the host knows about where it comes from.
///
/// ```
/// use toolgate::{Principal, ToolCall};
/// let call = ToolCall::from_json("stripe.charges.create", r#"{"amount": 2000, "currency": "eur"}"#)?
///     .with_principal(Principal::new("agent:finance-sync").with_role("prod"))
///     .with_session("run-7");
/// # Ok::<(), toolgate::CallError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolCall {
    /// The tool's name as the agent used it.
    pub tool: Arc<str>,
    /// Its arguments.
    pub args: Map,
    /// Who asks.
    pub principal: Principal,
    /// The agent run it belongs to.
    pub session: Session,
    /// Where it comes from.
    pub context: CallContext,
}

/// One agent run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    /// A name for the run; empty if nobody said.
    pub id: Arc<str>,
    /// Labels the host declares for it, such as `untrusted`. They can only make an answer stricter.
    pub labels: Vec<Arc<str>>,
}

/// What travels beside a tool's name. Nothing here is ever read out of the name itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CallContext {
    /// The framework's id of this call: the same id with the same arguments is the same call, asked again.
    pub call_id: Option<Arc<str>>,
    /// The request for consent that this call has waited for, by its id.
    pub approval: Option<Arc<str>>,
    /// What the call will cost, as far as its caller knows.
    pub estimated_cost: Option<Usd>,
    /// The framework that makes the call, such as `langchain`.
    pub framework: Option<Arc<str>>,
    /// The MCP server that offers the tool, by the host's own name for it.
    pub server: Option<Arc<str>>,
    /// The directory that relative paths start from; the gate's own if not given.
    pub cwd: Option<Arc<str>>,
    /// What a detector or an annotation says about the call, such as `injection`. They can only make an answer
    /// stricter.
    pub signals: Vec<Arc<str>>,
}

impl ToolCall {
    /// A call of `tool` with `args`, by nobody in particular.
    pub fn new(tool: impl Into<Arc<str>>, args: Map) -> ToolCall {
        ToolCall { tool: tool.into(), args, ..ToolCall::default() }
    }

    /// A call whose arguments come as JSON text, the way model APIs deliver them. Empty text means no arguments.
    ///
    /// # Errors
    /// As [`Value::from_json`], and [`Code::CallMalformedArgs`] if the text is not an object.
    pub fn from_json(tool: impl Into<Arc<str>>, args: &str) -> Result<ToolCall, CallError> {
        if args.trim().is_empty() {
            return Ok(ToolCall::new(tool, Map::default()));
        }
        match Value::from_json(args)? {
            Value::Map(map) => Ok(ToolCall::new(tool, map)),
            other => Err(CallError::new(
                Code::CallMalformedArgs,
                format!("the arguments are {}, not an object", other.kind()),
            )),
        }
    }

    /// The same call by `principal`.
    pub fn with_principal(mut self, principal: Principal) -> ToolCall {
        self.principal = principal;
        self
    }

    /// The same call in the session called `id`.
    pub fn with_session(mut self, id: impl Into<Arc<str>>) -> ToolCall {
        self.session.id = id.into();
        self
    }

    /// Whether every part is within the bounds of [`crate::limits`].
    ///
    /// # Errors
    /// [`Code::CallInvalidName`], [`Code::CallArgsTooLarge`], [`Code::CallArgsTooDeep`].
    pub fn check_bounds(&self) -> Result<(), CallError> {
        check_name("tool name", &self.tool, true)?;
        check_name("principal id", &self.principal.id, false)?;
        check_name("session id", &self.session.id, false)?;
        check_names("role", self.principal.role.iter())?;
        check_names("delegator", self.principal.on_behalf_of.iter())?;
        check_names("label", self.session.labels.iter())?;
        check_names("signal", self.context.signals.iter())?;
        check_names("call id", self.context.call_id.iter())?;
        check_names("approval id", self.context.approval.iter())?;
        check_names("framework", self.context.framework.iter())?;
        check_names("server", self.context.server.iter())?;
        check_size("arguments", &self.args)?;
        check_size("principal's attributes", &self.principal.attributes)
    }
}

fn check_names<'a>(what: &str, names: impl ExactSizeIterator<Item = &'a Arc<str>>) -> Result<(), CallError> {
    if names.len() > limits::SIGNALS_MAX {
        let message = format!("more than {} of one kind of name: {what}", limits::SIGNALS_MAX);
        return Err(CallError::new(Code::CallInvalidName, message));
    }
    names.into_iter().try_for_each(|name| check_name(what, name, true))
}

fn check_name(what: &str, name: &str, required: bool) -> Result<(), CallError> {
    let problem = if required && name.is_empty() {
        "is empty"
    } else if name.len() > limits::NAME_BYTES_MAX {
        "is longer than 256 bytes"
    } else if name.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        "has control characters"
    } else {
        return Ok(());
    };
    Err(CallError::new(Code::CallInvalidName, format!("the {what} {problem}")))
}

fn check_size(what: &str, map: &Map) -> Result<(), CallError> {
    let size = map.size();
    if size.depth > limits::ARGS_DEPTH_MAX {
        let message = format!("the {what} are nested deeper than {} levels", limits::ARGS_DEPTH_MAX);
        return Err(CallError::new(Code::CallArgsTooDeep, message));
    }
    if size.bytes > limits::ARGS_BYTES_MAX {
        return Err(CallError::new(Code::CallArgsTooLarge, format!("the {what} are larger than 1 MiB")));
    }
    Ok(())
}
