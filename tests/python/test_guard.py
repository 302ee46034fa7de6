"""The decorator: what it decides about, what the function gets, and what stays of the function."""

import asyncio
import functools
import inspect
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest
import toolgate
from conftest import POLICY, Records
from toolgate import guard


@pytest.fixture(autouse=True)
def _gate(gate: toolgate.Gate) -> None:
    toolgate.set_default_gate(gate)


def seen(error: pytest.ExceptionInfo[toolgate.ToolDenied]) -> dict[str, Any]:
    """The arguments that the policy saw."""
    arguments: dict[str, Any] = error.value.decision.action["args"]
    return arguments


# --- forms -----------------------------------------------------------------------------------------------------------


def test_plain_the_functions_name_is_the_tools() -> None:
    ran: list[str] = []

    @guard
    def read_file(path: str) -> str:
        ran.append(path)
        return path

    assert read_file("/workspace/a") == "/workspace/a"
    with pytest.raises(toolgate.ToolDenied) as error:
        read_file("/etc/passwd")
    assert error.value.decision.code == "path.outside_allowed"
    assert ran == ["/workspace/a"]


def test_with_a_name() -> None:
    @guard("stripe.charges.create")
    def pay(amount: int) -> int:
        return amount

    assert pay(10) == 10
    with pytest.raises(toolgate.ToolDenied, match="above 1000"):
        pay(2000)


def test_with_a_gate_and_a_principal() -> None:
    gate = toolgate.Gate.from_yaml(
        """
        audit: off
        tools: { note: { decision: deny } }
        roles: { prod: { tools: { note: { decision: allow } } } }
        """
    )

    @guard(tool="note", gate=gate, principal={"id": "agent:a", "role": "prod"})
    def as_prod() -> int:
        return 1

    @guard(tool="note", gate=gate)
    def as_nobody() -> int:
        return 1

    assert as_prod() == 1
    with pytest.raises(toolgate.ToolDenied):
        as_nobody()


@pytest.mark.parametrize(
    ("tool", "kind"),
    [("deny_me", toolgate.ToolDenied), ("plan", toolgate.DryRun), ("unheard", toolgate.ApprovalRequired)],
)
def test_each_verdict_has_its_exception(tool: str, kind: type[Exception]) -> None:
    toolgate.set_default_gate(
        toolgate.Gate.from_yaml(POLICY + "  - { id: no, match: { action: deny_me }, decision: deny }", audit=False)
    )

    @guard(tool)
    def fn() -> None:
        raise AssertionError("it ran")

    with pytest.raises(kind) as error:
        fn()
    assert type(error.value) is kind


def test_what_cannot_be_guarded_is_told_at_once() -> None:
    with pytest.raises(TypeError, match="the class"):

        @guard
        class Tool:
            pass

    with pytest.raises(TypeError):
        guard(7)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="has no name"):
        guard(functools.partial(print))
    with pytest.raises(TypeError, match="is a toolgate"):
        guard("note", gate=object())  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="`ctxt`, which is no parameter"):
        guard("note", ignore=["ctxt"])(lambda ctx: ctx)
    with pytest.raises(TypeError, match="list of names"):
        guard("note", ignore="ctx")


def test_name_signature_and_docstring_stay() -> None:
    def note(text: str, *, n: int = 3) -> str:
        """Takes a note."""
        return text * n

    guarded = guard(note)
    assert guarded.__name__ == "note"
    assert guarded.__doc__ == "Takes a note."
    assert inspect.signature(guarded) == inspect.signature(note)
    assert guarded.__annotations__ == note.__annotations__


# --- arguments -------------------------------------------------------------------------------------------------------


def test_arguments_have_the_names_of_the_signature_and_defaults_count() -> None:
    @guard("unheard")
    def fn(a: int, /, b: int, c: int = 3, *rest: int, d: int = 4, **more: int) -> None: ...

    with pytest.raises(toolgate.ApprovalRequired) as error:
        fn(1, 2)
    assert seen(error) == {"a": 1, "b": 2, "c": 3, "rest": [], "d": 4}  # type: ignore[arg-type]
    with pytest.raises(toolgate.ApprovalRequired) as error:
        fn(1, 2, 3, 4, 5, d=6, e=7)
    assert seen(error) == {"a": 1, "b": 2, "c": 3, "rest": [4, 5], "d": 6, "e": 7}  # type: ignore[arg-type]


