import toolgate from './index.cjs'

export const {
  ApprovalRequired,
  AuditError,
  Decision,
  DryRun,
  Gate,
  NotAllowed,
  OpenFile,
  PolicyError,
  StateError,
  ToolDenied,
  ToolgateError,
  context,
  defaultGate,
  guarded,
  openBeneath,
  redact,
  setDefaultGate,
  version,
} = toolgate
