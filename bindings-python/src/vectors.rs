//! A gate that the vectors can set up in every detail.

use std::collections::HashMap;
use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use toolgate::path::{NoFileSystem, PathRules, StaticFileSystem};
use toolgate::store::MemoryStore;
use toolgate::{AuditTarget, SettableClock, Timestamp};

use crate::gate::{self, Gate};
use crate::options;

#[pymethods]
impl Gate {
    /// A gate on no machine in particular that records nothing, keeps its state in memory and whose clock stands still
    /// at `now` until `_set_now`. `files` are the paths of its file system, each with what stands there.
    #[staticmethod]
    #[pyo3(signature = (text, now, cwd, home, files=None, id_seed=None, secrets=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn _at(
        py: Python<'_>,
        text: &str,
        now: &str,
        cwd: &str,
        home: &str,
        files: Option<HashMap<String, String>>,
        id_seed: Option<u64>,
        secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Gate> {
        let clock = SettableClock::new(moment(now)?);
        let builder = toolgate::Gate::builder().policy_text(text).audit(AuditTarget::Off).cwd(cwd).home(home);
        let builder = builder.store(Arc::new(MemoryStore::default())).clock(clock.clone());
        let mut builder = builder.path_rules(PathRules::Posix);
        if let Some(seed) = id_seed {
            builder = builder.id_seed(seed);
        }
        if let Some(secrets) = secrets {
            builder = builder.keys(options::keys(secrets)?);
        }
        builder = match &files {
            None => builder.file_system(NoFileSystem),
            Some(files) => builder.file_system(tree(files)?),
        };
        Ok(gate::build(py, builder)?.with_clock(clock))
    }

    /// Sets the clock of a gate that was made by `_at`.
    fn _set_now(&self, now: &str) -> PyResult<()> {
        let clock = self.clock.as_ref().ok_or_else(|| PyValueError::new_err("this gate has the system's clock"))?;
        clock.set(moment(now)?);
        Ok(())
    }
}

fn moment(text: &str) -> PyResult<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| PyValueError::new_err("`now` is no RFC 3339 time"))
}

fn tree(files: &HashMap<String, String>) -> PyResult<StaticFileSystem> {
    let entries = files.iter().map(|(path, word)| (path.as_str(), word.as_str()));
    StaticFileSystem::new(entries).map_err(|error| PyValueError::new_err(error.clause))
}
