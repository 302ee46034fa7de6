// Code of a user, which a strict type checker has to accept. It is checked, never run.

import {
  type ApprovalRequest,
  ApprovalRequired,
  type Approver,
  AuditError,
  type CallFacts,
  Decision,
  DryRun,
  Gate,
  type Outcome,
  PolicyError,
  type Principal,
  type Refusal,
  ToolDenied,
  type Verdict,
  context,
  defaultGate,
  guarded,
  openBeneath,
  redact,
  setDefaultGate,
} from 'toolgate'

const gate = new Gate({ policy: new URL('toolgate.yaml', import.meta.url), audit: false, cwd: '/workspace', store: 'memory' })
const principal: Principal = { id: 'agent:a', role: 'prod', onBehalfOf: ['user:b'], attributes: { team: 'x' } }

interface Charge {
  amount: number
  currency?: string | undefined
}

const charge = guarded(gate, 'stripe.charges.create', async ({ amount }: Charge) => amount, { principal })
const search = guarded(
  'search',
  ({ query }: { query: string }, { id }: { id: string; stop: AbortSignal }) => [query, id],
  ({ id, stop }) => ({ callId: id, signal: stop }),
)
const feed = guarded(gate, 'feed', async function* ({ topic }: { topic: string }) {
  yield topic
})

const amount: number = await charge({ amount: 1 })
const found: string[] = await search({ query: 'x' }, { id: 'call-1', stop: new AbortController().signal })
for await (const item of feed({ topic: 'x' })) item.toUpperCase()

const length: number = await gate.run('note', { text: 'x' }, ({ text }) => text.length, { session: 's' })
const parsed: number = await gate.run('note', '{"text": "x"}', async (args: { text: string }) => args.text.length)
const facts: CallFacts = { principal: 'agent:a', labels: ['untrusted'], signals: ['injection'], callId: 'c', estimatedCostUsd: '0.10' }

const asked: Charge = { amount: 1 }
const unknown: Record<string, unknown> = { amount: 1 }
gate.guard('stripe.charges.create', asked)
gate.guard('stripe.charges.create', unknown)
gate.guard('stripe.charges.create', JSON.parse('{}'))
gate.explain('note')

async function answer(held: ApprovalRequired): Promise<boolean> {
  const approver: Approver = { id: 'alice', role: 'lead', verified: true }
  const request: ApprovalRequest | null = await gate.approval(held.approval.id ?? '')
  await gate.approve(request?.id ?? '', approver, { reason: 'fine', args: { amount: 1 } })
  await gate.grant({ principal: '*', action: 'note', target: '*', by: 'alice', expires: new Date(), uses: 2 })
  await gate.register('agent:a', { state: 'suspended' })
  const off: boolean = await gate.unkill((await gate.kill({ tool: 'note' })).id)
  return off && (await held.wait({ timeoutMs: 1000 })).status === 'approved'
}

function why(refusal: Refusal): string {
  switch (refusal.verdict) {
    case 'deny':
      return refusal.name
    case 'require_approval':
      return refusal.decision.approval?.from.flat().join() ?? ''
    case 'dry_run':
      return refusal.code
  }
}

try {
  const decision: Decision = gate.guard('note', { n: 1n, list: [null, true, { a: 'b' }] }, facts)
  const verdict: Verdict = decision.verdict
  const outcome: Outcome = { status: 'skipped', durationMs: 0 }
  gate.record(decision, outcome)
  await gate.recordAsync(decision, { ...outcome, costUsd: '0.5' })
  for (const duty of decision.obligations) if (duty.kind === 'pin_addresses') duty.addresses.join(verdict)
  const text: string = await (await decision.open('r')).readFile('utf8')
  await (await openBeneath('/workspace', text)).close()
} catch (error) {
  if (error instanceof ToolDenied || error instanceof ApprovalRequired || error instanceof DryRun) why(error)
  if (error instanceof ApprovalRequired) await answer(error)
  if (error instanceof PolicyError) error.problems.map((problem) => problem.line + problem.column)
  if (error instanceof AuditError) error.code satisfies 'audit.unwritable'
}

const seven: number = context({ principal, session: 's' }, () => 7)
setDefaultGate(gate)
setDefaultGate()
redact({ a: [1] })
console.log(amount, found, length, parsed, seven, defaultGate().policyHash, (await gate.verifyAudit()).problem?.why)
