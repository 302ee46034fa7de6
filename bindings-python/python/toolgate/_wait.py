"""Waits for a person's answer."""

from __future__ import annotations

from math import inf
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from ._errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._native import Gate

# Seconds between two looks, from the first on.
PAUSE_MIN, PAUSE_MAX = 0.02, 1.0


def wait(gate: Gate, id: str, timeout: float | None) -> dict[str, Any]:
    """The body of `Gate.wait`."""
    pauses = _pauses(timeout)
    while True:
        request = _found(id, gate.approval(id))
        pause = next(pauses)
        if request["status"] != "pending" or pause <= 0:
            return request
        sleep(pause)


async def wait_async(gate: Gate, id: str, timeout: float | None) -> dict[str, Any]:
    """The body of `Gate.wait_async`."""
    import asyncio

    pauses = _pauses(timeout)
    while True:
        # A look takes the time that the store does.
        request = _found(id, await asyncio.to_thread(gate.approval, id))
        pause = next(pauses)
        if request["status"] != "pending" or pause <= 0:
            return request
        await asyncio.sleep(pause)


def _pauses(timeout: float | None) -> Iterator[float]:
    """How long to sleep after each look: longer and longer, and 0 once the time is over."""
    end = inf if timeout is None else monotonic() + timeout
    pause = PAUSE_MIN
    while True:
        yield max(0.0, min(pause, end - monotonic()))
        pause = min(pause * 2, PAUSE_MAX)


def _found(id: str, request: dict[str, Any] | None) -> dict[str, Any]:
    if request is None:
        raise StateError(f"there is no request `{id}`", "approval.not_found")
    return request
