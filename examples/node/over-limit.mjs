// An agent may spend two dollars a day, and not a cent more.
//
// node examples/node/over-limit.mjs

import { Gate, ToolDenied, guarded } from 'toolgate'

const gate = Gate.fromYaml(
  `
version: 1
audit: off
default: deny
tools:
  search_web: { decision: allow, cost_usd: 0.75 }
budgets:
  "agent:research": { daily_usd: 2.00, decision: deny }
`,
  // In a program that is more than one process, leave this out: they then share a file.
  { store: 'memory' },
)

/** Searches the web. */
const search = guarded(gate, 'web_search', ({ query }) => `results for ${query}`, { principal: 'agent:research' })

for (const query of ['otters', 'their dams', 'beavers']) {
  try {
    console.log(`${query}:`, await search({ query }))
  } catch (refusal) {
    if (!(refusal instanceof ToolDenied)) throw refusal
    console.log(`${query}:`, refusal.message)
  }
}
