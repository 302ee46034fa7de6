// The wrapper: what it decides about, what the function gets, and what stays of the function.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { ApprovalRequired, DryRun, Gate, ToolDenied, context, guarded, setDefaultGate } from 'toolgate'

import { POLICY, gate, logged, mustNotRun } from './support.mjs'

test('it runs what is allowed and nothing else', async () => {
  const ran = []
  const readFile = guarded(gate, 'read_file', ({ path }) => ran.push(path))
  assert.equal(await readFile({ path: '/workspace/a' }), 1)
  await assert.rejects(readFile({ path: '/etc/passwd' }), { code: 'path.outside_allowed' })
  assert.deepEqual(ran, ['/workspace/a'])
})

test('without a gate the default gate decides, as it is at the call', async () => {
  const note = guarded('note', () => 7)
  setDefaultGate(gate)
  assert.equal(await note({}), 7)
  setDefaultGate(Gate.fromYaml('audit: off\ndefault: deny'))
  await assert.rejects(note({}), ToolDenied)
  setDefaultGate()
})

test('with facts', async () => {
  const roles = Gate.fromYaml(`
audit: off
tools: { note: { decision: deny } }
roles: { prod: { tools: { note: { decision: allow } } } }
`)
  const principal = { id: 'agent:a', role: 'prod' }
  assert.equal(await guarded(roles, 'note', () => 1, { principal })({}), 1)
  await assert.rejects(guarded(roles, 'note', () => 1)({}), ToolDenied)
  const asTold = guarded(
    roles,
    'note',
    () => 1,
    (who) => ({ principal: who }),
  )
  assert.equal(await asTold({}, principal), 1)
  await assert.rejects(asTold({}, 'agent:a'), ToolDenied)
  await assert.rejects(guarded(roles, 'note', mustNotRun, () => ({ principle: 'a' }))({}), TypeError)
})

for (const [tool, kind] of [
  ['deny_me', ToolDenied],
  ['plan', DryRun],
  ['unheard', ApprovalRequired],
]) {
  test(`each verdict has its error: ${kind.name}`, async () => {
    const one = Gate.fromYaml(`${POLICY}  - { id: no, match: { action: deny_me }, decision: deny }`, { audit: false })
    const error = await guarded(one, tool, mustNotRun)({}).catch((caught) => caught)
    assert.equal(error.constructor, kind)
  })
}

test('what cannot be guarded is told at once', () => {
  assert.throws(() => guarded(gate, 'note', class Tool {}), TypeError)
  assert.throws(() => guarded(gate, 'note', 7), TypeError)
  assert.throws(() => guarded(gate, 7, () => 1), TypeError)
  assert.throws(() => guarded({}, 'note', () => 1), TypeError)
  assert.throws(() => guarded(gate, 'note', () => 1, { principle: 'a' }), TypeError)
})

test('the name stays', () => {
  assert.equal(guarded(gate, 'note', function takeNote() {}).name, 'takeNote')
})

test('what follows the arguments reaches the function as it is, and no policy', async () => {
  const marker = { when: new Date(0) }
  const note = guarded(gate, 'note', (args, ...more) => [args, more])
  assert.deepEqual(await note({ a: 1 }, marker, 2), [{ a: 1 }, [marker, 2]])
  assert.equal((await note({}, marker))[1][0], marker)
  const error = await guarded(gate, 'unheard', mustNotRun)({ text: 'x' }, marker).catch((caught) => caught)
  assert.deepEqual(error.decision.action.args, { text: 'x' })
})

test('methods keep their receiver', async () => {
  class Desk {
    notes = []
    note = guarded(gate, 'note', function ({ text }) {
      return this.notes.push(text)
    })
  }
  const desk = new Desk()
  assert.deepEqual([await desk.note({ text: 'a' }), await desk.note({ text: 'b' }), desk.notes], [1, 2, ['a', 'b']])
})

