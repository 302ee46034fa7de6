"""Ambient facts: nesting, threads, tasks."""

import asyncio
import threading

import pytest
import toolgate
from toolgate import context

ROLES = """
audit: off
default: require_approval
tools: { note: { decision: allow } }
rules:
  - { id: is-a, match: { action: who }, when: 'principal.id == "agent:a"', decision: allow }
  - { id: untrusted, match: { action: note }, when: '"untrusted" in session.labels', decision: require_approval }
  - { id: private, match: { action: note }, when: '"private" in session.labels', decision: deny }
  - { id: injection, match: { action: note, signals: [injection] }, decision: deny }
"""


@pytest.fixture
def gate() -> toolgate.Gate:
    return toolgate.Gate.from_yaml(ROLES)


def test_what_is_said_around_a_call_holds_for_it(gate: toolgate.Gate) -> None:
    assert not gate.guard("who", {})
    with context(principal="agent:a"):
        assert gate.guard("who", {})
        assert gate.run("who", {}, lambda: 1) == 1
    assert not gate.guard("who", {})


def test_the_inner_wins_and_the_call_itself_wins_over_all(gate: toolgate.Gate) -> None:
    with context(principal="agent:a", session="outer"):
        with context(principal=toolgate.Principal("agent:b")):
            assert not gate.guard("who", {})
            assert gate.guard("who", {}, principal="agent:a")
        with context(session="inner"):
            assert gate.guard("who", {})
        assert gate.guard("who", {})
        assert not gate.guard("who", {}, principal={"id": "agent:b"})


def test_labels_and_signals_add_up(gate: toolgate.Gate) -> None:
    with context(labels=["untrusted"]):
        with context(labels=["other"], signals=["odd"]):
            assert gate.guard("note", {}).verdict == "require_approval"
            assert gate.guard("note", {}, labels=("private",)).rules[0] == "private"
            assert gate.guard("note", {}, signals=["injection"]).verdict == "deny"
        assert gate.guard("note", {}, labels=[]).verdict == "require_approval"
    assert gate.guard("note", {}).allowed


def test_paths_start_where_the_context_says(gate: toolgate.Gate) -> None:
    with context(cwd="/srv", framework="langchain", server="files"):
        assert gate.guard("read_file", {"path": "a"}).action["target"] == "/srv/a"
        assert gate.guard("read_file", {"path": "a"}, cwd="/opt").action["target"] == "/opt/a"


def test_it_ends_with_the_block_also_by_an_exception(gate: toolgate.Gate) -> None:
    with pytest.raises(LookupError), context(principal="agent:a"):
        raise LookupError
    assert not gate.guard("who", {})


def test_what_cannot_be_read_is_told_before_anything_runs() -> None:
    for wrong in (
        {"principal": 7},
        {"session": b""},
        {"labels": "untrusted"},
        {"principal": {"idd": "x"}},
        {"cwd": object()},
    ):
        with pytest.raises(ValueError, match="`"), context(**wrong):
            pytest.fail("it ran")
    with pytest.raises(TypeError):
        context(principle="agent:a")  # type: ignore[call-arg]


def test_one_may_be_used_again_but_not_twice_at_once(gate: toolgate.Gate) -> None:
    as_a = context(principal="agent:a")
    for _ in range(2):
        with as_a:
            assert gate.guard("who", {})
    with as_a, pytest.raises(RuntimeError), as_a:
        pytest.fail("it ran")
    assert not gate.guard("who", {})


def test_tasks_have_their_own(gate: toolgate.Gate) -> None:
    async def ask(name: str) -> bool:
        with context(principal=name):
            await asyncio.sleep(0.001)
            return bool(gate.guard("who", {}))

    async def inherited() -> bool:
        await asyncio.sleep(0)
        return bool(gate.guard("who", {}))

    async def use() -> None:
        names = ["agent:a", "agent:b"] * 20
        assert await asyncio.gather(*map(ask, names)) == [name == "agent:a" for name in names]
        with context(principal="agent:a"):
            task = asyncio.create_task(inherited())
        assert await task
        assert not gate.guard("who", {})

    asyncio.run(use())


def test_threads_have_their_own(gate: toolgate.Gate) -> None:
    answers: list[bool] = []
    with context(principal="agent:a"):
        thread = threading.Thread(target=lambda: answers.append(bool(gate.guard("who", {}))))
        thread.start()
        thread.join()
    assert answers == [False]


def test_it_holds_for_guarded_functions(gate: toolgate.Gate) -> None:
    @toolgate.guard("who", gate=gate)
    async def who() -> int:
        return 1

    async def use() -> None:
        with context(principal="agent:a"):
            assert await who() == 1
            running = who()
        # What holds is what holds when it runs.
        with pytest.raises(toolgate.ApprovalRequired):
            await running

    asyncio.run(use())
