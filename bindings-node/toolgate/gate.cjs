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
const { only, operate, wait } = require('./state.cjs')
const { parsed } = require('./values.cjs')

const GRANT = ['principal', 'action', 'target', 'by', 'expires', 'session', 'uses', 'reason']
const SWITCH = ['principal', 'role', 'tool', 'action', 'reason', 'by']
/** Under this name a gate's options are the native gate itself. */
const NATIVE = Symbol('native')
const OPTIONS = ['policy', 'audit', 'policyDigest', 'cwd', 'home', 'store', 'secrets']

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
    this.#native = options[NATIVE] ?? madeOf(checkOptions(options))
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

  async recordAsync(decision, outcome) {
    if (!isDecision(decision)) throw new TypeError('`decision` is a Decision')
    return desk.recordAside(this.#native, decision, outcome)
  }

  async approvalToken(id, options) {
    return operate(this.#native, 'approval_token', { id, ...only(options, ['to']) })
  }

  async approve(request, approver, options) {
    return operate(this.#native, 'approve', { request, approver, ...only(options, ['reason', 'args']) })
  }

  async denyApproval(request, approver, options) {
    return operate(this.#native, 'deny_approval', { request, approver, ...only(options, ['reason']) })
  }

  async delegateApproval(request, approver, to) {
    return operate(this.#native, 'delegate_approval', { request, approver, to })
  }

  async cancelApproval(id) {
    return operate(this.#native, 'cancel_approval', { id })
  }

  async approval(id) {
    return operate(this.#native, 'approval', { id })
  }

  async approvals(status) {
    return operate(this.#native, 'approvals', { status })
  }

  async wait(id, options) {
    return wait(this.#native, id, options)
  }

  async grant(terms) {
    return operate(this.#native, 'grant', only(terms, GRANT))
  }

  async grants() {
    return operate(this.#native, 'grants', {})
  }

  async revoke(id) {
    return operate(this.#native, 'revoke', { id })
  }

  async kill(what) {
    return operate(this.#native, 'kill', only(what, SWITCH))
  }

  async unkill(id) {
    return operate(this.#native, 'unkill', { id })
  }

  async switches() {
    return operate(this.#native, 'switches', {})
  }

  async register(id, options) {
    return operate(this.#native, 'register', { id, ...only(options, ['role', 'owner', 'state', 'expires']) })
  }

  async agent(id) {
    return operate(this.#native, 'agent', { id })
  }

  async agents() {
    return operate(this.#native, 'agents', {})
  }

  async newKey(id) {
    return operate(this.#native, 'new_key', { id })
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

/** A gate on no machine in particular that records nothing and remembers in memory, for the vectors. Its clock stands
 * still until `setTime` is called with it. */
function gateAt(text, { at, clock = clockAt(at), secrets, cwd, home, files, idSeed }) {
  return new Gate({ [NATIVE]: built({ text, audit: '', store: 'memory', secrets, cwd, home, files, idSeed }, clock) })
}

function clockAt(at) {
  return native.clock(at)
}

function setTime(clock, at) {
  native.setClock(clock, at)
}

function checkOptions(options) {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined) throw new TypeError(`a gate has no option \`${unknown}\``)
  const { policy, audit, policyDigest, cwd, home, store, secrets } = options
  return {
    policy: pathText(policy, 'policy'),
    audit: audit === false ? '' : pathText(audit, 'audit'),
    policyDigest: policyDigest ?? undefined,
    cwd: pathText(cwd, 'cwd'),
    home: pathText(home, 'home'),
    store: pathText(store, 'store'),
    secrets: secrets ?? undefined,
  }
}

/** A path as text; undefined if there is none. */
function pathText(path, name) {
  if (path === undefined || path === null) return undefined
  if (path instanceof URL) return fileURLToPath(path)
  if (typeof path !== 'string' || path === '') throw new TypeError(`\`${name}\` is a path or a file URL`)
  return path
}

function madeOf({ policy, ...options }) {
  return built({ ...options, file: policy })
}

function built({ secrets, ...options }, clock) {
  const gate = native.build(options, secrets && keys(secrets), clock)
  if (typeof gate === 'string') throw policyError(gate)
  return gate
}

/** The keys that are made of secrets. No message shows one. */
function keys(secrets) {
  if (!Array.isArray(secrets) || !secrets.every((secret) => typeof secret === 'string')) {
    throw new TypeError('`secrets` is a list of texts')
  }
  try {
    return native.keys(secrets)
  } catch (error) {
    throw new TypeError(`\`secrets\`: ${error.message}`)
  }
}

function policyError(json) {
  const { message, error } = JSON.parse(json)
  return new PolicyError(message, error?.problems, error?.code)
}

module.exports = { Gate, clockAt, gateAt, nativeOf, setTime }
