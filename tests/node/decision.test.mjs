// What a decision says, and that nothing changes or forges it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'

import { ApprovalRequired, Decision, DryRun, Gate, NotAllowed, ToolDenied, ToolgateError } from 'toolgate'

import { gate, mustNotRun } from './support.mjs'

test('it says everything', () => {
  const decision = gate.guard('stripe.charges.create', { amount: 2000 }, { principal: 'agent:a' })
  assert.equal(decision.verdict, 'deny')
  assert.equal(decision.observed, null)
  assert.equal(decision.code, 'policy.deny')
  assert.equal(decision.reason, 'charges above 1000 are not for agents')
  assert.ok(decision.rules.includes('no-large-charge'))
  assert.equal(decision.action.type, 'create_charge')
  assert.deepEqual(decision.action.args, { amount: 2000 })
  assert.equal(decision.risk.score, decision.riskScore)
  assert.ok(['low', 'medium', 'high', 'critical'].includes(decision.risk.level))
  assert.equal(decision.policyHash, gate.policyHash)
  assert.deepEqual(decision.obligations, [])
  assert.equal(decision.approval, null)
  assert.match(decision.id, /^dec_[0-9a-f]{32}$/)
  assert.match(decision.at, /Z$/)
  assert.equal(inspect(decision), '<Decision deny (policy.deny): charges above 1000 are not for agents>')
})

test('it says whether the tool may run', () => {
  for (const [tool, args, verdict] of [
    ['note', {}, 'allow'],
    ['plan', {}, 'dry_run'],
    ['else', {}, 'require_approval'],
    ['read_file', { path: '/etc/passwd' }, 'deny'],
  ]) {
    const decision = gate.guard(tool, args)
    assert.deepEqual([decision.verdict, decision.allowed], [verdict, verdict === 'allow'])
  }
})

test('what is asked of a person is said', () => {
  const two = Gate.fromYaml(`
audit: off
rules:
  - id: two-leads
    match: { action: create_charge }
    decision: require_approval
    approval: { count: 2, from: ["role:finance-lead"], expires: 10m }
`)
  const { approval } = two.guard('stripe.charges.create', { amount: 1 })
  const terms = { count: 2, distinct: true, from: [['role:finance-lead']], expires_s: 600 }
  // The policy says who has to consent, not how they are asked: so nobody was.
  assert.deepEqual(approval, { ...terms, id: null, url: null, expires: null })
})

test('a policy that observes blocks nothing and says so', () => {
  const decision = Gate.fromYaml('audit: off\nmode: observe\ndefault: deny').guard('note', {})
  assert.deepEqual([decision.verdict, decision.observed, decision.allowed], ['allow', 'deny', true])
})

test('its object and its text agree', () => {
  const decision = gate.guard('note', { text: 'grüße', n: 1.5 })
  assert.deepEqual(JSON.parse(decision.canonicalJson()), decision.toJSON())
  assert.deepEqual(JSON.parse(JSON.stringify(decision)), decision.toJSON())
  assert.equal(decision.toJSON().decision_id, decision.id)
  assert.deepEqual(decision.toJSON().action, decision.action)
  assert.ok(decision.canonicalJson().startsWith('{"action":{"args":{"n":1.5,"text":"grüße"}'))
})

test('nothing changes it', () => {
  const decision = gate.guard('read_file', { path: '/etc/passwd' })
  for (const change of [
    () => (decision.verdict = 'allow'),
    () => (decision.other = 1),
    () => Object.defineProperty(decision, 'allowed', { value: true }),
    () => Object.setPrototypeOf(decision, { allowed: true }),
    () => (Decision.prototype.toJSON = () => 1),
    () => (decision.action.type = 'note'),
    () => decision.rules.push('x'),
    () => (decision.action.args.path = 'x'),
  ]) {
    assert.throws(change, TypeError)
  }
  decision.toJSON().verdict = 'allow'
  assert.deepEqual([decision.verdict, decision.toJSON().verdict, decision.action.type], ['deny', 'deny', 'file.read'])
})

test('only a gate makes one', () => {
  assert.throws(() => new Decision(), TypeError)
  assert.throws(() => new (class extends Decision {})(Symbol('made by a gate'), 'a--'), TypeError)
  assert.throws(() => gate.record({ id: 'dec_0', allowed: true }, { status: 'executed' }), TypeError)
  assert.throws(() => gate.record(Object.create(Decision.prototype), { status: 'executed' }), TypeError)
})

for (const [tool, kind, what, verdict] of [
  ['read_file', ToolDenied, 'denied', 'deny'],
  ['else', ApprovalRequired, 'approval required', 'require_approval'],
  ['plan', DryRun, 'dry run', 'dry_run'],
]) {
  test(`an error tells the reason: ${what}`, async () => {
    const error = await gate.run(tool, { path: '/etc/passwd' }, mustNotRun).catch((caught) => caught)
    assert.ok(error instanceof kind && error instanceof NotAllowed && error instanceof ToolgateError)
    assert.equal(error.message, `${what}: ${error.decision.reason} (${error.decision.code})`)
    assert.deepEqual([error.name, error.verdict, error.code], [kind.name, verdict, error.decision.code])
    assert.equal(error.decision.allowed, false)
  })
}
