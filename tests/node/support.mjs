// What all tests share: a gate without a log, and how a log is read.

import { mkdtempSync, readFileSync, readdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { Gate } from 'toolgate'

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

export const POLICY = `
version: 1
default: require_approval
tools:
  file.read: { decision: allow, allowed_paths: [/workspace/] }
  note: { decision: allow }
  plan: { decision: dry_run }
  create_charge: { decision: allow }
rules:
  - id: no-large-charge
    match: { action: create_charge }
    when: args.amount > 1000
    decision: deny
    reason: charges above 1000 are not for agents
`

// No policy of the machine that the tests run on.
delete process.env.TOOLGATE_POLICY

/** A gate that records nothing. */
export const gate = Gate.fromYaml(POLICY, { audit: false })

/** An empty directory. */
export function directory() {
  return realpathSync(mkdtempSync(join(tmpdir(), 'toolgate-test-')))
}

/** A gate with a log of its own, and a function that reads the records of one kind, oldest first. */
export function logged() {
  const audit = join(directory(), 'audit')
  return { gate: Gate.fromYaml(POLICY, { audit }), audit, records: (event) => recordsIn(audit, event) }
}

export function recordsIn(audit, event) {
  const files = readdirSync(audit).filter((name) => name.endsWith('.jsonl'))
  const lines = files.sort().flatMap((name) => readFileSync(join(audit, name), 'utf8').trimEnd().split('\n'))
  return lines.map((line) => JSON.parse(line)).filter((record) => record.event === event)
}

/** A function that must not be called. */
export function mustNotRun() {
  throw new Error('it ran')
}
