"""The programs of the README and the documentation print what they say they print."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "docs/audit.md", "docs/commands.md", "docs/python.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def programs() -> list[tuple[str, str, str | None, str]]:
    """Page, program, the policy it reads if one follows it, and what it prints."""
    found = []
    for page in PAGES:
        blocks = BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
        for index, (language, text) in enumerate(blocks):
            if language != "python":
                continue
            policy = None
            for kind, content in blocks[index + 1 :]:
                if kind == "yaml" and policy is None:
                    policy = content
                elif kind == "text":
                    found.append((page, text, policy, content))
                    break
                else:
                    break
    return found


def test_there_are_programs_to_run() -> None:
    assert {page for page, *_ in programs()} == set(PAGES)


@pytest.mark.parametrize(("page", "program", "policy", "expected"), programs())
def test_a_program_prints_what_the_page_says(
    page: str, program: str, policy: str | None, expected: str, tmp_path: Path
) -> None:
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    if policy is not None:
        (tmp_path / "toolgate.yaml").write_text(policy, encoding="utf-8")
    run = subprocess.run([sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == (expected, ""), page


def test_the_readme_shows_a_short_program_early() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    start = lines.index("```python") + 1
    end = lines.index("```", start)
    assert end - start <= 12
    assert end < 40
