"""What a gate remembers: consent, budgets, kill switches and agents, by the methods that Python has for it."""

import asyncio
import copy
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import toolgate

CONSENT = """
approvals: { expires: 1h }
tools: { create_charge: { decision: allow } }
rules:
  - { id: large, match: { action: create_charge }, when: args.amount > 100, decision: require_approval }
  - { id: huge, match: { action: create_charge }, when: args.amount > 1000, decision: deny }
"""
BUDGET = """
audit: off
tools: { create_charge: { decision: allow, cost_usd: 0.50 } }
budgets: { 'agent:a': { daily_usd: 2.00, decision: deny } }
"""
ALICE = {"id": "alice", "verified": True}
SECRETS = ["0123456789abcdef0123456789abcdef"]

Charge = Callable[..., str]


@pytest.fixture
def gate() -> toolgate.Gate:
    """A gate that keeps what it remembers to itself."""
    return gate_of(CONSENT)


def gate_of(policy: str, **options: Any) -> toolgate.Gate:
    return toolgate.Gate.from_yaml(policy, **{"audit": False, "store": "memory", "secrets": SECRETS} | options)


@pytest.fixture
def charge(gate: toolgate.Gate, tmp_path: Path) -> Charge:
    """A tool that writes down each charge it makes."""

    @toolgate.guard("stripe.charges.create", gate=gate, principal="agent:a")
    def charge(amount: int, to: str = "cus_1") -> str:
        with (tmp_path / "ledger").open("a") as ledger:
            print(to, amount, file=ledger)
        return "paid"

    return charge


def held(charge: Charge, amount: int) -> toolgate.ApprovalRequired:
    with pytest.raises(toolgate.ApprovalRequired) as caught:
        charge(amount)
    return caught.value


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(toolgate.StateError) as caught:
        call()
    assert str(caught.value) and pickle.loads(pickle.dumps(caught.value)).code == caught.value.code
    return caught.value.code


def verdict(gate: toolgate.Gate, amount: int = 5, **facts: Any) -> tuple[str, str]:
    decision = gate.guard("stripe.charges.create", {"amount": amount}, **{"principal": "agent:a"} | facts)
    return decision.verdict, decision.code


def test_what_a_person_consents_to_runs_once(gate: toolgate.Gate, charge: Charge, tmp_path: Path) -> None:
    waiting = held(charge, 500)
    id = waiting.approval["id"]
    assert id.startswith("apr_") and waiting.approval["expires"] and not (tmp_path / "ledger").exists()
    assert held(charge, 500).approval["id"] == id
    request = gate.approve(id, ALICE, reason="fine")
    assert (request["status"], request["votes"][0]["by"], request["shown"]["args"]["amount"]) == (
        "approved",
        "alice",
        500,
    )
    held(charge, 501)
    assert charge(500) == "paid"
    assert (tmp_path / "ledger").read_text() == "cus_1 500\n"
    held(charge, 500)
    found = gate.approval(id)
    assert found is not None and found["status"] == "used"
    assert [request["id"] for request in gate.approvals("used")] == [id] and len(gate.approvals()) == 3


def test_a_no_tells_its_reason(gate: toolgate.Gate, charge: Charge) -> None:
    gate.deny_approval(held(charge, 500).approval["id"], "alice", reason="not this month")
    with pytest.raises(toolgate.ToolDenied, match="not this month") as caught:
        charge(500)
    assert caught.value.code == "approval.denied"


def test_a_token_is_its_approvers(gate: toolgate.Gate, charge: Charge) -> None:
    id = held(charge, 500).approval["id"]
    token = gate.approval_token(id, to="alice")
    vote = gate.approve(token, "whoever")["votes"][0]
    assert (vote["by"], vote["verified"]) == ("alice", True)
    assert code_of(lambda: gate.approve(token, "whoever")) == "approval.already_decided"
    assert code_of(lambda: gate_of(CONSENT, secrets=["x0" * 16]).approve(token, "alice")) == "approval.unknown_key"


