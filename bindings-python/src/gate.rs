//! The gate, as Python shows it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use toolgate::error::{CallError, Code};
use toolgate::{GateBuilder, SettableClock, ToolCall, wire};

use crate::call::{self, Attempt, Facts};
use crate::decision::Decision;
use crate::outcome::{Outcome, Verification};
use crate::{convert, error, options, snapshot};

/// Decides about tool calls by one policy. Share one: all methods may be used from any thread and after a fork.
///
/// policy: the path of a policy file. Without it the file named by the environment variable `TOOLGATE_POLICY`, else the
///     nearest `toolgate.yaml` in the working directory or above it; if there is none, everything is denied. For a
///     policy as text see `Gate.from_yaml`.
/// audit: where decisions are recorded: None as the policy says (in `.toolgate/audit/` beside it if it does not), False
///     nowhere, or a directory.
/// policy_digest: refuse any policy, also at a reload, whose `policy_hash` is not this.
/// cwd: the directory the tools run in, where relative paths start; the process's own if unsaid.
/// home: what `~` stands for; the user's home directory if unsaid.
/// store: where budgets, approvals and all other state is kept: None as the policy says (in `.toolgate/state.db` beside
///     it if it does not), `"memory"` in this object alone, or the path of a file that processes on this machine share,
///     looked for from the directory of the policy.
/// secrets: what tokens are signed with, a list of text or bytes of at least 32 bytes each; the first signs, all of them
///     check. None as the policy says (a secret of its own in `.toolgate/secret` beside it if it does not).
///
/// Raises PolicyError with every problem of the policy, ValueError for what is no secret. A store is opened once it is
/// needed; as long as it cannot be, whatever depends on it is denied.
///
/// >>> gate = toolgate.Gate("toolgate.yaml")
/// >>> gate.guard("read_file", {"path": "/etc/shadow"}).verdict
/// 'deny'
#[pyclass(frozen, module = "toolgate")]
pub(crate) struct Gate {
    pub(crate) core: Arc<toolgate::Gate>,
    /// Whether a decision takes so long, for the disk or the network, that other threads should run meanwhile.
    slow: AtomicBool,
    /// Its clock, if it is one that the vectors set.
    pub(crate) clock: Option<SettableClock>,
}

