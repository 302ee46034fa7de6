'use strict'

const { inspect } = require('node:util')

const native = require('./native.cjs')
const { opened } = require('./open.cjs')
const { frozen, parsed } = require('./values.cjs')

const VERDICTS = { a: 'allow', d: 'dry_run', r: 'require_approval', n: 'deny' }
/** Known to this file alone: only a gate makes decisions. */
const MADE = Symbol('made by a gate')

let isDecision

/** The answer as `src/answer.rs` packs it, unpacked as far as it is asked. */
class Decision {
  #text
  #rest

  static {
    isDecision = (value) => typeof value === 'object' && value !== null && #text in value
  }

  constructor(made, text) {
    if (made !== MADE) throw new TypeError('only a gate makes a decision')
    this.#text = text
    Object.freeze(this)
  }

  get id() {
    return this.#text.slice(4, 40)
  }

  get verdict() {
    return VERDICTS[this.#text[0]]
  }

  get observed() {
    return VERDICTS[this.#text[1]] ?? null
  }

  get allowed() {
    return this.#text[0] === 'a'
  }

  get at() {
    return this.#told().at
  }

  get code() {
    return this.#told().code
  }

  get reason() {
    return this.#told().reason
  }

  get rules() {
    return frozen(this.#told().rules)
  }

  get action() {
    return frozen(this.#told().action)
  }

  get risk() {
    return frozen(this.#told().risk)
  }

  get riskScore() {
    return this.#told().risk.score
  }

  get policyHash() {
    return this.#told().policy_hash
  }

  get obligations() {
    return frozen(this.#told().obligations)
  }

  get approval() {
    return frozen(this.#told().approval)
  }

  get realPath() {
    const end = this.#text.indexOf('\n')
    return end === -1 ? null : this.#text.slice(end + 1)
  }

  async open(flags = 'r') {
    return opened(this.realPath ?? '', flags, (options, changes) => {
      const may = this.#text[2]
      if (may === 'w' || (may === 'r' && !changes)) return native.openExactly(this.realPath, options)
      return JSON.stringify({ code: 'EACCES', message: 'the decision does not allow it' })
    })
  }

  toJSON() {
    return JSON.parse(this.#json())
  }

  canonicalJson() {
    return this.#isWide() ? native.canonicalJson(this.#json()) : this.#json()
  }

  [inspect.custom]() {
    return `<Decision ${this.verdict} (${this.code}): ${this.reason}>`
  }

  #json() {
    const end = this.#text.indexOf('\n')
    return this.#text.slice(40, end === -1 ? undefined : end)
  }

  #told() {
    return (this.#rest ??= this.#isWide() ? parsed(this.#json()) : JSON.parse(this.#json()))
  }

  /** Whether there are whole numbers that `JSON.parse` would round. */
  #isWide() {
    return this.#text[3] === 'w'
  }
}

/** The decision in a text that the core packed. */
function unpacked(text) {
  return new Decision(MADE, text)
}

Object.freeze(Decision.prototype)

module.exports = { Decision, isDecision, unpacked }
