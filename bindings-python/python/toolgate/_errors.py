"""What Toolgate raises."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._native import Decision, Problem


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
    """The tool may run once a person consents. `decision.approval` says who has to."""

    _what = "approval required"


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


def not_allowed(decision: Decision) -> NotAllowed:
    """The exception for a decision that lets nothing run."""
    kinds: dict[str, type[NotAllowed]] = {"require_approval": ApprovalRequired, "dry_run": DryRun}
    return kinds.get(decision.verdict, ToolDenied)(decision)


def _fields(decision: Decision) -> dict[str, Any]:
    """What a decision says, as plain values: the decision itself stays in its process."""
    names = "id at verdict observed code reason rules action risk risk_score policy_hash obligations approval allowed"
    return {name: getattr(decision, name) for name in names.split()}


def _revived(kind: type[NotAllowed], args: tuple[Any, ...], fields: dict[str, Any]) -> NotAllowed:
    error = kind.__new__(kind, *args)
    error.decision = SimpleNamespace(**fields)  # type: ignore[assignment]
    return error
