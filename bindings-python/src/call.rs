//! Makes a tool call of what Python hands over.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use toolgate::ToolCall;
use toolgate::error::{CallError, Code};
use toolgate::money::Usd;

use crate::{ambient, convert, principal};

/// What a call may say beside its tool and its arguments. What is not said comes from `toolgate.context`.
#[derive(Default)]
pub(crate) struct Facts<'py> {
    pub(crate) principal: Option<Bound<'py, PyAny>>,
    pub(crate) session: Option<Bound<'py, PyAny>>,
    pub(crate) call_id: Option<Bound<'py, PyAny>>,
    pub(crate) approval: Option<Bound<'py, PyAny>>,
    pub(crate) estimated_cost_usd: Option<Bound<'py, PyAny>>,
    pub(crate) framework: Option<Bound<'py, PyAny>>,
    pub(crate) server: Option<Bound<'py, PyAny>>,
    pub(crate) cwd: Option<Bound<'py, PyAny>>,
    pub(crate) signals: Option<Bound<'py, PyAny>>,
    pub(crate) labels: Option<Bound<'py, PyAny>>,
}

/// A call as far as it could be read, and what stopped the reading.
pub(crate) struct Attempt {
    pub(crate) call: ToolCall,
    pub(crate) error: Option<CallError>,
}

/// Reads a call. The arguments come last, so that a refusal over them still names the tool and the principal.
pub(crate) fn read(tool: &Bound<'_, PyAny>, args: Option<&Bound<'_, PyAny>>, facts: &Facts<'_>) -> Attempt {
    let mut call = ToolCall::default();
    let error = fill(&mut call, tool, args, facts).err();
    Attempt { call, error }
}

fn fill(
    call: &mut ToolCall,
    tool: &Bound<'_, PyAny>,
    args: Option<&Bound<'_, PyAny>>,
    facts: &Facts<'_>,
) -> Result<(), CallError> {
    *call = ambient::call(tool.py())?;
    call.tool = convert::text(tool, "tool")?;
    facts.put_into(call)?;
    if let Some(args) = args {
        call.args = convert::arguments(args)?;
    }
    Ok(())
}

impl<'py> Facts<'py> {
    /// The facts that a wrapper collected in a dict. One that nobody knows is an error: it may have been meant to
    /// restrict.
    pub(crate) fn from_keywords(keywords: Option<&Bound<'py, PyDict>>) -> PyResult<Facts<'py>> {
        let mut facts = Facts::default();
        for (name, fact) in keywords.iter().flat_map(|keywords| keywords.iter()) {
            let name = name.extract::<String>()?;
            let place = facts
                .place(&name)
                .ok_or_else(|| PyTypeError::new_err(format!("unexpected keyword argument `{name}`")))?;
            *place = Some(fact).filter(|fact| !fact.is_none());
        }
        Ok(facts)
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<Bound<'py, PyAny>>> {
        Some(match name {
            "principal" => &mut self.principal,
            "session" => &mut self.session,
            "call_id" => &mut self.call_id,
            "approval" => &mut self.approval,
            "estimated_cost_usd" => &mut self.estimated_cost_usd,
            "framework" => &mut self.framework,
            "server" => &mut self.server,
            "cwd" => &mut self.cwd,
            "signals" => &mut self.signals,
            "labels" => &mut self.labels,
            _ => return None,
        })
    }

    /// Puts into `call` what is said here. Labels and signals add to those that are there.
    pub(crate) fn put_into(&self, call: &mut ToolCall) -> Result<(), CallError> {
        if let Some(given) = &self.principal {
            call.principal = principal::read(given)?;
        }
        if let Some(given) = &self.session {
            call.session.id = convert::text(given, "session")?;
        }
        put_text(&mut call.context.call_id, self.call_id.as_ref(), "call_id")?;
        put_text(&mut call.context.approval, self.approval.as_ref(), "approval")?;
        if let Some(given) = &self.estimated_cost_usd {
            call.context.estimated_cost = Some(amount(given)?);
        }
        put_text(&mut call.context.framework, self.framework.as_ref(), "framework")?;
        put_text(&mut call.context.server, self.server.as_ref(), "server")?;
        put_text(&mut call.context.cwd, self.cwd.as_ref(), "cwd")?;
        add_texts(&mut call.context.signals, self.signals.as_ref(), "signals")?;
        add_texts(&mut call.session.labels, self.labels.as_ref(), "labels")
    }
}

fn put_text(
    place: &mut Option<Arc<str>>,
    given: Option<&Bound<'_, PyAny>>,
    name: &'static str,
) -> Result<(), CallError> {
    if let Some(given) = given {
        *place = Some(convert::text(given, name)?);
    }
    Ok(())
}

/// An exact amount of money: decimal text, or a `Decimal`.
fn amount(given: &Bound<'_, PyAny>) -> Result<Usd, CallError> {
    let wrong = || {
        let message = "`estimated_cost_usd` is no exact amount; give decimal text such as `0.0125`, or a Decimal";
        CallError::new(Code::CallMalformedArgs, message)
    };
    let plain = if is_decimal(given).map_err(|_| wrong())? {
        &given.call_method1(intern!(given.py(), "__format__"), ("f",)).map_err(|_| wrong())?
    } else {
        given
    };
    let text = convert::text(plain, "estimated_cost_usd").map_err(|_| wrong())?;
    Usd::parse(&text).ok_or_else(wrong)
}

fn is_decimal(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = given.py();
    if given.is_exact_instance_of::<PyString>() {
        return Ok(false);
    }
    given.is_instance(&py.import(intern!(py, "decimal"))?.getattr(intern!(py, "Decimal"))?)
}

fn add_texts(place: &mut Vec<Arc<str>>, given: Option<&Bound<'_, PyAny>>, name: &'static str) -> Result<(), CallError> {
    if let Some(given) = given {
        for text in convert::texts(given, name)? {
            if !place.contains(&text) {
                place.push(text);
            }
        }
    }
    Ok(())
}
