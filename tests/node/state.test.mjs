// What a gate remembers: consent, budgets, kill switches, agents.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

import { ApprovalRequired, Gate, StateError, ToolDenied, context, guarded } from 'toolgate'

import { ROOT, directory, mustNotRun } from './support.mjs'

const SECRET = '0123456789abcdef0123456789abcdef'
const ALICE = { id: 'alice', verified: true }

const CONSENT = `
audit: off
approvals: { expires: 1h }
tools: { create_charge: { decision: allow } }
rules:
  - { id: large, match: { action: create_charge }, when: args.amount > 100, decision: require_approval }
  - { id: huge, match: { action: create_charge }, when: args.amount > 1000, decision: deny }
`

const BUDGET = `
audit: off
tools: { create_charge: { decision: allow, cost_usd: 0.50 } }
budgets: { 'agent:*': { daily_usd: 2.00, decision: deny } }
`

const open = (policy = CONSENT) => Gate.fromYaml(policy, { store: 'memory', secrets: [SECRET] })
const charge = (amount) => ({ amount, currency: 'eur', customer: 'cus_1' })
const asked = (gate, amount, facts) =>
  gate.guard('stripe.charges.create', charge(amount), { principal: 'agent:a', ...facts })
const refuses = (promise, code) =>
  assert.rejects(promise, (error) => error instanceof StateError && error.code === code && error.name === 'StateError')

test('what is held runs once, with exactly what was approved', async () => {
  const gate = open()
  const ran = []
  const pay = guarded(gate, 'stripe.charges.create', (args) => ran.push(args), { principal: 'agent:a' })
  const held = await pay(charge(500)).catch((error) => error)
  assert.ok(held instanceof ApprovalRequired)
  assert.deepEqual([held.approval.id.slice(0, 4), held.approval.count, held.approval.expires_s], ['apr_', 1, 3600])
  const [request] = await gate.approvals('pending')
  assert.deepEqual([request.id, request.status, request.missing], [held.approval.id, 'pending', 1])
  assert.ok(Object.isFrozen(request) && Object.isFrozen(request.shown))
  const approved = await gate.approve(request.id, ALICE, { reason: 'fine' })
  assert.deepEqual([approved.status, approved.votes[0].by, approved.votes[0].reason], ['approved', 'alice', 'fine'])
  await assert.rejects(pay(charge(501)), ApprovalRequired)
  await pay(charge(500))
  await assert.rejects(pay(charge(500)), ApprovalRequired)
  assert.deepEqual(ran, [charge(500)])
  assert.equal((await gate.approval(request.id)).status, 'used')
})

test('who waits goes on when somebody has answered', async () => {
  const gate = open()
  const call = () => gate.run('stripe.charges.create', charge(500), () => 'paid', { principal: 'agent:a' })
  const held = await call().catch((error) => error)
  setTimeout(() => gate.approve(held.approval.id, 'alice'), 50)
  assert.equal((await held.wait()).status, 'approved')
  assert.equal(await call(), 'paid')
})

test('waiting ends with the time or with the signal', async () => {
  const gate = open()
  const { id } = asked(gate, 500).approval
  assert.equal((await gate.wait(id, { timeoutMs: 30 })).status, 'pending')
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('enough')), 30)
  await assert.rejects(gate.wait(id, { signal: controller.signal }), /enough/)
  await assert.rejects(gate.wait(id, { signal: AbortSignal.abort(new Error('before')) }), /before/)
  await refuses(gate.wait('apr_none'), 'approval.not_found')
  await assert.rejects(gate.wait(id, { timeout: 1 }), TypeError)
  await assert.rejects(gate.wait(id, { timeoutMs: '1' }), TypeError)
})

test('where nobody is asked there is nothing to wait for', async () => {
  const gate = Gate.fromYaml('audit: off\ndefault: require_approval')
  const held = await gate.run('note', {}, mustNotRun).catch((error) => error)
  assert.equal(held.approval.id, null)
  await refuses(held.wait(), 'approval.not_found')
})

