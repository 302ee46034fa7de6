// Node's part of the parity test; see `README.md` beside this file.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Gate } from 'toolgate'

import { gateAt } from '../../bindings-node/toolgate/gate.cjs'

const AT = { at: '2026-11-21T08:00:00Z', cwd: '/workspace', home: '/home/me', idSeed: 7 }

/** Writes `node.jsonl`: the decision about each call, in canonical form. */
async function answer(directory) {
  const policies = JSON.parse(readFileSync(join(directory, 'policies.json'), 'utf8'))
  const gates = Object.fromEntries(Object.entries(policies).map(([name, text]) => [name, gateAt(text, AT)]))
  let answers = ''
  for (const line of readFileSync(join(directory, 'calls.jsonl'), 'utf8').trimEnd().split('\n')) {
    const { policy, tool, args, args_json: text, facts } = JSON.parse(line)
    const { call_id: callId, ...rest } = facts
    const decision = await gates[policy].guardAsync(tool, text ?? args, { ...rest, callId })
    answers += `${decision.canonicalJson()}\n`
  }
  writeFileSync(join(directory, 'node.jsonl'), answers)
}

/** Adds decisions, each with what became of it, to a log that others write too. */
function record(log, count) {
  const gate = logged(log)
  for (let number = 0; number < Number(count); number++) {
    gate.record(gate.guard('note', { by: 'node', number }), { status: 'executed', durationMs: 1 })
  }
}

/** Says of each log how many records it has, and whether it is whole. */
async function verify(...logs) {
  for (const log of logs) {
    const { records, ok } = await logged(log).verifyAudit()
    console.log(records, ok ? 'whole' : 'broken')
  }
}

function logged(audit) {
  return Gate.fromYaml('version: 1\ntools: { note: { decision: allow } }', { audit })
}

const [operation, ...parameters] = process.argv.slice(2)
await { answer, record, verify }[operation](...parameters)
