//! The answer to a tool call, as Python shows it.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use toolgate::{Value, Verdict, wire};

use crate::convert;
use crate::open::{self, Flags};

/// The whole answer to a tool call. Only a gate makes one, and nothing changes it.
///
/// `bool(decision)` says whether the tool may run, so that `if gate.guard(...)` means what it looks like.
#[pyclass(frozen, module = "toolgate")]
pub(crate) struct Decision {
    pub(crate) core: Arc<toolgate::Decision>,
}

impl From<toolgate::Decision> for Decision {
    fn from(core: toolgate::Decision) -> Decision {
        Decision { core: Arc::new(core) }
    }
}

#[pymethods]
impl Decision {
    /// Names this decision in the audit log: `dec_` and 32 hexadecimal digits.
    #[getter]
    fn id(&self) -> &str {
        &self.core.id
    }

    /// When it was made, as RFC 3339 text in UTC with microseconds.
    #[getter]
    fn at(&self) -> String {
        self.core.at.to_string()
    }

    /// `allow`, `deny`, `require_approval` or `dry_run`.
    #[getter]
    fn verdict<'py>(&self, py: Python<'py>) -> &Bound<'py, PyString> {
        word(py, self.core.verdict)
    }

    /// What the verdict would have been, if the policy only observes; else None.
    #[getter]
    fn observed<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, PyString>> {
        self.core.observed.map(|verdict| word(py, verdict))
    }

    /// Why, as a word to match on, such as `path.outside_allowed`. Codes are never renamed.
    #[getter]
    fn code(&self) -> &'static str {
        self.core.code.as_str()
    }

    /// Why, in a sentence for a person or a model.
    #[getter]
    fn reason(&self) -> &str {
        &self.core.reason
    }

    /// The rules and tool entries that led to it, strictest first.
    #[getter]
    fn rules<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.core.rules.iter().map(|rule| &**rule))
    }

    /// The action as it was read: a new dict of `type`, `category`, `target`, `args`, `effects` (the actions that it
    /// amounts to), `flags`, `confidence` (`exact`, `partial` or `opaque`) and `doubts`.
    #[getter]
    fn action<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_python(py, &wire::action(&self.core.action))
    }

    /// How dangerous it is: a new dict of `score`, `level` and `factors`.
    #[getter]
    fn risk<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.field(py, "risk")
    }

    /// How dangerous it is, 0 to 100.
    #[getter]
    fn risk_score(&self) -> u8 {
        self.core.risk.score
    }

    /// Digest of the policy that decided, `sha256:…`; empty if there is none.
    #[getter]
    fn policy_hash(&self) -> &str {
        &self.core.policy_hash
    }

    /// What comes with the verdict: a new list of dicts with `kind` and, for `safer_alternative`, its `value`, for
    /// `pin_addresses` the `host`, the `port` and the `addresses` that the caller must use (see `toolgate.http`), for
    /// `real_path` the `value` and, under `of`, the path as it was read.
    #[getter]
    fn obligations<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.field(py, "obligations")
    }

    /// Where the action's path really leads, or None if it has none or its links were not followed.
    #[getter]
    fn real_path(&self) -> Option<&str> {
        self.core.real_path().map(|path| path.as_str())
    }

    /// Opens exactly the file that was decided about and returns a file object: no link that has been put in its way
    /// since is followed. The parameters are those of the built-in `open` behind the file name.
    ///
    /// Raises PermissionError if the decision does not allow it: the verdict is not `allow`, the action is not about
    /// one file whose links were followed, or it only reads and `mode` changes the file. Raises OSError for whatever
    /// else keeps the file from being opened.
    ///
    /// >>> decision = gate.guard("read_file", {"path": "/workspace/notes.md"})
    /// >>> with decision.open() as file:
    /// ...     text = file.read()
    #[pyo3(signature = (mode="r", buffering=-1, encoding=None, errors=None, newline=None), text_signature = "($self, mode='r', buffering=-1, encoding=None, errors=None, newline=None)")]
    fn open<'py>(
        slf: &Bound<'py, Decision>,
        mode: &str,
        buffering: i64,
        encoding: Option<&str>,
        errors: Option<&str>,
        newline: Option<&str>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let open = py.import(intern!(py, "toolgate._open"))?.getattr(intern!(py, "open_decision"))?;
        open.call1((slf, mode, buffering, encoding, errors, newline))
    }

    /// The descriptor of the file; for `open`.
    fn _open(&self, py: Python<'_>, flags: Flags) -> PyResult<i64> {
        let options = flags.into();
        open::descriptor(py.detach(|| self.core.open(&options)))
    }

    /// Who has to consent: a new dict of `count`, `distinct`, `from` and `expires_s` (seconds), and of the request that
    /// was made for it `id`, `url` and `expires`, each None if nobody was asked; or None.
    #[getter]
    fn approval<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.field(py, "approval")
    }

    /// Whether the tool may run.
    #[getter]
    fn allowed(&self) -> bool {
        self.core.verdict == Verdict::Allow
    }

    /// Everything as a new dict, under the names of the wire form: the id is `decision_id`.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        convert::to_python(py, &wire::decision(&self.core))
    }

    /// Everything as canonical JSON text: the same bytes in every language.
    fn to_json(&self) -> String {
        wire::decision_json(&self.core)
    }

    fn __bool__(&self) -> bool {
        self.allowed()
    }

    fn __repr__(&self) -> String {
        format!("<Decision {} ({}): {}>", self.core.verdict.as_str(), self.core.code, self.core.reason)
    }

    /// A decision that came out of bytes would be one that no gate made.
    fn __reduce__(&self) -> PyResult<Bound<'_, PyDict>> {
        Err(PyTypeError::new_err("a decision stays in its process; send `decision.to_dict()`"))
    }
}

impl Decision {
    fn field<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let whole = wire::decision(&self.core);
        let field = whole.as_map().and_then(|map| map.get(name)).unwrap_or(&Value::Null);
        convert::to_python(py, field)
    }
}

fn word<'py>(py: Python<'py>, verdict: Verdict) -> &'py Bound<'py, PyString> {
    match verdict {
        Verdict::Allow => intern!(py, "allow"),
        Verdict::DryRun => intern!(py, "dry_run"),
        Verdict::RequireApproval => intern!(py, "require_approval"),
        Verdict::Deny => intern!(py, "deny"),
    }
}
