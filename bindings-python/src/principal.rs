//! Who asks, as Python shows it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use toolgate::error::CallError;
use toolgate::{Map, Value, wire};

use crate::{convert, error};

/// The one on whose authority a tool is called. Your program says who that is; an agent never does.
///
/// id: a name such as `agent:finance-sync`.
/// role: the role whose entries of the policy apply, such as `prod`.
/// on_behalf_of: the ids of those who delegated, the nearest first.
/// attributes: anything else the policy's conditions may ask for, a dict of plain values.
///
/// Wherever a principal is taken, a plain id (`"agent:finance-sync"`) or a dict of these four fields will do.
///
/// Raises ValueError for a field that cannot be read.
///
/// >>> toolgate.Principal("agent:finance-sync", role="prod", on_behalf_of=["user:ana"])
#[pyclass(frozen, eq, module = "toolgate")]
#[derive(PartialEq)]
pub(crate) struct Principal {
    pub(crate) core: toolgate::Principal,
}

#[pymethods]
impl Principal {
    #[new]
    #[pyo3(signature = (id, *, role=None, on_behalf_of=None, attributes=None))]
    fn new<'py>(
        id: &Bound<'py, PyAny>,
        role: Option<&Bound<'py, PyAny>>,
        on_behalf_of: Option<&Bound<'py, PyAny>>,
        attributes: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Principal> {
        let fields = PyDict::new(id.py());
        fields.set_item("id", id)?;
        fields.set_item("role", role)?;
        fields.set_item("on_behalf_of", on_behalf_of)?;
        fields.set_item("attributes", attributes)?;
        read(fields.as_any()).map(|core| Principal { core }).map_err(|error| error::value_error(&error))
    }

    /// The name.
    #[getter]
    fn id(&self) -> &str {
        &self.core.id
    }

    /// The role, or None.
    #[getter]
    fn role(&self) -> Option<&str> {
        self.core.role.as_deref()
    }

    /// Those who delegated, the nearest first.
    #[getter]
    fn on_behalf_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.core.on_behalf_of.iter().map(|name| &**name))
    }

    /// A copy of the attributes.
    #[getter]
    fn attributes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        convert::map_to_python(py, &self.core.attributes)
    }

    fn __repr__(&self) -> String {
        let role = self.core.role.as_deref().map(|role| format!(", role={role:?}")).unwrap_or_default();
        format!("Principal({:?}{role})", &*self.core.id)
    }
}

/// A principal given as an id, a dict or a [`Principal`].
pub(crate) fn read(object: &Bound<'_, PyAny>) -> Result<toolgate::Principal, CallError> {
    if let Ok(principal) = object.cast_exact::<Principal>() {
        return Ok(principal.get().core.clone());
    }
    match convert::value(object, "principal")? {
        Value::String(id) => Ok(toolgate::Principal::new(id)),
        // The core knows the fields; a call of nothing is the envelope it reads them in.
        fields => {
            let envelope = vec![(Arc::from("principal"), fields), (Arc::from("tool"), Value::from("-"))];
            wire::call_from_map(&Map::from_pairs(envelope)?).map(|call| call.principal)
        }
    }
}
