"""What may be an argument, and what is refused with its place."""

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
from typing import Any, NamedTuple

import pytest
import toolgate
from hypothesis import given, settings
from hypothesis import strategies as some

GATE = toolgate.Gate.from_yaml("audit: off\ndefault: deny\ntools: { note: { decision: allow } }")


class Color(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Lying(dict):  # type: ignore[type-arg]
    """Says one thing to whoever iterates and another to whoever asks."""

    def __getitem__(self, key: str) -> str:
        return "/etc/shadow"

    def items(self) -> Any:
        return [("path", "/workspace/a")]


class Text(str):
    pass


class Pair(NamedTuple):
    a: int
    b: int


@dataclasses.dataclass
class Point:
    x: int = 1


class Meta(type):
    @property
    def __name__(cls) -> str:  # type: ignore[override]
        raise RuntimeError("no name for you")


class Nameless(metaclass=Meta):
    pass


UNSUPPORTED = [
    b"bytes",
    bytearray(b"x"),
    memoryview(b"x"),
    {1, 2},
    frozenset({1}),
    datetime.datetime(2026, 11, 21),
    datetime.date(2026, 11, 21),
    decimal.Decimal("1.5"),
    1j,
    pathlib.PurePosixPath("/etc/passwd"),
    Point(),
    Color.RED,
    Level.HIGH,
    Text("text"),
    Lying(path="/workspace/a"),
    collections.OrderedDict(a=1),
    collections.defaultdict(int),
    Pair(1, 2),
    range(3),
    iter(()),
    object(),
    Nameless(),
    print,
    int,
    ...,
]


@pytest.mark.parametrize("value", UNSUPPORTED, ids=lambda value: object.__repr__(value)[:30])
def test_what_is_no_plain_value_is_refused_at_its_place(value: object) -> None:
    decision = GATE.guard("note", {"items": [0, {"deep": (value,)}]})
    assert (decision.verdict, decision.code) == ("deny", "call.unsupported_value")
    assert "`args.items[1].deep[0]`" in decision.reason
    assert "convert it to text first" in decision.reason


@pytest.mark.parametrize("args", [Lying(path="/workspace/a"), collections.OrderedDict(), {1, 2}, object(), Point()])
def test_arguments_that_are_no_plain_dict_are_refused(args: Any) -> None:
    assert GATE.guard("note", args).code == "call.unsupported_value"


@pytest.mark.parametrize("args", [[1], (), 7, 1.5, True, "[1]", "7", "null", "{", "{'a': 1}"])
def test_arguments_that_are_no_object_are_malformed(args: Any) -> None:
    decision = GATE.guard("note", args)
    assert (decision.verdict, decision.code) == ("deny", "call.malformed_args")


@pytest.mark.parametrize("key", [1, None, b"a", (), Text("a"), Color.RED, 1.5, True])
def test_keys_must_be_text(key: Any) -> None:
    decision = GATE.guard("note", {"map": {key: 1}})
    assert (decision.verdict, decision.code) == ("deny", "call.unsupported_value")
    assert "`args.map` has a key of type" in decision.reason


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 2**63, -(2**63) - 1, 10**400])
def test_numbers_that_do_not_fit_are_refused(number: float) -> None:
    decision = GATE.guard("note", {"n": number})
    assert (decision.verdict, decision.code) == ("deny", "call.number_out_of_range")
    assert "`args.n`" in decision.reason
    assert str(number) not in decision.reason


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\udc80"])
def test_a_lone_surrogate_is_refused(text: str) -> None:
    assert GATE.guard("note", {"t": text}).code == "call.unsupported_value"
    assert GATE.guard("note", {text: 1}).code == "call.unsupported_value"
    assert GATE.guard("note", text).code == "call.unsupported_value"
    assert GATE.guard(text, {}).code == "call.unsupported_value"


def test_a_key_given_twice_in_json_is_refused() -> None:
    assert GATE.guard("note", '{"path": "/workspace/a", "path": "/etc/shadow"}').code == "call.duplicate_key"


def nested(levels: int) -> Any:
    value: Any = 1
    for level in range(levels):
        value = [value] if level % 2 else {"a": value}
    return value


def test_depth_is_bounded_where_the_core_bounds_it() -> None:
    assert GATE.guard("note", {"v": nested(63)}).allowed
    assert GATE.guard("note", {"v": nested(64)}).code == "call.args_too_deep"
    assert GATE.guard("note", {"v": nested(100_000)}).code == "call.args_too_deep"


def test_cycles_are_refused() -> None:
    items: list[Any] = []
    items.append(items)
    args: dict[str, Any] = {}
    args["args"] = args
    assert GATE.guard("note", {"l": items}).code == "call.args_too_deep"
    assert GATE.guard("note", args).code == "call.args_too_deep"


