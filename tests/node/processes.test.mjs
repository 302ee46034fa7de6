// Threads and processes share one log, and nothing is left running.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

import { Gate } from 'toolgate'

import { POLICY, ROOT, directory, logged, recordsIn } from './support.mjs'

const WORK = `
  const { workerData } = require('node:worker_threads')
  const { Gate, guarded, setDefaultGate } = require(workerData.toolgate)
  setDefaultGate(Gate.fromYaml(workerData.policy, { audit: workerData.audit }))
  const note = guarded('note', ({ n }) => n)
  const work = async () => {
    for (let n = 0; n < workerData.calls; n++) await note({ n, thread: workerData.thread })
  }
  work()`

function inThread(data) {
  const toolgate = join(ROOT, 'bindings-node', 'toolgate', 'index.cjs')
  const worker = new Worker(WORK, { eval: true, workerData: { toolgate, policy: POLICY, ...data } })
  return new Promise((done, fail) =>
    worker.on('error', fail).on('exit', (code) => (code === 0 ? done() : fail(new Error(String(code))))),
  )
}

test('threads write one log', async () => {
  const { gate, audit, records } = logged()
  await Promise.all(Array.from({ length: 8 }, (_, thread) => inThread({ audit, thread, calls: 20 })))
  const verification = await gate.verifyAudit()
  assert.ok(verification.ok, JSON.stringify(verification))
  const ids = records('decision').map((record) => record.decision_id)
  assert.deepEqual([ids.length, new Set(ids).size], [160, 160])
  assert.equal(records('execution').length, 160)
})

test('many calls at once write one log', async () => {
  const { gate, records } = logged()
  const calls = Array.from({ length: 200 }, (_, n) => gate.run('note', { n }, () => new Promise(setImmediate)))
  const decisions = Array.from({ length: 50 }, (_, n) => gate.guardAsync('note', { n }))
  await Promise.all([...calls, ...decisions])
  assert.ok((await gate.verifyAudit()).ok)
  assert.deepEqual([records('decision').length, records('execution').length], [250, 200])
})

test('decisions and reloads at once', async () => {
  const file = join(directory(), 'policy.yaml')
  writeFileSync(file, POLICY)
  const gate = Gate.fromFile(file)
  const work = async (number) => {
    for (let turn = 0; turn < 10; turn++) {
      if (number % 4 === 0) await gate.reload()
      else assert.ok((await gate.guardAsync('note', {})).allowed)
    }
  }
  await Promise.all(Array.from({ length: 8 }, (_, number) => work(number)))
  assert.ok((await gate.verifyAudit()).ok)
})

/** A directory of a program that uses the package, with the policy of this place. */
function project(program) {
  const place = directory()
  mkdirSync(join(place, 'node_modules'))
  symlinkSync(ROOT, join(place, 'node_modules', 'toolgate'), 'junction')
  writeFileSync(join(place, 'toolgate.yaml'), POLICY)
  writeFileSync(join(place, 'program.mjs'), program)
  return place
}

function ended(child) {
  let said = ''
  child.stderr.on('data', (part) => (said += part))
  return new Promise((done) => child.on('exit', (code) => done([code, said])))
}

test('processes find the policy and share the log', async () => {
  const place = project(`
import { guarded } from 'toolgate'
const note = guarded('note', ({ n }) => n)
for (let n = 0; n < 20; n++) await note({ n })
await guarded('unheard', () => 1)({}).catch((error) => process.exit(error.name === 'ApprovalRequired' ? 0 : 1))`)
  const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['program.mjs'], { cwd: place }))
  for (const end of await Promise.all(children.map(ended))) assert.deepEqual(end, [0, ''])
  const gate = Gate.fromFile(join(place, 'toolgate.yaml'))
  assert.ok((await gate.verifyAudit()).ok)
  assert.equal(recordsIn(gate.auditDirectory, 'decision').length, 4 * 21)
})

test('the workers of a cluster share the log', () => {
  const place = project(`
import cluster from 'node:cluster'
import { defaultGate } from 'toolgate'
const gate = defaultGate()
if (cluster.isPrimary) {
  const ends = [1, 2, 3].map(() => new Promise((done) => cluster.fork().on('exit', done)))
  if ((await Promise.all(ends)).some((code) => code !== 0)) process.exit(1)
  const { ok, records } = await gate.verifyAudit()
  console.log(ok, records)
} else {
  for (let n = 0; n < 10; n++) await gate.run('note', { n }, () => n)
  process.exit(0)
}`)
  const run = spawnSync(process.execPath, ['program.mjs'], { cwd: place, encoding: 'utf8', timeout: 60_000 })
  // A policy that was loaded, by each of four; three times ten decisions and what became of them.
  assert.deepEqual([run.stdout, run.stderr], ['true 64\n', ''])
})

test('a program ends by itself, whatever it has used', () => {
  const place = project(`
import { context, guarded, Gate } from 'toolgate'
import { guardedFetch } from 'toolgate/http'
import { createServer } from 'node:http'
const server = createServer((_, response) => response.end('hello'))
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const gate = Gate.fromYaml("network: { resolve: system }\\ntools: { http.request: { decision: allow, allowed_ip_ranges: [127.0.0.1] }, note: { decision: allow } }")
await context({ principal: 'agent:a' }, () => guarded(gate, 'note', () => 1)({}))
const response = await guardedFetch(gate)(\`http://127.0.0.1:\${server.address().port}/\`)
await response.text()
await gate.guardAsync('http.request', { url: 'http://localhost/' })
await gate.reload()
await gate.verifyAudit()
server.close()
server.closeIdleConnections()
process.on('exit', () => console.log(process.uptime() - ended < 1 ? 'at once' : 'late'))
const ended = process.uptime()`)
  const run = spawnSync(process.execPath, ['program.mjs'], { cwd: place, encoding: 'utf8', timeout: 60_000 })
  assert.deepEqual([run.stdout, run.stderr, run.status], ['at once\n', '', 0])
})

test('a fault of the native half is an exception, never the end of the process', () => {
  const native = join(ROOT, 'bindings-node', 'toolgate', 'native.cjs')
  const program = `
    const native = require(${JSON.stringify(native)})
    for (const wrong of [() => native.guard(), () => native.guard({}, 'a', 0, '{}'), () => native.guard(7), () => native.redact('{'), () => native.build()]) {
      try { wrong(); console.log('no exception') } catch { console.log('exception') }
    }`
  const run = spawnSync(process.execPath, ['--eval', program], { encoding: 'utf8' })
  assert.deepEqual([run.stdout, run.status], ['exception\n'.repeat(5), 0])
})
