"""`gate.run`: decide and run in one step."""

import asyncio
import inspect
from typing import Any

import pytest
import toolgate
from conftest import Records


def test_it_runs_what_is_allowed_with_a_copy(gate: toolgate.Gate) -> None:
    args: dict[str, Any] = {"items": [1]}
    result = gate.run("note", args, lambda items: items)
    assert result == [1]
    assert result is not args["items"]


def test_it_does_not_run_anything_else(gate: toolgate.Gate) -> None:
    with pytest.raises(toolgate.ToolDenied):
        gate.run("read_file", {"path": "/etc/passwd"}, lambda path: pytest.fail("it ran"))
    with pytest.raises(toolgate.ApprovalRequired):
        gate.run("unheard", {}, lambda: pytest.fail("it ran"))
    with pytest.raises(toolgate.ToolDenied, match="call.unsupported_value"):
        gate.run("note", {"a": b""}, lambda a: pytest.fail("it ran"))


def test_a_coroutine_function_gives_an_awaitable(gate: toolgate.Gate) -> None:
    async def note(text: str) -> str:
        await asyncio.sleep(0)
        return text

    async def use() -> None:
        running = gate.run("note", {"text": "x"}, note)
        assert inspect.isawaitable(running)
        assert await running == "x"
        with pytest.raises(toolgate.ApprovalRequired):
            await gate.run("unheard", {"text": "x"}, note)

    asyncio.run(use())


def test_arguments_may_come_as_json(gate: toolgate.Gate) -> None:
    assert gate.run("note", '{"text": "x", "n": [1, 2.5, null]}', lambda text, n: (text, n)) == ("x", [1, 2.5, None])
    assert gate.run("note", "", lambda: 7) == 7
    assert gate.run("note", None, lambda: 7) == 7
    with pytest.raises(toolgate.ToolDenied, match="call.duplicate_key"):
        gate.run("note", '{"a": 1, "a": 2}', lambda a: pytest.fail("it ran"))


def test_the_outcome_is_recorded(logged: toolgate.Gate, records: Records) -> None:
    def fails() -> None:
        raise LookupError("hunter2")

    logged.run("note", {}, lambda: 1, principal="agent:a", session="s")
    with pytest.raises(LookupError):
        logged.run("note", {}, fails)
    outcomes = [record["outcome"] for record in records("execution")]
    assert [(outcome["status"], outcome.get("error")) for outcome in outcomes] == [
        ("executed", None),
        ("failed", "LookupError"),
    ]
    assert all(isinstance(outcome["duration_ms"], int) for outcome in outcomes)
    assert records("decision")[0]["actor"] == "agent:a"
