// `gate.run`: decide and run in one step.

import assert from 'node:assert/strict'
import { readdirSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ApprovalRequired, ToolDenied } from 'toolgate'

import { gate, logged, mustNotRun } from './support.mjs'

test('it runs what is allowed with a copy', async () => {
  const args = { items: [1] }
  const result = await gate.run('note', args, ({ items }) => items)
  assert.deepEqual(result, [1])
  assert.notEqual(result, args.items)
})

test('it does not run anything else', async () => {
  await assert.rejects(gate.run('read_file', { path: '/etc/passwd' }, mustNotRun), ToolDenied)
  await assert.rejects(gate.run('unheard', {}, mustNotRun), ApprovalRequired)
  await assert.rejects(gate.run('note', { a: Buffer.alloc(1) }, mustNotRun), { code: 'call.unsupported_value' })
  await assert.rejects(gate.run('note', {}, 'no function'), TypeError)
})

test('it waits for an asynchronous function', async () => {
  const note = async ({ text }) => {
    await new Promise(setImmediate)
    return text
  }
  assert.equal(await gate.run('note', { text: 'x' }, note), 'x')
  await assert.rejects(gate.run('unheard', { text: 'x' }, note), ApprovalRequired)
})

test('arguments may come as JSON', async () => {
  const given = await gate.run('note', '{"text": "x", "n": [1, 2.5, null]}', ({ text, n }) => [text, n])
  assert.deepEqual(given, ['x', [1, 2.5, null]])
  for (const nothing of ['', ' ', null, undefined]) {
    assert.deepEqual(await gate.run('note', nothing, (args) => args), {})
  }
  await assert.rejects(gate.run('note', '{"a": 1, "a": 2}', mustNotRun), { code: 'call.duplicate_key' })
})

test('the outcome is recorded', async () => {
  const { gate: one, records } = logged()
  const fails = async () => {
    throw new RangeError('hunter2')
  }
  await one.run('note', {}, () => 1, { principal: 'agent:a', session: 's' })
  await assert.rejects(one.run('note', {}, fails), RangeError)
  await assert.rejects(one.run('note', {}, () => Promise.reject('hunter2')))
  const outcomes = records('execution').map((record) => record.outcome)
  assert.deepEqual(
    outcomes.map(({ status, error }) => [status, error]),
    [
      ['executed', undefined],
      ['failed', 'RangeError'],
      ['failed', 'string'],
    ],
  )
  assert.ok(outcomes.every((outcome) => Number.isInteger(outcome.duration_ms)))
  assert.ok(!JSON.stringify(outcomes).includes('hunter2'))
  assert.equal(records('decision')[0].actor, 'agent:a')
})

test('a result counts also if it cannot be recorded', async () => {
  const { gate: one, audit } = logged()
  const result = await one.run('note', {}, () => {
    const [name] = readdirSync(audit).filter((file) => file.endsWith('.jsonl'))
    rmSync(join(audit, name))
    mkdirSync(join(audit, name))
    return 7
  })
  assert.equal(result, 7)
})

test('a call that nobody wants any more does not run', async () => {
  const { gate: one, records } = logged()
  const reason = new Error('enough')
  await assert.rejects(one.run('note', {}, mustNotRun, { signal: AbortSignal.abort(reason) }), reason)
  assert.deepEqual(
    records('execution').map((record) => record.outcome.status),
    ['skipped'],
  )
  await assert.rejects(one.run('unheard', {}, mustNotRun, { signal: AbortSignal.abort(reason) }), ApprovalRequired)
  assert.equal(await one.run('note', {}, () => 7, { signal: new AbortController().signal }), 7)
})