#[pymethods]
impl Gate {
    #[new]
    #[pyo3(signature = (policy=None, *, audit=None, policy_digest=None, cwd=None, home=None, store=None, secrets=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the class
    fn new(
        py: Python<'_>,
        policy: Option<PathBuf>,
        audit: Option<&Bound<'_, PyAny>>,
        policy_digest: Option<String>,
        cwd: Option<PathBuf>,
        home: Option<PathBuf>,
        store: Option<&Bound<'_, PyAny>>,
        secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Gate> {
        let builder = options::builder(audit, policy_digest, cwd, home, store, secrets)?;
        match policy {
            Some(path) => build(py, builder.policy_file(path)),
            None => Ok(Gate::of(py.detach(|| builder.discover()))),
        }
    }

    /// A gate for a policy given as text. The other parameters are those of `Gate`; files that the policy includes are
    /// looked for in the working directory.
    ///
    /// Raises PolicyError with every problem of the policy.
    ///
    /// >>> gate = toolgate.Gate.from_yaml('''
    /// ... audit: off
    /// ... tools:
    /// ...   file.read: { decision: allow, allowed_paths: [/workspace/] }
    /// ... ''')
    /// >>> gate.guard("read_file", {"path": "/workspace/notes.md"}).verdict
    /// 'allow'
    /// >>> gate.guard("read_file", {"path": "/workspace/../etc/passwd"}).code
    /// 'path.outside_allowed'
    #[staticmethod]
    #[pyo3(signature = (text, *, audit=None, policy_digest=None, cwd=None, home=None, store=None, secrets=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn from_yaml(
        py: Python<'_>,
        text: &str,
        audit: Option<&Bound<'_, PyAny>>,
        policy_digest: Option<String>,
        cwd: Option<PathBuf>,
        home: Option<PathBuf>,
        store: Option<&Bound<'_, PyAny>>,
        secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Gate> {
        build(py, options::builder(audit, policy_digest, cwd, home, store, secrets)?.policy_text(text))
    }

    /// A gate for the policy in the file at `path`. The other parameters are those of `Gate`.
    ///
    /// Raises PolicyError with every problem of the policy, or why it cannot be read.
    #[staticmethod]
    #[pyo3(signature = (path, *, audit=None, policy_digest=None, cwd=None, home=None, store=None, secrets=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn from_file(
        py: Python<'_>,
        path: PathBuf,
        audit: Option<&Bound<'_, PyAny>>,
        policy_digest: Option<String>,
        cwd: Option<PathBuf>,
        home: Option<PathBuf>,
        store: Option<&Bound<'_, PyAny>>,
        secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Gate> {
        build(py, options::builder(audit, policy_digest, cwd, home, store, secrets)?.policy_file(path))
    }

    /// The gate of this place: the policy named by the environment variable `TOOLGATE_POLICY`, else `toolgate.yaml` in
    /// the working directory or above it. Never raises: without a usable policy everything is denied, and each decision
    /// says why.
    #[staticmethod]
    fn discover(py: Python<'_>) -> Gate {
        Gate::of(py.detach(|| options::with_stores().discover()))
    }

    /// Decides about a tool call, records the decision and returns it. Runs nothing.
    ///
    /// tool: the tool's name as the agent used it.
    /// args: its arguments, a dict of plain values (str, int, float, bool, None, list, tuple, dict) or JSON text of an
    ///     object, the way model APIs deliver them.
    /// principal: who asks: an id, a Principal, or a dict of its fields.
    /// session: a name for the agent run.
    /// call_id: the framework's id of this call; asked again with the same arguments, it is the same call.
    /// approval: the id of the request for consent that this call has waited for.
    /// estimated_cost_usd: what it will cost in US dollars as far as you know, as decimal text such as `"0.0125"` or a
    ///     Decimal; budgets count it until the outcome says what it did cost. A float is refused: it is no exact amount.
    /// framework: the framework that makes the call, such as `langchain`.
    /// server: the MCP server that offers the tool, by your own name for it.
    /// cwd: the directory that this call's relative paths start from.
    /// signals, labels: what you know about the call or the session, such as `injection` or `untrusted`. They can only
    ///     make the answer stricter.
    ///
    /// What is not given comes from `toolgate.context`. Never raises for anything about the call: what cannot be read
    /// is denied with a code such as `call.unsupported_value`.
    ///
    /// >>> decision = gate.guard("stripe.charges.create", {"amount": 2000}, principal="agent:finance-sync")
    /// >>> decision.verdict, decision.code
    /// ('require_approval', 'policy.default')
    #[pyo3(signature = (tool, args=None, *, principal=None, session=None, call_id=None, approval=None, estimated_cost_usd=None, framework=None, server=None, cwd=None, signals=None, labels=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn guard<'py>(
        &self,
        tool: &Bound<'py, PyAny>,
        args: Option<&Bound<'py, PyAny>>,
        principal: Option<Bound<'py, PyAny>>,
        session: Option<Bound<'py, PyAny>>,
        call_id: Option<Bound<'py, PyAny>>,
        approval: Option<Bound<'py, PyAny>>,
        estimated_cost_usd: Option<Bound<'py, PyAny>>,
        framework: Option<Bound<'py, PyAny>>,
        server: Option<Bound<'py, PyAny>>,
        cwd: Option<Bound<'py, PyAny>>,
        signals: Option<Bound<'py, PyAny>>,
        labels: Option<Bound<'py, PyAny>>,
    ) -> Decision {
        let facts = Facts {
            principal,
            session,
            call_id,
            approval,
            estimated_cost_usd,
            framework,
            server,
            cwd,
            signals,
            labels,
        };
        self.decide(tool.py(), call::read(tool, args, &facts))
    }

    /// Decides about a tool call and, if it is allowed, returns `fn(**args)`; a coroutine function gives an awaitable
    /// that does both. The function gets a private copy of the arguments, the one that was decided about. What became
    /// of it is recorded.
    ///
    /// The other keywords are those of `guard`.
    ///
    /// Raises ToolDenied, ApprovalRequired or DryRun if the tool may not run, and whatever the function raises.
    ///
    /// >>> gate.run("read_file", {"path": "/workspace/notes.md"}, read_file, principal="agent:notes")
    #[pyo3(signature = (tool, args, r#fn, **facts), text_signature = "($self, tool, args, fn, *, principal=None, session=None, call_id=None, approval=None, estimated_cost_usd=None, framework=None, server=None, cwd=None, signals=None, labels=None)")]
    fn run<'py>(
        slf: &Bound<'py, Gate>,
        tool: &Bound<'py, PyAny>,
        args: &Bound<'py, PyAny>,
        r#fn: &Bound<'py, PyAny>,
        facts: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        Facts::from_keywords(facts)?; // a slip of the program's, not of the call
        py.import(intern!(py, "toolgate._run"))?.getattr(intern!(py, "run"))?.call1((slf, tool, args, r#fn, facts))
    }

    /// Records what became of a decision, and settles what it has taken from budgets.
    ///
    /// Raises AuditError if the audit log cannot be written, StateError if the state cannot.
    ///
    /// >>> gate.record(decision, toolgate.Outcome("executed", duration_ms=12))
    fn record(&self, py: Python<'_>, decision: &Bound<'_, Decision>, outcome: &Bound<'_, Outcome>) -> PyResult<()> {
        let (decision, outcome) = (&decision.get().core, &outcome.get().core);
        self.aside(py, || self.core.record(decision, outcome)).map_err(|error| error::record_error(py, &error))
    }

    /// How a call is read and what every clause of the policy says of it, as a dict of `verdict`, `code`, `reason` and
    /// `parts`: for the action and each of its effects the `action` and what all `rules` say. Records nothing. The
    /// parameters are those of `guard`; a call that cannot be read has no parts.
    #[pyo3(signature = (tool, args=None, *, principal=None, session=None, call_id=None, approval=None, estimated_cost_usd=None, framework=None, server=None, cwd=None, signals=None, labels=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn explain<'py>(
        &self,
        tool: &Bound<'py, PyAny>,
        args: Option<&Bound<'py, PyAny>>,
        principal: Option<Bound<'py, PyAny>>,
        session: Option<Bound<'py, PyAny>>,
        call_id: Option<Bound<'py, PyAny>>,
        approval: Option<Bound<'py, PyAny>>,
        estimated_cost_usd: Option<Bound<'py, PyAny>>,
        framework: Option<Bound<'py, PyAny>>,
        server: Option<Bound<'py, PyAny>>,
        cwd: Option<Bound<'py, PyAny>>,
        signals: Option<Bound<'py, PyAny>>,
        labels: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let facts = Facts {
            principal,
            session,
            call_id,
            approval,
            estimated_cost_usd,
            framework,
            server,
            cwd,
            signals,
            labels,
        };
        let Attempt { call, error } = call::read(tool, args, &facts);
        let explained = error.map_or_else(|| self.aside(tool.py(), || self.core.explain(&call)), Err);
        let answer = explained.map_or_else(|error| wire::unread_explanation(&error), |found| wire::explanation(&found));
        convert::to_python(tool.py(), &answer)
    }

