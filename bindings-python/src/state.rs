//! What is kept of a gate's state, as Python shows it: approvals, grants, kill switches and agents. Each method is one
//! operation of the core.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use toolgate::error::CallError;
use toolgate::{Map, Value, wire};

use crate::gate::Gate;
use crate::{convert, error};

type Given<'a, 'py> = Option<&'a Bound<'py, PyAny>>;
type Answer<'py> = PyResult<Bound<'py, PyAny>>;

#[pymethods]
impl Gate {
    /// A token with which a request for consent can be answered, to be sent to whoever may. With `to` it is that
    /// approver's alone and shows who they are; without, nobody knows who uses it.
    ///
    /// Raises StateError if there is no such request (`approval.not_found`), it is answered or over, or there is no
    /// secret to sign with (`approval.unknown_key`).
    ///
    /// >>> token = gate.approval_token(decision.approval["id"], to="alice")
    #[pyo3(signature = (id, to=None))]
    fn approval_token<'py>(&self, id: &Bound<'py, PyAny>, to: Given<'_, 'py>) -> Answer<'py> {
        self.operate(id.py(), "approval_token", [("id", Some(id)), ("to", to)])
    }

    /// Consents to a request and returns it as it then stands; see `approval`. The call can then be made, once.
    ///
    /// request: its id, or a token of it.
    /// approver: a name, which anybody can type and nobody vouches for, or a dict of `id`, `role` and `verified`; say
    ///     `verified: True` only for someone whom your program has identified.
    /// reason: why, for the log.
    /// args: the arguments to run with instead of those that were asked for. The call is decided about anew, and what
    ///     the policy denies nobody can consent to (`approval.edit_refused`). Make the call with these arguments and
    ///     `approval=` the request's id.
    ///
    /// Raises StateError if this consent does not count, with a code such as `approval.not_approver`,
    /// `approval.already_decided` or `approval.expired`.
    ///
    /// >>> gate.approve(id, {"id": "alice", "role": "lead", "verified": True}, reason="checked")["status"]
    /// 'approved'
    #[pyo3(signature = (request, approver, *, reason=None, args=None))]
    fn approve<'py>(
        &self,
        request: &Bound<'py, PyAny>,
        approver: &Bound<'py, PyAny>,
        reason: Given<'_, 'py>,
        args: Given<'_, 'py>,
    ) -> Answer<'py> {
        let given = [("request", Some(request)), ("approver", Some(approver)), ("reason", reason), ("args", args)];
        self.operate(request.py(), "approve", given)
    }

    /// Says no to a request and returns it. The call stays denied, with `reason`, until the request expires. The
    /// parameters and errors are those of `approve`.
    ///
    /// >>> gate.deny_approval(id, "alice", reason="not this month")["status"]
    /// 'denied'
    #[pyo3(signature = (request, approver, *, reason=None))]
    fn deny_approval<'py>(
        &self,
        request: &Bound<'py, PyAny>,
        approver: &Bound<'py, PyAny>,
        reason: Given<'_, 'py>,
    ) -> Answer<'py> {
        let given = [("request", Some(request)), ("approver", Some(approver)), ("reason", reason)];
        self.operate(request.py(), "deny_approval", given)
    }

    /// Lets the approver `to` answer a request in the stead of `approver`, and returns it. The errors are those of
    /// `approve`.
    ///
    /// >>> gate.delegate_approval(id, {"id": "alice", "verified": True}, "bob")
    fn delegate_approval<'py>(
        &self,
        request: &Bound<'py, PyAny>,
        approver: &Bound<'py, PyAny>,
        to: &Bound<'py, PyAny>,
    ) -> Answer<'py> {
        let given = [("request", Some(request)), ("approver", Some(approver)), ("to", Some(to))];
        self.operate(request.py(), "delegate_approval", given)
    }

    /// Withdraws a request and returns it.
    ///
    /// Raises StateError if there is no such request or it is over.
    ///
    /// >>> gate.cancel_approval(id)["status"]
    /// 'cancelled'
    fn cancel_approval<'py>(&self, id: &Bound<'py, PyAny>) -> Answer<'py> {
        self.operate(id.py(), "cancel_approval", [("id", Some(id))])
    }

    /// A request for consent as a new dict, or None if there is none of that id: its `id`, its `status` (`pending`,
    /// `approved`, `denied`, `cancelled`, `used` or `expired`), how many consents are `missing`, what a person is
    /// `shown` of the call (secrets taken out), the `votes` so far, the arguments if they were `edited`, `created` and
    /// `expires` as RFC 3339 text, and more.
    ///
    /// Raises StateError if the state cannot be read.
    ///
    /// >>> gate.approval(id)["shown"]["args"]
    /// {'amount': 500, 'currency': 'eur'}
    fn approval<'py>(&self, id: &Bound<'py, PyAny>) -> Answer<'py> {
        self.operate(id.py(), "approval", [("id", Some(id))])
    }

    /// The requests for consent that stand like `status` now, oldest first; without it all that are kept. See
    /// `approval`.
    ///
    /// Raises StateError if the state cannot be read, or for a status that there is not.
    ///
    /// >>> [request["shown"]["tool"] for request in gate.approvals("pending")]
    /// ['stripe.charges.create']
    #[pyo3(signature = (status=None))]
    fn approvals<'py>(&self, py: Python<'py>, status: Given<'_, 'py>) -> Answer<'py> {
        self.operate(py, "approvals", [("status", status)])
    }

    /// Waits until a request is answered or over, at most `timeout` seconds, and returns it; if it still waits then, its
    /// `status` is `pending`. The thread sleeps meanwhile; Ctrl-C ends the wait.
    ///
    /// Raises StateError if the state cannot be read, or there is no such request.
    ///
    /// >>> gate.wait(decision.approval["id"], timeout=300)["status"]
    /// 'approved'
    #[pyo3(signature = (id, timeout=None))]
    fn wait<'py>(slf: &Bound<'py, Gate>, id: &Bound<'py, PyAny>, timeout: Given<'_, 'py>) -> Answer<'py> {
        let wait = slf.py().import(intern!(slf.py(), "toolgate._wait"))?.getattr(intern!(slf.py(), "wait"))?;
        wait.call1((slf, id, timeout))
    }

    /// As `wait`, for coroutines: other tasks run meanwhile.
    ///
    /// >>> (await gate.wait_async(decision.approval["id"], timeout=300))["status"]
    /// 'approved'
    #[pyo3(signature = (id, timeout=None))]
    fn wait_async<'py>(slf: &Bound<'py, Gate>, id: &Bound<'py, PyAny>, timeout: Given<'_, 'py>) -> Answer<'py> {
        let wait = slf.py().import(intern!(slf.py(), "toolgate._wait"))?.getattr(intern!(slf.py(), "wait_async"))?;
        wait.call1((slf, id, timeout))
    }

    /// Consents beforehand and returns the grant: a new dict of `id`, `terms` (what was given here), `by`, `created` and
    /// how often it was `used`.
    ///
    /// principal: whose calls, an id or a pattern of ids.
    /// action: the action's type, such as `file.delete`.
    /// target: its target, or a pattern such as `/workspace/build/*`.
    /// by: who consents.
    /// expires: until when, as RFC 3339 text or a datetime with a zone.
    /// session: only for this session. uses: only so often. reason: why.
    ///
    /// Raises StateError if the terms make no sense (`call.malformed_args`) or the state cannot be written.
    ///
    /// >>> gate.grant(principal="agent:a", action="file.delete", target="/workspace/build/*", by="alice",
    /// ...            expires="2026-12-31T00:00:00Z", uses=10)["id"]
    /// 'grn_…'
    #[pyo3(signature = (*, principal, action, target, by, expires, session=None, uses=None, reason=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn grant<'py>(
        &self,
        principal: &Bound<'py, PyAny>,
        action: &Bound<'py, PyAny>,
        target: &Bound<'py, PyAny>,
        by: &Bound<'py, PyAny>,
        expires: &Bound<'py, PyAny>,
        session: Given<'_, 'py>,
        uses: Given<'_, 'py>,
        reason: Given<'_, 'py>,
    ) -> Answer<'py> {
        let given = [
            ("principal", Some(principal)),
            ("action", Some(action)),
            ("target", Some(target)),
            ("by", Some(by)),
            ("expires", Some(expires)),
            ("session", session),
            ("uses", uses),
            ("reason", reason),
        ];
        self.operate(principal.py(), "grant", given)
    }

    /// All grants, oldest first, also those that are used up or over. See `grant`.
    ///
    /// Raises StateError if the state cannot be read.
    ///
    /// >>> [(grant["id"], grant["used"]) for grant in gate.grants()]
    fn grants<'py>(&self, py: Python<'py>) -> Answer<'py> {
        self.operate(py, "grants", [])
    }

    /// Takes a grant back. Returns whether there was one.
    ///
    /// Raises StateError if the state cannot be written.
    ///
    /// >>> gate.revoke(grant["id"])
    /// True
    fn revoke<'py>(&self, id: &Bound<'py, PyAny>) -> Answer<'py> {
        self.operate(id.py(), "revoke", [("id", Some(id))])
    }

    /// Turns a kill switch on and returns it: a new dict of its `id`, of what was given here and of `at`. Every process
    /// that shares the state sees it at its next call and denies with `kill_switch.on`, whatever its policy says.
    ///
    /// principal, role, tool, action: what to stop, names or patterns. Of several, only calls that fit them all are
    ///     stopped; without any, everything is.
    /// reason, by: why and by whom, for the denied and for the log.
    ///
    /// Raises StateError if the state cannot be written.
    ///
    /// >>> gate.kill(principal="agent:a", reason="incident 12")["id"]
    /// 'principal:agent:a'
    #[pyo3(signature = (*, principal=None, role=None, tool=None, action=None, reason=None, by=None))]
    #[allow(clippy::too_many_arguments)] // they are the keywords of the method
    fn kill<'py>(
        &self,
        py: Python<'py>,
        principal: Given<'_, 'py>,
        role: Given<'_, 'py>,
        tool: Given<'_, 'py>,
        action: Given<'_, 'py>,
        reason: Given<'_, 'py>,
        by: Given<'_, 'py>,
    ) -> Answer<'py> {
        let given = [
            ("principal", principal),
            ("role", role),
            ("tool", tool),
            ("action", action),
            ("reason", reason),
            ("by", by),
        ];
        self.operate(py, "kill", given)
    }

    /// Turns a kill switch off, by its id. Returns whether it was on.
    ///
    /// Raises StateError if the state cannot be written.
    ///
    /// >>> gate.unkill("principal:agent:a")
    /// True
    fn unkill<'py>(&self, id: &Bound<'py, PyAny>) -> Answer<'py> {
        self.operate(id.py(), "unkill", [("id", Some(id))])
    }

    /// The kill switches that are on, oldest first. See `kill`.
    ///
    /// Raises StateError if the state cannot be read.
    ///
    /// >>> [switch["id"] for switch in gate.switches()]
    fn switches<'py>(&self, py: Python<'py>) -> Answer<'py> {
        self.operate(py, "switches", [])
    }

    /// Registers an agent, or replaces what is registered of it, and returns it: a new dict of what was given here and,
    /// if it has a key, its `key_hash`. A policy with `principals: { require: registered }` denies all others.
    ///
    /// id: the principal's id.
    /// role: the role it has; calls of it in another are denied. owner: who answers for it.
    /// state: `active`, which is the default, or `suspended`.
    /// expires: until when it may work, as RFC 3339 text or a datetime with a zone.
    ///
    /// Raises StateError if that makes no sense (`call.malformed_args`) or the state cannot be written.
    ///
    /// >>> gate.register("agent:a", role="prod", owner="alice")
    /// {'id': 'agent:a', 'owner': 'alice', 'role': 'prod', 'state': 'active'}
    #[pyo3(signature = (id, *, role=None, owner=None, state=None, expires=None))]
    fn register<'py>(
        &self,
        id: &Bound<'py, PyAny>,
        role: Given<'_, 'py>,
        owner: Given<'_, 'py>,
        state: Given<'_, 'py>,
        expires: Given<'_, 'py>,
    ) -> Answer<'py> {
        let given = [("id", Some(id)), ("role", role), ("owner", owner), ("state", state), ("expires", expires)];
        self.operate(id.py(), "register", given)
    }

    /// A registered agent, or None. See `register`.
    ///
    /// Raises StateError if the state cannot be read.
    ///
    /// >>> gate.agent("agent:a")["state"]
    /// 'active'
    fn agent<'py>(&self, id: &Bound<'py, PyAny>) -> Answer<'py> {
        self.operate(id.py(), "agent", [("id", Some(id))])
    }

    /// All registered agents. See `register`.
    ///
    /// Raises StateError if the state cannot be read.
    ///
    /// >>> [agent["id"] for agent in gate.agents()]
    fn agents<'py>(&self, py: Python<'py>) -> Answer<'py> {
        self.operate(py, "agents", [])
    }

    /// Makes a new API key for a registered agent and returns it, `tgk_…`. It is told this once: only its hash is kept,
    /// and one that the agent had before is no good any more.
    ///
    /// Raises StateError if there is no such agent (`principal.unregistered`) or the state cannot be written.
    ///
    /// >>> key = gate.new_key("agent:a")
    fn new_key<'py>(&self, id: &Bound<'py, PyAny>) -> Answer<'py> {
        self.operate(id.py(), "new_key", [("id", Some(id))])
    }

    /// Any operation by its name in the wire form, for the vectors.
    fn _operate<'py>(&self, operation: &str, args: &Bound<'py, PyDict>) -> Answer<'py> {
        let py = args.py();
        let args = convert::arguments(args).map_err(|error| error::state_error(py, error.code, &error.message))?;
        self.answer(py, operation, &args)
    }
}

