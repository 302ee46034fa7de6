// Ambient facts: nesting, promises, timers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

import { Gate, context } from 'toolgate'

import { mustNotRun } from './support.mjs'

const gate = Gate.fromYaml(`
audit: off
default: require_approval
tools: { note: { decision: allow } }
rules:
  - { id: is-a, match: { action: who }, when: 'principal.id == "agent:a"', decision: allow }
  - { id: untrusted, match: { action: note }, when: '"untrusted" in session.labels', decision: require_approval }
  - { id: private, match: { action: note }, when: '"private" in session.labels', decision: deny }
  - { id: injection, match: { action: note, signals: [injection] }, decision: deny }
`)

const isA = (facts) => gate.guard('who', {}, facts).allowed
const note = (facts) => gate.guard('note', {}, facts)

test('what is said around a call holds for it', async () => {
  assert.ok(!isA())
  await context({ principal: 'agent:a' }, async () => {
    assert.ok(isA())
    assert.equal(await gate.run('who', {}, () => 1), 1)
  })
  assert.ok(!isA())
})

test('the inner wins and the call itself wins over all', () => {
  context({ principal: 'agent:a', session: 'outer' }, () => {
    context({ principal: { id: 'agent:b' } }, () => {
      assert.ok(!isA())
      assert.ok(isA({ principal: 'agent:a' }))
    })
    context({ session: 'inner' }, () => assert.ok(isA()))
    assert.ok(isA())
    assert.ok(!isA({ principal: { id: 'agent:b' } }))
  })
})

test('labels and signals add up', () => {
  context({ labels: ['untrusted'] }, () => {
    context({ labels: ['other'], signals: ['odd'] }, () => {
      assert.equal(note().verdict, 'require_approval')
      assert.equal(note({ labels: ['private'] }).rules[0], 'private')
      assert.equal(note({ signals: ['injection'] }).verdict, 'deny')
    })
    assert.equal(note({ labels: [] }).verdict, 'require_approval')
  })
  assert.ok(note().allowed)
})

test('paths start where the context says', () => {
  context({ cwd: '/srv', framework: 'langchain', server: 'files' }, () => {
    assert.equal(gate.guard('read_file', { path: 'a' }).action.target, '/srv/a')
    assert.equal(gate.guard('read_file', { path: 'a' }, { cwd: '/opt' }).action.target, '/opt/a')
  })
})

test('it gives what the function gives, and ends with it also by an error', () => {
  assert.equal(
    context({ principal: 'agent:a' }, () => 7),
    7,
  )
  assert.throws(() => context({ principal: 'agent:a' }, mustNotRun), /it ran/)
  assert.ok(!isA())
})

test('what cannot be read is told before anything runs', () => {
  for (const wrong of [
    { principal: 7 },
    { session: Buffer.from('') },
    { labels: 'untrusted' },
    { principal: { idd: 'x' } },
    { cwd: new Date(0) },
    { principle: 'agent:a' },
    { callId: 'c' },
  ]) {
    assert.throws(() => context(wrong, mustNotRun), { name: 'TypeError', message: /`/ })
  }
  assert.throws(() => context({}, 7), TypeError)
})

test('what is changed afterwards changes nothing', () => {
  const facts = { principal: { id: 'agent:b' } }
  context(facts, () => {
    facts.principal.id = 'agent:a'
    assert.ok(!isA())
  })
})

test('promises have their own', async () => {
  const ask = (name) =>
    context({ principal: name }, async () => {
      await sleep(1)
      return isA()
    })
  const names = Array.from({ length: 40 }, (_, index) => (index % 2 ? 'agent:b' : 'agent:a'))
  assert.deepEqual(
    await Promise.all(names.map(ask)),
    names.map((name) => name === 'agent:a'),
  )
  const inherited = context({ principal: 'agent:a' }, () => new Promise((done) => setTimeout(() => done(isA()), 1)))
  assert.ok(await inherited)
  assert.ok(!isA())
})
