"""Runs the shared vectors, which say what every language has to answer.

`tests/vectors/index.json` says which files there are and how many cases each holds, so that a case that was lost, or
that this runner passed over, is found.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache, reduce
from pathlib import Path
from typing import Any

import pytest
import toolgate

VECTORS = Path(__file__).parents[1] / "vectors"
INDEX: dict[str, Any] = json.loads((VECTORS / "index.json").read_text(encoding="utf-8"))
NOW, CWD, HOME = "2026-11-21T08:00:00Z", "/workspace", "/home/me"
READING_ONLY = "default: require_approval\npaths: { rules: posix, links: ignore }"

Case = dict[str, Any]


@pytest.mark.parametrize("entry", INDEX["files"], ids=lambda entry: entry["file"])
def test_every_case_of(entry: dict[str, Any]) -> None:
    vectors = json.loads((VECTORS / entry["file"]).read_text(encoding="utf-8"))
    cases = vectors["cases"]
    assert (vectors["op"], len(cases)) == (entry["op"], entry["cases"])
    assert len({case["id"] for case in cases}) == len(cases)
    check = OPERATIONS[entry["op"]]
    wrong = [f"{case['id']} ({case['why']}): {why}" for case in cases if (why := check(vectors, case))]
    assert not wrong, f"{len(wrong)} of {len(cases)} cases\n" + "\n".join(wrong)


def test_every_file_is_in_the_index() -> None:
    assert {entry["file"] for entry in INDEX["files"]} == {file.name for file in VECTORS.glob("*.json")} - {
        "index.json",
        "api.json",
    }
    assert INDEX["total"] == sum(entry["cases"] for entry in INDEX["files"])


def differences(got: Any, expected: Any, place: str = "") -> str:
    """Where `got` lacks what is expected; empty if nowhere. Of mappings only what is expected is looked at."""
    if isinstance(expected, dict) and isinstance(got, dict):
        parts = (differences(got.get(key), value, f"{place}.{key}") for key, value in expected.items())
        return "; ".join(part for part in parts if part)
    if isinstance(got, tuple):
        got = list(got)
    same = type(got) is type(expected) and got == expected
    return "" if same else f"{place or 'it'} is {got!r}, not {expected!r}"


@cache
def gate_of(policy: str, cwd: str = CWD, home: str = HOME, files: str | None = None) -> toolgate.Gate:
    """`files` is the JSON text of a tree."""
    return toolgate.Gate._at(policy, NOW, cwd, home, None if files is None else json.loads(files))


@cache
def reader(cwd: str | None, home: str | None) -> toolgate.Gate:
    """A gate that is only asked how it reads calls."""
    return toolgate.Gate.from_yaml(READING_ONLY, audit=False, cwd=cwd, home=home)


def action_of(tool: str, args: Any, gate: toolgate.Gate, **facts: Any) -> dict[str, Any]:
    """The action as the gate reads it; its doubts tell what could not be read."""
    action: dict[str, Any] = gate.explain(tool, args, **facts)["parts"][0]["action"]
    return action


def check_map(_: Case, case: Case) -> str:
    call, expected = case["input"], case["expect"]
    action = action_of(
        call["tool"], call["args"], reader(CWD, HOME), framework=call["framework"], server=call["server"]
    )
    got = {"action": action["type"], "category": action["category"], "target": action["target"]}
    # The arguments are compared as a whole: none may be lost, none may be added.
    return differences(got, {key: expected[key] for key in got}) or differences([action["args"]], [expected["args"]])


def check_path(_: Case, case: Case) -> str:
    given, expected = case["input"], case["expect"]
    action = action_of("file.read", {"path": given["path"]}, reader(given["cwd"], given["home"]))
    if "error" in expected:
        return refused(action, expected["error"])
    # Without a directory or a home of its own a gate takes those of the process, and it works in a directory of this
    # system; the core's own runner asks the reader alone.
    if (
        given["cwd"] is None
        or not given["cwd"].startswith("/")
        or (given["home"] is None and given["path"].startswith("~"))
    ):
        return differences(action["type"], "file.read")
    others = sorted(effect["target"] for effect in action["effects"])
    return differences(
        {"target": action["target"], "others": others},
        {"target": expected["target"], "others": sorted(expected["others"])},
    )


def check_url(_: Case, case: Case) -> str:
    expected = case["expect"]
    action = action_of("http.request", {"url": case["input"]["url"]}, reader(CWD, HOME))
    if "error" in expected:
        return refused(action, expected["error"])
    flags = action["flags"]
    got = {
        "target": action["target"],
        "special": "special_address" in flags,
        "metadata": "metadata_host" in flags,
        "ambiguous": "ambiguous_url" in flags,
    }
    special = expected["special"]
    return differences(
        got,
        {
            "target": expected["target"],
            "special": special is not None,
            "metadata": special == "metadata",
            "ambiguous": expected["ambiguous"],
        },
    )


def refused(action: dict[str, Any], code: str) -> str:
    codes = [doubt["code"] for doubt in action["doubts"]]
    return "" if code in codes and action["confidence"] == "opaque" else f"`{code}` is not among {codes}"


# A tool that speaks each dialect, by the catalogue.
SQL_TOOLS = {
    "generic": "execute_sql",
    "postgresql": "postgres.query",
    "mysql": "mysql.query",
    "sqlite": "sqlite.execute",
    "mssql": "mssql.query",
    "snowflake": "snowflake.query",
    "bigquery": "bigquery.query",
}


def check_sql(_: Case, case: Case) -> str:
    given, expected = case["input"], case["expect"]
    action = action_of(SQL_TOOLS[given["dialect"]], {"query": given["sql"]}, reader(CWD, HOME))
    statements = expected["statements"]
    found = [action] if len(statements) == 1 else [part for part in action["effects"] if part["type"] == "sql.query"]
    if len(found) != len(statements):
        return f"{len(found)} statements, not {len(statements)}"
    unclear = expected["unclear"] or any(map(is_unclear, statements))
    wrong = [differing_statement(part, wanted) for part, wanted in zip(found, statements, strict=True)]
    return "; ".join(filter(None, wrong)) or differences(action["confidence"], "opaque" if unclear else "exact")


def is_unclear(statement: Case) -> bool:
    return statement.get("unclear", False) or any(map(is_unclear, statement.get("parts", [])))


def differing_statement(part: Case, wanted: Case) -> str:
    """Where the action of a statement, or those of the statements within it, differ from the expected ones."""
    args, effects = part["args"], part["effects"]
    empty = {"object": None, "reads": [], "writes": [], "has_where": None, "row_limit": None, "functions": []}
    got = {name: args.get(name, default) for name, default in empty.items()} | {"statement": args["statement"]}
    facts = differences(got, {name: wanted.get(name, default) for name, default in empty.items()})
    outside = [effect["type"] for effect in effects if effect["type"] != "sql.query"]
    reached = differences(outside, [kind for kind, value in wanted.get("effects", []) if value is not None], ".effects")
    flags = sorted(flag for flag in part["flags"] if flag.startswith("sql_"))
    extra = {"sql_function"} & set(flags)
    noted = differences(flags, sorted({*wanted.get("flags", []), *extra}), ".flags")
    inner = [effect for effect in effects if effect["type"] == "sql.query"]
    parts = wanted.get("parts", [])
    below = [differing_statement(one, other) for one, other in zip(inner, parts, strict=False)]
    count = differences(len(inner), len(parts), ".parts")
    return "; ".join(filter(None, [facts, reached, noted, count, *below]))


WHAT = {"shell.exec": "command", "http.request": "url", "net.connect": "url"}


def check_code(_: Case, case: Case) -> str:
    given, expected = case["input"], case["expect"]
    action = action_of("code.exec", {"code": given["text"], "language": given["language"]}, reader(CWD, HOME))
    if not given["text"]:
        return differences(action["effects"], expected["effects"])
    # Here the call alone says what language it is, which the reader by itself is not told.
    details = [doubt["detail"] for doubt in action["doubts"] if doubt["code"] == "code.unresolved"]
    own = [detail for detail in details if not detail.startswith("only the call says")]
    got = {
        "effects": [as_found(effect) for effect in action["effects"]],
        "imports": action["args"].get("imports", []),
        "flags": sorted(flag for flag in action["flags"] if flag != "unresolved"),
        "doubts": own,
    }
    return differences(
        got, {key: sorted(value) if key == "flags" else value for key, value in expected.items() if key in got}
    )


def as_found(effect: dict[str, Any]) -> list[Any]:
    """An effect as the reader of code found it."""
    args = effect["args"]
    found = [effect["type"], args[WHAT.get(effect["type"], "path")]]
    return [*found, "recursive"] if args.get("recursive") else found


def check_redact(_: Case, case: Case) -> str:
    return differences([toolgate.redact(case["input"])], [case["expect"]])


def check_policy(_: Case, case: Case) -> str:
    found: tuple[toolgate.Problem, ...] = ()
    try:
        toolgate.Gate._at("\n".join(case["policy"]), NOW, CWD, case.get("home", HOME))
    except toolgate.PolicyError as error:
        found = error.problems
    expected = case["expect"]
    unhelpful = [
        wanted for wanted, problem in zip(expected, found, strict=False) if wanted.get("help", "") not in problem.help
    ]
    places = [[problem.code, problem.line, problem.column] for problem in found]
    wanted_places = [[wanted["code"], wanted["line"], wanted["column"]] for wanted in expected]
    return differences(places, wanted_places) or (f"the help lacks {unhelpful}" if unhelpful else "")


def check_guard(vectors: Case, case: Case) -> str:
    policy = "\n".join(vectors["policies"][case["policy"]])
    files = json.dumps(vectors["trees"][case["files"]]) if "files" in case else None
    gate = gate_of(policy, case.get("cwd", CWD), case.get("home", HOME), files)
    try:
        decision = guarded(gate, case["call"])
    except TypeError as error:
        # A field that calls do not have is a keyword that the method does not have: Python's own refusal.
        return (
            differences({"verdict": "deny", "code": "call.malformed_args"}, case["expect"])
            if "keyword" in str(error)
            else str(error)
        )
    expected = dict(case["expect"])
    if "flags" in expected:
        expected["flags"] = sorted(expected["flags"])
    if "real_paths" in expected:
        expected["real_paths"] = [expected["real_paths"]]
    return differences(told(decision), expected)


def guarded(gate: toolgate.Gate, wire: Case) -> toolgate.Decision:
    """The decision about a call in its wire form."""
    call = dict(wire)
    session = call.get("session")
    if isinstance(session, dict):
        call |= {"session": session.get("id"), "labels": session.get("labels")}
    return gate.guard(call.pop("tool"), call.pop("args", None), **call)


def told(decision: toolgate.Decision) -> dict[str, Any]:
    """A decision in the words of the vectors."""
    action = decision.action
    return {
        **decision.to_dict(),
        "risk_score": decision.risk_score,
        "risk_level": decision.risk["level"],
        "type": action["type"],
        "category": action["category"],
        "target": action["target"],
        "effects": [[part["type"], part["target"]] for part in parts_of(action)],
        "flags": sorted(action["flags"]),
        "confidence": action["confidence"],
        # In a list, so that they are compared as a whole.
        "real_paths": [{duty["of"]: duty["value"] for duty in decision.obligations if duty["kind"] == "real_path"}],
        "safer_alternative": [duty["value"] for duty in decision.obligations if duty["kind"] == "safer_alternative"],
        "pins": [
            {name: duty[name] for name in ("host", "port", "addresses")}
            for duty in decision.obligations
            if duty["kind"] == "pin_addresses"
        ],
    }


def check_read(_: Case, case: Case) -> str:
    given = case["input"]
    tool, args = ("Bash", {"command": given["line"]}) if "line" in given else (given["tool"], given["args"])
    # On no machine in particular, where the links of the file system itself are still followed.
    explanation: dict[str, Any] = gate_of("default: require_approval").explain(tool, args)
    return differences(explanation["reading"], case["expect"])


def parts_of(action: dict[str, Any]) -> list[dict[str, Any]]:
    """All that an action amounts to, outermost first."""
    return [part for effect in action["effects"] for part in (effect, *parts_of(effect))]


def check_story(vectors: Case, case: Case) -> str:
    story = Story(vectors["policies"][case["policy"]])
    wrong = (f"step {number}: {why}" for number, step in enumerate(case["steps"], 1) if (why := story.differs(step)))
    # After the first surprise, all that follows is another story.
    return next(wrong, "")


class Story:
    """A gate of its own, whose clock goes on as the story says, and what the story keeps for later."""

    def __init__(self, policy: list[str]) -> None:
        # Tokens depend on every byte of the policy, so on the end of its last line too.
        text = "".join(f"{line}\n" for line in policy)
        self._now = datetime.fromisoformat("2026-12-01T08:00:00+00:00")
        secrets = ["0123456789abcdef0123456789abcdef"]
        self._gate = toolgate.Gate._at(text, self._now.isoformat(), CWD, HOME, id_seed=7, secrets=secrets)
        self._decisions: dict[str, toolgate.Decision] = {}
        self._kept: dict[str, Any] = {}

    def differs(self, step: Case) -> str:
        """Plays one step; where it is not as expected."""
        step = self._filled(step)
        if "wait" in step:
            self._now += timedelta(seconds=step["wait"])
            self._gate._set_now(self._now.isoformat())
            return ""
        if "guard" in step:
            return self._guard(step)
        if "record" in step:
            record = step["record"]
            outcome = dict(record["outcome"])
            outcome = toolgate.Outcome(outcome.pop("status"), **outcome)
            self._gate.record(self._decisions[record["decision"]], outcome)
            return ""
        return self._do(step)

    def _guard(self, step: Case) -> str:
        decision = guarded(self._gate, step["guard"])
        self._decisions[decision.id] = decision
        if "keep" in step:
            approval = decision.approval or {}
            self._kept[step["keep"]] = {"decision": decision.id, "approval": approval.get("id")}
        return differences(decision.to_dict(), step.get("expect", {}))

    def _do(self, step: Case) -> str:
        try:
            answer = self._gate._operate(step["do"]["operation"], step["do"].get("args", {}))
        except toolgate.StateError as error:
            return differences(error.code, step.get("refused"))
        if "keep" in step:
            self._kept[step["keep"]] = answer
        if "refused" in step:
            return f"it is done, and not refused with `{step['refused']}`"
        return partly(answer, step["expect"]) if "expect" in step else ""

    def _filled(self, value: Any) -> Any:
        """`$name` and `$name.part` stand for what was kept."""
        if isinstance(value, dict):
            return {key: self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        name, *parts = value[1:].split(".")
        return reduce(lambda whole, part: whole[part], parts, self._kept[name]) if name in self._kept else value


def partly(got: Any, expected: Any, place: str = "") -> str:
    """As `differences`, but lists are compared item by item, and of the items only what is expected is looked at."""
    if isinstance(expected, dict) and isinstance(got, dict):
        parts = [partly(got.get(key), value, f"{place}.{key}") for key, value in expected.items()]
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = enumerate(zip(got, expected, strict=True))
        parts = [partly(item, wanted, f"{place}[{index}]") for index, (item, wanted) in pairs]
    else:
        return differences(got, expected, place)
    return "; ".join(part for part in parts if part)


OPERATIONS: dict[str, Callable[[Case, Case], str]] = {
    "map": check_map,
    "path": check_path,
    "url": check_url,
    "sql": check_sql,
    "code": check_code,
    "redact": check_redact,
    "policy": check_policy,
    "guard": check_guard,
    "read": check_read,
    "story": check_story,
}
