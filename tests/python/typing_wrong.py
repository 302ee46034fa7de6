"""Mistakes of a user, each of which a strict type checker has to find. It is checked, never run."""

import toolgate

gate = toolgate.Gate(7)  # wrong
gate = toolgate.Gate.from_yaml("", audit=True)  # wrong


@toolgate.guard
def read_file(path: str) -> str:
    return path


read_file(7)  # wrong
read_file(file="a")  # wrong
number: int = read_file("a")  # wrong
gate.guard(7)  # wrong
gate.guard("note", [1])  # wrong
gate.guard("note", {}, principle="a")  # wrong
decision = gate.guard("note", {})
decision.verdict = "allow"  # wrong
if decision.verdict == "allowed":  # wrong for mypy
    pass
toolgate.Outcome("done")  # wrong
with toolgate.context(principle="a"):  # wrong
    pass
toolgate.guard("note", gate="toolgate.yaml")  # wrong
