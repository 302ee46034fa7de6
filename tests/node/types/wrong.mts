// Mistakes of a user, each of which a strict type checker has to find. It is checked, never run.

import { Decision, Gate, ToolDenied, context, guarded, setDefaultGate } from 'toolgate'

// @ts-expect-error
new Gate(7)
// @ts-expect-error
new Gate({ polciy: 'toolgate.yaml' })
// @ts-expect-error
Gate.fromYaml('', { audit: true })
const gate = new Gate()
// @ts-expect-error
gate.guard(7)
// @ts-expect-error
gate.guard('note', 7)
// @ts-expect-error
gate.guard('note', { when: new Date() })
// @ts-expect-error
gate.guard('note', { fn: () => 1 })
// @ts-expect-error
gate.guard('note', {}, { principle: 'a' })
// @ts-expect-error
gate.guard('note', {}, { principal: { id: 'a', on_behalf_of: ['b'] } })
const decision = gate.guard('note', {})
// @ts-expect-error
gate.guard('note', {}, { estimatedCostUsd: 0.5 })
// @ts-expect-error
gate.approve('apr_1', { role: 'lead' })
// @ts-expect-error
gate.approvals('open')
// @ts-expect-error
gate.grant({ principal: '*', action: 'note', target: '*', by: 'alice' })
// @ts-expect-error
decision.verdict = 'allow'
// @ts-expect-error
decision.action.type = 'note'
// @ts-expect-error
if (decision.verdict === 'allowed') decision.id
// @ts-expect-error
new Decision()
// @ts-expect-error
new ToolDenied(decision)
// @ts-expect-error
gate.record(decision, { status: 'done' })
// @ts-expect-error
context({ principle: 'a' }, () => 1)
// @ts-expect-error
context({ callId: 'a' }, () => 1)
// @ts-expect-error
setDefaultGate('toolgate.yaml')
const note = guarded(gate, 'note', ({ text }: { text: string }) => text.length)
// @ts-expect-error
await note({ text: 7 })
// @ts-expect-error
await note({ txt: 'a' })
// @ts-expect-error
const length: string = await note({ text: 'a' })
// @ts-expect-error
guarded('toolgate.yaml', 'note', () => 1)
// @ts-expect-error
const result: string = await gate.run('note', { n: 1 }, ({ n }) => n)
// @ts-expect-error
await gate.run('note', { n: 1 }, ({ m }) => m)
