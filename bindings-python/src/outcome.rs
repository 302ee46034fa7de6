//! What happened after a decision, and what an audit log holds, as Python shows them.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use toolgate::audit::{self, Status};

/// What became of a decision, for `gate.record`.
///
/// status: `executed`, `failed` or `skipped`.
/// duration_ms: how long the tool ran, in milliseconds.
/// cost_usd: what it cost in US dollars, as decimal text such as `"0.0125"`.
/// tokens: how many tokens a language model read and wrote for it.
/// result_digest: a digest of its result, `sha256:…`.
/// error: what went wrong, in a few words; it is written to the log without what looks like a secret.
///
/// Raises ValueError for any other status.
#[pyclass(frozen, eq, module = "toolgate")]
#[derive(PartialEq)]
pub(crate) struct Outcome {
    pub(crate) core: audit::Outcome,
}

#[pymethods]
impl Outcome {
    #[new]
    #[pyo3(signature = (status, *, duration_ms=None, cost_usd=None, tokens=None, result_digest=None, error=None))]
    fn new(
        status: &str,
        duration_ms: Option<u64>,
        cost_usd: Option<String>,
        tokens: Option<u64>,
        result_digest: Option<String>,
        error: Option<String>,
    ) -> PyResult<Outcome> {
        let known =
            [Status::Executed, Status::Failed, Status::Skipped].into_iter().find(|known| known.as_str() == status);
        let status = known.ok_or_else(|| PyValueError::new_err("`status` is `executed`, `failed` or `skipped`"))?;
        Ok(Outcome { core: audit::Outcome { status, duration_ms, cost_usd, tokens, result_digest, error } })
    }

    /// `executed`, `failed` or `skipped`.
    #[getter]
    fn status(&self) -> &'static str {
        self.core.status.as_str()
    }

    /// How long the tool ran, in milliseconds, or None.
    #[getter]
    fn duration_ms(&self) -> Option<u64> {
        self.core.duration_ms
    }

    /// What it cost in US dollars, or None.
    #[getter]
    fn cost_usd(&self) -> Option<&str> {
        self.core.cost_usd.as_deref()
    }

    /// How many tokens a language model read and wrote for it, or None.
    #[getter]
    fn tokens(&self) -> Option<u64> {
        self.core.tokens
    }

    /// The digest of its result, or None.
    #[getter]
    fn result_digest(&self) -> Option<&str> {
        self.core.result_digest.as_deref()
    }

    /// What went wrong, or None.
    #[getter]
    fn error(&self) -> Option<&str> {
        self.core.error.as_deref()
    }

    fn __repr__(&self) -> String {
        format!("Outcome({:?})", self.core.status.as_str())
    }
}

/// What an audit log holds, and the first thing wrong with it.
#[pyclass(frozen, module = "toolgate")]
pub(crate) struct Verification {
    core: audit::Verification,
}

impl From<audit::Verification> for Verification {
    fn from(core: audit::Verification) -> Verification {
        Verification { core }
    }
}

#[pymethods]
impl Verification {
    /// How many records are in order, up to the problem if there is one.
    #[getter]
    fn records(&self) -> u64 {
        self.core.records
    }

    /// How many files were read.
    #[getter]
    fn files(&self) -> usize {
        self.core.files
    }

    /// The first thing that is wrong, or None.
    #[getter]
    fn problem(&self) -> Option<Broken> {
        self.core.problem.clone().map(|core| Broken { core })
    }

    /// Whether nothing is wrong.
    #[getter]
    fn ok(&self) -> bool {
        self.core.is_whole()
    }

    fn __repr__(&self) -> String {
        let state = self.core.problem.as_ref().map_or_else(|| "ok".to_owned(), told);
        format!("<Verification {} records in {} files: {state}>", self.core.records, self.core.files)
    }
}

/// Where an audit log is not as it was written.
#[pyclass(frozen, eq, module = "toolgate")]
#[derive(PartialEq)]
pub(crate) struct Broken {
    core: audit::Broken,
}

#[pymethods]
impl Broken {
    /// The file's name, such as `2026-11-21.jsonl`.
    #[getter]
    fn file(&self) -> &str {
        &self.core.file
    }

    /// The line, counted from 1.
    #[getter]
    fn line(&self) -> u64 {
        self.core.line
    }

    /// The number of the record that was to be here.
    #[getter]
    fn seq(&self) -> u64 {
        self.core.seq
    }

    /// What is wrong, in one clause.
    #[getter]
    fn why(&self) -> &str {
        &self.core.why
    }

    fn __str__(&self) -> String {
        told(&self.core)
    }

    fn __repr__(&self) -> String {
        format!("<Broken {}>", told(&self.core))
    }
}

fn told(broken: &audit::Broken) -> String {
    format!("{}:{}: {}", broken.file, broken.line, broken.why)
}
