// The examples run and show what they promise.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { ROOT, directory } from './support.mjs'

const EXAMPLES = join(ROOT, 'examples', 'node')

const PROMISES = {
  'allowed.mjs': ['notes.md: Buy milk.', 'path.outside_allowed'],
  'needs-approval.mjs': ['waits:', 'asked: role:support-lead', 'sent "Your refund" to ana', 'ApprovalRequired'],
  'over-limit.mjs': ['their dams: results', 'beavers: denied:', 'budget.exceeded'],
  'demo.mjs': ['paid', 'net.domain_not_allowed', 'ledger: cus_1 250 eur', '20 records, whole'],
}

test('each example is known here', () => {
  assert.deepEqual(readdirSync(EXAMPLES).sort(), Object.keys(PROMISES).sort())
})

for (const [name, promises] of Object.entries(PROMISES)) {
  test(`it shows what it promises: ${name}`, () => {
    const command = ['--throw-deprecation', join(EXAMPLES, name)]
    const run = spawnSync(process.execPath, command, { cwd: directory(), encoding: 'utf8', timeout: 60_000 })
    assert.equal(run.status, 0, run.stdout + run.stderr)
    for (const promise of promises) assert.ok(run.stdout.includes(promise), promise)
  })
}