test('a no is a no, and a person reads why', async () => {
  const gate = open()
  const { id } = asked(gate, 500).approval
  assert.equal((await gate.denyApproval(id, ALICE, { reason: 'too much' })).status, 'denied')
  await refuses(gate.approve(id, ALICE), 'approval.denied')
  await assert.rejects(
    gate.run('stripe.charges.create', charge(500), mustNotRun, { principal: 'agent:a' }),
    (error) => error instanceof ToolDenied && error.code === 'approval.denied' && /too much/.test(error.message),
  )
})

test('a token answers for its request, once', async () => {
  const gate = open()
  const token = await gate.approvalToken(asked(gate, 500).approval.id, { to: 'alice' })
  const [vote] = (await gate.approve(token, 'whoever')).votes
  assert.deepEqual([vote.by, vote.verified], ['alice', true])
  await refuses(gate.approve(token, 'whoever'), 'approval.already_decided')
  assert.equal(asked(gate, 500).code, 'approval.granted')
})

test('an edited call runs as it was edited, or not at all', async () => {
  const gate = open()
  const { id } = asked(gate, 500).approval
  await refuses(gate.approve(id, ALICE, { args: charge(5000) }), 'approval.edit_refused')
  const { edited } = await gate.approve(id, ALICE, { args: charge(200) })
  assert.equal(asked(gate, 500, { approval: id }).code, 'approval.wrong_action')
  const options = { principal: 'agent:a', approval: id }
  assert.deepEqual(await gate.run('stripe.charges.create', edited, (args) => args, options), charge(200))
  assert.equal(asked(gate, 200, { approval: id }).code, 'approval.already_used')
})

test('requests are passed on and withdrawn', async () => {
  const gate = open()
  const { id } = asked(gate, 500).approval
  const { delegated } = await gate.delegateApproval(id, ALICE, 'bob')
  assert.deepEqual(delegated, [['alice', 'bob']])
  assert.equal((await gate.cancelApproval(id)).status, 'cancelled')
  await refuses(gate.approve(id, ALICE), 'approval.cancelled')
  await refuses(gate.approve(id, 7), 'call.malformed_args')
  await assert.rejects(gate.approve(id, ALICE, { why: 'x' }), TypeError)
  await assert.rejects(gate.approve(id, ALICE, { args: { at: new Map() } }), TypeError)
})

test('a grant covers what it names, so often', async () => {
  const gate = open()
  const expires = new Date(Date.now() + 60_000)
  const terms = { principal: 'agent:a', action: 'create_charge', target: '*', by: 'alice', uses: 1, expires }
  const grant = await gate.grant(terms)
  assert.equal(grant.terms.uses, 1)
  assert.deepEqual([asked(gate, 500).verdict, asked(gate, 500).verdict], ['allow', 'require_approval'])
  assert.equal((await gate.grants())[0].used, 1)
  assert.deepEqual([await gate.revoke(grant.id), await gate.revoke(grant.id)], [true, false])
  await refuses(gate.grant({ ...terms, target: undefined }), 'call.malformed_args')
})

test('a kill switch stops at once', async () => {
  const gate = open()
  const { id } = await gate.kill({ action: 'create_*', reason: 'incident', by: 'alice' })
  assert.equal(asked(gate, 5).code, 'kill_switch.on')
  assert.deepEqual(
    (await gate.switches()).map((one) => [one.id, one.by]),
    [[id, 'alice']],
  )
  assert.deepEqual([await gate.unkill(id), await gate.unkill(id)], [true, false])
  assert.equal(asked(gate, 5).verdict, 'allow')
  const everything = await gate.kill()
  assert.equal(asked(gate, 5).code, 'kill_switch.on')
  await gate.unkill(everything.id)
})

test('agents are registered and have keys', async () => {
  const gate = open(`${CONSENT}\nprincipals: { require: registered }`)
  assert.equal(asked(gate, 5).code, 'principal.unregistered')
  await gate.register('agent:a', { owner: 'alice', expires: new Date(Date.now() + 60_000) })
  assert.equal(asked(gate, 5).verdict, 'allow')
  const key = await gate.newKey('agent:a')
  assert.notEqual(key, await gate.newKey('agent:a'))
  const { state, owner, key_hash: hash } = await gate.agent('agent:a')
  assert.deepEqual([state, owner, hash.slice(0, 7)], ['active', 'alice', 'sha256:'])
  await gate.register('agent:a', { state: 'suspended' })
  assert.equal(asked(gate, 5).code, 'principal.inactive')
  assert.equal((await gate.agents()).length, 1)
  assert.equal(await gate.agent('agent:b'), null)
  await refuses(gate.newKey('agent:b'), 'principal.unregistered')
})