def test_a_default_cannot_hide_from_the_policy() -> None:
    @guard("stripe.charges.create")
    def pay(currency: str, amount: int = 5000) -> None:
        raise AssertionError("it ran")

    with pytest.raises(toolgate.ToolDenied, match="above 1000"):
        pay("eur")
    with pytest.raises(toolgate.ToolDenied, match="above 1000"):
        pay(currency="eur")


def test_a_name_cannot_be_given_twice() -> None:
    @guard("note")
    def fn(path: str, /, **more: str) -> None:
        raise AssertionError("it ran")

    @guard("note")
    def rest(*items: str, **more: str) -> None:
        raise AssertionError("it ran")

    with pytest.raises(toolgate.ToolDenied, match="call.duplicate_key"):
        fn("/etc/shadow", path="/workspace/a")
    with pytest.raises(toolgate.ToolDenied, match="call.duplicate_key"):
        rest("/etc/shadow", items="/workspace/a")


def test_what_the_function_could_not_be_called_with_is_a_type_error() -> None:
    @guard("note")
    def fn(a: int) -> None: ...

    wrong: Any = fn
    for args, kwargs in [((), {}), ((1, 2), {}), ((), {"b": 1}), ((1,), {"a": 1})]:
        with pytest.raises(TypeError):
            wrong(*args, **kwargs)


def test_the_call_reaches_the_function_as_it_was_made() -> None:
    @guard("note")
    def fn(a: int, /, b: int, *rest: int, c: int = 3, **more: Any) -> Any:
        return a, b, rest, c, more

    assert fn(1, 2) == (1, 2, (), 3, {})
    assert fn(1, b=2, c=4, e=[5]) == (1, 2, (), 4, {"e": [5]})
    assert fn(1, 2, 3, 4, x="y") == (1, 2, (3, 4), 3, {"x": "y"})


def test_an_argument_of_no_plain_kind_is_a_deny() -> None:
    @guard("note")
    def fn(file: object) -> None:
        raise AssertionError("it ran")

    with pytest.raises(toolgate.ToolDenied, match="call.unsupported_value") as error:
        fn(object())
    assert "`args.file`" in error.value.decision.reason


def test_an_argument_with_the_name_of_an_ignored_positional_parameter_is_seen() -> None:
    @guard("unheard", ignore=["ctx"])
    def unheard(ctx: object, /, **rest: str) -> None: ...

    with pytest.raises(toolgate.ApprovalRequired) as error:
        unheard(object(), ctx="x")
    assert seen(error) == {"ctx": "x"}  # type: ignore[arg-type]


def test_ignored_parameters_reach_the_function_and_no_policy() -> None:
    marker = object()

    @guard("unheard", ignore=["ctx"])
    def held(ctx: object, text: str) -> object: ...

    @guard("note", ignore=("ctx", "config"))
    def fn(text: str, *, ctx: object = None, **more: object) -> object:
        return ctx, more

    with pytest.raises(toolgate.ApprovalRequired) as error:
        held(marker, "x")
    assert seen(error) == {"text": "x"}  # type: ignore[arg-type]
    assert fn("x", ctx=marker, config=marker, n=1) == (marker, {"config": marker, "n": 1})


# --- methods ---------------------------------------------------------------------------------------------------------


class Desk:
    def __init__(self) -> None:
        self.notes: list[str] = []

    @guard
    def note(self, text: str) -> int:
        self.notes.append(text)
        return len(self.notes)

    @guard("unheard")
    def held(self, text: str) -> None: ...

    @guard("note")
    @classmethod
    def of_class(cls, text: str) -> tuple[type, str]:
        return cls, text

    @classmethod
    @guard("note")
    def in_class(cls, text: str) -> tuple[type, str]:
        return cls, text

    @guard("note")
    @staticmethod
    def static(text: str) -> str:
        return text

    @staticmethod
    @guard("note")
    def still(text: str) -> str:
        return text