impl Gate {
    /// Does an operation with those of its arguments that are given.
    fn operate<'py, const N: usize>(
        &self,
        py: Python<'py>,
        operation: &str,
        args: [(&'static str, Given<'_, 'py>); N],
    ) -> Answer<'py> {
        let given = args.into_iter().filter_map(|(name, given)| Some((name, given?)));
        let read = given.map(|(name, given)| Ok((Arc::from(name), argument(given, name)?)));
        let args = read.collect::<Result<_, CallError>>().and_then(Map::from_pairs);
        let args = args.map_err(|error| error::state_error(py, error.code, &error.message))?;
        self.answer(py, operation, &args)
    }

    fn answer<'py>(&self, py: Python<'py>, operation: &str, args: &Map) -> Answer<'py> {
        let answer = py.detach(|| wire::operate(&self.core, operation, args));
        let answer = answer.map_err(|refused| error::state_error(py, refused.code, &refused.message))?;
        convert::to_python(py, &answer)
    }
}

/// A plain value; of a moment, its text.
fn argument(given: &Bound<'_, PyAny>, name: &'static str) -> Result<Value, CallError> {
    match moment(given) {
        Ok(Some(text)) => convert::value(&text, name),
        _ => convert::value(given, name),
    }
}

fn moment<'py>(given: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = given.py();
    let class = py.import(intern!(py, "datetime"))?.getattr(intern!(py, "datetime"))?;
    if given.is_instance(&class)? { given.call_method0(intern!(py, "isoformat")).map(Some) } else { Ok(None) }
}
