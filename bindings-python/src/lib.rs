//! The native half of the Python package `toolgate`: converts, calls the core, converts back.
//!
//! What needs Python's own means (decorators, coroutines, exceptions) stands in `python/toolgate`. Nothing here knows
//! anything about policies.

// What is exported is documented for Python's `help()`, where brackets are no links.
#![allow(rustdoc::broken_intra_doc_links)]

mod ambient;
mod call;
mod convert;
mod decision;
mod error;
mod gate;
mod open;
mod options;
mod outcome;
mod principal;
mod snapshot;
mod state;
mod vectors;

use pyo3::prelude::*;

/// The native half of Toolgate. Use the names of `toolgate` instead.
// Reading arguments relies on the interpreter's lock (see `convert`), so an interpreter built without one turns it on.
#[pymodule(gil_used = true)]
mod _native {
    use super::*;

    #[pymodule_export]
    use super::ambient::Ambient;
    #[pymodule_export]
    use super::decision::Decision;
    #[pymodule_export]
    use super::error::Problem;
    #[pymodule_export]
    use super::gate::Gate;
    #[pymodule_export]
    use super::outcome::{Broken, Outcome, Verification};
    #[pymodule_export]
    use super::principal::Principal;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("ambient", super::ambient::variable(module.py())?)
    }

    /// Takes secrets out of plain values: what stands under a name such as `password` or looks like a key, a token or a
    /// card number is replaced by `[redacted:kind]`. Mappings come back sorted by key.
    ///
    /// It is what the audit log does before anything is written. A secret of no known shape under an innocent name is
    /// not found.
    ///
    /// Raises ValueError for a value that has no plain form, with its place.
    ///
    /// >>> toolgate.redact({"host": "db1", "password": "hunter2"})
    /// {'host': 'db1', 'password': '[redacted:key]'}
    #[pyfunction]
    fn redact<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let read = convert::value(value, "value").map_err(|error| error::value_error(&error))?;
        let clean = toolgate::redact::Redactor::default().value(&read);
        convert::to_python(value.py(), clean.as_ref())
    }

    /// The descriptor of a file beneath `root`; for `toolgate.open_beneath`.
    #[pyfunction]
    fn _open_beneath(
        py: Python<'_>,
        root: std::path::PathBuf,
        path: std::path::PathBuf,
        flags: super::open::Flags,
    ) -> PyResult<i64> {
        let options = flags.into();
        super::open::descriptor(py.detach(|| toolgate::path::open_beneath(root, path, &options)))
    }

    /// Converts the arguments of a call and drops them: the bare crossing that benchmarks compare with.
    #[pyfunction]
    fn _convert_only(tool: &Bound<'_, PyAny>, args: &Bound<'_, PyAny>) -> bool {
        convert::text(tool, "tool").is_ok() && convert::arguments(args).is_ok()
    }
}
