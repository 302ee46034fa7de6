"""Loading, pinning, reloading, recording and verifying."""

import os
import threading
from pathlib import Path

import pytest
import toolgate
from conftest import POLICY, Records


def test_a_policy_comes_from_text_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    gates = [
        toolgate.Gate.from_yaml(POLICY, audit=False),
        toolgate.Gate.from_file(file, audit=False),
        toolgate.Gate.from_file(str(file), audit=False),
        toolgate.Gate(file, audit=False),
        toolgate.Gate(policy=str(file), audit=False),
    ]
    assert len({gate.policy_hash for gate in gates}) == 1
    assert all(gate.guard("note", {}).allowed for gate in gates)


def test_all_problems_are_told_with_their_places(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("tools:\n  file.raed: { decision: alow }\nfoo: 1\n")
    with pytest.raises(toolgate.PolicyError) as caught:
        toolgate.Gate(file)
    problems = caught.value.problems
    assert caught.value.code == "policy.invalid"
    assert [(problem.line, problem.column) for problem in problems] == [(2, 3), (2, 26), (3, 1)]
    assert all(problem.file == str(file) and problem.code.startswith("policy.") for problem in problems)
    assert all(problem.message in str(caught.value) and problem.help in str(caught.value) for problem in problems)
    with pytest.raises(AttributeError):
        problems[0].line = 1  # type: ignore[misc]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(toolgate.PolicyError) as caught:
        toolgate.Gate(tmp_path / "none.yaml")
    assert caught.value.code == "policy.missing"
    assert "no such file" in str(caught.value)


def test_a_pinned_policy_is_the_only_one(tmp_path: Path) -> None:
    digest = toolgate.Gate.from_yaml(POLICY, audit=False).policy_hash
    assert toolgate.Gate.from_yaml(POLICY, audit=False, policy_digest=digest).policy_hash == digest
    with pytest.raises(toolgate.PolicyError) as caught:
        toolgate.Gate.from_yaml("default: deny", policy_digest=digest)
    assert caught.value.code == "policy.digest_mismatch"

    file = tmp_path / "policy.yaml"
    file.write_text(POLICY)
    gate = toolgate.Gate(file, audit=False, policy_digest=digest)
    file.write_text("default: deny")
    with pytest.raises(toolgate.PolicyError):
        gate.reload()
    assert gate.policy_hash == digest


def test_a_reload_swaps_the_policy_and_a_bad_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("audit: off\ntools: { note: { decision: allow } }")
    gate = toolgate.Gate(file)
    assert gate.guard("note", {}).allowed
    file.write_text("audit: off\ntools: { note: { decision: deny } }")
    gate.reload()
    assert gate.guard("note", {}).verdict == "deny"
    file.write_text("tools: 7")
    with pytest.raises(toolgate.PolicyError):
        gate.reload()
    assert gate.guard("note", {}).verdict == "deny"


def test_a_reload_can_turn_the_log_on(tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("audit: off\ndefault: deny")
    gate = toolgate.Gate(file)
    gate.guard("note", {})
    assert gate.audit_directory is None
    file.write_text("default: deny")
    gate.reload()
    gate.guard("note", {})
    assert gate.audit_directory is not None
    assert gate.verify_audit().records >= 1


@pytest.mark.parametrize("audit", [True, 1, b"dir", object()])
def test_audit_is_nowhere_or_a_directory(audit: object) -> None:
    with pytest.raises(TypeError):
        toolgate.Gate.from_yaml(POLICY, audit=audit)  # type: ignore[arg-type]


def test_paths_start_where_the_gate_says() -> None:
    gate = toolgate.Gate.from_yaml(POLICY, audit=False, cwd="/workspace", home="/workspace/me")
    assert gate.guard("read_file", {"path": "a"}).action["target"] == "/workspace/a"
    assert gate.guard("read_file", {"path": "~/a"}).action["target"] == "/workspace/me/a"
    assert gate.guard("read_file", {"path": "a"}, cwd="/workspace/b").action["target"] == "/workspace/b/a"


@pytest.mark.parametrize(("resolve", "waits"), [("none", False), ("static", False), ("system", True)])
def test_only_a_gate_that_asks_the_network_waits(resolve: str, waits: bool) -> None:
    assert toolgate.Gate.from_yaml(f"audit: off\nnetwork: {{ resolve: {resolve} }}").waits is waits


def test_a_gate_cannot_be_subclassed_or_pickled(gate: toolgate.Gate) -> None:
    import pickle

    with pytest.raises(TypeError):
        type("Mine", (toolgate.Gate,), {})
    with pytest.raises(TypeError):
        pickle.dumps(gate)


def test_principals_of_every_form_are_one(logged: toolgate.Gate, records: Records) -> None:
    forms: list[str | dict[str, object] | toolgate.Principal] = [
        {"id": "agent:a", "role": "prod", "on_behalf_of": ["user:b"], "attributes": {"team": "x"}},
        toolgate.Principal("agent:a", role="prod", on_behalf_of=["user:b"], attributes={"team": "x"}),
    ]
    for form in forms:
        logged.guard("note", {}, principal=form)
    logged.guard("note", {}, principal="agent:a")
    assert [(record["actor"], record.get("role")) for record in records("decision")] == [
        ("agent:a", "prod"),
        ("agent:a", "prod"),
        ("agent:a", None),
    ]


def test_a_principal_shows_what_it_was_made_of() -> None:
    principal = toolgate.Principal("agent:a", role="prod", on_behalf_of=["user:b"], attributes={"n": 1})
    assert (principal.id, principal.role, principal.on_behalf_of, principal.attributes) == (
        "agent:a",
        "prod",
        ("user:b",),
        {"n": 1},
    )
    assert principal == toolgate.Principal("agent:a", role="prod", on_behalf_of=["user:b"], attributes={"n": 1})
    assert principal != toolgate.Principal("agent:a")
    for wrong in ({"id": 7}, {"id": "a", "role": 7}, {"id": "a", "attributes": [1]}, {"id": "a", "on_behalf_of": "b"}):
        with pytest.raises(ValueError, match="`"):
            toolgate.Principal(**wrong)


def test_a_principal_with_an_unknown_field_is_refused(gate: toolgate.Gate) -> None:
    decision = gate.guard("note", {}, principal={"id": "agent:a", "rolle": "prod"})
    assert (decision.verdict, decision.code) == ("deny", "call.malformed_args")


def test_decisions_and_outcomes_are_recorded_and_verified(logged: toolgate.Gate, records: Records) -> None:
    decision = logged.guard("note", {"password": "hunter2"}, principal="agent:a", session="s", call_id="c")
    logged.record(
        decision, toolgate.Outcome("executed", duration_ms=12, cost_usd="0.01", result_digest="sha256:00", error=None)
    )
    (decided,) = records("decision")
    assert (decided["decision_id"], decided["actor"], decided["session"]) == (decision.id, "agent:a", "s")
    assert "hunter2" not in str(decided)
    (outcome,) = records("execution")
    assert outcome["decision_id"] == decision.id
    verification = logged.verify_audit()
    assert verification.ok
    assert (verification.records, verification.files, verification.problem) == (3, 1, None)


def test_refusals_are_recorded_too(logged: toolgate.Gate, records: Records) -> None:
    decision = logged.guard("note", {"a": object()}, principal="agent:a")
    (record,) = records("decision")
    assert (record["decision_id"], record["code"], record["actor"]) == (
        decision.id,
        "call.unsupported_value",
        "agent:a",
    )
    assert record["tool"] == "note"


def test_an_edit_of_the_log_is_found(logged: toolgate.Gate, tmp_path: Path) -> None:
    for n in range(3):
        logged.guard("note", {"n": n})
    (file,) = (tmp_path / "audit").glob("*.jsonl")
    file.write_text(file.read_text().replace('"n":1', '"n":7'))
    verification = logged.verify_audit()
    assert not verification.ok
    assert verification.problem is not None
    assert (verification.problem.file, verification.problem.line) == (file.name, 3)
    assert verification.problem.why in str(verification.problem)


@pytest.mark.skipif(os.name != "posix", reason="takes a directory's permission away")
def test_what_cannot_be_recorded_is_denied(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the directory belongs")
    gate = toolgate.Gate.from_yaml(POLICY, audit=tmp_path / "audit")
    decision = gate.guard("note", {})
    assert (decision.verdict, decision.code) == ("deny", "audit.unwritable")
    with pytest.raises(toolgate.AuditError):
        gate.record(decision, toolgate.Outcome("skipped"))
    with pytest.raises(toolgate.AuditError):
        gate.verify_audit()


def test_the_same_call_asked_again_is_one_decision(logged: toolgate.Gate, records: Records) -> None:
    first = logged.guard("note", {"n": 1}, call_id="call-1")
    again = logged.guard("note", {"n": 1}, call_id="call-1")
    other = logged.guard("note", {"n": 2}, call_id="call-1")
    assert first.id == again.id != other.id
    assert len(records("decision")) == 2


def test_outcomes_are_of_three_kinds() -> None:
    outcome = toolgate.Outcome("failed", error="TimeoutError", duration_ms=7)
    assert (outcome.status, outcome.error, outcome.duration_ms, outcome.cost_usd, outcome.result_digest) == (
        "failed",
        "TimeoutError",
        7,
        None,
        None,
    )
    with pytest.raises(ValueError, match="executed"):
        toolgate.Outcome("done")  # type: ignore[arg-type]


def test_an_explanation_shows_every_clause_and_records_nothing(logged: toolgate.Gate, records: Records) -> None:
    explanation = logged.explain("stripe.charges.create", {"amount": 2000})
    assert (explanation["verdict"], explanation["code"]) == ("deny", "policy.deny")
    assert {note["rule"] for note in explanation["parts"][0]["rules"]} >= {"no-large-charge"}
    unread = logged.explain("note", {"a": object()})
    assert (unread["verdict"], unread["code"], unread["parts"]) == ("deny", "call.unsupported_value", [])
    assert records("decision") == []


def test_an_unknown_fact_is_an_error_of_the_program(gate: toolgate.Gate) -> None:
    with pytest.raises(TypeError):
        gate.guard("note", {}, principle="agent:a")  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        gate.run("note", {}, lambda: 1, principle="agent:a")  # type: ignore[call-arg]


def test_the_newest_policy_is_in_force_after_reloads_at_once(tmp_path: Path) -> None:
    file = tmp_path / "toolgate.yaml"
    text = "audit: off\ntools: {{ note: {{ decision: allow, reason: number {} }} }}\n"
    file.write_text(text.format(0))
    gate = toolgate.Gate.from_file(file)

    def reload() -> None:
        for _ in range(20):
            gate.reload()

    threads = [threading.Thread(target=reload) for _ in range(8)]
    for thread in threads:
        thread.start()
    # Swapped in whole, so that no reload finds half a file.
    for number in range(1, 20):
        (tmp_path / "next").write_text(text.format(number))
        (tmp_path / "next").replace(file)
    threads.append(threading.Thread(target=gate.reload))
    threads[-1].start()
    for thread in threads:
        thread.join()
    assert gate.guard("note", {}).reason == "number 19"
