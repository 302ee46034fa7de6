"""Opening exactly the file that was decided about, and nothing that was put in its place."""

import os
from pathlib import Path

import pytest
import toolgate

pytestmark = pytest.mark.skipif(os.name == "nt", reason="making links needs a privilege there")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """`a/f` says `inside`; `../secret/f` says `secret`; `out` is a link to its directory, `within` one to `a`."""
    root = tmp_path.resolve() / "root"
    (root / "a").mkdir(parents=True)
    (root / "a" / "f").write_text("inside")
    secret = tmp_path.resolve() / "secret"
    secret.mkdir()
    (secret / "f").write_text("secret")
    (root / "out").symlink_to(secret)
    (root / "within").symlink_to("a")
    return root


@pytest.fixture
def gate(root: Path) -> toolgate.Gate:
    return toolgate.Gate.from_yaml(
        f"audit: off\ndefault: deny\ntools: {{ file.*: {{ decision: allow, allowed_paths: ['{root}'] }} }}",
        cwd=root,
    )


def test_a_file_beneath_a_directory(root: Path) -> None:
    with toolgate.open_beneath(root, "a/f") as file:
        assert file.read() == "inside"
    with toolgate.open_beneath(str(root), "a/f", "rb") as file:
        assert file.read() == b"inside"
    with toolgate.open_beneath(root, "a/new", "x", encoding="utf-8") as file:
        file.write("grüße")
    with toolgate.open_beneath(root, "a/new", "a", encoding="utf-8") as file:
        file.write("!")
    with toolgate.open_beneath(root, "a/new", "r+", encoding="utf-8") as file:
        assert file.read() == "grüße!"
    with toolgate.open_beneath(root, "a/new", "w") as file:
        file.write("x")
    assert (root / "a" / "new").read_text() == "x"
    with pytest.raises(FileExistsError):
        toolgate.open_beneath(root, "a/new", "x")
    with pytest.raises(ValueError, match="mode"):
        toolgate.open_beneath(root, "a/f", "q")


@pytest.mark.parametrize(
    "path", ["out/f", "within/f", "../secret/f", "a/../../secret/f", "/etc/hostname", "", "a/none"]
)
@pytest.mark.parametrize("mode", ["r", "r+"])
def test_no_link_and_no_way_out_is_followed(root: Path, path: str, mode: str) -> None:
    with pytest.raises(OSError):
        toolgate.open_beneath(root, path, mode)


def test_a_decision_opens_its_file(gate: toolgate.Gate, root: Path) -> None:
    decision = gate.guard("read_file", {"path": "within/f"})
    assert decision.allowed
    assert decision.real_path == str(root / "a" / "f")
    with decision.open() as file:
        assert file.read() == "inside"
    with decision.open("rb") as file:
        assert file.read() == b"inside"
    with pytest.raises(PermissionError):
        decision.open("w")
    written = gate.guard("write_file", {"path": "a/f", "content": "x"})
    with written.open("w") as file:
        file.write("x")
    assert (root / "a" / "f").read_text() == "x"


def test_a_link_put_there_since_is_not_followed(gate: toolgate.Gate, root: Path) -> None:
    read = gate.guard("read_file", {"path": "a/f"})
    write = gate.guard("write_file", {"path": "a/f", "content": "x"})
    assert read.allowed and write.allowed
    (root / "a" / "f").unlink()
    (root / "a" / "f").symlink_to(root.parent / "secret" / "f")
    for opening in (lambda: read.open(), lambda: write.open("w"), lambda: write.open("a")):
        with pytest.raises(OSError):
            opening()
    (root / "a" / "f").unlink()
    (root / "a").rmdir()
    (root / "a").symlink_to(root.parent / "secret")
    for opening in (lambda: read.open(), lambda: write.open("w"), lambda: write.open("a")):
        with pytest.raises(OSError):
            opening()
    assert (root.parent / "secret" / "f").read_text() == "secret"
    assert gate.guard("read_file", {"path": "a/f"}).code == "path.outside_allowed"


def test_a_decision_opens_nothing_that_it_does_not_allow(gate: toolgate.Gate) -> None:
    for decision in (
        gate.guard("read_file", {"path": "/etc/hostname"}),
        gate.guard("read_file", {"path": "out/f"}),
        gate.guard("file.list", {"path": "a"}),
        gate.guard("get_time", {}),
    ):
        with pytest.raises(PermissionError):
            decision.open()


def test_a_policy_may_leave_links_alone(root: Path) -> None:
    text = (
        f"audit: off\npaths: {{ links: ignore }}\ntools: {{ file.*: {{ decision: allow, allowed_paths: ['{root}'] }} }}"
    )
    decision = toolgate.Gate.from_yaml(text, cwd=root).guard("read_file", {"path": "out/f"})
    assert decision.allowed
    assert decision.real_path is None
    assert decision.obligations == []
    with pytest.raises(PermissionError):
        decision.open()