def test_methods_have_a_receiver_that_is_no_argument() -> None:
    desk = Desk()
    assert (desk.note("a"), desk.note(text="b"), desk.notes) == (1, 2, ["a", "b"])
    with pytest.raises(toolgate.ApprovalRequired) as error:
        desk.held("x")
    assert seen(error) == {"text": "x"}  # type: ignore[arg-type]
    assert desk.of_class("x") == Desk.of_class("x") == desk.in_class(text="x") == (Desk, "x")
    assert desk.static("x") == Desk.still(text="x") == "x"


def test_self_is_an_argument_where_there_is_no_class() -> None:
    @guard("unheard")
    def fn(self: str) -> None: ...

    with pytest.raises(toolgate.ApprovalRequired) as error:
        fn("x")
    assert seen(error) == {"self": "x"}  # type: ignore[arg-type]


# --- coroutines and generators ---------------------------------------------------------------------------------------


def test_a_coroutine_function_stays_one() -> None:
    @guard("stripe.charges.create")
    async def pay(amount: int) -> int:
        await asyncio.sleep(0)
        return amount

    assert inspect.iscoroutinefunction(pay)
    assert asyncio.run(pay(10)) == 10
    with pytest.raises(toolgate.ToolDenied):
        asyncio.run(pay(2000))


def test_a_generator_is_guarded_before_its_first_item() -> None:
    started: list[int] = []
    results: list[str] = []

    @guard("stripe.charges.create")
    def pay(amount: int) -> Generator[Any, Any, str]:
        started.append(amount)
        received = yield amount
        yield received
        return "returned"

    def around() -> Generator[Any, Any, None]:
        results.append((yield from pay(20)))

    assert inspect.isgeneratorfunction(pay)
    stream = pay(10)
    assert (next(stream), stream.send("sent")) == (10, "sent")
    assert list(around()) == [20, None]
    assert results == ["returned"]
    with pytest.raises(toolgate.ToolDenied):
        next(pay(2000))
    assert started == [10, 20]


def test_an_async_generator_is_guarded_before_its_first_item() -> None:
    log: list[Any] = []

    @guard("stripe.charges.create")
    async def pay(amount: int) -> AsyncIterator[Any]:
        log.append("started")
        try:
            while True:
                try:
                    log.append((yield amount))
                except ValueError as error:
                    log.append(str(error))
        finally:
            log.append("closed")

    async def use() -> None:
        stream: Any = pay(10)
        assert await anext(stream) == 10
        assert await stream.asend("sent") == 10
        assert await stream.athrow(ValueError("thrown")) == 10
        await stream.aclose()
        with pytest.raises(toolgate.ToolDenied):
            await anext(pay(2000))

    assert inspect.isasyncgenfunction(pay)
    asyncio.run(use())
    assert log == ["started", "sent", "thrown", "closed"]


def test_an_async_generator_ends_and_fails_like_the_one_inside() -> None:
    @guard("note")
    async def ends() -> AsyncIterator[int]:
        yield 1
        yield 2

    @guard("note")
    async def fails() -> AsyncIterator[int]:
        yield 1
        raise LookupError

    async def use() -> None:
        assert [item async for item in ends()] == [1, 2]
        with pytest.raises(LookupError):
            _ = [item async for item in fails()]

    asyncio.run(use())


# --- the snapshot ----------------------------------------------------------------------------------------------------


def test_the_function_gets_what_was_decided_about_and_nobody_else_has_it() -> None:
    kept: list[Any] = []

    @guard("note")
    def fn(items: list[str], more: dict[str, list[int]]) -> None:
        kept.append((items, more))
        items.append("by the tool")

    items, more = ["a"], {"k": [1]}
    fn(items, more)
    fn(items=items, more=more)
    assert (items, more) == (["a"], {"k": [1]})
    items.append("later")
    more["k"].append(2)
    assert kept == [(["a", "by the tool"], {"k": [1]})] * 2


def test_a_mutable_default_is_copied_too() -> None:
    @guard("note")
    def fn(items: list[int] = []) -> list[int]:  # noqa: B006
        items.append(1)
        return items

    assert fn() == fn() == [1]
    assert fn.__wrapped__.__defaults__ == ([],)  # type: ignore[attr-defined]


