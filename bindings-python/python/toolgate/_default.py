"""The gate that is used where none is given."""

from __future__ import annotations

import os
from _thread import allocate_lock

from ._native import Gate

_gate: Gate | None = None
_building = allocate_lock()


def default_gate() -> Gate:
    """The gate that `@guard` uses where none is given.

    It is built once, at the first use: by the policy named by the environment variable `TOOLGATE_POLICY`, else by the
    nearest `toolgate.yaml` in the working directory or above it. Without a usable policy it denies everything, and each
    decision says why and what to do.
    """
    global _gate
    if _gate is None:
        with _building:
            if _gate is None:
                _gate = Gate.discover()
    return _gate


def set_default_gate(gate: Gate | None) -> None:
    """Makes `gate` the one that `@guard` uses where none is given. None looks for the policy anew, at the next use."""
    global _gate
    if gate is not None and not isinstance(gate, Gate):
        raise TypeError(f"`gate` is a toolgate.Gate or None, not {type(gate).__name__}")
    _gate = gate


def _new_lock() -> None:
    global _building
    _building = allocate_lock()


# Another thread may have been building the gate when this process was forked; its lock would never open.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_new_lock)
