"""Toolgate decides whether an AI agent's tool call may run.

A tool call is mapped to a canonical action; the policy is evaluated for it; the decision is recorded and returned.

    import toolgate

    @toolgate.guard("stripe.charges.create")
    def charge(amount: int, currency: str) -> str:
        ...

    with toolgate.context(principal="agent:finance-sync", session="run-7"):
        charge(amount=2000, currency="eur")    # runs, or raises ToolDenied, ApprovalRequired or DryRun

The policy is the file named by the environment variable `TOOLGATE_POLICY`, else the nearest `toolgate.yaml`; without
one nothing is allowed. `Gate` gives every other way.
"""

from ._context import context
from ._default import default_gate, set_default_gate
from ._errors import (
    ApprovalRequired,
    AuditError,
    DryRun,
    NotAllowed,
    PolicyError,
    StateError,
    ToolDenied,
    ToolgateError,
)
from ._guard import guard
from ._native import Broken, Decision, Gate, Outcome, Principal, Problem, Verification, __version__, redact
from ._open import open_beneath

__all__ = [
    "ApprovalRequired",
    "AuditError",
    "Broken",
    "Decision",
    "DryRun",
    "Gate",
    "NotAllowed",
    "Outcome",
    "PolicyError",
    "Principal",
    "Problem",
    "StateError",
    "ToolDenied",
    "ToolgateError",
    "Verification",
    "__version__",
    "context",
    "default_gate",
    "guard",
    "open_beneath",
    "redact",
    "set_default_gate",
]
