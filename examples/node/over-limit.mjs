// An agent may charge up to 1000, and no more.
//
// node examples/node/over-limit.mjs

import { Gate, ToolDenied, guarded } from 'toolgate'

const gate = Gate.fromYaml(`
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
`)

/** Charges the customer. */
const charge = guarded(gate, 'stripe.charges.create', ({ amount, currency }) => `charged ${amount} ${currency}`, {
  principal: 'agent:finance-sync',
})

for (const amount of [800, 1200]) {
  try {
    console.log(`${amount}:`, await charge({ amount, currency: 'eur' }))
  } catch (refusal) {
    if (!(refusal instanceof ToolDenied)) throw refusal
    console.log(`${amount}:`, refusal.message, refusal.decision.rules)
  }
}
