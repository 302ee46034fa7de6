"""Threads, forked children and spawned ones share one log."""

import multiprocessing
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
import toolgate
from conftest import POLICY, Records


def in_threads(count: int, work: Callable[[int], None]) -> None:
    failures: list[BaseException] = []

    def one(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_sixteen_threads_decide_at_once(gate: toolgate.Gate) -> None:
    def work(number: int) -> None:
        for n in range(200):
            assert gate.guard("note", {"n": [n, number]}).action["args"] == {"n": [n, number]}
            assert gate.guard("read_file", {"path": f"/etc/{n}"}).verdict == "deny"

    in_threads(16, work)


def test_sixteen_threads_write_one_log(logged: toolgate.Gate, records: Records) -> None:
    def work(number: int) -> None:
        for n in range(20):
            logged.run("note", {"n": n, "thread": number}, lambda n, thread: n)

    in_threads(16, work)
    verification = logged.verify_audit()
    assert verification.ok
    assert verification.records == 1 + 2 * 16 * 20
    assert len({record["decision_id"] for record in records("decision")}) == 16 * 20


def test_decisions_and_reloads_at_once(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    gate = toolgate.Gate(file)

    def work(number: int) -> None:
        for _ in range(10):
            if number % 4 == 0:
                gate.reload()
            else:
                assert gate.guard("note", {}).allowed

    in_threads(8, work)
    assert gate.verify_audit().ok


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_decides_and_writes(logged: toolgate.Gate, records: Records) -> None:
    ids = {logged.guard("note", {"who": "parent"}, call_id="before").id}
    children = [
        in_child(lambda: logged.guard("note", {"who": "child"}, call_id="c").allowed and logged.verify_audit().ok)
        for _ in range(4)
    ]
    ids.add(logged.guard("note", {"who": "parent"}).id)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    assert logged.verify_audit().ok
    recorded = [record["decision_id"] for record in records("decision")]
    assert len(recorded) == len(set(recorded)) == 6
    assert ids < set(recorded)


def in_child(work: Callable[[], bool]) -> int:
    """Forks, and exits with 0 if `work` says so."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    return child


FORK_UNDER_LOAD = """
    import os, threading, warnings
    import toolgate
    warnings.simplefilter("ignore")
    gate = toolgate.Gate.from_yaml({policy!r}, audit={directory!r})
    stop = threading.Event()

    def write():
        n = 0
        while not stop.is_set():
            gate.guard("note", {{"n": n}}, call_id=str(n))
            n += 1

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads: thread.start()
    children = []
    for _ in range(20):
        child = os.fork()
        if child == 0:
            os._exit(0 if gate.guard("note", {{"child": 1}}, call_id="c").allowed else 1)
        children.append(child)
    assert all(os.waitpid(child, 0)[1] == 0 for child in children)
    stop.set()
    for thread in threads: thread.join()
    assert gate.verify_audit().ok
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_forked_while_others_write_is_not_stuck(tmp_path: Path) -> None:
    # In a process of its own, so that a child that hangs ends with it.
    program = textwrap.dedent(FORK_UNDER_LOAD).format(policy=POLICY, directory=str(tmp_path / "audit"))
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@toolgate.guard("note")
def note_it(n: int) -> int:
    return n


@toolgate.guard("unheard")
def held() -> None: ...


def test_spawned_processes_find_the_policy_and_share_the_log(tmp_path: Path) -> None:
    (tmp_path / "toolgate.yaml").write_text(POLICY)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        assert list(pool.map(note_it, range(6))) == list(range(6))
        # An exception comes back as what it was.
        with pytest.raises(toolgate.ApprovalRequired) as error:
            pool.submit(held).result()
    assert error.value.decision.code == "policy.default"
    assert toolgate.default_gate().verify_audit().ok
