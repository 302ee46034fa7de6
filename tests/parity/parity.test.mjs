// Decisions are the same bytes in every language, and all of them write one log; see `README.md` beside this file.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const HERE = dirname(fileURLToPath(import.meta.url))
const ROOT = join(HERE, '..', '..')
const SWIFT = join(ROOT, 'bindings-swift', 'scripts')
const SEED = process.env.TOOLGATE_PARITY_SEED ?? '20261121'
const COUNT = process.env.TOOLGATE_PARITY_COUNT ?? '5000'

const CARGO = ['cargo', 'run', '--quiet', '--locked', '--package', 'toolgate', '--example', 'parity', '--']
const PROGRAMS = {
  rust: CARGO,
  python: ['python', join(HERE, 'answer.py')],
  node: [process.execPath, join(HERE, 'answer.mjs')],
  ...(spawnSync(join(SWIFT, 'swift'), ['--found']).status === 0 && { swift: [join(SWIFT, 'parity')] }),
}

// Within the repository, which is what a Swift in a root of its own sees of the machine.
mkdirSync(join(ROOT, 'target'), { recursive: true })
const directory = mkdtempSync(join(ROOT, 'target', 'parity-'))

function run([program, ...first], ...parameters) {
  return execFileSync(program, [...first, ...parameters], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

function lines(name) {
  return readFileSync(join(directory, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
}

after(() => rmSync(directory, { recursive: true }))

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
  const found = Object.values(PROGRAMS).map((program) => verified(program, [log])[0])
  // Each that opens the log adds that it loaded its policy, those that verify it too.
  const written = Object.keys(PROGRAMS).length * 2 * RECORDS
  assert.deepEqual(
    found,
    found.map((_, index) => `${written + 1 + index} whole`),
  )
})

test('each finds the log of each whole, and what was changed in it broken', () => {
  const writers = Object.keys(PROGRAMS)
  for (const writer of writers) run(PROGRAMS[writer], 'record', join(directory, writer), '5')
  for (const [reader, program] of Object.entries(PROGRAMS)) {
    const whole = writers.map((writer) => copied(writer, reader, (lines) => lines))
    const changed = writers.map((writer) => copied(writer, reader, change))
    const shortened = writers.map((writer) => copied(writer, reader, (lines) => lines.toSpliced(3, 1)))
    const expected = [`${RECORDS + 1} whole`, '3 broken', '3 broken'].flatMap((said) => writers.map(() => said))
    assert.deepEqual(verified(program, [...whole, ...changed, ...shortened]), expected, reader)
  }
})

/** What a program adds to a log: that it loaded the policy, and five decisions with what became of them. */
const RECORDS = 1 + 5 * 2

function verified(program, logs) {
  return run(program, 'verify', ...logs)
    .trim()
    .split('\n')
}

/** A copy of a writer's log for one reader, since whoever opens a log writes to it. */
function copied(writer, reader, edit) {
  const copy = mkdtempSync(join(directory, `${writer}-${reader}-`))
  cpSync(join(directory, writer), copy, { recursive: true })
  const [file] = readdirSync(copy).filter((name) => name.endsWith('.jsonl'))
  const lines = readFileSync(join(copy, file), 'utf8').split('\n')
  writeFileSync(join(copy, file), edit(lines).join('\n'))
  return copy
}

/** The second decision is about another number. */
function change(lines) {
  const record = lines[3].replace('"number":1', '"number":2')
  assert.notEqual(record, lines[3])
  return lines.with(3, record)
}
