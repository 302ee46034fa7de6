"""An agent wants to send an email, which a person has to agree to. Somebody does, and it is sent.

python examples/python/needs_approval.py
"""

import toolgate

gate = toolgate.Gate.from_yaml(
    """
    version: 1
    audit: off
    default: deny
    approvals: { expires: 30m }
    rules:
      - id: emails-are-read-first
        match: { action: send_email }
        decision: require_approval
        approval: { from: ["role:support-lead"], expires: 30m }
        reason: a person reads an email before a customer does
    """,
    store="memory",
)


@toolgate.guard(gate=gate)
def send_email(to: str, subject: str, body: str) -> str:
    """Sends an email."""
    return f"sent {subject!r} to {to}"


def ask_a_person(id: str) -> None:
    """Stands for a message to the support lead, who reads the email and agrees. Their login says who they are."""
    request = gate.approval(id) or {}
    print("ana reads:", request["shown"]["args"]["body"])
    gate.approve(id, {"id": "ana", "role": "support-lead", "verified": True}, reason="polite")


email = {"to": "bob@example.org", "subject": "Your refund", "body": "It is on its way."}
with toolgate.context(principal="agent:support", session="run-7"):
    try:
        send_email(**email)
    except toolgate.ApprovalRequired as waiting:
        print("waits:", waiting)
        print("who may agree:", waiting.approval["from"], "within", waiting.approval["expires_s"], "seconds")
        ask_a_person(waiting.approval["id"])
        print("answer:", waiting.wait(timeout=60)["status"])
        print(send_email(**email))