test('an argument of no plain kind is a deny', async () => {
  const error = await guarded(gate, 'note', mustNotRun)({ file: new Date(0) }).catch((caught) => caught)
  assert.equal(error.code, 'call.unsupported_value')
  assert.match(error.decision.reason, /`args\.file`/)
})

test('the function gets what was decided about and nobody else has it', async () => {
  const kept = []
  const note = guarded(gate, 'note', async ({ items, more }) => {
    kept.push([items, more])
    items.push('by the tool')
  })
  const args = { items: ['a'], more: { k: [1] } }
  await note(args)
  assert.deepEqual(args, { items: ['a'], more: { k: [1] } })
  args.more.k.push(2)
  assert.deepEqual(kept, [[['a', 'by the tool'], { k: [1] }]])
})

test('a generator is guarded before its first item', async () => {
  const started = []
  const pay = guarded(gate, 'stripe.charges.create', function* ({ amount }) {
    started.push(amount)
    const received = yield amount
    yield received
    return 'returned'
  })
  const stream = pay({ amount: 10 })
  assert.deepEqual(started, [])
  assert.deepEqual(await stream.next(), { value: 10, done: false })
  assert.deepEqual(await stream.next('sent'), { value: 'sent', done: false })
  assert.deepEqual(await stream.next(), { value: 'returned', done: true })
  await assert.rejects(pay({ amount: 2000 }).next(), ToolDenied)
  assert.deepEqual(started, [10])
})

test('an asynchronous generator ends and fails like the one inside', async () => {
  const log = []
  const feed = guarded(gate, 'note', async function* () {
    try {
      yield 1
      yield 2
      throw new RangeError('x')
    } finally {
      log.push('closed')
    }
  })
  const items = []
  await assert.rejects(async () => {
    for await (const item of feed({})) items.push(item)
  }, RangeError)
  for await (const item of feed({})) {
    items.push(item)
    break
  }
  assert.deepEqual(
    [items, log],
    [
      [1, 2, 1],
      ['closed', 'closed'],
    ],
  )
})

test('what became of it is recorded', async () => {
  const { gate: one, records } = logged()
  const stream = guarded(one, 'note', function* () {
    yield 1
    yield 2
  })
  const fails = guarded(one, 'note', function* () {
    yield 1
    throw new RangeError('hunter2')
  })
  await guarded(one, 'note', () => 1)({})
  await assert.rejects(
    guarded(one, 'note', () => {
      throw new EvalError('the secret is hunter2')
    })({}),
    /hunter2/,
  )
  for await (const _ of stream({})) break
  await assert.rejects(async () => {
    for await (const _ of fails({}));
  }, RangeError)
  await assert.rejects(guarded(one, 'unheard', mustNotRun)({}), ApprovalRequired)
  const told = records('execution').map(({ outcome: { status, error } }) => [status, error])
  assert.deepEqual(told, [
    ['executed', undefined],
    ['failed', 'EvalError'],
    ['executed', undefined],
    ['failed', 'RangeError'],
  ])
  const decided = new Set(records('decision').map((record) => record.decision_id))
  assert.ok(records('execution').every((record) => decided.has(record.decision_id)))
  assert.ok((await one.verifyAudit()).ok)
})

test('a call that nobody wants any more does not run', async () => {
  const { gate: one, records } = logged()
  const note = guarded(one, 'note', mustNotRun, ({ abortSignal }) => ({ signal: abortSignal }))
  await assert.rejects(note({}, { abortSignal: AbortSignal.abort() }), { name: 'AbortError' })
  assert.deepEqual(
    records('execution').map((record) => record.outcome.status),
    ['skipped'],
  )
})

test('what holds is what holds when it is called', async () => {
  const who = Gate.fromYaml(`
audit: off
rules: [{ id: is-a, match: { action: who }, when: 'principal.id == "agent:a"', decision: allow }]
`)
  const ask = guarded(who, 'who', () => 1)
  assert.equal(await context({ principal: 'agent:a' }, () => ask({})), 1)
  await assert.rejects(ask({}), ApprovalRequired)
})
