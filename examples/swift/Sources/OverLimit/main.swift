// An agent may charge up to 1000, and no more.

import Toolgate

struct Charge: Codable {
  var amount: Int
  var currency: String
}

let gate = try Gate(
  yaml: """
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
    """)

for amount in [800, 1200] {
  let charge = Charge(amount: amount, currency: "eur")
  do {
    let done = try await gate.run(
      tool: "stripe.charges.create", encoding: charge, principal: "agent:finance-sync"
    ) { charge in "charged \(charge.amount) \(charge.currency)" }
    print("\(amount):", done)
  } catch let refusal as ToolgateError {
    print("\(amount):", refusal, refusal.decision?.rules ?? [])
  }
}
