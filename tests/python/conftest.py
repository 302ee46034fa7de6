"""What all tests share: a gate without a log, and no policy of the machine they run on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import toolgate

POLICY = """
version: 1
default: require_approval
tools:
  file.read: { decision: allow, allowed_paths: [/workspace/] }
  note: { decision: allow }
  plan: { decision: dry_run }
  create_charge: { decision: allow }
rules:
  - id: no-large-charge
    match: { action: create_charge }
    when: args.amount > 1000
    decision: deny
    reason: charges above 1000 are not for agents
"""


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test works in a directory of its own, with no default gate left from another."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOOLGATE_POLICY", raising=False)
    toolgate.set_default_gate(None)
    yield
    toolgate.set_default_gate(None)


@pytest.fixture
def gate() -> toolgate.Gate:
    """A gate that records nothing."""
    return toolgate.Gate.from_yaml(POLICY, audit=False)


@pytest.fixture
def logged(tmp_path: Path) -> toolgate.Gate:
    """A gate with a log in the test's directory."""
    return toolgate.Gate.from_yaml(POLICY, audit=tmp_path / "audit")


@pytest.fixture
def records(tmp_path: Path) -> "Records":
    """The records of `logged`."""
    return Records(tmp_path / "audit")


class Records:
    """Reads a log the way a person would: a line at a time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, event: str) -> list[dict[str, Any]]:
        """The records of one kind, oldest first."""
        lines = [line for file in sorted(self._directory.glob("*.jsonl")) for line in file.read_text().splitlines()]
        return [record for record in map(json.loads, lines) if record["event"] == event]
