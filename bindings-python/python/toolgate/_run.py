"""Runs a tool that was decided about, and records what became of it."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ._errors import NotAllowed, not_allowed
from ._native import Decision, Gate, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType


def run(gate: Gate, tool: Any, args: Any, fn: Callable[..., Any], facts: Mapping[str, Any] | None) -> Any:
    """The body of `Gate.run`."""
    from inspect import iscoroutinefunction

    if iscoroutinefunction(fn):
        return _run_async(gate, tool, args, fn, facts)
    decision, snapshot = check(gate, tool, args, facts)
    with Running(gate, decision):
        return fn(**snapshot)


async def _run_async(gate: Gate, tool: Any, args: Any, fn: Callable[..., Any], facts: Mapping[str, Any] | None) -> Any:
    decision, snapshot = check(gate, tool, args, facts)
    with Running(gate, decision):
        return await fn(**snapshot)


def check(gate: Gate, tool: Any, args: Any, facts: Mapping[str, Any] | None) -> tuple[Decision, dict[str, Any]]:
    """The decision that lets a tool run, and the copy of its arguments that was decided about.

    Raises for every other decision, and for anything that goes wrong on the way to one.
    """
    try:
        decision, snapshot = gate._check(tool, args, facts)
    except Exception as error:
        raise refused(gate, tool, "internal.error", f"the guard failed inside: {type(error).__name__}") from error
    if decision.verdict != "allow":
        raise not_allowed(decision, gate)
    return decision, snapshot


def refused(gate: Gate, tool: Any, code: str, message: str) -> NotAllowed:
    """The exception for a call that could not be handed to the gate; the deny is recorded."""
    return not_allowed(gate._refuse(str(tool), code, message), gate)


class Running:
    """Records how long a tool ran and whether it failed. Of an exception only the type is recorded: its text may hold
    what the tool has seen."""

    __slots__ = ("_decision", "_gate", "_started")

    def __init__(self, gate: Gate, decision: Decision) -> None:
        self._gate = gate
        self._decision = decision

    def __enter__(self) -> None:
        self._started = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A generator that is closed early did what it was asked for.
        failed = kind is not None and not issubclass(kind, GeneratorExit)
        outcome = Outcome(
            "failed" if failed else "executed",
            duration_ms=round((perf_counter() - self._started) * 1000),
            error=kind.__name__ if kind is not None and failed else None,
        )
        # The tool has run: what it returned counts, also if that can no longer be written down.
        with suppress(Exception):
            self._gate.record(self._decision, outcome)