def test_size_is_bounded_where_the_core_bounds_it() -> None:
    # The mapping and the text count eight bytes each, the key one.
    room = (1 << 20) - 17
    assert GATE.guard("note", {"t": "x" * room}).allowed
    assert GATE.guard("note", {"t": "x" * (room + 1)}).code == "call.args_too_large"
    assert GATE.guard("note", {"t": "ü" * (room // 2)}).allowed
    assert GATE.guard("note", {"t": "ü" * (room // 2 + 1)}).code == "call.args_too_large"


def test_what_is_small_in_memory_and_large_when_followed_is_refused() -> None:
    shared: list[Any] = []
    for _ in range(60):
        shared = [shared, shared]
    assert GATE.guard("note", {"v": shared}).code == "call.args_too_large"
    empty = [[""] * 1000] * 1000
    assert GATE.guard("note", {"v": [empty] * 1000}).code == "call.args_too_large"
    assert GATE.guard("note", {"v": [0] * 10_000_000}).code == "call.args_too_large"


def test_what_is_no_text_where_text_belongs_is_refused() -> None:
    for fact in ("session", "call_id", "framework", "server", "cwd"):
        decision = GATE.guard("note", {}, **{fact: 7})  # type: ignore[arg-type]
        assert (decision.verdict, decision.code) == ("deny", "call.malformed_args")
        assert f"`{fact}`" in decision.reason
    for fact in ("signals", "labels"):
        for wrong in ("abc", 7, [7], {"a": 1}):
            assert GATE.guard("note", {}, **{fact: wrong}).code == "call.malformed_args"  # type: ignore[arg-type]
        assert GATE.guard("note", {}, **{fact: {"a"}}).code == "call.unsupported_value"  # type: ignore[arg-type]
    assert GATE.guard(7, {}).code == "call.malformed_args"  # type: ignore[arg-type]
    assert GATE.guard(Color.RED, {}).code == "call.unsupported_value"
    assert GATE.guard("", {}).code == "call.invalid_name"
    assert GATE.guard("a\nb", {}).code == "call.invalid_name"


def test_a_place_never_shows_a_value_nor_an_endless_key() -> None:
    decision = GATE.guard("note", {"k" * 5000: b"secret", "weird\nkey": 1})
    assert "secret" not in decision.reason
    assert len(decision.reason) < 300
    assert '`args["weird\\nkey"]`' in GATE.guard("note", {"weird\nkey": b""}).reason


texts = some.text(some.characters(exclude_categories=["Cs"]), max_size=20)
whole_numbers = some.integers(-(2**63), 2**63 - 1)
floats = some.floats(allow_nan=False, allow_infinity=False)
values = some.recursive(
    some.none() | some.booleans() | whole_numbers | floats | texts,
    lambda inner: some.lists(inner, max_size=5) | some.dictionaries(texts, inner, max_size=5),
    max_leaves=30,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of the same types: 1, 1.0 and True are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


@settings(max_examples=300, deadline=None)
@given(some.dictionaries(texts, values, max_size=5))
def test_what_is_decided_about_is_what_was_given(args: dict[str, Any]) -> None:
    decision = GATE.guard("note", args)
    assert decision.allowed, decision
    assert same(decision.action["args"], args)


@settings(max_examples=100, deadline=None)
@given(some.dictionaries(texts, values, max_size=5))
def test_the_copy_that_a_tool_gets_is_equal_and_its_own(args: dict[str, Any]) -> None:
    _, copy = GATE._check("note", args, None)
    assert same(copy, args)
    assert list(copy) == list(args)
    assert not shared_containers(copy, args)


def shared_containers(one: Any, other: Any) -> bool:
    if isinstance(one, (dict, list)) and one is other:
        return True
    if isinstance(one, dict):
        return any(shared_containers(one[key], other[key]) for key in one)
    return isinstance(one, list) and any(map(shared_containers, one, other))


def test_the_copy_keeps_tuples_and_the_order_of_keys() -> None:
    args: dict[str, Any] = {"b": (1, [2], ({"z": 1, "a": 2},)), "a": (1, 2)}
    _, copy = GATE._check("note", args, None)
    assert copy == args
    assert list(copy) == ["b", "a"]
    assert list(copy["b"][2][0]) == ["z", "a"]
    assert copy["b"][1] is not args["b"][1]
    assert copy["b"][2][0] is not args["b"][2][0]


def test_redact_takes_and_gives_plain_values() -> None:
    assert toolgate.redact({"host": "db1", "password": "hunter2"}) == {"host": "db1", "password": "[redacted:key]"}
    assert toolgate.redact(["key AKIAIOSFODNN7EXAMPLE", 1, None, True, 1.5])[1:] == [1, None, True, 1.5]
    assert "AKIAIOSFODNN7EXAMPLE" not in toolgate.redact("key AKIAIOSFODNN7EXAMPLE")
    with pytest.raises(ValueError, match=r"`value\.a\[0\]` is of type `bytes`"):
        toolgate.redact({"a": [b""]})