def test_nothing_changes_between_check_and_use() -> None:
    """A thread that swaps the path as fast as it can never gets one past the check."""
    files = {"path": "/workspace/a"}
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            files["path"] = "/etc/shadow"
            files["path"] = "/workspace/a"

    @guard(
        "unheard.batch",
        gate=toolgate.Gate.from_yaml(
            """
            audit: off
            default: deny
            rules:
              - { id: ok, match: { action: unheard.batch }, when: 'args.files.path == "/workspace/a"', decision: allow }
            """
        ),
    )
    def batch(files: dict[str, str]) -> str:
        return files["path"]

    thread = threading.Thread(target=swap)
    thread.start()
    outcomes = []
    try:
        for _ in range(3000):
            try:
                outcomes.append(batch(files))
            except toolgate.ToolDenied:
                outcomes.append("denied")
    finally:
        stop.set()
        thread.join()
    assert "/etc/shadow" not in outcomes
    assert "/workspace/a" in outcomes


# --- what is recorded, and what goes wrong ---------------------------------------------------------------------------


def test_what_became_of_it_is_recorded(logged: toolgate.Gate, records: Records) -> None:
    @guard("note", gate=logged)
    def fine() -> None: ...

    @guard("note", gate=logged)
    def fails() -> None:
        raise LookupError("the secret is hunter2")

    @guard("note", gate=logged)
    async def cancelled() -> None:
        raise asyncio.CancelledError

    @guard("note", gate=logged)
    def stopped() -> None:
        raise KeyboardInterrupt

    @guard("note", gate=logged)
    def stream() -> Iterator[int]:
        yield 1
        yield 2

    @guard("unheard", gate=logged)
    def held() -> None: ...

    fine()
    with pytest.raises(LookupError, match="hunter2"):
        fails()
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
    with pytest.raises(KeyboardInterrupt):
        stopped()
    unfinished = stream()
    next(unfinished)
    unfinished.close()  # type: ignore[attr-defined]
    with pytest.raises(toolgate.ApprovalRequired):
        held()

    executions = records("execution")
    told = [(outcome["status"], outcome.get("error")) for outcome in (record["outcome"] for record in executions)]
    assert told == [
        ("executed", None),
        ("failed", "LookupError"),
        ("failed", "CancelledError"),
        ("failed", "KeyboardInterrupt"),
        ("executed", None),
    ]
    decided = {record["decision_id"] for record in records("decision")}
    assert {record["decision_id"] for record in executions} < decided
    assert logged.verify_audit().ok


def test_a_result_counts_also_if_it_cannot_be_recorded(tmp_path: Any) -> None:
    gate = toolgate.Gate.from_yaml(POLICY, audit=tmp_path / "audit")

    @guard("note", gate=gate)
    def fn() -> int:
        (log,) = (tmp_path / "audit").glob("*.jsonl")
        log.unlink()
        log.mkdir()
        return 7

    assert fn() == 7


def test_a_failure_inside_is_a_deny(monkeypatch: pytest.MonkeyPatch, logged: toolgate.Gate, records: Records) -> None:
    """Facts that blow up while they are looked at stand for any fault of ours."""

    @guard("note", gate=logged)
    def fn(text: str) -> None:
        raise AssertionError("it ran")

    class Broken:
        def __getattr__(self, name: str) -> Any:
            return getattr(logged, name)

        def _check(self, *_: Any) -> Any:
            raise ZeroDivisionError("hunter2")

    plan = inspect.getclosurevars(fn).nonlocals["plan"]
    monkeypatch.setattr(plan, "_gate", Broken())
    with pytest.raises(toolgate.ToolDenied) as error:
        fn("x")
    assert error.value.decision.code == "internal.error"
    assert "ZeroDivisionError" in error.value.decision.reason
    assert "hunter2" not in error.value.decision.reason
    assert records("decision")[-1]["code"] == "internal.error"


def test_interrupts_pass_through_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    @guard("note")
    def fn() -> None:
        raise AssertionError("it ran")

    class Interrupted:
        def _check(self, *_: Any) -> Any:
            raise KeyboardInterrupt

    monkeypatch.setattr(inspect.getclosurevars(fn).nonlocals["plan"], "_gate", Interrupted())
    with pytest.raises(KeyboardInterrupt):
        fn()
