// The gate of this place.

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'

import { Gate, PolicyError, defaultGate, guarded, setDefaultGate } from 'toolgate'

import { directory, gate } from './support.mjs'

const ALLOW = 'audit: off\ndefault: deny\ntools: { note: { decision: allow } }'
const note = guarded('note', () => 7)
const home = process.cwd()
let here

beforeEach(() => {
  here = directory()
  process.chdir(here)
  delete process.env.TOOLGATE_POLICY
  setDefaultGate()
})

afterEach(() => process.chdir(home))

test('without a policy nothing is allowed and the message says what to write', async () => {
  const error = await note({}).catch((caught) => caught)
  assert.equal(error.code, 'policy.missing')
  for (const hint of ['toolgate.yaml', 'TOOLGATE_POLICY', 'version: 1']) assert.ok(error.message.includes(hint))
})

test('an invalid policy allows nothing and tells its problems', async () => {
  writeFileSync('toolgate.yaml', 'tools: { note: { decision: alow } }')
  await assert.rejects(note({}), { code: 'policy.invalid', message: /alow/ })
})

test('the nearest policy counts', async () => {
  writeFileSync('toolgate.yaml', ALLOW)
  mkdirSync(join('a', 'b'), { recursive: true })
  process.chdir(join('a', 'b'))
  assert.equal(await note({}), 7)
})

test('the environment names one', async () => {
  writeFileSync('toolgate.yaml', 'audit: off\ndefault: deny')
  writeFileSync('other.yaml', ALLOW)
  process.env.TOOLGATE_POLICY = join(here, 'other.yaml')
  assert.equal(await note({}), 7)
})

test('a named policy that is missing allows nothing', async () => {
  writeFileSync('toolgate.yaml', ALLOW)
  process.env.TOOLGATE_POLICY = join(here, 'none.yaml')
  await assert.rejects(note({}), { code: 'policy.missing' })
})

test('it is built once', async () => {
  writeFileSync('toolgate.yaml', 'default: deny')
  const one = defaultGate()
  assert.equal(defaultGate(), one)
  // The policy was loaded once.
  assert.equal((await one.verifyAudit()).records, 1)
})

test('it can be set', async () => {
  setDefaultGate(gate)
  assert.equal(defaultGate(), gate)
  assert.equal(await note({}), 7)
  assert.throws(() => setDefaultGate('toolgate.yaml'), TypeError)
})

test('a gate of nothing finds the policy of this place', () => {
  assert.equal(new Gate().guard('note', {}).code, 'policy.missing')
  writeFileSync('toolgate.yaml', ALLOW)
  assert.ok(new Gate().guard('note', {}).allowed)
  assert.ok(Gate.discover().guard('note', {}).allowed)
})

test('a gate that found no policy looks again at a reload', async () => {
  const foundNothing = Gate.discover()
  await assert.rejects(foundNothing.reload(), PolicyError)
  assert.equal(foundNothing.guard('note', {}).code, 'policy.missing')
  writeFileSync('toolgate.yaml', ALLOW)
  await foundNothing.reload()
  assert.ok(foundNothing.guard('note', {}).allowed)
})
