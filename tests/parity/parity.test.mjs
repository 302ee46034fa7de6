// Decisions are the same bytes in every language, and all of them write one log; see `README.md` beside this file.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const SEED = process.env.TOOLGATE_PARITY_SEED ?? '20261121'
const COUNT = process.env.TOOLGATE_PARITY_COUNT ?? '5000'

const CARGO = ['cargo', 'run', '--quiet', '--locked', '--package', 'toolgate', '--example', 'parity', '--']
const PROGRAMS = {
  rust: CARGO,
  python: ['python', join(HERE, 'answer.py')],
  node: [process.execPath, join(HERE, 'answer.mjs')],
}

const directory = mkdtempSync(join(tmpdir(), 'toolgate-parity-'))

function run([program, ...first], ...parameters) {
  return execFileSync(program, [...first, ...parameters], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function lines(name) {
  return readFileSync(join(directory, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
}

before(() => {
  run(CARGO, 'generate', directory, SEED, COUNT)
  run(CARGO, 'answer', directory)
})

test('some calls are allowed, some held, some denied, and some cannot be read', () => {
  const decisions = lines('rust').map((line) => JSON.parse(line))
  assert.equal(decisions.length, Number(COUNT))
  const share = (isSuch) => decisions.filter(isSuch).length / decisions.length
  for (const verdict of ['allow', 'require_approval', 'deny']) assert.ok(share((one) => one.verdict === verdict) > 0.05)
  assert.ok(share((one) => one.code.startsWith('call.')) > 0.05)
})

for (const language of Object.keys(PROGRAMS).filter((name) => name !== 'rust')) {
  test(`${language} decides as Rust does, to the byte`, () => {
    run(PROGRAMS[language], 'answer', directory)
    const [expected, got, calls] = [lines('rust'), lines(language), lines('calls')]
    const wrong = calls.filter((_, index) => got[index] !== expected[index])
    const at = calls.indexOf(wrong[0])
    assert.equal(
      wrong.length,
      0,
      `${wrong.length} of ${calls.length}, such as\n${wrong[0]}\n${expected[at]}\n${got[at]}`,
    )
  })
}

test('all write one log, and each finds it whole', () => {
  const log = join(directory, 'audit')
  for (let turn = 0; turn < 2; turn++) {
    for (const program of Object.values(PROGRAMS)) run(program, 'record', log, '5')
  }
  const found = Object.entries(PROGRAMS).map(([language, program]) => [
    language,
    run(program, 'verify', log).trim().split(' '),
  ])
  for (const [language, [, state]] of found) assert.equal(state, 'whole', language)
  // Each that opens the log adds that it loaded its policy, those that verify it too.
  const counts = found.map(([, [records]]) => Number(records))
  const written = Object.keys(PROGRAMS).length * 2 * (1 + 5 * 2)
  assert.deepEqual(
    counts,
    counts.map((_, index) => written + 1 + index),
  )
})
