"""An agent wants to send an email, which a person has to agree to.

python examples/python/needs_approval.py
"""

import toolgate

gate = toolgate.Gate.from_yaml(
    """
    version: 1
    audit: off
    default: require_approval
    rules:
      - id: emails-are-read-first
        match: { action: send_email }
        decision: require_approval
        approval: { from: ["role:support-lead"], expires: 30m }
        reason: a person reads an email before a customer does
    """
)


@toolgate.guard(gate=gate)
def send_email(to: str, subject: str, body: str) -> None:
    """Sends an email."""
    raise AssertionError("not before somebody agreed")


with toolgate.context(principal="agent:support", session="run-7"):
    try:
        send_email(to="ana@example.org", subject="Your refund", body="It is on its way.")
    except toolgate.ApprovalRequired as waiting:
        terms = waiting.decision.approval or {}
        print("waits:", waiting)
        print("who may agree:", terms["from"], "within", terms["expires_s"], "seconds")
