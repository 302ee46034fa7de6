// Loading, pinning, reloading, recording and verifying.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { AuditError, Gate, PolicyError } from 'toolgate'

import { POLICY, directory, gate, logged } from './support.mjs'

function policyFile(text) {
  const file = join(directory(), 'policy.yaml')
  writeFileSync(file, text)
  return file
}

test('a policy comes from text or from a file', () => {
  const file = policyFile(POLICY)
  const gates = [
    Gate.fromYaml(POLICY, { audit: false }),
    Gate.fromFile(file, { audit: false }),
    Gate.fromFile(pathToFileURL(file), { audit: false }),
    new Gate({ policy: file, audit: false }),
  ]
  assert.equal(new Set(gates.map((one) => one.policyHash)).size, 1)
  assert.ok(gates.every((one) => one.guard('note', {}).allowed))
})

test('all problems are told with their places', () => {
  const file = policyFile('tools:\n  file.raed: { decision: alow }\nfoo: 1\n')
  assert.throws(
    () => new Gate({ policy: file }),
    (error) => {
      assert.ok(error instanceof PolicyError)
      assert.equal(error.code, 'policy.invalid')
      assert.deepEqual(
        error.problems.map(({ line, column }) => [line, column]),
        [
          [2, 3],
          [2, 26],
          [3, 1],
        ],
      )
      assert.ok(error.problems.every((problem) => problem.file === file && problem.code.startsWith('policy.')))
      assert.ok(
        error.problems.every(({ message, help }) => error.message.includes(message) && error.message.includes(help)),
      )
      assert.throws(() => (error.problems[0].line = 1), TypeError)
      return true
    },
  )
})

test('a file that is not there is told', () => {
  assert.throws(() => Gate.fromFile(join(directory(), 'none.yaml')), {
    code: 'policy.missing',
    message: /no such file/,
  })
})

test('a pinned policy is the only one', async () => {
  const policyDigest = Gate.fromYaml(POLICY, { audit: false }).policyHash
  assert.equal(Gate.fromYaml(POLICY, { audit: false, policyDigest }).policyHash, policyDigest)
  assert.throws(() => Gate.fromYaml('default: deny', { policyDigest }), { code: 'policy.digest_mismatch' })

  const file = policyFile(POLICY)
  const pinned = Gate.fromFile(file, { audit: false, policyDigest })
  writeFileSync(file, 'default: deny')
  await assert.rejects(pinned.reload(), PolicyError)
  assert.equal(pinned.policyHash, policyDigest)
})

test('a reload swaps the policy and a bad one changes nothing', async () => {
  const file = policyFile('audit: off\ntools: { note: { decision: allow } }')
  const one = Gate.fromFile(file)
  assert.ok(one.guard('note', {}).allowed)
  writeFileSync(file, 'audit: off\ntools: { note: { decision: deny } }')
  await one.reload()
  assert.equal(one.guard('note', {}).verdict, 'deny')
  writeFileSync(file, 'tools: 7')
  await assert.rejects(one.reload(), PolicyError)
  assert.equal(one.guard('note', {}).verdict, 'deny')
})

test('a reload can turn the log on', async () => {
  const file = policyFile('audit: off\ndefault: deny')
  const one = Gate.fromFile(file)
  one.guard('note', {})
  assert.equal(one.auditDirectory, null)
  writeFileSync(file, 'default: deny')
  await one.reload()
  one.guard('note', {})
  assert.notEqual(one.auditDirectory, null)
  assert.ok((await one.verifyAudit()).records >= 1)
})

test('the newest policy is in force after reloads at once', async () => {
  const text = (number) => `audit: off\ntools: { note: { decision: allow, reason: number ${number} } }\n`
  const file = policyFile(text(0))
  const one = Gate.fromFile(file)
  const reloads = []
  for (let number = 1; number < 20; number++) {
    // Swapped in whole, so that no reload finds half a file.
    writeFileSync(`${file}.next`, text(number))
    renameSync(`${file}.next`, file)
    reloads.push(one.reload())
  }
  await Promise.all(reloads)
  assert.equal(one.guard('note', {}).reason, 'number 19')
})

test('options are checked', () => {
  for (const audit of [true, 1, '', Buffer.from('dir'), {}]) {
    assert.throws(() => Gate.fromYaml(POLICY, { audit }), TypeError)
  }
  assert.throws(() => new Gate({ polciy: 'toolgate.yaml' }), { name: 'TypeError', message: /`polciy`/ })
  assert.throws(() => new Gate({ policy: 7 }), TypeError)
  assert.throws(() => Gate.fromYaml(7), TypeError)
})

test('paths start where the gate says', () => {
  const one = Gate.fromYaml(POLICY, { audit: false, cwd: '/workspace', home: '/workspace/me' })
  const target = (path, facts) => one.guard('read_file', { path }, facts).action.target
  assert.equal(target('a'), '/workspace/a')
  assert.equal(target('~/a'), '/workspace/me/a')
  assert.equal(target('a', { cwd: '/workspace/b' }), '/workspace/b/a')
})

test('what only looks like a gate is none', () => {
  assert.throws(() => Gate.prototype.guard.call({}, 'note', {}), TypeError)
  assert.throws(() => Gate.prototype.guard.call(Object.create(Gate.prototype), 'note', {}), TypeError)
})

test('principals of every form are one', () => {
  const { gate: one, records } = logged()
  one.guard(
    'note',
    {},
    { principal: { id: 'agent:a', role: 'prod', onBehalfOf: ['user:b'], attributes: { team: 'x' } } },
  )
  one.guard('note', {}, { principal: 'agent:a' })
  assert.deepEqual(
    records('decision').map(({ actor, role }) => [actor, role]),
    [
      ['agent:a', 'prod'],
      ['agent:a', undefined],
    ],
  )
})

