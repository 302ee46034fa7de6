// An agent wants to send an email. It waits until a person agrees, here by a callback in the same program.
//
// node examples/node/needs-approval.mjs

import { ApprovalRequired, Gate, context, guarded } from 'toolgate'

const gate = Gate.fromYaml(
  `
version: 1
audit: off
default: deny
approvals: { expires: 30m }
rules:
  - id: emails-are-read-first
    match: { action: send_email }
    decision: require_approval
    approval: { from: ["role:support-lead"] }
    reason: a person reads an email before a customer does
`,
  { store: 'memory' },
)

/** Sends an email. */
const sendEmail = guarded(gate, 'send_email', ({ to, subject }) => `sent "${subject}" to ${to}`)

/** Sends it once somebody agreed; `ask` shows them what would be sent. */
async function sendOnceApproved(email, ask) {
  try {
    return await sendEmail(email)
  } catch (held) {
    if (!(held instanceof ApprovalRequired)) throw held
    console.log('waits:', held.message)
    await ask(await gate.approval(held.approval.id))
    const { status } = await held.wait({ timeoutMs: 60_000 })
    return status === 'approved' ? sendEmail(email) : status
  }
}

/** What your chat or your console would do: ask a person whom your program knows. */
async function lead(request) {
  console.log('asked:', request.terms.from.flat().join(), 'about', JSON.stringify(request.shown.args))
  await gate.approve(request.id, { id: 'bea', role: 'support-lead', verified: true }, { reason: 'reads well' })
}

await context({ principal: 'agent:support', session: 'run-7' }, async () => {
  const email = { to: 'ana@example.org', subject: 'Your refund', body: 'It is on its way.' }
  console.log(await sendOnceApproved(email, lead))
  // Consent works once: the next one is asked about again.
  console.log(await sendEmail(email).catch((again) => again.name))
})
