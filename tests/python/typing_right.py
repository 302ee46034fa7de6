"""Code of a user, which a strict type checker has to accept. It is checked, never run."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Literal

import toolgate

gate = toolgate.Gate(Path("toolgate.yaml"), audit=False, cwd="/workspace", store="memory", secrets=["x", b"x"])


@toolgate.guard
def read_file(path: str, *, lines: int = 10) -> str:
    return path * lines


@toolgate.guard("stripe.charges.create", gate=gate, ignore=["ctx"])
async def charge(ctx: object, amount: int) -> int:
    return amount


@toolgate.guard(tool="feed", principal=toolgate.Principal("agent:a", role="prod"))
async def feed(topic: str) -> AsyncIterator[str]:
    yield topic


class Desk:
    @toolgate.guard
    def note(self, text: str) -> int:
        return len(text)

    @toolgate.guard("note")
    @staticmethod
    def still(text: str) -> int:
        return len(text)


async def use() -> None:
    text: str = read_file("a", lines=3)
    number: int = await charge(object(), amount=1)
    note: int = Desk().note(text) + Desk.still("x") + number
    with toolgate.context(principal={"id": "agent:a"}, labels=["untrusted"], signals=("injection",)):
        async for item in feed("x"):
            text += item
    try:
        length: int = gate.run("note", {"text": text}, lambda text: note)
        print(length)
    except (toolgate.ToolDenied, toolgate.ApprovalRequired, toolgate.DryRun) as error:
        decision: toolgate.Decision = error.decision
        verdict: Literal["allow", "deny", "require_approval", "dry_run"] = decision.verdict
        gate.record(decision, toolgate.Outcome("skipped", duration_ms=0))
        if isinstance(error, toolgate.ApprovalRequired):
            request = await error.wait_async(timeout=1.5)
            gate.approve(request["id"], {"id": "alice", "verified": True}, reason="fine")
            print(gate.guard("note", {}, approval=request["id"], estimated_cost_usd=Decimal("0.01")).allowed)
        print(verdict, [rule.upper() for rule in decision.rules])
    result = await gate.run("charge", "{}", charge, session="s")
    print(result + 1)


def load(text: str) -> toolgate.Gate | None:
    try:
        return toolgate.Gate.from_yaml(text, policy_digest="sha256:00")
    except toolgate.PolicyError as error:
        for problem in error.problems:
            print(problem.file, problem.line + problem.column, problem.message, problem.help)
        return None
