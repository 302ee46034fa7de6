//! What a gate is built with beside its policy.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyString};
use toolgate::approval::{KeyRing, Secret};
use toolgate::store::{MemoryStore, Store, StoreError};
use toolgate::{AuditTarget, Gate, GateBuilder, StorePlace};
use toolgate_store_sqlite::SqliteStore;

/// A builder with the keywords of `toolgate.Gate`.
pub(crate) fn builder(
    audit: Option<&Bound<'_, PyAny>>,
    policy_digest: Option<String>,
    cwd: Option<PathBuf>,
    home: Option<PathBuf>,
    store: Option<&Bound<'_, PyAny>>,
    secrets: Option<&Bound<'_, PyAny>>,
) -> PyResult<GateBuilder> {
    let mut builder = with_stores().audit(audit_target(audit)?);
    if let Some(digest) = policy_digest {
        builder = builder.policy_digest(digest);
    }
    if let Some(directory) = cwd {
        builder = builder.cwd(path_text(&directory, "cwd")?);
    }
    if let Some(directory) = home {
        builder = builder.home(path_text(&directory, "home")?);
    }
    if let Some(secrets) = secrets {
        builder = builder.keys(keys(secrets)?);
    }
    if let Some(place) = store {
        builder = builder.store_at(store_place(place)?);
    }
    Ok(builder)
}

/// A builder that says nothing, but can open the stores that this package has.
pub(crate) fn with_stores() -> GateBuilder {
    Gate::builder().store_opener(open)
}

/// The keys of a list of secrets. No message shows one.
pub(crate) fn keys(secrets: &Bound<'_, PyAny>) -> PyResult<KeyRing> {
    if secrets.is_instance_of::<PyString>() || secrets.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("`secrets` is a list of secrets, not one secret"));
    }
    let secrets = secrets.try_iter()?.map(|secret| self::secret(&secret?)).collect::<PyResult<Vec<_>>>()?;
    KeyRing::new(&secrets).ok_or_else(|| PyValueError::new_err("`secrets` is empty"))
}

fn secret(given: &Bound<'_, PyAny>) -> PyResult<Secret> {
    let bytes = if let Ok(text) = given.cast::<PyString>() {
        text.to_str().map_err(|_| PyValueError::new_err("a secret has a lone surrogate, so it is no text"))?.as_bytes()
    } else if let Ok(bytes) = given.cast::<PyBytes>() {
        bytes.as_bytes()
    } else {
        return Err(PyTypeError::new_err("a secret is text or bytes"));
    };
    Secret::new(bytes).map_err(|error| PyValueError::new_err(error.to_string()))
}

fn store_place(given: &Bound<'_, PyAny>) -> PyResult<StorePlace> {
    match given.extract::<PathBuf>()? {
        word if word == Path::new("memory") => Ok(StorePlace::Memory),
        path => Ok(StorePlace::File(path)),
    }
}

fn open(place: &StorePlace) -> Result<Arc<dyn Store>, StoreError> {
    match place {
        StorePlace::Memory => Ok(Arc::new(MemoryStore::default())),
        StorePlace::File(path) => Ok(Arc::new(SqliteStore::open(path)?)),
        StorePlace::Postgres(_) => Err(StoreError::Unavailable("this package has no PostgreSQL store yet".into())),
    }
}

fn audit_target(audit: Option<&Bound<'_, PyAny>>) -> PyResult<AuditTarget> {
    match audit {
        None => Ok(AuditTarget::AsPolicySays),
        Some(given) if given.is_exact_instance_of::<PyBool>() => {
            if given.is_truthy()? {
                return Err(PyTypeError::new_err("`audit` is None, False or a directory"));
            }
            Ok(AuditTarget::Off)
        }
        Some(given) => given.extract().map(AuditTarget::Directory),
    }
}

fn path_text<'a>(path: &'a Path, name: &str) -> PyResult<&'a str> {
    path.to_str().ok_or_else(|| PyValueError::new_err(format!("`{name}` is not UTF-8 text")))
}
