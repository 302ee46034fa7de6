"""What a user's type checker says, and that the stubs tell what is there."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import toolgate

HERE = Path(__file__).parent
WRONG = (HERE / "typing_wrong.py").read_text(encoding="utf-8").splitlines()

Checker = Callable[[str], tuple[set[int], str]]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, encoding="utf-8", check=False)


def mypy(file: str) -> tuple[set[int], str]:
    """The lines with errors, and all that was said."""
    result = run("mypy", "--strict", "--no-incremental", "--python-version", "3.10", file)
    errors = [line for line in result.stdout.splitlines() if ": error:" in line]
    assert bool(errors) == (result.returncode != 0), result.stdout + result.stderr
    return {int(line.split(":")[1]) for line in errors}, result.stdout


def pyright(file: str) -> tuple[set[int], str]:
    """The same of the other type checker."""
    if importlib.util.find_spec("basedpyright") is None:
        pytest.skip("basedpyright is not installed")
    result = run("basedpyright", "--pythonpath", sys.executable, "--level", "error", "--outputjson", file)
    said = json.loads(result.stdout)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in said if one["severity"] == "error"}, result.stdout


@pytest.mark.parametrize("checker", [mypy, pyright])
def test_code_that_uses_it_rightly_passes(checker: Checker) -> None:
    found, said = checker("typing_right.py")
    assert not found, said


@pytest.mark.parametrize(("checker", "marks"), [(mypy, ("# wrong", "# wrong for mypy")), (pyright, ("# wrong",))])
def test_each_mistake_is_found(checker: Checker, marks: tuple[str, ...]) -> None:
    meant = {number for number, line in enumerate(WRONG, 1) if line.endswith(marks)}
    found, said = checker("typing_wrong.py")
    assert len(meant) > 10
    assert found == meant, said


def test_the_stubs_tell_what_is_there() -> None:
    result = run("mypy.stubtest", "toolgate")
    assert result.returncode == 0, result.stdout


def test_everything_public_is_documented() -> None:
    for name in toolgate.__all__:
        thing = getattr(toolgate, name)
        assert thing.__doc__, name
        for member, value in vars(thing).items() if isinstance(thing, type) else ():
            if not member.startswith("_") and (callable(value) or isinstance(value, (property, staticmethod))):
                assert value.__doc__, f"{name}.{member}"
