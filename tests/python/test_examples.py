"""The examples run and show what they promise."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "python"

PROMISES = {
    "allowed.py": ["notes.md: Buy milk.", "path.outside_allowed"],
    "needs_approval.py": ["waits:", "role:support-lead", "1800 seconds", "answer: approved", "sent 'Your refund'"],
    "over_limit.py": ["results for 'tides'", "results for 'moons'", "comets: denied:", "budget.exceeded"],
    "demo.py": ["paid", "net.domain_not_allowed", "ledger: ['cus_1', '250', 'eur']", "20 records, whole"],
}


def test_each_example_is_known_here() -> None:
    assert {file.name for file in EXAMPLES.glob("*.py")} == PROMISES.keys()


@pytest.mark.parametrize("name", PROMISES)
def test_it_shows_what_it_promises(name: str, tmp_path: Path) -> None:
    # `-W error`: an example that leaves a file or a socket open is no example.
    command = [sys.executable, "-W", "error", str(EXAMPLES / name)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    for promise in PROMISES[name]:
        assert promise in result.stdout
