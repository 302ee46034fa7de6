"""What the native half offers. Its documentation stands in the Rust sources and in `help(toolgate.Gate)`."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime
from decimal import Decimal
from os import PathLike
from typing import IO, Any, Literal, TypeAlias, TypeVar, final

__all__ = [
    "Ambient",
    "Broken",
    "Decision",
    "Gate",
    "Outcome",
    "Principal",
    "Problem",
    "Verification",
    "__version__",
    "_convert_only",
    "_open_beneath",
    "ambient",
    "redact",
]

__version__: str
ambient: ContextVar[Ambient | None]

_Path: TypeAlias = str | PathLike[str]
_Principal: TypeAlias = str | Principal | Mapping[str, Any]
_Approver: TypeAlias = str | Mapping[str, Any]
_Status: TypeAlias = Literal["pending", "approved", "denied", "cancelled", "used", "expired"]
_Texts: TypeAlias = Sequence[str]
_Verdict: TypeAlias = Literal["allow", "deny", "require_approval", "dry_run"]
_Result = TypeVar("_Result")

def redact(value: Any) -> Any: ...
def _open_beneath(root: str, path: str, flags: Mapping[str, bool]) -> int: ...
def _convert_only(tool: Any, args: Any) -> bool: ...

@final
class Gate:
    def __new__(
        cls,
        policy: _Path | None = None,
        *,
        audit: Literal[False] | _Path | None = None,
        policy_digest: str | None = None,
        cwd: _Path | None = None,
        home: _Path | None = None,
        store: _Path | None = None,
        secrets: Sequence[str | bytes] | None = None,
    ) -> Gate: ...
    @staticmethod
    def from_yaml(
        text: str,
        *,
        audit: Literal[False] | _Path | None = None,
        policy_digest: str | None = None,
        cwd: _Path | None = None,
        home: _Path | None = None,
        store: _Path | None = None,
        secrets: Sequence[str | bytes] | None = None,
    ) -> Gate: ...
    @staticmethod
    def from_file(
        path: _Path,
        *,
        audit: Literal[False] | _Path | None = None,
        policy_digest: str | None = None,
        cwd: _Path | None = None,
        home: _Path | None = None,
        store: _Path | None = None,
        secrets: Sequence[str | bytes] | None = None,
    ) -> Gate: ...
    @staticmethod
    def discover() -> Gate: ...
    def guard(
        self,
        tool: str,
        args: Mapping[str, Any] | str | None = None,
        *,
        principal: _Principal | None = None,
        session: str | None = None,
        call_id: str | None = None,
        approval: str | None = None,
        estimated_cost_usd: str | Decimal | None = None,
        framework: str | None = None,
        server: str | None = None,
        cwd: str | None = None,
        signals: _Texts | None = None,
        labels: _Texts | None = None,
    ) -> Decision: ...
    # A coroutine function gives an awaitable, of the same type as any other result.
    def run(
        self,
        tool: str,
        args: Mapping[str, Any] | str | None,
        fn: Callable[..., _Result],
        *,
        principal: _Principal | None = None,
        session: str | None = None,
        call_id: str | None = None,
        approval: str | None = None,
        estimated_cost_usd: str | Decimal | None = None,
        framework: str | None = None,
        server: str | None = None,
        cwd: str | None = None,
        signals: _Texts | None = None,
        labels: _Texts | None = None,
    ) -> _Result: ...
    def record(self, decision: Decision, outcome: Outcome) -> None: ...
    def explain(
        self,
        tool: str,
        args: Mapping[str, Any] | str | None = None,
        *,
        principal: _Principal | None = None,
        session: str | None = None,
        call_id: str | None = None,
        approval: str | None = None,
        estimated_cost_usd: str | Decimal | None = None,
        framework: str | None = None,
        server: str | None = None,
        cwd: str | None = None,
        signals: _Texts | None = None,
        labels: _Texts | None = None,
    ) -> dict[str, Any]: ...
    def reload(self) -> None: ...
    def approval_token(self, id: str, to: str | None = None) -> str: ...
    def approve(
        self,
        request: str,
        approver: _Approver,
        *,
        reason: str | None = None,
        args: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]: ...
    def deny_approval(self, request: str, approver: _Approver, *, reason: str | None = None) -> dict[str, Any]: ...
    def delegate_approval(self, request: str, approver: _Approver, to: str) -> dict[str, Any]: ...
    def cancel_approval(self, id: str) -> dict[str, Any]: ...
    def approval(self, id: str) -> dict[str, Any] | None: ...
    def approvals(self, status: _Status | None = None) -> list[dict[str, Any]]: ...
    def wait(self, id: str, timeout: float | None = None) -> dict[str, Any]: ...
    async def wait_async(self, id: str, timeout: float | None = None) -> dict[str, Any]: ...
    def grant(
        self,
        *,
        principal: str,
        action: str,
        target: str,
        by: str,
        expires: str | datetime,
        session: str | None = None,
        uses: int | None = None,
        reason: str | None = None,
    ) -> dict[str, Any]: ...
    def grants(self) -> list[dict[str, Any]]: ...
    def revoke(self, id: str) -> bool: ...
    def kill(
        self,
        *,
        principal: str | None = None,
        role: str | None = None,
        tool: str | None = None,
        action: str | None = None,
        reason: str | None = None,
        by: str | None = None,
    ) -> dict[str, Any]: ...
    def unkill(self, id: str) -> bool: ...
    def switches(self) -> list[dict[str, Any]]: ...
    def register(
        self,
        id: str,
        *,
        role: str | None = None,
        owner: str | None = None,
        state: Literal["active", "suspended"] | None = None,
        expires: str | datetime | None = None,
    ) -> dict[str, Any]: ...
    def agent(self, id: str) -> dict[str, Any] | None: ...
    def agents(self) -> list[dict[str, Any]]: ...
    def new_key(self, id: str) -> str: ...
    def verify_audit(self) -> Verification: ...
    @property
    def waits(self) -> bool: ...
    @property
    def policy_hash(self) -> str: ...
    @property
    def audit_directory(self) -> str | None: ...
    def _check(self, tool: Any, args: Any, facts: Mapping[str, Any] | None) -> tuple[Decision, dict[str, Any]]: ...
    @staticmethod
    def _at(
        text: str,
        now: str,
        cwd: str,
        home: str,
        files: Mapping[str, str] | None = None,
        id_seed: int | None = None,
        secrets: Sequence[str | bytes] | None = None,
    ) -> Gate: ...
    def _set_now(self, now: str) -> None: ...
    def _operate(self, operation: str, args: Mapping[str, Any]) -> Any: ...
    def _refuse(self, tool: str, code: str, message: str) -> Decision: ...

@final
class Decision:
    @property
    def id(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def verdict(self) -> _Verdict: ...
    @property
    def observed(self) -> _Verdict | None: ...
    @property
    def code(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def rules(self) -> tuple[str, ...]: ...
    @property
    def action(self) -> dict[str, Any]: ...
    @property
    def risk(self) -> dict[str, Any]: ...
    @property
    def risk_score(self) -> int: ...
    @property
    def policy_hash(self) -> str: ...
    @property
    def obligations(self) -> list[dict[str, Any]]: ...
    @property
    def real_path(self) -> str | None: ...
    def open(
        self,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]: ...
    def _open(self, flags: Mapping[str, bool]) -> int: ...
    @property
    def approval(self) -> dict[str, Any] | None: ...
    @property
    def allowed(self) -> bool: ...
    def to_dict(self) -> dict[str, Any]: ...
    def to_json(self) -> str: ...
    def __bool__(self) -> bool: ...

@final
class Principal:
    def __new__(
        cls,
        id: str,
        *,
        role: str | None = None,
        on_behalf_of: _Texts | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> Principal: ...
    @property
    def id(self) -> str: ...
    @property
    def role(self) -> str | None: ...
    @property
    def on_behalf_of(self) -> tuple[str, ...]: ...
    @property
    def attributes(self) -> dict[str, Any]: ...

@final
class Outcome:
    def __new__(
        cls,
        status: Literal["executed", "failed", "skipped"],
        *,
        duration_ms: int | None = None,
        cost_usd: str | None = None,
        tokens: int | None = None,
        result_digest: str | None = None,
        error: str | None = None,
    ) -> Outcome: ...
    @property
    def status(self) -> Literal["executed", "failed", "skipped"]: ...
    @property
    def duration_ms(self) -> int | None: ...
    @property
    def cost_usd(self) -> str | None: ...
    @property
    def tokens(self) -> int | None: ...
    @property
    def result_digest(self) -> str | None: ...
    @property
    def error(self) -> str | None: ...

@final
class Verification:
    @property
    def records(self) -> int: ...
    @property
    def files(self) -> int: ...
    @property
    def problem(self) -> Broken | None: ...
    @property
    def ok(self) -> bool: ...

@final
class Broken:
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def seq(self) -> int: ...
    @property
    def why(self) -> str: ...

@final
class Problem:
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def help(self) -> str: ...

@final
class Ambient:
    def __new__(
        cls,
        outer: Ambient | None = None,
        *,
        principal: _Principal | None = None,
        session: str | None = None,
        framework: str | None = None,
        server: str | None = None,
        cwd: str | None = None,
        signals: _Texts | None = None,
        labels: _Texts | None = None,
    ) -> Ambient: ...
