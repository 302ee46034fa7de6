"""An agent may spend 2.00 USD a day on searches, and no more.

python examples/python/over_limit.py
"""

import toolgate

gate = toolgate.Gate.from_yaml(
    """
    version: 1
    audit: off
    default: deny
    tools:
      search_web: { decision: allow, cost_usd: 0.75 }
    budgets:
      agent:research: { daily_usd: 2.00, decision: deny }
    """,
    store="memory",
)


@toolgate.guard("search_web", gate=gate, principal="agent:research")
def search(query: str) -> str:
    """Asks a search service that takes money."""
    return f"results for {query!r}"


for query in ("tides", "moons", "comets"):
    try:
        print(search(query))
    except toolgate.ToolDenied as refusal:
        print(f"{query}:", refusal)
