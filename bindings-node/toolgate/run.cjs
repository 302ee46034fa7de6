'use strict'

// Runs a tool that was decided about, and records what became of it.

const { decideAside, record } = require('./desk.cjs')
const { notAllowed } = require('./errors.cjs')
const { kindOf } = require('./values.cjs')

/** What `fn` returns, called with the arguments that were decided about. */
async function run(gate, call, fn, signal) {
  const decision = await admit(gate, call, signal)
  const running = new Running(gate, decision)
  try {
    const result = await fn(call.snapshot())
    running.ended()
    return result
  } catch (error) {
    running.failed(error)
    throw error
  }
}

/** What the generator function `fn` yields. */
async function* stream(gate, call, fn, signal) {
  const running = new Running(gate, await admit(gate, call, signal))
  try {
    return yield* fn(call.snapshot())
  } catch (error) {
    running.failed(error)
    throw error
  } finally {
    // A generator that is closed early did what it was asked for.
    running.ended()
  }
}

/** The decision that lets a tool run. Throws for every other, and if nobody wants the result any more. */
async function admit(gate, call, signal) {
  const decision = await decideAside(gate, call)
  if (!decision.allowed) throw notAllowed(decision)
  if (signal?.aborted) {
    settle(gate, decision, { status: 'skipped' })
    throw signal.reason
  }
  return decision
}

/** Records how long a tool ran and whether it failed. Of an error only the type is recorded: its text may hold what the
 * tool has seen. */
class Running {
  #gate
  #decision
  #started = performance.now()

  constructor(gate, decision) {
    this.#gate = gate
    this.#decision = decision
  }

  ended() {
    this.#settle('executed')
  }

  failed(error) {
    this.#settle('failed', kindOf(error))
  }

  #settle(status, error) {
    if (this.#decision === undefined) return
    settle(this.#gate, this.#decision, { status, durationMs: Math.round(performance.now() - this.#started), error })
    this.#decision = undefined
  }
}

function settle(gate, decision, outcome) {
  try {
    record(gate, decision, outcome)
  } catch {
    // The tool has run: what it returned counts, also if that can no longer be written down.
  }
}

module.exports = { Running, run, stream }
