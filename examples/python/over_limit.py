"""An agent may charge up to 1000, and no more.

python examples/python/over_limit.py
"""

import toolgate

gate = toolgate.Gate.from_yaml(
    """
    version: 1
    audit: off
    default: deny
    tools:
      create_charge: { decision: allow }
    rules:
      - id: no-large-charge
        match: { action: create_charge }
        when: args.amount > 1000
        decision: deny
        reason: charges above 1000 are made by people
    """
)


@toolgate.guard("stripe.charges.create", gate=gate, principal="agent:finance-sync")
def charge(amount: int, currency: str) -> str:
    """Charges the customer."""
    return f"charged {amount} {currency}"


for amount in (800, 1200):
    try:
        print(f"{amount}:", charge(amount=amount, currency="eur"))
    except toolgate.ToolDenied as refusal:
        print(f"{amount}:", refusal, refusal.decision.rules)