def test_an_edited_call_runs_as_it_was_edited(gate: toolgate.Gate, charge: Charge) -> None:
    id = held(charge, 500).approval["id"]
    assert code_of(lambda: gate.approve(id, ALICE, args={"amount": 5000, "to": "cus_1"})) == "approval.edit_refused"
    edited = gate.approve(id, ALICE, args={"amount": 200, "to": "cus_1"})["edited"]
    assert verdict(gate, 500, approval=id) == ("deny", "approval.wrong_action")
    run = gate.run("stripe.charges.create", edited, lambda amount, to: amount, principal="agent:a", approval=id)
    assert run == 200


def test_a_request_is_passed_on_or_withdrawn(gate: toolgate.Gate, charge: Charge) -> None:
    id = held(charge, 500).approval["id"]
    assert gate.delegate_approval(id, ALICE, "bob")["delegated"] == [["alice", "bob"]]
    assert gate.cancel_approval(id)["status"] == "cancelled"
    assert code_of(lambda: gate.cancel_approval(id)) == "approval.cancelled"


def test_waiting_ends_with_the_answer(gate: toolgate.Gate, charge: Charge) -> None:
    waiting = held(charge, 500)
    assert waiting.wait(timeout=0.05)["status"] == "pending"
    answer = threading.Timer(0.1, gate.approve, (waiting.approval["id"], ALICE))
    answer.start()
    assert waiting.wait(timeout=30)["status"] == "approved"
    answer.join()
    assert charge(500) == "paid"


def test_waiting_lets_other_tasks_run(gate: toolgate.Gate, charge: Charge) -> None:
    waiting = held(charge, 500)

    async def answered() -> str:
        asking = asyncio.create_task(waiting.wait_async(timeout=30))
        await asyncio.sleep(0.05)
        gate.deny_approval(waiting.approval["id"], ALICE)
        status: str = (await asking)["status"]
        return status

    assert asyncio.run(answered()) == "denied"


def test_who_cannot_wait_is_told(gate: toolgate.Gate, charge: Charge) -> None:
    elsewhere = pickle.loads(pickle.dumps(held(charge, 500)))
    assert elsewhere.approval["id"] and code_of(elsewhere.wait) == "store.unavailable"
    nobody = gate_of("default: require_approval")
    with pytest.raises(toolgate.ApprovalRequired) as caught:
        nobody.run("note", {}, print)
    assert caught.value.approval["id"] is None and code_of(caught.value.wait) == "approval.not_found"
    assert code_of(lambda: gate.wait("apr_none", 1)) == "approval.not_found"


def test_a_grant_covers_what_it_names(gate: toolgate.Gate) -> None:
    soon = datetime.now(timezone(timedelta(hours=2))) + timedelta(minutes=5)
    terms = {"principal": "agent:*", "action": "create_charge", "target": "*", "by": "alice"}
    grant = gate.grant(**terms, expires=soon, uses=1, reason="night run")
    assert verdict(gate, 500) == ("allow", "approval.granted")
    assert verdict(gate, 500)[0] == "require_approval"
    assert [(one["id"], one["used"], one["by"]) for one in gate.grants()] == [(grant["id"], 1, "alice")]
    assert gate.revoke(grant["id"]) and not gate.revoke(grant["id"])
    without_a_zone = soon.replace(tzinfo=None)
    assert code_of(lambda: gate.grant(**terms, expires=without_a_zone)) == "call.malformed_args"


def test_a_kill_switch_stops_at_once(gate: toolgate.Gate) -> None:
    switch = gate.kill(action="create_*", reason="incident", by="alice")
    assert verdict(gate) == ("deny", "kill_switch.on")
    assert [one["id"] for one in gate.switches()] == [switch["id"]] == ["action:create_*"]
    assert gate.unkill(switch["id"]) and not gate.unkill(switch["id"])
    assert verdict(gate)[0] == "allow"


