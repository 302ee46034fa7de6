'use strict'

const { version } = require('../../package.json')

const { Decision } = require('./decision.cjs')
const { defaultGate, setDefaultGate } = require('./default.cjs')
const errors = require('./errors.cjs')
const { context } = require('./facts.cjs')
const { Gate } = require('./gate.cjs')
const { guarded } = require('./guarded.cjs')
const { OpenFile, openBeneath } = require('./open.cjs')
const { redact } = require('./redact.cjs')

module.exports = {
  ApprovalRequired: errors.ApprovalRequired,
  AuditError: errors.AuditError,
  Decision,
  DryRun: errors.DryRun,
  Gate,
  NotAllowed: errors.NotAllowed,
  OpenFile,
  PolicyError: errors.PolicyError,
  StateError: errors.StateError,
  ToolDenied: errors.ToolDenied,
  ToolgateError: errors.ToolgateError,
  context,
  defaultGate,
  guarded,
  openBeneath,
  redact,
  setDefaultGate,
  version,
}
