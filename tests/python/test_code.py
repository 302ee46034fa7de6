"""The reading of code, beside programs that know the languages.

What a text stands for in Python is asked of Python; whether a sed script or an awk program reaches outside the stream
is asked of sed and mawk, where those are at hand.
"""

import ast
import random
import re
import shutil
import subprocess
import warnings
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import toolgate

MAPPINGS = """
default: require_approval
mappings:
  run_sed: { action: code.exec, set: { language: sed } }
  run_awk: { action: code.exec, set: { language: awk } }
"""

PIECES = [
    *"abc /-'\"#{}%$\\\n",
    "\\n",
    "\\\\",
    "\\'",
    '\\"',
    "\\x41",
    "\\u00e9",
    "\\101",
    "\\q",
    "é",
    "'''",
    "\\\n",
    "//",
]


@cache
def gate() -> toolgate.Gate:
    return toolgate.Gate.from_yaml(MAPPINGS, audit=False, cwd="/workspace", home="/home/me")


def read(tool: str, code: str) -> dict[str, Any]:
    action: dict[str, Any] = gate().explain(tool, {"code": code})["parts"][0]["action"]
    return action


def literal(dice: random.Random) -> str:
    """A text as Python writes it, or nearly so."""
    prefix = dice.choice(["", "", "", "r", "R", "b", "rb", "u", "Br"])
    quote = dice.choice(["'", '"', "'''", '"""'])
    return prefix + quote + "".join(dice.choice(PIECES) for _ in range(dice.randrange(1, 9))) + quote


def value(source: str) -> str | None:
    """What a text stands for, if it is one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = ast.literal_eval(source)
    except (SyntaxError, ValueError):
        return None
    return found if isinstance(found, str) else found.decode("latin-1") if found.isascii() else None


def test_texts_stand_for_what_python_says() -> None:
    dice = random.Random(7)
    sources = [f"({' '.join(literal(dice) for _ in range(dice.choice([1, 1, 2])))})" for _ in range(3000)]
    known = [(source, text) for source in sources if (text := value(source)) and text.strip()]
    assert len(known) > 500
    wrong = []
    for source, text in known:
        effects = read("run_python", f"os.system{source}")["effects"]
        if not effects or effects[0]["args"]["command"] != text:
            wrong.append((source, text))
    assert not wrong, wrong[:5]


SED = [
    "s/a/b/",
    "s/a/b/e",
    "s/a/b/w f",
    "w f",
    "r f",
    "e",
    "e id",
    "a x",
    "i\\",
    "c\\\n",
    "y/a/b/",
    "p",
    "{",
    "}",
    ";",
    "\n",
]
SED += [
    " ",
    "1",
    "$",
    "/x/",
    "\\,x,",
    ",",
    "!",
    "#c",
    "b",
    "t l",
    ":l",
    "q5",
    "=",
    "s|[|]|x|",
    "s/[/]/",
    "[",
    "]",
    "/",
    "\\",
    "w",
]


def gnu_sed() -> bool:
    path = shutil.which("sed")
    return path is not None and "GNU" in subprocess.run([path, "--version"], capture_output=True, text=True).stdout


@pytest.mark.skipif(not gnu_sed(), reason="asks GNU sed")
def test_a_sed_script_that_is_allowed_reaches_no_file() -> None:
    dice = random.Random(11)
    exact, reaching = 0, 0
    for _ in range(1500):
        script = "".join(dice.choice(SED) for _ in range(dice.randrange(1, 9)))
        action = read("run_sed", script)
        asked = ["sed", "--sandbox", "-n", "--", script]
        refusal = subprocess.run(asked, stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr
        reaching += "sandbox" in refusal
        if action["confidence"] == "exact" and not action["effects"]:
            exact += 1
            assert "sandbox" not in refusal, script
    assert exact > 50 and reaching > 50


AWK = [
    "print",
    "print $1",
    ' > "f"',
    ' | "c"',
    '"c" | getline',
    ' getline x < "f"',
    'system("c")',
    "(",
    ")",
    "{",
    "}",
    ";",
    "\n",
]
AWK += [
    "x",
    "1",
    "/re/",
    " / ",
    '/"/',
    '"',
    "#",
    ",",
    "\\\n",
    "if (1) ",
    "a[1]",
    "==",
    "&&",
    ' "s" ',
    " > ",
    "++",
    "$",
    "!",
]


def reaching_in_mawk(program: str) -> int | None:
    """How many instructions of mawk reach a file or a command; `None` if it is no program."""
    run = subprocess.run(
        ["mawk", "-Wdump", program], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=10
    )
    if run.returncode:
        return None
    code = [line.split("\t")[1:] for line in run.stdout.splitlines() if "\t" in line]
    words = [
        (line[0].strip(), int(line[1]) if len(line) > 1 and re.fullmatch(r"-?\d+", line[1]) else 0) for line in code
    ]
    redirected = sum(
        word in ("print", "printf", "getline") and before == "pushint" and number < 0
        for (before, number), (word, _) in pairwise(words)
    )
    return redirected + sum(word == "system" for word, _ in words)


@pytest.mark.skipif(shutil.which("mawk") is None, reason="asks mawk")
def test_an_awk_program_that_is_allowed_reaches_no_file() -> None:
    dice = random.Random(13)
    exact, reaching = 0, 0
    for _ in range(1500):
        body = "".join(dice.choice(AWK) for _ in range(dice.randrange(1, 7)))
        program = f"BEGIN {{ {body} }}"
        action = read("run_awk", program)
        found = reaching_in_mawk(program)
        reaching += bool(found)
        if action["confidence"] == "exact" and not action["effects"] and found is not None:
            exact += 1
            assert found == 0, program
    assert exact > 50 and reaching > 50
