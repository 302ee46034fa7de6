"""What a decision costs in Python, and in engines that a user could pick instead; see `README.md` beside this file."""

import json
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import toolgate

HERE = Path(__file__).parent
sys.path.append(str(HERE.parents[1] / "bindings-python"))

from bench import nanoseconds  # noqa: E402

Call = dict[str, Any]
# Makes of a call what is timed: the engine asked about it, and its answer in our words.
Engine = Callable[[Call], Callable[[], str]]

VECTORS = json.loads((HERE / "calls.json").read_text(encoding="utf-8"))


def ours() -> Engine:
    """Toolgate itself."""
    gate = toolgate.Gate.from_yaml("\n".join(VECTORS["policy"]), cwd="/workspace", home="/home/me")

    def asked(call: Call) -> Callable[[], str]:
        tool, args = call["tool"], call["args"]
        return lambda: gate.guard(tool, args).verdict

    return asked


def cedar() -> Engine:
    """Cedar by its Python package; the policies and the entities are parsed once."""
    import cedarpy

    text = (HERE / "policy.cedar").read_text(encoding="utf-8")
    policies, entities = cedarpy.PolicySet.from_str(text), cedarpy.Entities.from_json_str("[]")
    # The package names policies by their place.
    names = dict(zip((f"policy{n}" for n in range(99)), re.findall(r'@id\("(.*?)"\)', text), strict=False))

    def asked(call: Call) -> Callable[[], str]:
        request = {
            "principal": 'Agent::"sync"',
            "action": f'Action::"{call["tool"]}"',
            "resource": 'Tool::"any"',
            "context": call["args"],
        }

        def ask() -> str:
            result = cedarpy.is_authorized(request, policies, entities)
            return verdict(result.allowed, [names[reason] for reason in result.diagnostics.reasons])

        return ask

    return asked


def casbin_rows() -> Engine:
    """Casbin with a matcher over the text and the number of a call."""
    import casbin

    enforcer = casbin.Enforcer(str(HERE / "casbin.conf"), str(HERE / "casbin.csv"))
    enforcer.add_function("over", lambda amount, least: amount > float(least))

    def asked(call: Call) -> Callable[[], str]:
        tool, text, amount = flat(call)

        def ask() -> str:
            allowed, row = enforcer.enforce_ex(tool, text, amount)
            return verdict(allowed, row[3:4])

        return ask

    return asked


def agent_governance() -> Engine:
    """The policy check of the Agent Governance Toolkit."""
    # It warns that it will move to another module.
    warnings.simplefilter("ignore", DeprecationWarning)
    from agent_os.policies import PolicyDocument, PolicyEvaluator

    evaluator = PolicyEvaluator(policies=[PolicyDocument.from_yaml(HERE / "agent-governance.yaml")])

    def asked(call: Call) -> Callable[[], str]:
        context = {"tool_name": call["tool"], **call["args"]}

        def ask() -> str:
            decision = evaluator.evaluate(context)
            return verdict(decision.allowed, [decision.matched_rule] if decision.matched_rule else [])

        return ask

    return asked


def verdict(allowed: bool, names: list[str]) -> str:
    """The answer of an engine that only knows yes and no: what its deciding policies are called says the rest."""
    if allowed:
        return "allow"
    return "require_approval" if all(name.startswith("hold") for name in names) else "deny"


def flat(call: Call) -> tuple[str, str, float]:
    """The tool, the text that counts, and the amount."""
    args = call["args"]
    text = args.get("path") or args.get("url") or args.get("command") or ""
    return call["tool"], text, args.get("amount", 0)


def compared(engine: Engine, own: Engine) -> tuple[int, float, float]:
    """How many of the calls an engine can express, and what they cost there and here."""
    expressed = [call for call in VECTORS["calls"] if engine(call)() == call["verdict"]]
    return len(expressed), each(engine, expressed), each(own, expressed)


def each(engine: Engine, calls: list[Call]) -> float:
    """Nanoseconds of one call, of all of them in turn."""
    asks = [engine(call) for call in calls]
    return nanoseconds(lambda: [ask() for ask in asks]) / len(asks)


def main() -> None:
    """Prints the table."""
    own = ours()
    engines = {
        "toolgate": own,
        "cedarpy, policies parsed once": cedar(),
        "casbin": casbin_rows(),
        "agent-governance-toolkit, its rules": agent_governance(),
    }
    print(f"{'':40}{'of ten':>8}{'ns a call':>12}{'ours':>10}{'x ours':>8}")
    for name, engine in engines.items():
        count, theirs, here = compared(engine, own)
        print(f"{name:40}{count:8}{theirs:12.0f}{here:10.0f}{theirs / here:8.2f}")


if __name__ == "__main__":
    main()
