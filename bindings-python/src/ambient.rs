//! What holds for all calls within a `with toolgate.context(...)`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use toolgate::ToolCall;
use toolgate::error::CallError;

use crate::call::Facts;
use crate::error;

/// Facts about calls, read once and then only shared.
#[pyclass(frozen, module = "toolgate._native")]
#[derive(Clone)]
pub(crate) struct Ambient {
    /// A call of nothing that carries the facts.
    call: ToolCall,
}

#[pymethods]
impl Ambient {
    /// The facts given, and of `outer` those that are not. Labels and signals add up: they only make answers stricter.
    #[new]
    #[pyo3(signature = (outer=None, *, principal=None, session=None, framework=None, server=None, cwd=None, signals=None, labels=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of `toolgate.context`
    fn new(
        outer: Option<&Bound<'_, Ambient>>,
        principal: Option<Bound<'_, PyAny>>,
        session: Option<Bound<'_, PyAny>>,
        framework: Option<Bound<'_, PyAny>>,
        server: Option<Bound<'_, PyAny>>,
        cwd: Option<Bound<'_, PyAny>>,
        signals: Option<Bound<'_, PyAny>>,
        labels: Option<Bound<'_, PyAny>>,
    ) -> PyResult<Ambient> {
        let mut call = outer.map(|outer| outer.get().call.clone()).unwrap_or_default();
        let facts = Facts { principal, session, framework, server, cwd, signals, labels, ..Facts::default() };
        facts.put_into(&mut call).map_err(|error| error::value_error(&error))?;
        Ok(Ambient { call })
    }
}

/// The variable that holds the ambient facts, or None: each thread and each asyncio task has its own.
pub(crate) fn variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let made = VARIABLE.get_or_try_init(py, || {
        let class = py.import("contextvars")?.getattr("ContextVar")?;
        let default = pyo3::types::PyDict::new(py);
        default.set_item("default", py.None())?;
        class.call(("toolgate.context",), Some(&default)).map(Bound::unbind)
    })?;
    Ok(made.bind(py))
}

/// A call of nothing with the facts that hold here.
pub(crate) fn call(py: Python<'_>) -> Result<ToolCall, CallError> {
    let lost = |_| CallError::new(toolgate::Code::InternalError, "the context of the call cannot be read");
    let here = variable(py).and_then(|variable| variable.call_method0(intern!(py, "get"))).map_err(lost)?;
    Ok(here.cast_exact::<Ambient>().map(|ambient| ambient.get().call.clone()).unwrap_or_default())
}
