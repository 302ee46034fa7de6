'use strict'

// Makes of a call what crosses to the core: texts.

const { ambient, joined } = require('./facts.cjs')
const { Fault, copied, kindOf, parsed, text } = require('./values.cjs')

// What the text of the arguments is; the same numbers stand in `src/call.rs`.
const WRITTEN = 0
const GIVEN = 1
const FAULT = 2

/** A tool call as far as it could be read. What could not is part of it: the core denies it and records that. */
class Call {
  tool = ''
  facts = ambient.getStore()
  form = FAULT
  text = ''
  #copy

  constructor(tool, args, facts) {
    try {
      this.tool = text(tool, 'tool')
      if (facts !== undefined) this.facts = joined(facts)
      this.#read(args)
    } catch (error) {
      this.fail(error)
    }
  }

  /** The arguments that are decided about, which nobody else has. For a call that is allowed. */
  snapshot() {
    return this.form === GIVEN ? fromText(this.text) : this.#copy
  }

  /** Makes it a call that could not be read. */
  fail(error) {
    const fault =
      error instanceof Fault ? error : new Fault('internal.error', `the guard failed inside: ${kindOf(error)}`)
    this.form = FAULT
    this.text = `${fault.code}\n${fault.message}`
  }

  #read(args) {
    if (typeof args === 'string') {
      if (!args.isWellFormed()) {
        throw new Fault('call.unsupported_value', '`args` has a lone surrogate, so it is no text')
      }
      this.text = args
      this.form = GIVEN
      return
    }
    const { copy, text } = copied(args ?? {}, 'args')
    this.#copy = copy
    this.text = text
    this.form = WRITTEN
  }
}

function fromText(json) {
  return json.trim() === '' ? {} : parsed(json)
}

module.exports = { Call }
