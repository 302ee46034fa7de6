//! The core's errors as Python's exceptions. Their classes stand in `toolgate._errors`.

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use toolgate::RecordError;
use toolgate::audit::AuditError;
use toolgate::error::{CallError, Code, PolicyError};

/// One thing wrong with a policy: where, what, and what to write instead.
#[pyclass(frozen, eq, module = "toolgate")]
#[derive(PartialEq)]
pub(crate) struct Problem {
    core: toolgate::Problem,
}

#[pymethods]
impl Problem {
    /// The file as you named it; empty for a policy given as text.
    #[getter]
    fn file(&self) -> &str {
        &self.core.file
    }

    /// The line, counted from 1.
    #[getter]
    fn line(&self) -> usize {
        self.core.line
    }

    /// The column in characters, counted from 1.
    #[getter]
    fn column(&self) -> usize {
        self.core.column
    }

    /// The kind of problem, such as `policy.unknown_field`.
    #[getter]
    fn code(&self) -> &str {
        self.core.code
    }

    /// What is wrong, in one clause.
    #[getter]
    fn message(&self) -> &str {
        &self.core.message
    }

    /// What to do about it; empty if the message says it all.
    #[getter]
    fn help(&self) -> &str {
        &self.core.help
    }

    fn __str__(&self) -> String {
        self.core.to_string()
    }

    fn __repr__(&self) -> String {
        format!("<Problem {} at {}:{}>", self.core.code, self.core.line, self.core.column)
    }
}

/// `toolgate.PolicyError` with all problems.
pub(crate) fn policy_error(py: Python<'_>, error: PolicyError) -> PyErr {
    let (message, code) = (error.to_string(), error.code.as_str());
    let raised = || {
        let problems: Vec<Problem> = error.problems.into_iter().map(|core| Problem { core }).collect();
        class(py, intern!(py, "PolicyError"))?.call1((message, PyTuple::new(py, problems)?, code))
    };
    raised().map_or_else(|failure| failure, PyErr::from_value)
}

/// `toolgate.AuditError`.
pub(crate) fn audit_error(py: Python<'_>, error: &AuditError) -> PyErr {
    let raised = class(py, intern!(py, "AuditError")).and_then(|class| class.call1((error.to_string(),)));
    raised.map_or_else(|failure| failure, PyErr::from_value)
}

/// `toolgate.AuditError` or `toolgate.StateError`.
pub(crate) fn record_error(py: Python<'_>, error: &RecordError) -> PyErr {
    match error {
        RecordError::Audit(error) => audit_error(py, error),
        RecordError::Store(error) => state_error(py, error.code(), &error.to_string()),
    }
}

/// `toolgate.StateError`.
pub(crate) fn state_error(py: Python<'_>, code: Code, message: &str) -> PyErr {
    let raised = class(py, intern!(py, "StateError")).and_then(|class| class.call1((message, code.as_str())));
    raised.map_or_else(|failure| failure, PyErr::from_value)
}

/// A value of the host program that cannot be read; for what is no part of a tool call.
pub(crate) fn value_error(error: &CallError) -> PyErr {
    PyValueError::new_err(error.message.clone())
}

fn class<'py>(py: Python<'py>, name: &Bound<'py, pyo3::types::PyString>) -> PyResult<Bound<'py, PyAny>> {
    py.import(intern!(py, "toolgate._errors"))?.getattr(name)
}
