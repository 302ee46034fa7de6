"""The gate of this place."""

import threading
from pathlib import Path

import pytest
import toolgate

ALLOW = "audit: off\ndefault: deny\ntools: { note: { decision: allow } }"


@toolgate.guard("note")
def note() -> int:
    return 7


def test_without_a_policy_nothing_is_allowed_and_the_message_says_what_to_write() -> None:
    with pytest.raises(toolgate.ToolDenied) as error:
        note()
    assert error.value.decision.code == "policy.missing"
    for hint in ("toolgate.yaml", "TOOLGATE_POLICY", "version: 1"):
        assert hint in str(error.value)


def test_an_invalid_policy_allows_nothing_and_tells_its_problems() -> None:
    Path("toolgate.yaml").write_text("tools: { note: { decision: alow } }")
    with pytest.raises(toolgate.ToolDenied) as error:
        note()
    assert error.value.decision.code == "policy.invalid"
    assert "alow" in str(error.value)


def test_the_nearest_policy_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toolgate.yaml").write_text(ALLOW)
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert note() == 7


def test_the_environment_names_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toolgate.yaml").write_text("audit: off\ndefault: deny")
    (tmp_path / "other.yaml").write_text(ALLOW)
    monkeypatch.setenv("TOOLGATE_POLICY", str(tmp_path / "other.yaml"))
    assert note() == 7


def test_a_named_policy_that_is_missing_allows_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toolgate.yaml").write_text(ALLOW)
    monkeypatch.setenv("TOOLGATE_POLICY", str(tmp_path / "none.yaml"))
    with pytest.raises(toolgate.ToolDenied) as error:
        note()
    assert error.value.decision.code == "policy.missing"


def test_it_is_built_once_by_all_threads() -> None:
    Path("toolgate.yaml").write_text("default: deny")
    gates: list[toolgate.Gate] = []
    together = threading.Barrier(16)

    def ask() -> None:
        together.wait()
        gates.append(toolgate.default_gate())

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gates) == 16
    assert len(set(map(id, gates))) == 1
    # The policy was loaded once.
    assert gates[0].verify_audit().records == 1


def test_it_can_be_set(gate: toolgate.Gate) -> None:
    toolgate.set_default_gate(gate)
    assert toolgate.default_gate() is gate
    assert note() == 7
    with pytest.raises(TypeError):
        toolgate.set_default_gate("toolgate.yaml")  # type: ignore[arg-type]


def test_a_gate_of_nothing_finds_the_policy_of_this_place() -> None:
    assert toolgate.Gate().guard("note", {}).code == "policy.missing"
    Path("toolgate.yaml").write_text(ALLOW)
    assert toolgate.Gate().guard("note", {}).allowed
    assert toolgate.Gate.discover().guard("note", {}).allowed


def test_a_gate_that_found_no_policy_looks_again_at_a_reload() -> None:
    found_nothing = toolgate.Gate.discover()
    with pytest.raises(toolgate.PolicyError):
        found_nothing.reload()
    assert found_nothing.guard("note", {}).code == "policy.missing"
    Path("toolgate.yaml").write_text(ALLOW)
    found_nothing.reload()
    assert found_nothing.guard("note", {}).allowed
