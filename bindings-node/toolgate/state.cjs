'use strict'

// What is done by hand with what a gate remembers, and what becomes of calls that a person has to consent to.

const { setTimeout: pause } = require('node:timers/promises')

const { StateError, notAllowed } = require('./errors.cjs')
const native = require('./native.cjs')
const { Fault, copied, frozen, parsed } = require('./values.cjs')

// Milliseconds between two looks at a request: the first and the longest.
const PAUSE_MIN = 20
const PAUSE_MAX = 1000

/** Does one of the core's operations. What is not said is left out. */
async function operate(gate, operation, args) {
  const { answer, code, message } = parsed(await native.operate(gate, operation, written(args)))
  if (code !== undefined) throw new StateError(message, code)
  return frozen(answer)
}

/** How a request stands once it is answered or over, or the time is. */
async function wait(gate, id, options) {
  const { timeoutMs = Infinity, signal } = only(options, ['timeoutMs', 'signal'])
  if (typeof timeoutMs !== 'number' || Number.isNaN(timeoutMs)) throw new TypeError('`timeoutMs` is a number')
  const end = performance.now() + timeoutMs
  for (let pauseMs = PAUSE_MIN; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX)) {
    signal?.throwIfAborted()
    const request = await operate(gate, 'approval', { id })
    if (request === null) throw new StateError(`there is no request \`${id}\``, 'approval.not_found')
    const left = end - performance.now()
    if (request.status !== 'pending' || left <= 0) return request
    await pause(Math.min(pauseMs, left), undefined, { signal }).catch(() => signal.throwIfAborted())
  }
}

/** The error for a decision that lets nothing run; one that waits for consent can be waited for. */
function refusal(gate, decision) {
  return notAllowed(decision, async (options) => {
    const { id } = decision.approval
    if (id === null) throw new StateError('nobody was asked: the policy has no `approvals`', 'approval.not_found')
    return wait(gate, id, options)
  })
}

/** `given`, if every name in it is known: one that nobody knows may have been meant to restrict. */
function only(given, names) {
  const unknown = Object.keys(given ?? {}).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new TypeError(`there is no option \`${unknown}\``)
  return given ?? {}
}

function written(args) {
  const entries = Object.entries(args).filter(([, value]) => value !== undefined)
  return `{${entries.map(([name, value]) => `"${name}":${plain(value, name)}`).join()}}`
}

function plain(value, name) {
  try {
    return copied(value instanceof Date ? value.toISOString() : value, name).text
  } catch (error) {
    throw error instanceof Fault ? new TypeError(error.message) : error
  }
}

module.exports = { only, operate, refusal, wait }
