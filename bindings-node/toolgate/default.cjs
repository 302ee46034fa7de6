'use strict'

// The gate that is used where none is given.

const { Gate, nativeOf } = require('./gate.cjs')

let gate

function defaultGate() {
  return (gate ??= Gate.discover())
}

function setDefaultGate(other) {
  if (other !== undefined && other !== null) nativeOf(other)
  gate = other
}

module.exports = { defaultGate, setDefaultGate }