    /// Loads the policy again. It is swapped whole: a call meets the old one or the new one.
    ///
    /// Raises PolicyError with every problem of the new policy; the old one then stays in force.
    fn reload(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| self.core.reload()).map_err(|error| error::policy_error(py, error))?;
        self.slow.store(is_slow(&self.core), Ordering::Relaxed);
        Ok(())
    }

    /// Checks the whole audit log on disk. A gate without one has nothing that could be wrong.
    ///
    /// Raises AuditError if the log cannot be read.
    fn verify_audit(&self, py: Python<'_>) -> PyResult<Verification> {
        py.detach(|| self.core.verify_audit()).map(Verification::from).map_err(|error| error::audit_error(py, &error))
    }

    /// Whether a decision may take as long as the network or the disk does: the policy has host names looked up, or uses
    /// state that is kept outside this process's memory. Names whose addresses the policy gives itself take no wait.
    #[getter]
    fn waits(&self) -> bool {
        self.core.waits()
    }

    /// The digest of the policy in force, `sha256:…`; empty if there is none.
    #[getter]
    fn policy_hash(&self) -> String {
        self.core.policy_hash().to_string()
    }

    /// The directory of the audit log, or None.
    #[getter]
    fn audit_directory(&self) -> Option<String> {
        self.core.audit_directory().map(|directory| directory.to_string_lossy().into_owned())
    }

    fn __repr__(&self) -> String {
        format!("<Gate {}>", self.core.policy_hash())
    }

    /// As `guard`, with the copy of the arguments that was decided about; for the wrappers.
    fn _check<'py>(
        &self,
        tool: &Bound<'py, PyAny>,
        args: &Bound<'py, PyAny>,
        facts: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<(Decision, Bound<'py, PyAny>)> {
        let py = tool.py();
        let facts = Facts::from_keywords(facts)?;
        let copy = snapshot::take(args)?;
        let attempt = call::read(tool, Some(&copy), &facts);
        let copy = if args.is_exact_instance_of::<PyDict>() {
            copy
        } else {
            convert::map_to_python(py, &attempt.call.args)?.into_any()
        };
        Ok((self.decide(py, attempt), copy))
    }

    /// The recorded deny of a call that the wrappers could not even hand over.
    fn _refuse(&self, py: Python<'_>, tool: &str, code: &str, message: String) -> Decision {
        let code = Code::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(Code::InternalError);
        let call = ToolCall::new(tool, toolgate::Map::default());
        self.decide(py, Attempt { call, error: Some(CallError::new(code, message)) })
    }
}

impl Gate {
    pub(crate) fn of(core: toolgate::Gate) -> Gate {
        let slow = AtomicBool::new(is_slow(&core));
        Gate { core: Arc::new(core), slow, clock: None }
    }

    pub(crate) fn with_clock(self, clock: SettableClock) -> Gate {
        Gate { clock: Some(clock), ..self }
    }

    fn decide(&self, py: Python<'_>, attempt: Attempt) -> Decision {
        let Attempt { call, error } = attempt;
        let decision = self.aside(py, || match &error {
            None => self.core.guard(&call),
            Some(error) => self.core.refuse(&call, error),
        });
        Decision::from(decision)
    }

    /// Lets other threads run while the disk or the network works. Without them that would cost more than it gives.
    fn aside<T: Send>(&self, py: Python<'_>, work: impl FnOnce() -> T + Send) -> T {
        if self.slow.load(Ordering::Relaxed) { py.detach(work) } else { work() }
    }
}

fn is_slow(core: &toolgate::Gate) -> bool {
    core.audit_directory().is_some() || core.waits()
}

pub(crate) fn build(py: Python<'_>, builder: GateBuilder) -> PyResult<Gate> {
    py.detach(|| builder.build()).map(Gate::of).map_err(|error| error::policy_error(py, error))
}
