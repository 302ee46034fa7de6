'use strict'

class ToolgateError extends Error {
  constructor(message, options) {
    super(message, options)
    this.name = new.target.name
  }
}

class NotAllowed extends ToolgateError {
  constructor(what, decision) {
    super(`${what}: ${decision.reason} (${decision.code})`)
    this.decision = decision
    this.verdict = decision.verdict
    this.code = decision.code
  }
}

class ToolDenied extends NotAllowed {
  constructor(decision) {
    super('denied', decision)
  }
}

class ApprovalRequired extends NotAllowed {
  #wait

  constructor(decision, wait) {
    super('approval required', decision)
    this.#wait = wait
  }

  get approval() {
    return this.decision.approval
  }

  wait(options) {
    return this.#wait(options)
  }
}

class DryRun extends NotAllowed {
  constructor(decision) {
    super('dry run', decision)
  }
}

class PolicyError extends ToolgateError {
  constructor(message, problems = [], code = 'policy.invalid') {
    super(message)
    this.problems = Object.freeze(problems.map(Object.freeze))
    this.code = code
  }
}

class AuditError extends ToolgateError {
  code = 'audit.unwritable'
}

class StateError extends ToolgateError {
  constructor(message, code = 'store.unavailable') {
    super(message)
    this.code = code
  }
}

/** The error for a decision that lets nothing run; `wait` is how to wait for consent. */
function notAllowed(decision, wait) {
  switch (decision.verdict) {
    case 'require_approval':
      return new ApprovalRequired(decision, wait)
    case 'dry_run':
      return new DryRun(decision)
    default:
      return new ToolDenied(decision)
  }
}

module.exports = {
  ApprovalRequired,
  AuditError,
  DryRun,
  NotAllowed,
  PolicyError,
  StateError,
  ToolDenied,
  ToolgateError,
  notAllowed,
}