test('a budget in a file holds for all gates and processes', async () => {
  const store = join(directory(), 'state.db')
  const gates = [Gate.fromYaml(BUDGET, { store }), Gate.fromYaml(BUDGET, { store })]
  const spend = (gate) =>
    gate.run('stripe.charges.create', charge(1), () => 'paid', { principal: 'agent:a' }).catch((error) => error.code)
  assert.deepEqual(await Promise.all([...gates, ...gates].map(spend)), ['paid', 'paid', 'paid', 'paid'])
  assert.equal(await spend(gates[0]), 'budget.exceeded')
  const program = `
    import { Gate } from 'toolgate'
    const gate = Gate.fromYaml(${JSON.stringify(BUDGET)}, { store: ${JSON.stringify(store)} })
    const { code } = await gate.guardAsync('stripe.charges.create', ${JSON.stringify(charge(1))}, { principal: 'agent:a' })
    console.log(code)
    const held = await gate.guardAsync('note', {})
    gate.wait('apr_none').catch((error) => console.log(error.code, held.verdict))
  `
  const command = ['--input-type=module', '--eval', program]
  const run = spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8', timeout: 20_000 })
  assert.deepEqual([run.status, run.stdout], [0, 'budget.exceeded\napproval.not_found require_approval\n'], run.stderr)
})

test('state on disk never holds up the event loop', async () => {
  const gate = Gate.fromYaml(BUDGET, { store: join(directory(), 'state.db') })
  assert.equal(gate.waits, true)
  assert.throws(() => asked(gate, 1), /guardAsync/)
  const decision = await gate.guardAsync('stripe.charges.create', charge(1), { principal: 'agent:a' })
  assert.throws(() => gate.record(decision, { status: 'executed' }), /recordAsync/)
  await gate.recordAsync(decision, { status: 'executed', costUsd: '0.10' })
  await assert.rejects(gate.recordAsync(decision, { status: 'done' }), TypeError)
  assert.equal(open(BUDGET).waits, false)
})

test('what was cheaper than expected is given back', async () => {
  const gate = open(BUDGET)
  const first = asked(gate, 1, { estimatedCostUsd: '2.00' })
  assert.equal(first.verdict, 'allow')
  assert.equal(asked(gate, 1).code, 'budget.exceeded')
  gate.record(first, { status: 'executed', costUsd: '0.25' })
  assert.equal(asked(gate, 1).verdict, 'allow')
  assert.equal(asked(gate, 1, { estimatedCostUsd: 0.5 }).code, 'call.malformed_args')
  assert.throws(() => context({ estimatedCostUsd: '1' }, mustNotRun), TypeError)
  assert.throws(() => context({ approval: 'apr_1' }, mustNotRun), TypeError)
})

test('a store that cannot be opened is a deny', async () => {
  const lost = Gate.fromYaml(CONSENT, { store: '/dev/null/state.db' })
  const decision = await lost.guardAsync('stripe.charges.create', charge(1))
  assert.deepEqual([decision.verdict, decision.code], ['deny', 'store.unavailable'])
  const remote = Gate.fromYaml(`${CONSENT}\nstore: { postgres_env: DATABASE_URL }`)
  await refuses(remote.switches(), 'store.unavailable')
})

test('a bad secret is refused and never shown', () => {
  for (const secrets of [['short'], ['x'.repeat(40)], 'text', [7], []]) {
    assert.throws(
      () => Gate.fromYaml(CONSENT, { secrets }),
      (error) => error instanceof TypeError && !/short|xxx/.test(error.message.replace('shorter', '')),
    )
  }
  assert.throws(() => Gate.fromYaml(CONSENT, { store: 7 }), TypeError)
})
