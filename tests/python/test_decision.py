"""What a decision says, and that nothing changes or forges it."""

import json
import pickle

import pytest
import toolgate


def test_it_says_everything(gate: toolgate.Gate) -> None:
    decision = gate.guard("stripe.charges.create", {"amount": 2000}, principal="agent:a")
    assert decision.verdict == "deny"
    assert decision.observed is None
    assert decision.code == "policy.deny"
    assert decision.reason == "charges above 1000 are not for agents"
    assert "no-large-charge" in decision.rules
    assert decision.action["type"] == "create_charge"
    assert decision.action["args"] == {"amount": 2000}
    assert decision.risk["score"] == decision.risk_score
    assert decision.risk["level"] in ("low", "medium", "high", "critical")
    assert decision.policy_hash == gate.policy_hash
    assert decision.obligations == []
    assert decision.approval is None
    assert decision.id.startswith("dec_")
    assert decision.at.endswith("Z")
    assert "no-large-charge" in decision.rules


def test_its_truth_is_whether_the_tool_may_run(gate: toolgate.Gate) -> None:
    for tool, args, verdict in [
        ("note", {}, "allow"),
        ("plan", {}, "dry_run"),
        ("else", {}, "require_approval"),
        ("read_file", {"path": "/etc/passwd"}, "deny"),
    ]:
        decision = gate.guard(tool, args)
        assert decision.verdict == verdict
        assert decision.allowed is bool(decision) is (verdict == "allow")


def test_what_is_asked_of_a_person_is_said() -> None:
    gate = toolgate.Gate.from_yaml(
        """
        audit: off
        rules:
          - id: two-leads
            match: { action: create_charge }
            decision: require_approval
            approval: { count: 2, from: ["role:finance-lead"], expires: 10m }
        """
    )
    terms = gate.guard("stripe.charges.create", {"amount": 1}).approval
    nobody_was_asked = {"id": None, "url": None, "expires": None}
    said = {"count": 2, "distinct": True, "from": [["role:finance-lead"]], "expires_s": 600}
    assert terms == said | nobody_was_asked


def test_a_policy_that_observes_blocks_nothing_and_says_so() -> None:
    decision = toolgate.Gate.from_yaml("audit: off\nmode: observe\ndefault: deny").guard("note", {})
    assert (decision.verdict, decision.observed) == ("allow", "deny")
    assert decision


def test_its_dict_and_its_text_agree(gate: toolgate.Gate) -> None:
    decision = gate.guard("note", {"text": "grüße", "n": 1.5})
    assert json.loads(decision.to_json()) == decision.to_dict()
    assert decision.to_dict()["decision_id"] == decision.id
    assert decision.to_dict()["action"] == decision.action


def test_nothing_changes_it(gate: toolgate.Gate) -> None:
    decision = gate.guard("read_file", {"path": "/etc/passwd"})
    with pytest.raises(AttributeError):
        decision.verdict = "allow"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        decision.other = 1  # type: ignore[attr-defined]
    decision.action["type"] = "note"
    assert decision.action["type"] == "file.read"


def test_only_a_gate_makes_one(gate: toolgate.Gate) -> None:
    with pytest.raises(TypeError):
        toolgate.Decision()
    with pytest.raises(TypeError):
        type("Mine", (toolgate.Decision,), {})
    with pytest.raises(TypeError, match="stays in its process"):
        pickle.dumps(gate.guard("note", {}))


@pytest.mark.parametrize(
    ("tool", "kind", "what"),
    [
        ("read_file", toolgate.ToolDenied, "denied"),
        ("else", toolgate.ApprovalRequired, "approval required"),
        ("plan", toolgate.DryRun, "dry run"),
    ],
)
def test_an_exception_tells_the_reason_and_crosses_processes(
    gate: toolgate.Gate, tool: str, kind: type[toolgate.ToolDenied], what: str
) -> None:
    with pytest.raises(kind) as caught:
        gate.run(tool, {"path": "/etc/passwd"}, lambda path: path)
    error = caught.value
    assert isinstance(error, toolgate.NotAllowed) and isinstance(error, toolgate.ToolgateError)
    assert (error.verdict, error.code) == (error.decision.verdict, error.decision.code)
    assert str(error) == f"{what}: {error.decision.reason} ({error.decision.code})"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error)
    assert again.decision.id == error.decision.id
    assert (again.verdict, again.code) == (error.verdict, error.code)
    assert again.decision.allowed is False
