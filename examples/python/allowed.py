"""An agent reads a note that it may read, and is kept from a file that it may not.

python examples/python/allowed.py
"""

import tempfile
from pathlib import Path

import toolgate

workspace = Path(tempfile.mkdtemp()).resolve()
(workspace / "notes.md").write_text("Buy milk.")

gate = toolgate.Gate.from_yaml(
    f"""
    version: 1
    audit: off
    default: deny
    tools:
      file.read: {{ decision: allow, allowed_paths: ["{workspace}/"] }}
    """,
    cwd=workspace,
)


@toolgate.guard(gate=gate)
def read_file(path: str) -> str:
    """Reads a file of the workspace."""
    return (workspace / path).read_text()


print("notes.md:", read_file("notes.md"))
try:
    print(read_file("../../etc/passwd"))
except toolgate.ToolDenied as refusal:
    print("../../etc/passwd:", refusal)
