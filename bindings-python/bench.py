"""What a guarded call costs in Python, beside the bare crossing into native code and other yardsticks.

`make bench` runs it on a release build. Each row is the best of many batches in process time, so that other programs on
the machine matter little; the ratios compare rows of one run.
"""

import json
import tempfile
from collections.abc import Callable
from time import process_time_ns
from typing import Any

import toolgate
from toolgate import _native

RULES = "\n".join(
    f"  - {{ id: rule-{n}, match: {{ action: file.write, target: /srv/{n}/** }}, decision: deny }}" for n in range(9)
)
POLICY = f"""
version: 1
default: require_approval
tools:
  file.read: {{ decision: allow, allowed_paths: [/workspace/] }}
  http.request: {{ decision: allow, allowed_domains: [api.github.com], allowed_methods: [GET] }}
  create_charge: {{ decision: allow }}
rules:
{RULES}
"""
ARGS: dict[str, Any] = {
    "amount": 2000,
    "currency": "eur",
    "customer": "cus_9s6XKzkNRiz8i3",
    "description": "Invoice 2026-0117, services of October",
    "metadata": {"order": "A-7731", "channel": "agent", "retries": 0, "tags": ["october", "services", "net30"]},
    "items": [{"sku": "S-100", "quantity": 2, "price": 750.0}, {"sku": "S-200", "quantity": 1, "price": 500.0}],
}
BATCHES = 60


def nanoseconds(work: Callable[[], object]) -> float:
    """The time of one call: the best batch, less what the loop itself takes."""
    return max(_best(work) - _best(lambda: None), 0.0)


def _best(work: Callable[[], object]) -> float:
    calls = 200
    while _batch(work, calls) < 5_000_000 and calls < 1_000_000:
        calls *= 2
    return min(_batch(work, calls) for _ in range(BATCHES)) / calls


def _batch(work: Callable[[], object], calls: int) -> int:
    turns = range(calls)
    start = process_time_ns()
    for _ in turns:
        work()
    return process_time_ns() - start


def rows() -> dict[str, Callable[[], object]]:
    """Each row's name and what it does."""
    gate = toolgate.Gate.from_yaml(POLICY, audit=False)
    text = json.dumps(ARGS)
    principal = toolgate.Principal("agent:finance-sync", role="prod")
    charge = toolgate.guard("stripe.charges.create", gate=gate)(_charge)
    logged = toolgate.Gate.from_yaml(POLICY, audit=tempfile.mkdtemp())
    assert gate.guard("stripe.charges.create", ARGS).allowed
    assert not gate.guard("stripe.charges.create", {"amount": object()}).allowed
    return {
        "bare crossing that converts the arguments": lambda: _native._convert_only("stripe.charges.create", ARGS),
        "gate.guard": lambda: gate.guard("stripe.charges.create", ARGS),
        "gate.guard, principal and session": lambda: gate.guard(
            "stripe.charges.create", ARGS, principal=principal, session="run-7"
        ),
        "gate.guard, one path": lambda: gate.guard("read_file", {"path": "/workspace/src/main.py"}),
        "gate.guard, JSON text": lambda: gate.guard("stripe.charges.create", text),
        "a function under @guard": lambda: charge(**ARGS),
        "gate.guard, recorded on disk": lambda: logged.guard("stripe.charges.create", ARGS),
        "json.dumps of the arguments": lambda: json.dumps(ARGS),
        "a lookup in a dict": lambda: ARGS["currency"],
    }


def _charge(amount: int, currency: str, customer: str, description: str, metadata: object, items: object) -> int:
    return amount


def main() -> None:
    """Prints the table."""
    times = {name: nanoseconds(work) for name, work in rows().items()}
    bare = times["bare crossing that converts the arguments"]
    print(f"{'':44}{'ns':>10}{'x bare':>9}")
    for name, time in times.items():
        print(f"{name:44}{time:10.0f}{time / bare:9.2f}")


if __name__ == "__main__":
    main()
