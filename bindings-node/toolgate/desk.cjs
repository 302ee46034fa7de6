'use strict'

// Takes calls to the core and brings decisions back.

const { unpacked } = require('./decision.cjs')
const { AuditError, StateError, ToolgateError } = require('./errors.cjs')
const native = require('./native.cjs')

const STATUSES = ['executed', 'failed', 'skipped']

/** The decision about `call`. Throws if it would have to wait for the network or the disk. */
function decide(gate, call) {
  const text = ask(gate, call)
  if (text === null) throw waits('guardAsync')
  return unpacked(text)
}

/** The same, also where it takes a wait. */
async function decideAside(gate, call) {
  return unpacked(ask(gate, call) ?? (await native.guardAside(gate, call.tool, call.form, call.text, call.facts)))
}

function ask(gate, call) {
  try {
    return native.guard(gate, call.tool, call.form, call.text, call.facts)
  } catch (error) {
    call.fail(error)
    return native.guard(gate, call.tool, call.form, call.text)
  }
}

function explain(gate, call) {
  const json = native.explain(gate, call.tool, call.form, call.text, call.facts)
  if (json === null) throw waits('explainAsync')
  return json
}

async function explainAside(gate, call) {
  return native.explainAside(gate, call.tool, call.form, call.text, call.facts)
}

function waits(instead) {
  return new ToolgateError(
    `this policy needs the network or the disk, which would hold up the event loop: use \`await gate.${instead}(…)\``,
  )
}

function record(gate, decision, outcome) {
  const problem = native.record(gate, decision.id, checked(outcome))
  if (problem === null) throw waits('recordAsync')
  if (problem !== '') throw failure(problem)
}

/** The same, also where it takes a wait. */
async function recordAside(gate, decision, outcome) {
  const plain = checked(outcome)
  const problem = native.record(gate, decision.id, plain) ?? (await native.recordAside(gate, decision.id, plain))
  if (problem !== '') throw failure(problem)
}

function checked({ status, durationMs, costUsd, tokens, resultDigest, error }) {
  if (!STATUSES.includes(status)) throw new TypeError('`status` is `executed`, `failed` or `skipped`')
  return { status, durationMs, costUsd, tokens, resultDigest, error }
}

/** The error that a code and a reason, a line each, amount to. */
function failure(problem) {
  const end = problem.indexOf('\n')
  const [code, message] = [problem.slice(0, end), problem.slice(end + 1)]
  return code === 'audit.unwritable' ? new AuditError(message) : new StateError(message, code)
}

module.exports = { decide, decideAside, explain, explainAside, record, recordAside }
