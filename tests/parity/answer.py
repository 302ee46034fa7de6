"""Python's part of the parity test; see `README.md` beside this file."""

import json
import sys
from pathlib import Path

import toolgate

NOW, CWD, HOME, ID_SEED = "2026-11-21T08:00:00Z", "/workspace", "/home/me", 7


def answer(directory: str) -> None:
    """Writes `python.jsonl`: the decision about each call, in canonical form."""
    place = Path(directory)
    policies = json.loads((place / "policies.json").read_text(encoding="utf-8"))
    gates = {name: toolgate.Gate._at(text, NOW, CWD, HOME, id_seed=ID_SEED) for name, text in policies.items()}
    calls = (place / "calls.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    with (place / "python.jsonl").open("w", encoding="utf-8", newline="\n") as answers:
        for call in map(json.loads, calls):
            args = call.get("args_json", call.get("args"))
            decision = gates[call["policy"]].guard(call["tool"], args, **call["facts"])
            print(decision.to_json(), file=answers)


def record(log: str, count: str) -> None:
    """Adds decisions, each with what became of it, to a log that others write too."""
    gate = logged(log)
    for number in range(int(count)):
        gate.record(gate.guard("note", {"by": "python", "number": number}), toolgate.Outcome("executed", duration_ms=1))


def verify(*logs: str) -> None:
    """Says of each log how many records it has, and whether it is whole."""
    for log in logs:
        verification = logged(log).verify_audit()
        print(verification.records, "whole" if verification.ok else "broken")


def logged(log: str) -> toolgate.Gate:
    """A gate that writes the log."""
    return toolgate.Gate.from_yaml("version: 1\ntools: { note: { decision: allow } }", audit=log)


if __name__ == "__main__":
    {"answer": answer, "record": record, "verify": verify}[sys.argv[1]](*sys.argv[2:])
