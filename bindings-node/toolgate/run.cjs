'use strict'

// Runs a tool that was decided about, and records what became of it.

const { decideAside, recordAside } = require('./desk.cjs')
const { refusal } = require('./state.cjs')
const { kindOf } = require('./values.cjs')

/** What `fn` returns, called with the arguments that were decided about. */
async function run(gate, call, fn, signal) {
  const decision = await admit(gate, call, signal)
  const running = new Running(gate, decision)
  try {
    const result = await fn(call.snapshot())
    await running.ended()
    return result
  } catch (error) {
    await running.failed(error)
    throw error
  }
}

/** What the generator function `fn` yields. */
async function* stream(gate, call, fn, signal) {
  const running = new Running(gate, await admit(gate, call, signal))
  try {
    return yield* fn(call.snapshot())
  } catch (error) {
    await running.failed(error)
    throw error
  } finally {
    // A generator that is closed early did what it was asked for.
    await running.ended()
  }
}

/** The decision that lets a tool run. Throws for every other, and if nobody wants the result any more. */
async function admit(gate, call, signal) {
  const decision = await decideAside(gate, call)
  if (!decision.allowed) throw refusal(gate, decision)
  if (signal?.aborted) {
    await settle(gate, decision, { status: 'skipped' })
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
    return this.#settle('executed')
  }

  failed(error) {
    return this.#settle('failed', kindOf(error))
  }

  async #settle(status, error) {
    const decision = this.#decision
    if (decision === undefined) return
    this.#decision = undefined
    await settle(this.#gate, decision, { status, durationMs: Math.round(performance.now() - this.#started), error })
  }
}

async function settle(gate, decision, outcome) {
  try {
    await recordAside(gate, decision, outcome)
  } catch {
    // The tool has run: what it returned counts, also if that can no longer be written down.
  }
}

module.exports = { Running, run, stream }
