// An agent may spend two dollars a day, and not a cent more.

import Toolgate

struct Search: Codable {
  var query: String
}

let gate = try Gate(
  yaml: """
    version: 1
    audit: off
    default: deny
    tools:
      search_web: { decision: allow, cost_usd: 0.75 }
    budgets:
      "agent:research": { daily_usd: 2.00, decision: deny }
    """)

for query in ["otters", "their dams", "beavers"] {
  do {
    let found = try await gate.run(
      tool: "web_search", encoding: Search(query: query), principal: "agent:research"
    ) { search in "results for \(search.query)" }
    print("\(query):", found)
  } catch let refusal as ToolgateError {
    print("\(query):", refusal)
  }
}
