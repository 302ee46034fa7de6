"""What Toolgate raises."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import Decision, Gate, Problem


class ToolgateError(Exception):
    """What all exceptions of Toolgate have in common."""


class NotAllowed(ToolgateError):
    """A tool did not run. Its message says what stopped it, the reason and the code, fit to be shown to the model."""

    _what = "not allowed"
    decision: Decision
    """The whole decision. In an exception that came from another process, an object with the same fields."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"{self._what}: {decision.reason} ({decision.code})")
        self.decision = decision

    @property
    def verdict(self) -> str:
        """The decision's."""
        return self.decision.verdict

    @property
    def code(self) -> str:
        """The decision's."""
        return self.decision.code

    def __reduce__(self) -> tuple[Any, ...]:
        return _revived, (type(self), self.args, _fields(self.decision))


class ToolDenied(NotAllowed):
    """The tool may not run. `decision` says why."""

    _what = "denied"


class ApprovalRequired(NotAllowed):
    """The tool may run once a person consents. `approval` says who has to.

    >>> try:
    ...     charge(amount=500)
    ... except toolgate.ApprovalRequired as held:
    ...     if held.wait(timeout=300)["status"] == "approved":
    ...         charge(amount=500)
    """

    _what = "approval required"
    _gate: Gate | None = None

    @property
    def approval(self) -> dict[str, Any]:
        """The decision's: `count`, `distinct`, `from` and `expires_s`, and of the request for consent its `id`, `url`
        and `expires`, each None if nobody was asked because the policy has no `approvals`."""
        return self.decision.approval or {}

    def wait(self, timeout: float | None = None) -> dict[str, Any]:
        """Waits for the request of this call; see `Gate.wait`.

        Raises StateError if nobody was asked, or this exception came from another process.
        """
        gate, id = self._asked()
        return gate.wait(id, timeout)

    async def wait_async(self, timeout: float | None = None) -> dict[str, Any]:
        """As `wait`, for coroutines."""
        gate, id = self._asked()
        return await gate.wait_async(id, timeout)

    def _asked(self) -> tuple[Gate, str]:
        id = self.approval.get("id")
        if id is None:
            raise StateError("nobody was asked to consent: the policy has no `approvals`", "approval.not_found")
        if self._gate is None:
            raise StateError(f"this exception has no gate to ask; wait with `gate.wait({id!r})`")
        return self._gate, id


class DryRun(NotAllowed):
    """The policy wants the tool to be tried without effect, so it did not run."""

    _what = "dry run"


class StateError(ToolgateError):
    """Something could not be done with approvals, budgets or other state. `code` says why, such as
    `approval.expired` or `store.unavailable`."""

    code: str
    """Why, as a word to match on."""

    def __init__(self, message: str, code: str = "store.unavailable") -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.code)


class PolicyError(ToolgateError):
    """A policy was not loaded. Its text shows all problems, each with its place and what to do about it."""

    problems: tuple[Problem, ...]
    """Everything that is wrong with it."""
    code: str
    """`policy.invalid`, `policy.missing` or `policy.digest_mismatch`."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = (), code: str = "policy.invalid") -> None:
        super().__init__(message)
        self.problems = problems
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.problems, self.code)


class AuditError(ToolgateError):
    """The audit log could not be written or read."""

    code = "audit.unwritable"


def not_allowed(decision: Decision, gate: Gate) -> NotAllowed:
    """The exception for a decision of `gate` that lets nothing run."""
    kinds: dict[str, type[NotAllowed]] = {"require_approval": ApprovalRequired, "dry_run": DryRun}
    error = kinds.get(decision.verdict, ToolDenied)(decision)
    if isinstance(error, ApprovalRequired):
        error._gate = gate
    return error


def _fields(decision: Decision) -> dict[str, Any]:
    """What a decision says, as plain values: the decision itself stays in its process."""
    names = "id at verdict observed code reason rules action risk risk_score policy_hash obligations approval allowed"
    return {name: getattr(decision, name) for name in names.split()}


def _revived(kind: type[NotAllowed], args: tuple[Any, ...], fields: dict[str, Any]) -> NotAllowed:
    error = kind.__new__(kind, *args)
    error.decision = SimpleNamespace(**fields)  # type: ignore[assignment]
    return error
