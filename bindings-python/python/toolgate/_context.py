"""What holds for all calls within a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import Token
from typing import TYPE_CHECKING, Any

from ._native import Ambient, ambient

if TYPE_CHECKING:
    from types import TracebackType

    from ._native import Principal


class context:
    """Says who asks, and what else holds for all tool calls within a `with` block.

    principal: who asks: an id, a Principal, or a dict of its fields.
    session: a name for the agent run.
    labels, signals: what you know about the session or the calls, such as `untrusted` or `injection`. They can only
        make answers stricter, so those of nested contexts and of the call itself add up.
    server: the MCP server that offers the tools. framework: the framework that makes the calls.
    cwd: the directory that relative paths start from.

    What a nested context or the call itself says wins over the outer one. Each thread has its own context, and an
    asyncio task starts with a copy of its maker's.

    Raises ValueError for what cannot be read, before anything runs.

    >>> with toolgate.context(principal="agent:finance-sync", session="run-7", labels=["untrusted"]):
    ...     charge(amount=2000, currency="eur")
    """

    __slots__ = ("_facts", "_token")

    def __init__(
        self,
        *,
        principal: str | Principal | Mapping[str, Any] | None = None,
        session: str | None = None,
        labels: Sequence[str] | None = None,
        signals: Sequence[str] | None = None,
        server: str | None = None,
        framework: str | None = None,
        cwd: str | None = None,
    ) -> None:
        self._facts: dict[str, Any] = {
            "principal": principal,
            "session": session,
            "labels": labels,
            "signals": signals,
            "server": server,
            "framework": framework,
            "cwd": cwd,
        }
        self._token: Token[Ambient | None] | None = None

    def __enter__(self) -> None:
        if self._token is not None:
            raise RuntimeError("this context is in use; make another with toolgate.context(...)")
        self._token = ambient.set(Ambient(ambient.get(), **self._facts))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        token, self._token = self._token, None
        if token is not None:
            ambient.reset(token)