test('a principal with an unknown field is refused', () => {
  const decision = gate.guard('note', {}, { principal: { id: 'agent:a', rolle: 'prod' } })
  assert.deepEqual([decision.verdict, decision.code], ['deny', 'call.malformed_args'])
})

test('an unknown fact is an error of the program', async () => {
  assert.throws(() => gate.guard('note', {}, { principle: 'agent:a' }), { name: 'TypeError', message: /`principle`/ })
  await assert.rejects(
    gate.run('note', {}, () => 1, { principle: 'agent:a' }),
    TypeError,
  )
})

test('decisions and outcomes are recorded and verified', async () => {
  const { gate: one, records } = logged()
  const decision = one.guard('note', { password: 'hunter2' }, { principal: 'agent:a', session: 's', callId: 'c' })
  one.record(decision, { status: 'executed', durationMs: 12, costUsd: '0.01', resultDigest: 'sha256:00' })
  const [decided] = records('decision')
  assert.deepEqual([decided.decision_id, decided.actor, decided.session], [decision.id, 'agent:a', 's'])
  assert.ok(!JSON.stringify(decided).includes('hunter2'))
  const [executed] = records('execution')
  assert.equal(executed.decision_id, decision.id)
  assert.equal(executed.outcome.duration_ms, 12)
  assert.deepEqual(await one.verifyAudit(), { records: 3, files: 1, problem: null, ok: true })
})

test('refusals are recorded too', () => {
  const { gate: one, records } = logged()
  const decision = one.guard('note', { a: new Date(0) }, { principal: 'agent:a' })
  const [{ decision_id: id, code, actor, tool }] = records('decision')
  assert.deepEqual([id, code, actor, tool], [decision.id, 'call.unsupported_value', 'agent:a', 'note'])
})

test('an edit of the log is found', async () => {
  const { gate: one, audit } = logged()
  for (let n = 0; n < 3; n++) one.guard('note', { n })
  const [name] = readdirSync(audit).filter((file) => file.endsWith('.jsonl'))
  writeFileSync(join(audit, name), readFileSync(join(audit, name), 'utf8').replace('"n":1', '"n":7'))
  const { ok, problem } = await one.verifyAudit()
  assert.deepEqual([ok, problem.file, problem.line], [false, name, 3])
})

test('what cannot be recorded is denied', async () => {
  const audit = join(directory(), 'audit')
  writeFileSync(audit, 'a file where the directory belongs')
  const one = Gate.fromYaml(POLICY, { audit })
  const decision = one.guard('note', {})
  assert.deepEqual([decision.verdict, decision.code], ['deny', 'audit.unwritable'])
  assert.throws(() => one.record(decision, { status: 'skipped' }), AuditError)
  await assert.rejects(one.verifyAudit(), AuditError)
})

test('the same call asked again is one decision', () => {
  const { gate: one, records } = logged()
  const first = one.guard('note', { n: 1 }, { callId: 'call-1' })
  const again = one.guard('note', { n: 1 }, { callId: 'call-1' })
  const other = one.guard('note', { n: 2 }, { callId: 'call-1' })
  assert.equal(first.id, again.id)
  assert.notEqual(first.id, other.id)
  assert.equal(records('decision').length, 2)
})

test('outcomes are of three kinds', () => {
  const { gate: one, records } = logged()
  const decision = one.guard('note', {})
  assert.throws(() => one.record(decision, { status: 'done' }), { name: 'TypeError', message: /executed/ })
  assert.deepEqual(records('execution'), [])
})

test('an explanation shows every clause and records nothing', () => {
  const { gate: one, records } = logged()
  const explanation = one.explain('stripe.charges.create', { amount: 2000 })
  assert.deepEqual([explanation.verdict, explanation.code], ['deny', 'policy.deny'])
  assert.ok(explanation.parts[0].rules.some((note) => note.rule === 'no-large-charge'))
  const unread = one.explain('note', { a: new Date(0) })
  assert.deepEqual([unread.verdict, unread.code, unread.parts], ['deny', 'call.unsupported_value', []])
  assert.deepEqual(records('decision'), [])
})

function networked(resolve) {
  return Gate.fromYaml(`
audit: off
network: { resolve: ${resolve}, hosts: { api.example: [8.8.4.4], inside.example: [10.0.0.7] } }
tools: { http.request: { decision: allow } }
`)
}

test('a policy that knows the addresses of names itself takes no wait', () => {
  const one = networked('static')
  assert.equal(one.waits, false)
  assert.ok(one.guard('http.request', { url: 'https://api.example/' }).allowed)
  assert.equal(one.guard('http.request', { url: 'https://inside.example/' }).code, 'net.private_address')
  assert.equal(one.explain('http.request', { url: 'https://inside.example/' }).verdict, 'deny')
})

test('a policy that has names looked up in the network is asked aside', async () => {
  const one = networked('system')
  assert.ok(one.waits && !gate.waits)
  assert.throws(() => one.guard('http.request', { url: 'https://api.example/' }), /`await gate\.guardAsync\(…\)`/)
  assert.throws(() => one.explain('http.request', {}), /`await gate\.explainAsync\(…\)`/)
  assert.ok((await one.guardAsync('http.request', { url: 'https://api.example/' })).allowed)
  assert.equal(await one.run('http.request', { url: 'https://api.example/' }, () => 7), 7)
  const inside = await one.guardAsync('http.request', { url: 'https://inside.example/' })
  assert.equal(inside.code, 'net.private_address')
  assert.equal((await one.explainAsync('http.request', { url: 'https://inside.example/' })).verdict, 'deny')
  assert.equal((await one.guardAsync('http.request', { a: new Date(0) })).code, 'call.unsupported_value')
})