def test_agents_are_known_and_suspended() -> None:
    gate = gate_of(f"{CONSENT}\nprincipals: {{ require: registered }}")
    assert verdict(gate) == ("deny", "principal.unregistered")
    assert code_of(lambda: gate.new_key("agent:a")) == "principal.unregistered"
    assert gate.register("agent:a", owner="alice") == {"id": "agent:a", "owner": "alice", "state": "active"}
    assert gate.new_key("agent:a").startswith("tgk_") and verdict(gate)[0] == "allow"
    suspended = gate.register("agent:a", state="suspended", expires="2999-01-01T00:00:00Z")
    assert suspended["key_hash"] and gate.agent("agent:a") == suspended and gate.agents() == [suspended]
    assert verdict(gate) == ("deny", "principal.inactive") and gate.agent("agent:b") is None


def test_a_budget_is_one_for_all_gates_of_a_file(tmp_path: Path) -> None:
    first, second = (gate_of(BUDGET, store=tmp_path / "state.db") for _ in range(2))
    assert [verdict(gate)[0] for gate in (first, second, first, second)] == ["allow"] * 4
    assert verdict(first) == verdict(second) == ("deny", "budget.exceeded")


def test_a_budget_is_one_for_all_processes(tmp_path: Path) -> None:
    (tmp_path / "toolgate.yaml").write_text(BUDGET)
    program = (
        "import toolgate\n"
        "gate = toolgate.Gate('toolgate.yaml')\n"
        "for _ in range(3): print(gate.guard('stripe.charges.create', {}, principal='agent:a').code)\n"
    )
    command = [sys.executable, "-c", program]
    running = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    codes = [code for process in running for code in process.communicate(timeout=60)[0].split()]
    assert sorted(codes) == ["budget.exceeded"] * 2 + ["policy.allow"] * 4
    # Beside the policy, where no store is named.
    assert (tmp_path / ".toolgate" / "state.db").exists()


def test_what_a_call_will_cost_counts_until_it_is_settled() -> None:
    gate = gate_of(BUDGET)
    first = gate.guard("stripe.charges.create", {}, principal="agent:a", estimated_cost_usd=Decimal("1.75"))
    assert first.allowed and verdict(gate) == ("deny", "budget.exceeded")
    gate.record(first, toolgate.Outcome("executed", cost_usd="0.10"))
    assert verdict(gate, estimated_cost_usd="1.90")[0] == "allow"


@pytest.mark.parametrize("amount", [0.5, 1, "1e2", "-1", Decimal("NaN"), Decimal("-1"), Decimal("0.0000000001")])
def test_an_amount_that_is_not_exact_is_refused(gate: toolgate.Gate, amount: Any) -> None:
    assert verdict(gate, estimated_cost_usd=amount) == ("deny", "call.malformed_args")


@pytest.mark.parametrize("secret", ["hunter2", b"hunter2", "hunter2hunter2\ud800hunter2hunter2hunter2", 7])
def test_a_bad_secret_is_refused_and_not_shown(secret: Any) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        gate_of(CONSENT, secrets=[secret])
    assert "hunter2" not in repr(caught.value) and not hasattr(caught.value, "object")


@pytest.mark.parametrize("secrets", [SECRETS[0], SECRETS[0].encode(), [], 7])
def test_secrets_are_a_list(secrets: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        gate_of(CONSENT, secrets=secrets)


def test_what_cannot_be_kept_is_an_error_or_a_deny(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_text("a letter to Ana, not a database" * 9)
    damaged = gate_of(CONSENT, store=tmp_path / "state.db")
    assert verdict(damaged) == ("deny", "store.corrupt") and code_of(damaged.grants) == "store.corrupt"
    in_postgres = toolgate.Gate.from_yaml(f"{CONSENT}\nstore: {{ postgres_env: DATABASE_URL }}", audit=False)
    assert verdict(in_postgres) == ("deny", "store.unavailable")
    assert code_of(in_postgres.switches) == "store.unavailable"


def test_what_makes_no_sense_is_told(gate: toolgate.Gate) -> None:
    wrong: list[Any] = [7, {"verified": True}, {"id": object()}]
    assert {code_of(lambda who=who: gate.approve("apr_x", who)) for who in wrong} == {
        "call.malformed_args",
        "call.unsupported_value",
    }
    status: Any = "asleep"
    assert code_of(lambda: gate.approvals(status)) == "call.malformed_args"


def test_an_exception_can_be_copied(charge: Charge) -> None:
    assert copy.copy(held(charge, 500)).approval["id"]
