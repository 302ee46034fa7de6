'use strict'

const { fileURLToPath } = require('node:url')
const { inspect } = require('node:util')

const { Call } = require('./call.cjs')
const { isDecision } = require('./decision.cjs')
const desk = require('./desk.cjs')
const { AuditError, PolicyError } = require('./errors.cjs')
const { checkNames } = require('./facts.cjs')
const native = require('./native.cjs')
const { run } = require('./run.cjs')
const { parsed } = require('./values.cjs')

/** Under this name a gate's options are the native gate itself. */
const NATIVE = Symbol('native')
const OPTIONS = ['policy', 'audit', 'policyDigest', 'cwd', 'home']

let nativeOf

class Gate {
  #native

  static {
    nativeOf = (gate) => {
      if (!(typeof gate === 'object' && gate !== null && #native in gate)) throw new TypeError('`gate` is a Gate')
      return gate.#native
    }
  }

  constructor(options = {}) {
    this.#native = options[NATIVE] ?? made(checkOptions(options))
  }

  static fromYaml(text, options = {}) {
    if (typeof text !== 'string') throw new TypeError('`text` is the text of a policy')
    const { policy, ...rest } = checkOptions(options)
    return new Gate({ [NATIVE]: built({ ...rest, text }) })
  }

  static fromFile(path, options = {}) {
    return new Gate({ ...options, policy: path })
  }

  static discover() {
    return new Gate()
  }

  guard(tool, args, facts) {
    return desk.decide(this.#native, new Call(tool, args, facts && checkNames(facts, [])))
  }

  async guardAsync(tool, args, facts) {
    return desk.decideAside(this.#native, new Call(tool, args, facts && checkNames(facts, [])))
  }

  async run(tool, args, fn, options) {
    const { signal, ...facts } = checkNames(options, ['signal'])
    if (typeof fn !== 'function') throw new TypeError('`fn` is a function')
    return run(this.#native, new Call(tool, args, facts), fn, signal)
  }

  record(decision, outcome) {
    if (!isDecision(decision)) throw new TypeError('`decision` is a Decision')
    desk.record(this.#native, decision, outcome)
  }

  explain(tool, args, facts) {
    return parsed(desk.explain(this.#native, new Call(tool, args, facts && checkNames(facts, []))))
  }

  async explainAsync(tool, args, facts) {
    return parsed(await desk.explainAside(this.#native, new Call(tool, args, facts && checkNames(facts, []))))
  }

  async reload() {
    const problems = await native.reload(this.#native)
    if (problems !== null) throw policyError(problems)
  }

  async verifyAudit() {
    const { error, ...verification } = JSON.parse(await native.verifyAudit(this.#native))
    if (error !== undefined) throw new AuditError(error)
    return Object.freeze({ ...verification, ok: verification.problem === null })
  }

  get waits() {
    return native.waits(this.#native)
  }

  get policyHash() {
    return native.policyHash(this.#native)
  }

  get auditDirectory() {
    return native.auditDirectory(this.#native)
  }

  [inspect.custom]() {
    return `<Gate ${this.policyHash}>`
  }
}

/** A gate on no machine in particular that records nothing and whose clock stands still, for the vectors. */
function gateAt(text, { at, cwd, home, files, idSeed }) {
  return new Gate({ [NATIVE]: built({ text, audit: '', at, cwd, home, files, idSeed }) })
}

function checkOptions(options) {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined) throw new TypeError(`a gate has no option \`${unknown}\``)
  const { policy, audit, policyDigest, cwd, home } = options
  return {
    policy: pathText(policy, 'policy'),
    audit: audit === false ? '' : pathText(audit, 'audit'),
    policyDigest: policyDigest ?? undefined,
    cwd: pathText(cwd, 'cwd'),
    home: pathText(home, 'home'),
  }
}

/** A path as text; undefined if there is none. */
function pathText(path, name) {
  if (path === undefined || path === null) return undefined
  if (path instanceof URL) return fileURLToPath(path)
  if (typeof path !== 'string' || path === '') throw new TypeError(`\`${name}\` is a path or a file URL`)
  return path
}

function made({ policy, ...options }) {
  const isBare = policy === undefined && Object.values(options).every((option) => option === undefined)
  return isBare ? native.discover() : built({ ...options, file: policy })
}

function built(options) {
  const gate = native.build(options)
  if (typeof gate === 'string') throw policyError(gate)
  return gate
}

function policyError(json) {
  const { message, error } = JSON.parse(json)
  return new PolicyError(message, error?.problems, error?.code)
}

module.exports = { Gate, gateAt, nativeOf }
