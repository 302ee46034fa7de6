"""Writes what the fuzz targets start from: the inputs of the test vectors, one file each, below the given directory."""

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent.parent / "tests" / "vectors"
# Which texts of the vectors a target starts from, by the name they have there.
NAMES = {
    "shell_parse": {"command", "cmd", "line", "script"},
    "shell_read": {"command", "cmd", "line", "script"},
    "shell_words": {"command", "cmd", "line"},
    "path": {"path", "file_path", "target"},
    "url": {"url"},
    "sql": {"query", "sql", "statement"},
    "code": {"code", "script", "line"},
}


def named(value: Any) -> Iterator[tuple[str, Any]]:
    """Every value below `value` that has a name, with its name."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner
            yield from named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named(inner)


def texts(target: str, vectors: Any) -> Iterator[str]:
    """What `target` starts from, of one file of vectors."""
    if target == "call":
        yield from (json.dumps(value) for name, value in named(vectors) if name == "call")
    elif target == "policy":
        policies = [value for name, value in named(vectors) if name == "policy"]
        policies += vectors.get("policies", {}).values()
        yield from ("\n".join(lines) for lines in policies if isinstance(lines, list))
    else:
        names = NAMES[target]
        yield from (value for name, value in named(vectors) if name in names and isinstance(value, str))


def main(directory: Path) -> None:
    files = [json.loads(file.read_text()) for file in sorted(VECTORS.glob("*.json"))]
    for target in [*NAMES, "policy", "call"]:
        seeds = {text for vectors in files for text in texts(target, vectors)}
        (directory / target).mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            data = seed.encode("utf-8", "surrogatepass")
            (directory / target / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
        if not seeds:
            sys.exit(f"the vectors have nothing for `{target}`")


main(Path(sys.argv[1]))
