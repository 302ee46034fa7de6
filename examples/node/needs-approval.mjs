// An agent wants to send an email, which a person has to agree to.
//
// node examples/node/needs-approval.mjs

import { ApprovalRequired, Gate, context, guarded } from 'toolgate'

const gate = Gate.fromYaml(`
version: 1
audit: off
default: require_approval
rules:
  - id: emails-are-read-first
    match: { action: send_email }
    decision: require_approval
    approval: { from: ["role:support-lead"], expires: 30m }
    reason: a person reads an email before a customer does
`)

/** Sends an email. */
const sendEmail = guarded(gate, 'send_email', () => {
  throw new Error('not before somebody agreed')
})

await context({ principal: 'agent:support', session: 'run-7' }, async () => {
  try {
    await sendEmail({ to: 'ana@example.org', subject: 'Your refund', body: 'It is on its way.' })
  } catch (waiting) {
    if (!(waiting instanceof ApprovalRequired)) throw waiting
    const { from, expires_s: seconds } = waiting.decision.approval
    console.log('waits:', waiting.message)
    console.log('who may agree:', from.flat().join(), 'within', seconds, 'seconds')
  }
})
